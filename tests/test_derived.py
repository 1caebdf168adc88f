"""The rules that derive relations agree with HermiT and owlrl edge for edge, self-pairs aside."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest
from pyoxigraph import NamedNode, Quad, Store

from parley.check import hermit
from parley.graph.derive import _run
from parley.namespaces import ID, PARLEY, PREFIXES, RDF
from tests.conftest import ROOT
from tests.reasoning import GRAPH, expand, need_java, schema, schema_quads, turtle

Edge = tuple[str, str, str]
OWL = PREFIXES["owl"]
DERIVED = sorted(
    re.findall(r"^parley:(has[A-Z]\w+) a owl:", (ROOT / "ontology/parley.ttl").read_text("utf-8"), re.MULTILINE)
)
RULES = sorted(path for path in (ROOT / "ontology/rules").glob("[45]0-has-*.rq"))
# An occurrence for each rule, with an organ on the one side and a delegation on the other.
INVENTED = """
    actor:a a parley:State . actor:b a parley:ArmedGroup . actor:c a parley:Person . list:l a parley:SanctionsList .
    actor:office a parley:StateBody ; parley:actsFor actor:a .
    actor:desk a parley:StateBody ; parley:actsFor actor:office .
    actor:sent a parley:Delegation ; parley:actsFor actor:b .
    occ:1 a parley:Agreement ; parley:signatory actor:a , actor:b , actor:c .
    occ:2 a parley:Conference ; parley:attendee actor:sent , actor:desk .
    occ:3 a parley:Listing ; parley:recipient actor:b ; parley:onList list:l .
    occ:4 a parley:Invitation ; parley:inviter actor:desk ; parley:invitee actor:sent .
    occ:5 a parley:Negotiation ; parley:party actor:a , actor:b .
    occ:6 a parley:Attack ; parley:opposer actor:sent ; parley:opposed actor:office .
    occ:7 a parley:Support ; parley:supporter actor:desk ; parley:supported actor:sent ; parley:against actor:c .
    occ:8 a parley:Visit ; parley:visitor actor:sent ; parley:host actor:office .
    occ:9 a parley:Contact ; parley:counterpart actor:c , actor:a . occ:10 a parley:Demand ;
        parley:initiator actor:c ; parley:recipient actor:b .
"""


@pytest.fixture(autouse=True, scope="module")
def _java() -> None:
    need_java()


def facts(store: Store) -> list[Quad]:
    """Return what the rules start from: the classes and the links of things, and nothing that a rule derives."""
    derived = {f"{PARLEY}{name}" for name in DERIVED}
    return [
        q
        for q in store.quads_for_pattern(None, None, None, GRAPH)
        if isinstance(q.subject, NamedNode) and isinstance(q.object, NamedNode) and q.predicate.value not in derived
        if q.subject.value.startswith(ID) and not q.subject.value.startswith((f"{ID}claim/", f"{ID}passage/"))
        if q.object.value.startswith((ID, PARLEY))
        and (q.object.value.startswith(ID) or q.predicate.value == f"{RDF}type")
    ]


def edges(store: Store) -> set[Edge]:
    """Return the derived edges in a store but self-pairs, which OWL cannot exclude."""
    found = {
        (str(q.subject)[1:-1], name, str(q.object)[1:-1])
        for name in DERIVED
        for q in store.quads_for_pattern(None, NamedNode(PARLEY + name), None, GRAPH)
    }
    return {edge for edge in found if edge[0] != edge[2]}


def by_rules(quads: Iterable[Quad]) -> set[Edge]:
    store = Store()
    store.extend([*schema_quads(), *quads])
    for path in RULES:
        _run(store, path)
    return edges(store)


def axioms(quads: Iterable[Quad]) -> set[Any]:
    """Return the ontology and some facts as HermiT takes them."""
    make, found = hermit.factory(), set(schema())
    for q in quads:
        one = make.getOWLNamedIndividual(hermit.iri(str(q.subject)[1:-1]))
        iri = hermit.iri(str(q.object)[1:-1])
        if q.predicate.value == f"{RDF}type":
            found.add(make.getOWLClassAssertionAxiom(make.getOWLClass(iri), one))
        else:
            role = make.getOWLObjectProperty(hermit.iri(q.predicate.value))
            found.add(make.getOWLObjectPropertyAssertionAxiom(role, one, make.getOWLNamedIndividual(iri)))
    return found


def values(quads: list[Quad]) -> set[Edge]:
    """Return the derived edges that HermiT lists when asked for the values of each actor."""
    make, found, reasoner = hermit.factory(), set(), hermit.reasoner(axioms(quads))
    for actor in actors(quads):
        node = make.getOWLNamedIndividual(hermit.iri(actor))
        for name in DERIVED:
            role = make.getOWLObjectProperty(hermit.iri(PARLEY + name))
            for other in reasoner.getObjectPropertyValues(node, role).getFlattened():
                found.add((actor, name, str(other.getIRI())))
    return {edge for edge in found if edge[0] != edge[2]}


def absent(edge: Edge) -> Any:
    make = hermit.factory()
    one, other = (make.getOWLNamedIndividual(hermit.iri(name)) for name in (edge[0], edge[2]))
    role = make.getOWLObjectProperty(hermit.iri(PARLEY + edge[1]))
    return make.getOWLNegativeObjectPropertyAssertionAxiom(role, one, other)


def not_entailed(quads: list[Quad], some: set[Edge]) -> set[Edge]:
    """Return the edges without which all could be as it is; to list values instead takes HermiT ten times as long."""
    base = axioms(quads)
    return {edge for edge in some if hermit.consistent(base | {absent(edge)})}


def are_all(quads: list[Quad], some: set[Edge], of: Iterable[str]) -> bool:
    """Say whether no edge of some actors is entailed but these: all others can be absent together."""
    ends = {"hasAttended": f"{ID}occurrence/", "hasBeenListedOn": f"{ID}list/"}
    things = {str(term)[1:-1] for q in quads for term in (q.subject, q.object)}
    every = {
        (one, name, other)
        for one in of
        for name in DERIVED
        for other in things
        if other != one and other.startswith(ends.get(name, f"{ID}actor/"))
    }
    assert some <= every
    return hermit.consistent(axioms(quads) | set(map(absent, every - some)))


def actors(quads: Iterable[Quad]) -> list[str]:
    names = {str(term)[1:-1] for q in quads for term in (q.subject, q.object)}
    return sorted(name for name in names if name.startswith(f"{ID}actor/"))


def part_of(quads: list[Quad], events: set[Any]) -> list[Quad]:
    """Return all of some occurrences, and who acts for whom."""
    return [q for q in quads if q.subject in events or q.predicate.value == f"{PARLEY}actsFor"]


def neighbourhoods(quads: list[Quad]) -> dict[frozenset[Quad], set[str]]:
    """Return all of each occurrence in which an actor, or one that acts for it, has a part; and whose that is."""
    found = defaultdict(set)
    acting = [(str(q.subject)[1:-1], str(q.object)[1:-1]) for q in quads if q.predicate.value == f"{PARLEY}actsFor"]
    for actor in actors(quads):
        selves = {actor}
        while more := {one for one, other in acting if other in selves} - selves:
            selves |= more
        events = {q.subject for q in quads if str(q.object)[1:-1] in selves and f"{ID}occurrence/" in str(q.subject)}
        found[frozenset(part_of(quads, events))].add(actor)
    return found


def test_each_rule_agrees_with_hermit_and_owlrl_on_invented_data() -> None:
    quads = turtle(INVENTED)
    ours = by_rules(quads)
    assert ours == values(quads)
    # owlrl reads chains and inverses, and the ontology has no other kind.
    assert ours == edges(expand([*schema_quads(), *quads], "OWLRL_Semantics"))
    assert {name for _, name, _ in ours} == set(DERIVED)
    assert len(RULES) == len(DERIVED) >= 9
    actor = f"{ID}actor/"
    assert (f"{actor}a", "hasSupported", f"{actor}b") in ours
    assert (f"{actor}b", "hasAttended", f"{ID}occurrence/2") in ours
    assert (f"{actor}c", "hasSupported", f"{actor}b") not in ours


@pytest.mark.parametrize("name", DERIVED)
def test_an_edge_too_few_or_too_many_is_found(name: str) -> None:
    quads = turtle(INVENTED)
    ours = by_rules(quads)
    one = min(edge for edge in ours if edge[1] == name)
    assert not are_all(quads, ours - {one}, actors(quads))
    wrong = (f"{ID}actor/c", "hasVisited", f"{ID}actor/office")
    assert not_entailed(quads, {one, wrong}) == {wrong}


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_rule_agrees_with_hermit_on_its_slice_of_the_real_data(path: Any, store: Store) -> None:
    text, quads = path.read_text(encoding="utf-8"), facts(store)
    name = re.findall(r"\?one parley:(\w+)", text.partition("WHERE")[0])[0]
    roles = {f"{PARLEY}{role}" for role in re.findall(r"\?(?:occurrence|conference) parley:(\w+)", text)}
    part = part_of(quads, {q.subject for q in quads if q.predicate.value in roles})
    ours = by_rules(part)
    assert not_entailed(part, {edge for edge in ours if edge[1] == name}) == set()
    assert are_all(part, ours, actors(part))
    if name != "hasEngagedWith":
        assert {edge for edge in ours if edge[1] == name} == {edge for edge in edges(store) if edge[1] == name}


def test_the_rules_agree_with_hermit_in_each_actors_neighbourhood(store: Store) -> None:
    quads = facts(store)
    seen: set[Edge] = set()
    for part, owners in neighbourhoods(quads).items():
        ours = {edge for edge in by_rules(part) if edge[0] in owners}
        assert are_all(list(part), ours, owners)
        assert not_entailed(list(part), ours - seen) == set()
        seen |= ours
    assert seen == edges(store)
    assert len(seen) > 10


def test_hermit_entails_no_other_edge_on_the_whole(store: Store) -> None:
    quads = facts(store)
    assert hermit.consistent(axioms(quads))
    assert are_all(quads, edges(store), actors(quads))
