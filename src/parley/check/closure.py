"""No entailment crosses the border: what no accepted claim types gains no type, role or label under RDFS or OWL DL."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from pyoxigraph import NamedNode, Store

from parley.check import hermit
from parley.check.context import Context, Finding
from parley.errors import InputError, NotInstalled
from parley.namespaces import ASSERTED, ID, PREFIXES, RDF, RDFS, compact

__all__ = ["closure", "entailed", "unaccepted"]

_RULE, _TODO = "closure", "take away the range, domain or axiom that says so"
_MOST = 5
_CONTENT = tuple(PREFIXES[name] for name in ("occ", "policy", "measure"))


def closure(context: Context) -> tuple[list[Finding], str]:
    """Look at each node of a claim that is not accepted: first under RDFS, then, where Java is installed, under HermiT.

    That everything is a resource does not count as a gain.
    """
    nodes = unaccepted(context.store)
    findings = []
    for role in sorted(set().union(*nodes.values())):
        if gains := _gains(context.store, role):
            touched = sorted(node for node, roles in nodes.items() if role in roles)
            what = f"by RDFS, {compact(role)} gives {', '.join(gains)} to {len(touched)} nodes that are not accepted"
            findings.append(context.finding(touched[0], _RULE, f"{what}, {compact(touched[0])} first", _TODO))
    note = f"{len(nodes)} nodes that are not accepted"
    try:
        for node in islice(entailed(context, nodes), _MOST):
            what = f"{compact(node)} gains a type or a role by OWL"
            findings.append(context.finding(node, _RULE, what, _TODO))
    except NotInstalled as error:
        return findings, f"{note}, by RDFS; HermiT {error}"
    except InputError:
        return findings, f"{note}, by RDFS; by HermiT only once the part owl finds nothing"
    return findings, f"{note}, by RDFS and HermiT"


def unaccepted(store: Store) -> dict[str, frozenset[str]]:
    """Return the occurrences, policies and measurements that claims describe and ``graph:asserted`` does not type.

    :return: the properties that point at each in ``graph:asserted``
    """
    asserted, kind = NamedNode(ASSERTED), NamedNode(f"{RDF}type")
    described = {q.subject for q in store if q.graph_name != asserted and isinstance(q.subject, NamedNode)}
    return {
        node.value: frozenset(q.predicate.value for q in store.quads_for_pattern(None, None, node, asserted))
        for node in described
        if node.value.startswith(_CONTENT) and not any(store.quads_for_pattern(node, kind, None, asserted))
    }


def _gains(store: Store, role: str) -> list[str]:
    """Return the properties above one (rule rdfs7 of W3C RDF 1.1 Semantics) and the ranges of all of them (rdfs3)."""
    above, ranges, waiting = set(), set(), [NamedNode(role)]
    while waiting:
        name = waiting.pop()
        ranges |= {q.object for q in store.quads_for_pattern(name, NamedNode(f"{RDFS}range"), None)}
        for quad in store.quads_for_pattern(name, NamedNode(f"{RDFS}subPropertyOf"), None):
            if isinstance(quad.object, NamedNode) and quad.object not in above:
                above.add(quad.object)
                waiting.append(quad.object)
    gains = above | ranges
    return sorted(compact(gain.value) if isinstance(gain, NamedNode) else "an unnamed class" for gain in gains)


def entailed(context: Context, nodes: dict[str, frozenset[str]]) -> Iterator[str]:
    """Yield the nodes for which OWL entails a type, or a role by which nothing in ``graph:asserted`` points at them.

    One question to HermiT covers them all: can each be in no class and have no other role? Only a no is narrowed down.

    :raises InputError: if the graph contradicts itself, so that it entails everything
    :raises NotInstalled: if Java is missing
    """
    ontology, _ = context.owl
    axioms = hermit.logical(ontology)
    probes = {roles: _probe(ontology, roles) for roles in set(nodes.values())}

    def untouched(part: list[str]) -> bool:
        return hermit.consistent(axioms.union(*probes.values(), (_member(node, nodes[node]) for node in part)))

    def narrow(part: list[str]) -> Iterator[str]:
        if len(part) == 1:
            yield part[0]
        else:
            for half in (part[: len(part) // 2], part[len(part) // 2 :]):
                if not untouched(half):
                    yield from narrow(half)

    if untouched(sorted(nodes)):
        return
    if not hermit.consistent(axioms):
        raise InputError("the graph contradicts itself")
    yield from narrow(sorted(nodes))


def _class(roles: frozenset[str]) -> hermit.Axiom:
    """Return a class of our own for the nodes at which just these properties point."""
    return hermit.factory().getOWLClass(hermit.iri(f"{ID}node/untouched?{'&'.join(sorted(roles))}"))


def _member(node: str, roles: frozenset[str]) -> hermit.Axiom:
    make = hermit.factory()
    return make.getOWLClassAssertionAxiom(_class(roles), make.getOWLNamedIndividual(hermit.iri(node)))


def _probe(ontology: Any, roles: frozenset[str]) -> set[hermit.Axiom]:
    """Return axioms by which the nodes of a class are in no other and have no role but these."""
    make, own = hermit.factory(), _class(roles)
    other = make.getOWLObjectComplementOf(own)
    axioms = {make.getOWLSubClassOfAxiom(each, other) for each in ontology.getClassesInSignature()}
    axioms |= {make.getOWLDataPropertyDomainAxiom(each, other) for each in ontology.getDataPropertiesInSignature()}
    for each in ontology.getObjectPropertiesInSignature():
        axioms.add(make.getOWLObjectPropertyDomainAxiom(each, other))
        if str(each.getIRI()) not in roles:
            axioms.add(make.getOWLObjectPropertyRangeAxiom(each, other))
    return axioms
