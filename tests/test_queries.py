"""Every saved question gives the answer that was checked by hand, on Oxigraph and on rdflib's own engine."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib.plugins.sparql
from oxrdflib._converter import to_ox
from rdflib import Dataset

from parley import queries, remote
from parley.errors import InputError, NameUnknown, UsageError
from parley.project import Project
from tests import stores
from tests.conftest import ROOT

SAVED = [queries.read(path) for path in sorted((ROOT / "queries").glob("*.rq"))]
# What is asked of Wikidata itself has the answer of its twin over graph:wikidata: see test_link.py.
NAMES = [query.name for query in SAVED if "federated" not in query.tags]
EXPECTED = ROOT / "tests" / "expected"
Result = bool | list[tuple[object, ...]] | set[str]


def plain(result: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples) -> Result:
    """Give an answer as terms in order, as a truth value, or as a set of triples."""
    if isinstance(result, ox.QueryBoolean):
        return bool(result)
    if isinstance(result, ox.QueryTriples):
        return {str(triple) for triple in result}
    return [tuple(row) for row in result]


def expected(name: str) -> Result:
    """Read the answer that was checked by hand against the article."""
    if (graph := EXPECTED / f"{name}.ttl").exists():
        return {str(ox.Triple(q.subject, q.predicate, q.object)) for q in ox.parse(path=graph)}
    return plain(ox.parse_query_results(path=EXPECTED / f"{name}.tsv"))


@pytest.fixture(scope="session")
def rdflib_dataset(enriched: ox.Store) -> Dataset:
    """The same quads, parsed by rdflib and queried by rdflib."""
    data = io.BytesIO()
    enriched.dump(data, ox.RdfFormat.N_QUADS)
    dataset = Dataset()
    dataset.parse(data=data.getvalue(), format="nquads")
    return dataset


@pytest.fixture(scope="session")
def servers(enriched: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, stores.Server]]:
    """Oxigraph's server and Virtuoso, each loaded by the plain Graph Store Protocol."""
    folders = [tmp_path_factory.mktemp(name) for name in ("oxigraph", "virtuoso")]
    with stores.oxigraph(folders[0]) as first, stores.virtuoso(folders[1]) as second:
        for server in (first, second):
            stores.load(server, enriched)
        yield {server.name: server for server in (first, second)}


def test_there_are_questions_and_each_has_an_expected_answer() -> None:
    assert len(NAMES) >= 40
    assert {path.stem for path in EXPECTED.iterdir()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_oxigraph(name: str, project: Project, enriched: ox.Store) -> None:
    query = queries.find(project, name)
    answer = plain(queries.run(enriched, query.text))
    assert answer == expected(name)
    assert bool(answer) != (query.expect == "none")


@pytest.mark.parametrize("name", NAMES)
def test_rdflib(name: str, project: Project, rdflib_dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rdflib.plugins.sparql, "SPARQL_LOAD_GRAPHS", False)
    result = rdflib_dataset.query(queries.find(project, name).text)
    answer: Result
    if result.type == "ASK":
        answer = bool(result.askAnswer)
    elif result.graph is not None:
        answer = {str(to_ox(triple)) for triple in result.graph}
    else:
        assert result.vars is not None
        answer = [tuple(to_ox(b[v]) if v in b else None for v in result.vars) for b in result.bindings]
    assert answer == expected(name)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("engine", ["oxigraph", "virtuoso"])
def test_servers(name: str, engine: str, project: Project, servers: dict[str, stores.Server]) -> None:
    text = queries.find(project, name).text
    answer, wanted = plain(remote.run(servers[engine].query_url, text)), expected(name)
    if engine == "virtuoso" and "\nDESCRIBE" in text:
        # SPARQL leaves DESCRIBE to the engine; Virtuoso 7 adds the statements that point at the node.
        assert isinstance(answer, set)
        assert isinstance(wanted, set)
        assert wanted <= answer
    else:
        assert answer == wanted


@pytest.mark.parametrize("name", NAMES)
def test_every_pattern_stands_in_a_graph_block(name: str, project: Project) -> None:
    """With an empty default graph and all quads in named graphs nothing may change when the default is their union."""
    text = queries.find(project, name).text
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("http://x/s"), ox.NamedNode("http://x/p"), ox.NamedNode("http://x/o")))
    result = plain(store.query(text, use_default_graph_as_union=True))
    # An aggregate over nothing gives one row with a zero in it.
    assert not result or (isinstance(result, list) and "COUNT(" in text and len(result) == 1)


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
