"""Each shape passes its good file and finds its bad one; the validator alters nothing; what its findings look like."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store
from rdflib import OWL, RDF, RDFS, Graph

from parley.check import run
from parley.check.context import Context
from parley.check.shapes import shape_names, shapes, to_graph, validate
from parley.errors import NotInstalled
from parley.graph.read import parse_file
from parley.namespaces import PARLEY
from parley.project import find
from tests.conftest import ROOT, Run
from tests.test_check import CHINA, PAKISTAN, spoil

PAIRS = sorted(path.name.removesuffix(".bad.ttl") for path in Path(__file__).with_name("shapes").glob("*.bad.ttl"))
FILE = ROOT / "ontology" / "shapes.ttl"


@pytest.fixture(scope="module")
def rules() -> Graph:
    return to_graph(parse_file(FILE))


@pytest.fixture(scope="module")
def terms() -> Graph:
    """What shapes need of the ontology: the class tree, and the individuals with their classes."""
    whole = to_graph(parse_file(ROOT / "ontology" / "parley.ttl"))
    small = Graph()
    for triple in whole:
        typed = triple[1] == RDF.type and str(triple[2]).startswith(PARLEY)
        if typed or triple[1] in (RDFS.subClassOf, RDFS.label):
            small.add(triple)
    return small


def found(name: str, rules: Graph, terms: Graph) -> set[str]:
    quads = parse_file(Path(__file__).with_name("shapes") / f"{name}.ttl")
    return {result.shape for result in validate(to_graph(quads) + terms, rules)}


def test_each_shape_has_a_good_and_a_bad_file(rules: Graph) -> None:
    good = {path.name.removesuffix(".good.ttl") for path in Path(__file__).with_name("shapes").glob("*.good.ttl")}
    assert len(PAIRS) > 80
    assert set(PAIRS) == good == shape_names(rules)


@pytest.mark.parametrize("name", PAIRS)
def test_a_bad_file_is_found_by_its_shape_alone_and_a_good_one_by_none(name: str, rules: Graph, terms: Graph) -> None:
    assert found(f"{name}.bad", rules, terms) == {name}
    assert found(f"{name}.good", rules, terms) == set()


def test_each_shape_says_how_grave_it_is_and_what_to_do() -> None:
    text = FILE.read_text(encoding="utf-8")
    blocks = re.findall(r"^shape:\S+ a sh:(?:.|\n)*?@en \.$", text, re.MULTILINE)
    assert len(blocks) == len(PAIRS)
    for block in blocks:
        assert re.search(r"sh:severity sh:(Violation|Warning) ;", block), block
        assert re.search(r'sh:message "[^;"]+; [^"]+', block.replace('\\"', "")), block
        assert max(map(len, block.splitlines())) < 200, block


def test_each_property_is_judged_by_a_shape(rules: Graph) -> None:
    mentioned = {str(node) for triple in rules for node in triple}
    heads = " ".join(path.read_text("utf-8").partition("WHERE")[0] for path in find(ROOT).rule_files())
    derived = {PARLEY + name for name in re.findall(r"parley:(\w+)", heads)} | {PARLEY + "earliest", PARLEY + "latest"}
    kinds = (OWL.ObjectProperty, OWL.DatatypeProperty)
    ontology = to_graph(parse_file(ROOT / "ontology" / "parley.ttl"))
    own = {str(term) for kind in kinds for term in ontology.subjects(RDF.type, kind) if str(term).startswith(PARLEY)}
    assert len(own) > 70
    assert own - derived - mentioned == set()


def test_the_validator_alters_nothing(rules: Graph) -> None:
    context = Context(find(ROOT))
    before = sorted(map(str, context.store))
    findings, note = shapes(context)
    assert [finding for finding in findings if not finding.warning] == []
    assert sorted(map(str, context.store)) == before
    assert int(note.split()[0]) == len(PAIRS)
    data = to_graph(context.store)
    triples, ruling = set(data), set(rules)
    validate(data, rules)
    assert (set(data), set(rules)) == (triples, ruling)


def test_what_is_alleged_is_judged_as_what_is_accepted(copy: Path) -> None:
    spoil(copy, PAKISTAN, r"parley:topic concept:dialogue-process", "parley:toward place:kabul")
    report = run(find(copy), ["shapes"])
    assert [finding.rule for finding in report.violations] == ["toward"]


def test_two_dates_are_a_warning_where_both_are_accepted_and_none_where_one_is_alleged(copy: Path) -> None:
    spoil(copy, CHINA, r'parley:when "2019-06"\^\^edtf:EDTF', 'parley:when "2019-06"^^edtf:EDTF , "2019-07"^^edtf:EDTF')
    report = run(find(copy), ["shapes"])
    assert ("one-accepted-date", True) in {(finding.rule, finding.warning) for finding in report.findings}
    assert report.violations == []
    spoil(copy, CHINA, r"(claim:mar2020-223 a (?:.|\n)*?)parley:Fact", r"\1parley:Possible")
    assert "one-accepted-date" not in {finding.rule for finding in run(find(copy), ["shapes"]).findings}


def test_a_warning_is_listed_and_leaves_the_exit_code_alone(parley: Run, copy: Path) -> None:
    spoil(copy, CHINA, r"        parley:host actor:china ;\n", "")
    done = parley("--kb", copy, "check", "--only", "shapes")
    line = (copy / CHINA).read_text("utf-8").splitlines().index(
        "    occ:visit-taliban-china-2019-06 a parley:Visit ;"
    ) + 1
    assert done.returncode == 0
    todo = "say who received the visitor, if the source does"
    assert f"china.trig:{line}: visit-host: a visit has no host; {todo} (warning)" in done.stdout
    assert re.search(r"\n0 findings, \d+ warnings?\n$", done.stdout)
    spoil(copy, CHINA, r"parley:counterpart actor:taliban , actor:china", "parley:host place:china")
    done = parley("--kb", copy, "check", "--only", "shapes")
    assert done.returncode == 1
    assert "role-filler: a role is filled by what is no actor: place:china; name an actor" in done.stdout


def test_shapes_that_are_none_are_one_finding(copy: Path) -> None:
    spoil(copy, "ontology/shapes.ttl", r"sh:minCount 1 ;", 'sh:minCount "one" ;')
    (finding,) = run(find(copy), ["shapes"]).findings
    assert finding.where.endswith("shapes.ttl")
    spoil(copy, "ontology/shapes.ttl", r"sh:minCount", "sh:minCount ; ; ;")
    (finding,) = run(find(copy), ["shapes"]).findings
    assert re.search(r"shapes\.ttl:\d+$", finding.where)


def test_without_pyshacl_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.check.shapes.find_spec", lambda name: None)
    with pytest.raises(NotInstalled, match="pyshacl not installed; pip install"):
        run(find(ROOT), ["shapes"])


def test_pyshacl_is_not_imported_to_answer_a_question() -> None:
    assert "pyshacl" in sys.modules
    text = "\n".join(path.read_text("utf-8") for path in (ROOT / "src" / "parley").rglob("*.py"))
    assert re.findall(r"^(?:import|from) (?:pyshacl|edtf).*", text, re.MULTILINE) == []


def test_accepted_only_marks_one_shape_at_least(rules: Graph) -> None:
    assert NamedNode("https://w3id.org/parley/shape#acceptedOnly").value in {str(p) for p in rules.predicates()}
    assert isinstance(Context(find(ROOT)).store, Store)
