"""The parts of the check that reason: what they find and name, and what they say where Java is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyoxigraph import Literal, Triple

from parley import cli
from parley.check import hermit, owl, run
from parley.check.context import Context
from parley.errors import NotInstalled
from parley.namespaces import EDTF, XSD
from parley.project import Project
from tests.conftest import ROOT
from tests.reasoning import GRAPH, check, need_java


@pytest.fixture(autouse=True, scope="module")
def _java() -> None:
    need_java()


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


def test_a_java_that_does_not_start_is_one_line_too() -> None:
    class Fake:
        def startJVM(self, *args: object, **kwargs: object) -> None:  # noqa: N802
            raise RuntimeError("Unable to\nstart JVM")

    with pytest.raises(NotInstalled, match=r"Java does not start \(Unable to start JVM\); pip install"):
        hermit._start(Fake())
