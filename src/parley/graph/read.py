"""Read hand-written Turtle and TriG strictly, each triple into its graph."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from parley.errors import InputError
from parley.namespaces import ASSERTED, ID, WIKIDATA
from parley.project import Project

__all__ = ["name_blank_nodes", "parse_file", "read", "syntax_error"]

_FORMATS = {".ttl": RdfFormat.TURTLE, ".trig": RdfFormat.TRIG}


def parse_file(path: Path) -> list[Quad]:
    """Parse one file with Oxigraph's strict parser (W3C RDF 1.1 Turtle and TriG).

    :raises InputError: with the line, if the file is malformed, not UTF-8, or cannot be read
    """
    try:
        return list(parse(path.read_bytes(), _FORMATS[path.suffix], rename_blank_nodes=True))
    except SyntaxError as error:
        raise syntax_error(error, path) from None
    except OSError as error:
        raise InputError(f"cannot read ({error.strerror})", where=path) from None


def syntax_error(error: SyntaxError, path: Path) -> InputError:
    """Say in one line what Oxigraph's parser found wrong in a file."""
    what = str(error.msg)
    if what.startswith("Parser error at line "):
        what = what.partition(": ")[2] if ": " in what else what
    todo = "save it as UTF-8" if "UTF-8" in what else "mend the syntax"
    return InputError(what, where=path, line=error.lineno, todo=todo)


def read(project: Project) -> Store:
    """Read the ontology and all data: what stands outside named graphs into ``graph:asserted``, claims as they are.

    What was fetched from Wikidata goes into ``graph:wikidata`` and nowhere else.

    :raises InputError: if a file cannot be parsed
    """
    asserted = NamedNode(ASSERTED)
    store = Store()
    ontology = project.ontology / "parley.ttl"
    for path in [ontology, *project.data_files()]:
        quads: Iterable[Quad] = parse_file(path)
        if path != ontology:
            quads = name_blank_nodes(list(quads), path)
        store.extend(
            Quad(q.subject, q.predicate, q.object, asserted) if isinstance(q.graph_name, DefaultGraph) else q
            for q in quads
        )
    if project.wikidata.is_file():
        wikidata = NamedNode(WIKIDATA)
        store.extend(Quad(q.subject, q.predicate, q.object, wikidata) for q in parse_file(project.wikidata))
    return store


def name_blank_nodes(quads: list[Quad], path: Path) -> Iterator[Quad]:
    """Give each blank node the name of its owner with the property that leads to it, such as ``.../attribution``.

    :raises InputError: if a blank node has no owner, several, or hangs in a circle
    """
    owners: dict[BlankNode, Quad] = {}
    for quad in quads:
        if isinstance(quad.object, BlankNode):
            if quad.object in owners:
                raise InputError("a blank node with two owners", where=path, todo="name it")
            owners[quad.object] = quad
    names: dict[BlankNode, NamedNode] = {}
    taken: dict[str, int] = {}

    def name(node: BlankNode, depth: int = 0) -> NamedNode:
        if node not in names:
            if node not in owners or depth > len(owners):
                raise InputError("a blank node without an owner", where=path, todo="name it")
            quad = owners[node]
            owner = quad.subject if isinstance(quad.subject, NamedNode) else name(_blank(quad), depth + 1)
            local = quad.predicate.value.rpartition("#")[2].rpartition("/")[2]
            iri = f"{owner.value if owner.value.startswith(ID) else ID + 'node'}/{local}"
            taken[iri] = taken.get(iri, 0) + 1
            names[node] = NamedNode(iri if taken[iri] == 1 else f"{iri}-{taken[iri]}")
        return names[node]

    for quad in quads:
        subject, object_ = quad.subject, quad.object
        yield Quad(
            name(subject) if isinstance(subject, BlankNode) else subject,
            quad.predicate,
            name(object_) if isinstance(object_, BlankNode) else object_,
            quad.graph_name,
        )


def _blank(quad: Quad) -> BlankNode:
    subject = quad.subject
    assert isinstance(subject, BlankNode)
    return subject
