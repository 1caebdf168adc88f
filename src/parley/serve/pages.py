"""The table of pages, path to bytes, which ``parley serve`` answers from and a static site is written from.

A thing ``https://w3id.org/parley/id/actor/taliban`` has the files ``id/actor/taliban.html``, ``.ttl``, ``.jsonld``,
``.nt`` and ``.trig``; the ontology has ``ontology.html`` and so on, where its terms are anchors. Links are relative.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from functools import cached_property, lru_cache, partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from parley import __version__, explorer, queries, render
from parley.explorer.facts import STATUSES, Facts
from parley.explorer.lists import Name, collect_names
from parley.namespaces import ASSERTED, BASE, ID, PARLEY, PREFIXES, RDF
from parley.project import Project
from parley.queries import SavedQuery
from parley.serve.negotiate import FILES, GRAPHS

if TYPE_CHECKING:
    from pathlib import Path

    from jinja2 import Environment

__all__ = ["MEDIA", "Links", "Table"]

# What is sent for each extension that a file of the table may have.
MEDIA = {
    **FILES,
    "css": "text/css",
    "csv": "text/csv",
    "js": "text/javascript",
    "json": "application/json",
    "rq": "application/sparql-query",
    "srj": "application/sparql-results+json",
    "svg": "image/svg+xml",
    "tsv": "text/tab-separated-values",
    "txt": "text/plain",
    "wasm": "application/wasm",
    "xml": "application/xml",
}
_FORMATS = {**{name: GRAPHS[media] for name, media in FILES.items() if media in GRAPHS}, "trig": RdfFormat.TRIG}
_ASSERTED, _TYPE = NamedNode(ASSERTED), NamedNode(f"{RDF}type")
_ONTOLOGY = PARLEY.rstrip("#")
_SAFE = re.compile(r"id/[\w-][\w.-]*(?:/[\w-][\w.-]*)+")
_PASSAGE = re.compile(rf"{PREFIXES['passage']}([a-z][a-z0-9]*)-s(\d+)")
_KEPT = 1024  # pages made, and things on the list of a kind


class Links:
    """Turn an IRI into the address that a page at a path leads to: a page of this site, a web page, or nothing.

    :param texts: the sources whose text has a page, to whose sentences passages lead
    """

    def __init__(self, path: str, texts: Container[str] = ()) -> None:
        self.root, self.texts = "../" * path.count("/"), texts

    def __call__(self, iri: str) -> str:
        """Return the address for an IRI; never one with another scheme than ``http`` and ``https``."""
        if iri.startswith(PARLEY):
            return f"{self.root}ontology.html#{quote(iri[len(PARLEY) :])}"
        if iri == _ONTOLOGY:
            return f"{self.root}ontology.html"
        if self.texts and (passage := _PASSAGE.fullmatch(iri)) and passage[1] in self.texts:
            return f"{self.root}text/{passage[1]}.html#s{int(passage[2])}"
        if iri.startswith(BASE):
            return f"{self.root}{quote(thing)}.html" if (thing := _thing(iri)) else ""
        return iri if iri.startswith(("http://", "https://")) else ""


def _thing(iri: str) -> str:
    """Return the path of a thing, or nothing where its name could not be a file's."""
    path = iri.removeprefix(BASE)
    return path if _SAFE.fullmatch(path) and path.rpartition(".")[2] not in MEDIA else ""


class Table(Mapping[str, bytes]):
    """Map each path to the bytes of its page, made when they are asked for.

    :param store: the derived knowledge base
    :param texts: the reader's own copies of sources by the source's id, each of which gets a reading page
    :param static: whether the pages are files that no server of ours answers for
    """

    def __init__(
        self, store: Store, project: Project, *, texts: Mapping[str, Path] | None = None, static: bool = False
    ) -> None:
        self.store, self.project = store, project
        self.texts, self.static = dict(texts or {}), static
        self.facts = Facts(store)
        self._made = lru_cache(maxsize=_KEPT)(self._make)

    @cached_property
    def _fixed(self) -> dict[str, Callable[[], bytes]]:
        """The pages that are no resource's; how many there are needs a look at the data, which no start waits for."""
        return {
            "ontology.html": self._ontology,
            **{f"ontology.{name}": partial(self._ontology_file, name) for name in _FORMATS},
            **explorer.pages(self),
        }

    def __getitem__(self, path: str) -> bytes:
        return self._made(path)

    def __contains__(self, path: object) -> bool:
        return isinstance(path, str) and (path in self._fixed or self._node(path) is not None or path in self.lists)

    def __iter__(self) -> Iterator[str]:
        yield from self._fixed
        yield from (path for path in self.lists if path not in self._fixed)
        for things in self.lists.values():
            for thing in things:
                yield from (path for name in FILES if (path := f"{thing}.{name}") not in self._fixed)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def warm(self) -> None:
        """Make beforehand what takes longest, so that no page waits for it."""
        _ = self.claims, self["ontology.html"]

    def _make(self, path: str) -> bytes:
        if path in self._fixed:
            return self._fixed[path]()
        node = self._node(path)
        if node is not None:
            name = path.rpartition(".")[2]
            return self._resource(path, node) if name == "html" else self._description(node, name)
        if path in self.lists:
            return self._list(path)
        raise KeyError(path)

    def _node(self, path: str) -> NamedNode | None:
        """Return the thing that a path describes: one that has a type, in whatever graph."""
        thing, _, name = path.rpartition(".")
        node = NamedNode(BASE + thing) if name in FILES and _SAFE.fullmatch(thing) else None
        return node if node and next(self.store.quads_for_pattern(node, _TYPE, None), None) else None

    @cached_property
    def lists(self) -> dict[str, list[str]]:
        """Map the list of each kind, such as ``id/actor/index.html``, to the things of this kind."""
        lists: dict[str, list[str]] = {}
        for quad in self.store.quads_for_pattern(None, _TYPE, None):
            iri = quad.subject.value if isinstance(quad.subject, NamedNode) else ""
            if iri.startswith(ID) and (thing := _thing(iri)):
                lists.setdefault(f"id/{thing.split('/')[1]}/index.html", []).append(thing)
        return {path: sorted(set(things)) for path, things in sorted(lists.items())}

    @cached_property
    def claims(self) -> dict[str, render.ClaimLine]:
        """Every claim by its IRI."""
        return {PREFIXES["claim"] + line.claim: line for line in render.claims(self.store)}

    @cached_property
    def _templates(self) -> Environment:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        environment = Environment(
            loader=FileSystemLoader(explorer.TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        environment.filters["plain"] = render.plain
        environment.globals.update(
            version=__version__, static=self.static, ways=explorer.ways(self), policy=explorer.POLICY
        )
        return environment

    def render(self, template: str, path: str, **values: Any) -> bytes:
        """Fill in a template as the page at a path."""
        links = Links(path, self.texts)
        values = {"link": links, "root": links.root, "here": path, **values}
        return self._templates.get_template(template).render(values).encode()

    def _list(self, path: str) -> bytes:
        facts = self.facts
        nodes = [NamedNode(BASE + thing) for thing in self.lists[path]]
        items = {iri: item.status for iri, item in facts.items.items()} | facts.statuses
        things = sorted((facts.label(node), node.value, items.get(node.value)) for node in nodes)
        present = {status for *_, status in things}
        return self.render(
            "list.html",
            path,
            kind=path.split("/")[1],
            things=[(iri, label, status) for label, iri, status in things[:_KEPT]],
            more=max(0, len(things) - _KEPT),
            statuses=[status for status in STATUSES.values() if status in present],
        )

    def _resource(self, path: str, node: NamedNode) -> bytes:
        from parley.serve.resource import describe

        data = self._description(node, "jsonld").decode().replace("<", "\\u003c")
        return self.render("resource.html", path, it=describe(self, node), data=data)

    def _description(self, node: NamedNode, name: str) -> bytes:
        """Serialise what is asserted of a thing and its parts, or, where that is nothing, of the claims that quote it.

        TriG also has each claim that speaks of it: only there can what is quoted be kept apart from what is asserted.
        """
        around = self._around(node, None)
        quoting = {quad.graph_name for quad in around if isinstance(quad.graph_name, NamedNode)} - {_ASSERTED}
        about = [node, *self._parts(node)]
        quads = {quad for one in about for quad in self._around(one, _ASSERTED)}
        quads = quads or {q for claim in quoting for q in self.store.quads_for_pattern(claim, None, None, _ASSERTED)}
        if name == "trig":
            graphs = {*quoting, node}
            quads |= {quad for graph in graphs for quad in self.store.quads_for_pattern(None, None, None, graph)}
            return _serialize(quads, name)
        return _serialize({quad.triple for quad in quads}, name)

    def _around(self, node: NamedNode, graph: NamedNode | None) -> Iterator[Quad]:
        for quad in (
            *self.store.quads_for_pattern(node, None, None, graph),
            *self.store.quads_for_pattern(None, None, node, graph),
        ):
            if not isinstance(quad.subject, BlankNode) and not isinstance(quad.object, BlankNode):
                yield quad

    def _parts(self, node: NamedNode) -> Iterator[NamedNode]:
        """Yield what is named after a thing, such as the layers of a claim's attribution."""
        for quad in self.store.quads_for_pattern(node, None, None, _ASSERTED):
            if isinstance(quad.object, NamedNode) and quad.object.value.startswith(f"{node.value}/"):
                yield quad.object
                yield from self._parts(quad.object)

    def _ontology(self) -> bytes:
        from parley.serve.resource import statements

        nodes = [NamedNode(term) for term in self.terms]
        terms = [(node.value, self.facts.label(node), statements(self.store, node, own=True)) for node in nodes]
        return self.render("ontology.html", "ontology.html", terms=terms, iri=_ONTOLOGY)

    @cached_property
    def names(self) -> list[Name]:
        """What everything that has a page is called."""
        return collect_names(self)

    @cached_property
    def saved(self) -> list[SavedQuery]:
        """The saved questions."""
        return queries.listing(self.project)

    @cached_property
    def terms(self) -> list[str]:
        """The ontology's own terms, in the order in which it tells them."""
        subjects = dict.fromkeys(q.subject for q in self._ontology_quads() if isinstance(q.subject, NamedNode))
        return [node.value for node in subjects if node.value.startswith(PARLEY)]

    def _ontology_quads(self) -> list[Quad]:
        path = self.project.ontology / "parley.ttl"
        return list(parse(path.read_bytes(), RdfFormat.TURTLE, rename_blank_nodes=True))

    def _ontology_file(self, name: str) -> bytes:
        if name in {"ttl", "trig"}:
            return (self.project.ontology / "parley.ttl").read_bytes()
        dataset = Dataset(self._ontology_quads())
        dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
        return _serialize({quad.triple for quad in dataset}, name)


def _serialize(statements: set[Any], name: str) -> bytes:
    """Write triples or quads, sorted by graph and then by subject, with the prefixes that they use, sorted too."""
    ordered = sorted(statements, key=lambda one: (str(getattr(one, "graph_name", "")), str(one)))
    text = "".join(map(str, ordered))
    used = {prefix: iri for prefix, iri in PREFIXES.items() if f"<{iri}" in text}
    lines = (serialize(ordered, format=_FORMATS[name], prefixes=used) or b"").splitlines(keepends=True)
    head = sorted(takewhile(lambda line: line.startswith(b"@prefix "), lines))
    return b"".join([*head, *lines[len(head) :]])
