"""Gather what is shown of one resource: what is asserted of it, out and in, and each claim that speaks of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from parley import render
from parley.namespaces import ASSERTED, PREFIXES, RDF, RDFS, XSD, compact

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["Claim", "Group", "Resource", "Term", "describe", "statements"]

_ASSERTED, _TYPE = NamedNode(ASSERTED), NamedNode(f"{RDF}type")
_MOST = 500
_PLAIN = {f"{RDF}type", f"{RDFS}label", f"{XSD}string", f"{RDF}langString"}


@dataclass(frozen=True)
class Term:
    """Hold a node's text, its IRI if it has one, and a literal's language or datatype."""

    text: str
    iri: str = ""
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Hold the values of one property, and how many more there are than are shown."""

    property: Term
    values: tuple[Term, ...]
    more: int = 0


@dataclass(frozen=True)
class Claim:
    """Hold a claim with what it says, quoted, of the resource."""

    iri: str
    line: render.ClaimLine
    quoted: tuple[tuple[Term, Term, Term], ...]


@dataclass(frozen=True)
class Resource:
    """Hold what a page shows of one resource.

    :param kinds: its accepted types; :param quoted_kinds: those that only claims give it
    """

    iri: str
    label: str
    kinds: tuple[Term, ...]
    quoted_kinds: tuple[Term, ...]
    outward: tuple[Group, ...]
    inward: tuple[Group, ...]
    claims: tuple[Claim, ...]
    more_claims: int


def describe(table: Table, node: NamedNode) -> Resource:
    """Gather everything about a node."""
    store = table.store
    types = list(store.quads_for_pattern(node, _TYPE, None))
    accepted = {quad.object for quad in types if quad.graph_name == _ASSERTED}
    quoted = {quad.object for quad in types} - accepted
    claims = _claims(table, node)
    return Resource(
        node.value,
        render.label(store, node),
        _terms(store, accepted),
        _terms(store, quoted),
        statements(table, node, own=True),
        statements(table, node, own=False),
        tuple(_claim(table, iri, node) for iri in claims[:_MOST]),
        max(0, len(claims) - _MOST),
    )


def statements(table: Table, node: NamedNode, *, own: bool) -> tuple[Group, ...]:
    """Return what is asserted of a node by property: its own statements, or those that point at it."""
    subject, object_ = (node, None) if own else (None, node)
    groups: dict[NamedNode, set[NamedNode | Literal]] = {}
    for quad in table.store.quads_for_pattern(subject, None, object_, _ASSERTED):
        other = quad.object if own else quad.subject
        if isinstance(other, (NamedNode, Literal)):
            groups.setdefault(quad.predicate, set()).add(other)
    found = [
        Group(_term(table.store, key), (terms := _terms(table.store, values))[:_MOST], max(0, len(terms) - _MOST))
        for key, values in groups.items()
    ]
    return tuple(sorted(found, key=lambda group: group.property.text))


def _claims(table: Table, node: NamedNode) -> list[str]:
    """Return the claims that quote, cite, voice or are a node."""
    store, prefix = table.store, PREFIXES["claim"]
    found = {node.value}
    for quad in (*store.quads_for_pattern(node, None, None), *store.quads_for_pattern(None, None, node)):
        for one in (quad.subject, quad.graph_name):
            if isinstance(one, NamedNode) and one.value.startswith(prefix):
                found.add(prefix + one.value.removeprefix(prefix).partition("/")[0])
    return sorted(found & table.claims.keys())


def _claim(table: Table, iri: str, node: NamedNode) -> Claim:
    graph = NamedNode(iri)
    whole: Iterable[Quad] = table.store.quads_for_pattern(None, None, None, graph)
    quads = [quad for quad in whole if node in (quad.subject, quad.object, graph)]
    rows = [
        tuple(_term(table.store, one) for one in (q.subject, q.predicate, q.object)) for q in sorted(quads, key=str)
    ]
    return Claim(iri, table.claims[iri], tuple(rows))  # type: ignore[arg-type]


def _terms(store: Store, nodes: Iterable[object]) -> tuple[Term, ...]:
    return tuple(sorted((_term(store, node) for node in nodes), key=lambda term: (term.text, term.iri, term.note)))


def _term(store: Store, node: object) -> Term:
    if isinstance(node, NamedNode):
        if node.value in _PLAIN:
            return Term({"type": "is a", "label": "named"}.get(node.value.rpartition("#")[2], node.value), node.value)
        return Term(render.label(store, node), node.value)
    if isinstance(node, Literal):
        datatype = "" if node.datatype.value in _PLAIN else compact(node.datatype.value)
        return Term(node.value, "", node.language or datatype)
    assert isinstance(node, BlankNode)
    return Term("a node without a name")
