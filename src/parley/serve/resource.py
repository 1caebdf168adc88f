"""Gather what is shown of one resource: what is asserted of it, out and in, and each claim that speaks of it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import Literal, NamedNode, Store

from parley import render
from parley.namespaces import ASSERTED, PREFIXES, RDF, RDFS, XSD, compact

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["PLAIN", "Group", "Term", "describe", "statements"]

_ASSERTED, _TYPE = NamedNode(ASSERTED), NamedNode(f"{RDF}type")
_MOST = 500
_WORDS = {f"{RDF}type": "is a", f"{RDFS}label": "named"}
PLAIN = {f"{XSD}string", f"{RDF}langString"}


class Term(NamedTuple):
    """Hold a node's text, its IRI if it has one, and a literal's language or datatype."""

    text: str
    iri: str = ""
    note: str = ""


class Group(NamedTuple):
    """Hold the values of one property, and how many more there are than are shown."""

    property: Term
    values: list[Term]
    more: int


def describe(table: Table, node: NamedNode) -> dict[str, Any]:
    """Gather everything about a node for a page.

    :return: ``iri``; ``label``; ``kinds``, and ``quoted_kinds`` that only claims give it; ``outward`` and ``inward``
        groups; ``claims``, each its IRI, line and certainty, and what it says of the node; how many ``more_claims``
        there are; a claim's ``line``, ``status``; the ``item`` of an occurrence or policy; an actor's ``part`` in such
    """
    store, types = table.store, list(table.store.quads_for_pattern(node, _TYPE, None))
    accepted = {quad.object for quad in types if quad.graph_name == _ASSERTED}
    claims = _claims(table, node)
    return {
        "iri": node.value,
        "label": table.facts.label(node),
        "kinds": _terms(store, accepted),
        "quoted_kinds": _terms(store, {quad.object for quad in types} - accepted),
        "outward": statements(store, node, own=True),
        "inward": statements(store, node, own=False),
        "claims": [
            (iri, table.claims[iri], table.facts.statuses[iri], _quoted(store, NamedNode(iri), node))
            for iri in claims[:_MOST]
        ],
        "line": table.claims.get(node.value),
        "status": table.facts.statuses.get(node.value),
        "item": table.facts.items.get(node.value),
        "part": table.facts.parts.get(node.value, ()),
        "more_claims": max(0, len(claims) - _MOST),
    }


def statements(store: Store, node: NamedNode, *, own: bool) -> list[Group]:
    """Return what is asserted of a node by property: its own statements, or those that point at it."""
    groups: dict[NamedNode, set[object]] = {}
    for quad in store.quads_for_pattern(node if own else None, None, None if own else node, _ASSERTED):
        other = quad.object if own else quad.subject
        if isinstance(other, (NamedNode, Literal)):
            groups.setdefault(quad.predicate, set()).add(other)
    found = [(_term(store, key), _terms(store, values)) for key, values in groups.items()]
    return [Group(key, terms[:_MOST], max(0, len(terms) - _MOST)) for key, terms in sorted(found)]


def _claims(table: Table, node: NamedNode) -> list[str]:
    """Return the claims that quote, cite, voice or are a node."""
    store, prefix = table.store, PREFIXES["claim"]
    found = {node.value}
    for quad in (*store.quads_for_pattern(node, None, None), *store.quads_for_pattern(None, None, node)):
        for one in (quad.subject, quad.graph_name):
            if isinstance(one, NamedNode) and one.value.startswith(prefix):
                found.add(prefix + one.value.removeprefix(prefix).partition("/")[0])
    return sorted(found & table.claims.keys())


def _quoted(store: Store, claim: NamedNode, node: NamedNode) -> list[list[Term]]:
    """Return what a claim says of a node, or all that it says if the node is the claim itself."""
    quads = sorted(store.quads_for_pattern(None, None, None, claim), key=str)
    shown = [quad for quad in quads if node in (quad.subject, quad.object, claim)]
    return [[_term(store, one) for one in (quad.subject, quad.predicate, quad.object)] for quad in shown]


def _terms(store: Store, nodes: Iterable[object]) -> list[Term]:
    return sorted(_term(store, node) for node in nodes)


def _term(store: Store, node: object) -> Term:
    if isinstance(node, NamedNode):
        return Term(_WORDS.get(node.value) or render.label(store, node), node.value)
    if isinstance(node, Literal):
        datatype = "" if node.datatype.value in PLAIN else compact(node.datatype.value)
        return Term(node.value, "", node.language or datatype)
    return Term("a node without a name")
