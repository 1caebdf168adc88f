"""Every saved question gives the answer that was checked by hand, on Oxigraph and on rdflib's own engine."""

from __future__ import annotations

import io
from pathlib import Path

import pyoxigraph as ox
import pytest
from oxrdflib._converter import to_ox
from rdflib import Dataset

from parley import queries
from parley.errors import InputError, NameUnknown, UsageError
from parley.project import Project
from tests.conftest import ROOT

NAMES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))
EXPECTED = ROOT / "tests" / "expected"


def expected(name: str) -> list[tuple[object, ...]]:
    result = ox.parse_query_results(path=EXPECTED / f"{name}.tsv")
    assert isinstance(result, ox.QuerySolutions)
    return [tuple(row) for row in result]


@pytest.fixture(scope="session")
def rdflib_dataset(store: ox.Store) -> Dataset:
    """The same quads, parsed by rdflib and queried by rdflib."""
    data = io.BytesIO()
    store.dump(data, ox.RdfFormat.N_QUADS)
    dataset = Dataset()
    dataset.parse(data=data.getvalue(), format="nquads")
    return dataset


def test_there_are_questions_and_each_has_an_expected_answer() -> None:
    assert len(NAMES) >= 8
    assert {path.stem for path in EXPECTED.glob("*.tsv")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_oxigraph(name: str, project: Project, store: ox.Store) -> None:
    query = queries.find(project, name)
    result = queries.run(store, query.text)
    assert isinstance(result, ox.QuerySolutions)
    rows = [tuple(row) for row in result]
    assert rows == expected(name)
    assert bool(rows) != (query.expect == "none")


@pytest.mark.parametrize("name", NAMES)
def test_rdflib(name: str, project: Project, rdflib_dataset: Dataset) -> None:
    result = rdflib_dataset.query(queries.find(project, name).text)
    assert result.vars is not None
    rows = [tuple(b.get(v) and to_ox(b[v]) for v in result.vars) for b in result.bindings]
    assert rows == expected(name)


@pytest.mark.parametrize("name", NAMES)
def test_every_pattern_stands_in_a_graph_block(name: str, project: Project) -> None:
    """With an empty default graph and all quads in named graphs nothing may change when the default is their union."""
    text = queries.find(project, name).text
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("http://x/s"), ox.NamedNode("http://x/p"), ox.NamedNode("http://x/o")))
    result = store.query(text, use_default_graph_as_union=True)
    assert not isinstance(result, ox.QueryBoolean)
    assert not [row for row in result if any(row)]


def write(folder: Path, text: str) -> Path:
    path = folder / "q.rq"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("SELECT * {}", "must be a question"),
        ("#+ summary: Who\nSELECT * {}", "must be a question"),
        ("#+ summary: Who?\n#+ colour: red\nSELECT * {}", "'colour'"),
        ("#+ summary: Who?\n#+ summary: What?\nSELECT * {}", "'summary'"),
    ],
)
def test_a_bad_header_is_refused(text: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=problem):
        queries.read(write(tmp_path, text))


def test_a_good_header_is_read(tmp_path: Path) -> None:
    query = queries.read(write(tmp_path, "#+ summary: Who?\n#+ tags: a, b\n#+ expect: none\nSELECT * {}"))
    assert (query.summary, query.tags, query.expect) == ("Who?", ("a", "b"), "none")


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { SERVICE <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1/> { ?s ?p ?o } }",
        "SELECT * { FILTER EXISTS { SERVICE ?x { ?s ?p ?o } } }",
        "SELECT * { # a comment\nSERVICE<http://127.0.0.1/> {} }",
        "ASK " + "{" * 10_000 + "}" * 10_000,
        "ASK { FILTER(" + "!" * 5_000 + "true) }",
        "ASK { FILTER(" + "(" * 5_000 + "true" + ")" * 5_000 + ") }",
        "ASK {} #" + "x" * 40_000,
    ],
)
def test_what_could_kill_the_engine_or_leave_it_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        queries.run(ox.Store(), text)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?service { ?service ?p 'SERVICE' }",
        'PREFIX service: <http://x/SERVICE> SELECT * { ?s service:SERVICE "SERVICE <" }',
        "# SERVICE\nSELECT * { ?s <http://x/#SERVICE> '''a\nSERVICE''' }",
        "SELECT * { FILTER(1 < 2 && 3 > 2) ?s <http://x/y> ?o }",
    ],
)
def test_the_word_service_elsewhere_is_no_matter(text: str) -> None:
    result = queries.run(ox.Store(), text)
    assert isinstance(result, ox.QuerySolutions)
    assert list(result) == []


def test_bind_adds_nothing_but_one_values_clause(store: ox.Store, project: Project) -> None:
    text = queries.find(project, "who-invited-whom").text
    bound = queries.bind(store, text, {"inviter": "Pakistan's foreign office", "when": "2015"})
    added = bound.removeprefix(text)
    foreign_office = "<https://w3id.org/parley/id/actor/pakistan-foreign-office>"
    date = '"2015"^^<http://id.loc.gov/datatypes/edtf/EDTF>'
    assert added == f"\nVALUES (?inviter ?when) {{ ({foreign_office} {date}) }}\n"


@pytest.mark.parametrize(
    ("value", "iri"),
    [
        ("Russia", "actor/russia"),
        ("tehran", "actor/iran"),
        ("IS-K", "actor/islamic-state-khorasan"),
        ("actor:pakistan", "actor/pakistan"),
        ("https://w3id.org/parley/id/place/pakistan", "place/pakistan"),
        ("<https://w3id.org/parley/id/place/pakistan>", "place/pakistan"),
    ],
)
def test_a_name_is_a_label_an_alias_or_an_iri(value: str, iri: str, store: ox.Store) -> None:
    assert queries.resolve(store, value).value == f"https://w3id.org/parley/id/{iri}"


def test_an_ambiguous_name_is_settled_by_what_the_column_holds(store: ox.Store, project: Project) -> None:
    text = queries.find(project, "who-hosted-whom").text
    with pytest.raises(NameUnknown) as caught:
        queries.resolve(store, "Pakistan")
    assert caught.value.candidates == ["actor:pakistan", "place:pakistan"]
    assert queries.resolve(store, "Pakistan", text=text, column="host").value.endswith("actor/pakistan")


@pytest.mark.parametrize("value", ["Pakistn", "Tajikistan's", "actor:nobody", "<http://x/y>"])
def test_an_unknown_name_gets_candidates_or_none(value: str, store: ox.Store) -> None:
    with pytest.raises(NameUnknown) as caught:
        queries.resolve(store, value)
    assert (value in {"actor:nobody", "<http://x/y>"}) or caught.value.candidates
