"""Each axiom of the ontology has a wrong ABox that only it makes inconsistent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from parley.check import hermit
from parley.namespaces import ID, PREFIXES, XSD
from tests.reasoning import kind, need_java, schema

OWL = PREFIXES["owl"]


@pytest.fixture(autouse=True, scope="module")
def _java() -> None:
    need_java()


class Wrong:
    """Make the candidates for a wrong ABox: those that contradict only by the axiom are to be among them."""

    def __init__(self) -> None:
        self.make = hermit.factory()
        self.a, self.b, self.c = (self.make.getOWLNamedIndividual(hermit.iri(f"{ID}node/{n}")) for n in "abc")
        self.above: dict[Any, set[Any]] = defaultdict(set)
        self.apart: set[frozenset[Any]] = set()
        for axiom in schema():
            if kind(axiom) == "SubClassOf":
                self.above[axiom.getSubClass()].add(axiom.getSuperClass())
            if kind(axiom) == "DisjointClasses":
                self.apart |= {frozenset(pair) for pair in combinations(axiom.getClassExpressions(), 2)}
        self.classes = sorted({each for axiom in schema() for each in axiom.getClassesInSignature()}, key=str)

    def up(self, each: Any) -> set[Any]:
        return {each}.union(*(self.up(above) for above in self.above[each]))

    def others(self, expression: Any) -> list[Any]:
        """Return the classes that are disjoint with all of an expression's, the nearest relatives first."""
        parts = list(expression.getClassesInSignature())

        def disjoint(one: Any, other: Any) -> bool:
            return any(frozenset((x, y)) in self.apart for x in self.up(one) for y in self.up(other))

        found = [each for each in self.classes if all(disjoint(each, part) for part in parts)]
        return sorted(found, key=lambda each: -max(len(self.up(each) & self.up(part)) for part in parts))

    def is_a(self, expression: Any, node: Any) -> Any:
        return self.make.getOWLClassAssertionAxiom(expression, node)

    def edge(self, role: Any, one: Any, other: Any) -> Any:
        return self.make.getOWLObjectPropertyAssertionAxiom(role, one, other)

    def no_edge(self, role: Any, one: Any, other: Any) -> Any:
        return self.make.getOWLNegativeObjectPropertyAssertionAxiom(role, one, other)

    def value(self, role: Any, value: str, datatype: str = "integer") -> Any:
        literal = self.make.getOWLLiteral(value, self.make.getOWLDatatype(hermit.iri(XSD + datatype)))
        return self.make.getOWLDataPropertyAssertionAxiom(role, self.a, literal)

    def candidates(self, axiom: Any) -> Iterator[set[Any]]:
        return getattr(self, kind(axiom))(axiom)  # type: ignore[no-any-return]

    def SubClassOf(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        for other in self.others(axiom.getSuperClass()):
            yield {self.is_a(axiom.getSubClass(), self.a), self.is_a(other, self.a)}

    def ObjectPropertyDomain(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        for other in self.others(axiom.getDomain()):
            yield {self.edge(axiom.getProperty(), self.a, self.b), self.is_a(other, self.a)}

    def ObjectPropertyRange(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        for other in self.others(axiom.getRange()):
            yield {self.edge(axiom.getProperty(), self.a, self.b), self.is_a(other, self.b)}

    def DataPropertyDomain(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        for other in self.others(axiom.getDomain()):
            yield {self.value(axiom.getProperty(), "1"), self.is_a(other, self.a)}

    def DataPropertyRange(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        yield {self.value(axiom.getProperty(), "one", "string")}

    def SubObjectPropertyOf(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        below, above = axiom.getSubProperty(), axiom.getSuperProperty()
        yield {self.edge(below, self.a, self.b), self.no_edge(above, self.a, self.b)}

    def SubPropertyChainOf(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        first, second = axiom.getPropertyChain()
        steps = {self.edge(first, self.a, self.b), self.edge(second, self.b, self.c)}
        yield steps | {self.no_edge(axiom.getSuperProperty(), self.a, self.c)}

    def TransitiveObjectProperty(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        role = axiom.getProperty()
        steps = {self.edge(role, self.a, self.b), self.edge(role, self.b, self.c)}
        yield steps | {self.no_edge(role, self.a, self.c)}

    def SymmetricObjectProperty(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        yield {self.edge(axiom.getProperty(), self.a, self.b), self.no_edge(axiom.getProperty(), self.b, self.a)}

    def AsymmetricObjectProperty(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        yield {self.edge(axiom.getProperty(), self.a, self.b), self.edge(axiom.getProperty(), self.b, self.a)}

    def FunctionalObjectProperty(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        edges = {self.edge(axiom.getProperty(), self.a, each) for each in (self.b, self.c)}
        yield edges | {self.make.getOWLDifferentIndividualsAxiom([self.b, self.c])}

    def InverseFunctionalObjectProperty(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        edges = {self.edge(axiom.getProperty(), each, self.a) for each in (self.b, self.c)}
        yield edges | {self.make.getOWLDifferentIndividualsAxiom([self.b, self.c])}

    def FunctionalDataProperty(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        yield {self.value(axiom.getProperty(), "1"), self.value(axiom.getProperty(), "2")}


# What another axiom forbids too, and why it is stated all the same.
TWICE = {
    "ObjectPropertyDomain(parley:attendee parley:Conference)": "by the range of hasAttended, which RDFS does not see",
    "ObjectPropertyDomain(parley:hasEngagedWith parley:Actor)": "by its range and symmetry",
    "ObjectPropertyRange(parley:hasEngagedWith parley:Actor)": "by its domain and symmetry",
}
# What no data can contradict: skos:Concept is apart from nothing here, since SKOS makes a concept of all that a mapping
# links, and Wikidata is linked by mappings. That a topic or a manner is a concept by name is a matter of the shapes.
UNCONTRADICTED = [
    "ObjectPropertyRange(parley:manner skos:Concept)",
    "SubClassOf(parley:Measure skos:Concept)",
    "SubClassOf(parley:SupportType skos:Concept)",
]
PAIRWISE = ("DisjointClasses", "DifferentIndividuals")


def test_each_axiom_has_a_wrong_abox_that_only_it_makes_inconsistent() -> None:
    wrong, idle, done = Wrong(), [], 0
    axioms = [axiom for axiom in schema() if not hermit.is_data(axiom) and kind(axiom) not in PAIRWISE]
    for axiom in axioms:
        rest, boxes = schema() - {axiom}, wrong.candidates(axiom)
        if hermit.render(axiom) in TWICE:
            assert hermit.reasoner(rest).isEntailed(axiom)
            assert not hermit.consistent(schema() | next(boxes))
            done += 1
        elif any(hermit.consistent(rest | box) and not hermit.consistent(schema() | box) for box in boxes):
            done += 1
        else:
            idle.append(hermit.render(axiom))
    assert sorted(idle) == UNCONTRADICTED
    assert done + len(idle) == len(axioms) > 200
    assert len({kind(axiom) for axiom in axioms}) == 13


def test_no_two_classes_that_are_apart_share_an_instance_and_but_for_the_axiom_all_could() -> None:
    make, reasoner, done = hermit.factory(), hermit.reasoner(schema()), 0
    for axiom in (axiom for axiom in schema() if kind(axiom) == "DisjointClasses"):
        pairs = list(combinations(axiom.getClassExpressions(), 2))
        # What HermiT asks itself for an intersection is whether a node in both classes can be.
        assert not [pair for pair in pairs if reasoner.isSatisfiable(make.getOWLObjectIntersectionOf(list(pair)))]
        box = {
            make.getOWLClassAssertionAxiom(each, make.getOWLNamedIndividual(hermit.iri(f"{ID}node/{number}")))
            for number, pair in enumerate(pairs)
            for each in pair
        }
        assert hermit.consistent((schema() - {axiom}) | box)
        done += len(pairs)
    assert done > 300


def test_no_two_individuals_that_differ_can_be_one() -> None:
    make, done = hermit.factory(), 0
    for axiom in (axiom for axiom in schema() if kind(axiom) == "DifferentIndividuals"):
        for pair in combinations(axiom.getIndividuals(), 2):
            same = make.getOWLSameIndividualAxiom(list(pair))
            assert hermit.consistent((schema() - {axiom}) | {same})
            assert not hermit.consistent(schema() | {same})
            done += 1
    assert done >= 18


def test_all_members_of_a_class_of_which_there_is_one_value_differ() -> None:
    kinds: dict[str, set[str]] = defaultdict(set)
    differ: set[frozenset[str]] = set()
    functional = {str(a.getProperty()) for a in schema() if kind(a) == "FunctionalObjectProperty"}
    ranges = {
        str(a.getRange()) for a in schema() if kind(a) == "ObjectPropertyRange" and str(a.getProperty()) in functional
    }
    for axiom in schema():
        if kind(axiom) == "ClassAssertion" and str(axiom.getClassExpression()) in ranges:
            kinds[str(axiom.getClassExpression())].add(str(axiom.getIndividual()))
        if kind(axiom) == "DifferentIndividuals":
            differ |= {frozenset(map(str, pair)) for pair in combinations(axiom.getIndividuals(), 2)}
    assert len(kinds) == 2
    for members in kinds.values():
        assert {frozenset(pair) for pair in combinations(members, 2)} <= differ
