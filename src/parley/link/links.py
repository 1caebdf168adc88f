"""The links that a knowledge base holds."""

from __future__ import annotations

from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Store

from parley.namespaces import ASSERTED, PARLEY, PREFIXES, RDF, RDFS, WD

__all__ = ["Link", "classes", "misfit", "names", "read_links", "values"]

_KINDS = {"Actor", "Place", "Occurrence", "Office", "SanctionsList"}


@dataclass(frozen=True)
class Link:
    """Hold one link: record, our node, property, item (``Q...``), and the names it may bear, the recorded first."""

    record: str
    linked: str
    match: str
    item: str
    names: tuple[str, ...]


def values(store: Store, node: str, *properties: str) -> list[str]:
    """Return the values of some properties of a node in ``graph:asserted``, as text."""
    graph, subject = NamedNode(ASSERTED), NamedNode(node)
    terms = (q.object for name in properties for q in store.quads_for_pattern(subject, NamedNode(name), None, graph))
    return [term.value for term in terms if isinstance(term, NamedNode | Literal)]


def names(store: Store, node: str) -> list[str]:
    """Return the label and the other names of a node."""
    return values(store, node, f"{RDFS}label", f"{PREFIXES['skos']}altLabel")


def classes(store: Store, node: str) -> set[str]:
    """Return the names of the classes of a node."""
    return {name.removeprefix(PARLEY) for name in values(store, node, f"{RDF}type")}


def read_links(store: Store) -> list[Link]:
    """Read every link, sorted by record."""
    found = []
    for quad in store.quads_for_pattern(None, NamedNode(f"{RDF}type"), NamedNode(f"{PARLEY}Link"), NamedNode(ASSERTED)):
        record = str(quad.subject)[1:-1]
        nodes, matches, items = (values(store, record, PARLEY + name) for name in ("linked", "match", "item"))
        for node, match, item in zip(nodes, matches, items, strict=False):
            called = (*values(store, record, f"{PARLEY}itemLabel"), *names(store, node))
            found.append(Link(record, node, match, item.removeprefix(WD), called))
    return sorted(found, key=lambda link: link.record)


def misfit(classes: set[str], fits: set[str]) -> str:
    """Say what an item is rather than a node of these classes, or return "".

    :param fits: the classes of ours that fit the item's own, each a list of words as ``check.rq`` gives it

    >>> misfit({"Actor", "Person"}, {"State Government Place"})
    'Government, Place, State'
    """
    could = {word for words in fits for word in words.split()}
    return ", ".join(sorted(could)) if could and classes & _KINDS and not classes & could else ""
