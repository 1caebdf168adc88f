"""Links to Wikidata: wrong ones are found, right ones pass, and every way in which a server fails ends in one line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import httpx
import pytest
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store, parse

from parley import queries, remote
from parley.check import run as run_check
from parley.errors import Unreachable, UsageError
from parley.graph.compiled import compile_store
from parley.link import wikidata as client
from parley.link.check import check, facts
from parley.link.enrich import enrich
from parley.link.export import export
from parley.link.links import read_links
from parley.link.suggest import suggest
from parley.namespaces import ASSERTED, PARLEY, PREFIXES, RDFS, WD, WIKIDATA
from parley.project import Project, find
from tests import stores
from tests import wikidata as fake
from tests.conftest import ROOT, Run
from tests.test_check import spoil
from tests.test_queries import expected, plain

LINKS = "data/links.ttl"
WDT = "http://www.wikidata.org/prop/direct/"


def fill(server: stores.Server, store: Store) -> None:
    """Add all that a store holds, each quad to its graph."""
    body = store.dump(format=RdfFormat.N_QUADS)
    headers = {"Content-Type": "application/n-quads"}
    httpx.post(server.store_url, content=body, headers=headers, trust_env=False).raise_for_status()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[stores.Server]:
    """Oxigraph's server with the slice in its default graph, as the query service holds Wikidata."""
    with stores.oxigraph(tmp_path_factory.mktemp("wikidata")) as running:
        fill(running, fake.slice_store())
        yield running


def wrong(folder: Path, *parts: str) -> set[str]:
    """The rules that parley check finds broken."""
    return {finding.rule for finding in run_check(find(folder), parts).findings if not finding.warning}


# ---- the links themselves


def test_every_link_says_how_and_when_and_only_accepted_occurrences_are_linked(store: Store) -> None:
    links = read_links(store)
    assert len(links) >= 55
    assert len({link.record for link in links}) == len(links)
    for link in links:
        assert re.fullmatch(r"Q[1-9]\d*", link.item)
        (match,) = store.quads_for_pattern(NamedNode(link.linked), NamedNode(link.match), NamedNode(WD + link.item))
        assert match.graph_name == NamedNode(ASSERTED)
    for node in [link.linked for link in links if link.linked.startswith(PREFIXES["occ"])]:
        accepted = store.quads_for_pattern(NamedNode(node), None, NamedNode(f"{PARLEY}Occurrence"), NamedNode(ASSERTED))
        assert list(accepted)


def test_a_place_and_an_actor_are_never_made_one(store: Store) -> None:
    same = [link for link in read_links(store) if link.match.endswith("sameAs")]
    assert len({link.item for link in same}) == len(same) > 30


# ---- check


def test_the_real_links_have_no_finding(project: Project) -> None:
    findings, count = check(project, fake.local())
    assert findings == []
    assert count == len(read_links(compile_store(project)))


# node, item to link it to, and the rule that must speak: the record keeps the label under which it was verified.
WRONG = [
    ("actor:mullah-baradar", "Q145193", "link-label"),  # another person
    ("actor:zalmay-khalilzad", "Q900000102", "link-namesake"),  # a person of the same name
    ("actor:trump-administration", "Q22686", "link-type"),  # the person for the government
    ("place:moscow", "Q900000101", "link-namesake"),  # a city of the same name
    ("place:islamabad", "Q848613", "link-label"),  # the territory for the city
    ("place:murree", "Q3861", "link-label"),  # another city
    ("actor:taliban-regime", "Q42418", "link-type"),  # the movement for the state
    ("actor:taliban", "Q427941", "link-type"),  # the state for the movement
    ("actor:taliban", "Q900000103", "link-type"),  # a war of the same name
    ("actor:taliban", "Q1752743", "link-type"),  # the conflict for the movement
    ("occ:war-us-taliban", "Q1519107", "link-label"),  # the long conflict for the war
    ("occ:war-us-taliban", "Q19646470", "link-label"),  # the invasion for the war
    ("occ:civil-war-1990s", "Q12302518", "link-label"),  # the later civil war
    ("occ:deal-us-taliban-2020", "Q182865", "link-type"),  # the war for the deal
    ("actor:islamic-state", "Q4204060", "link-namesake"),  # the concept for the group
    ("actor:islamic-state", "Q21070585", "link-label"),  # the branch for the group
    ("actor:afghan-government", "Q1415585", "link-label"),  # the earlier state
    ("actor:iran", "Q16052369", "link-label"),  # the government for the state
    ("actor:hazaras", "Q9585", "link-label"),  # a faith for a people
    ("list:us-foreign-terrorist-organizations", "Q17127659", "link-label"),  # what is on it for the list
    ("actor:taliban", "Q900000104", "link-redirect"),
    ("actor:taliban", "Q900000105", "link-deleted"),
]


@pytest.mark.parametrize(("node", "item", "rule"), WRONG)
def test_a_wrong_link_is_found(node: str, item: str, rule: str, copy: Path) -> None:
    path = copy / LINKS
    text, count = re.subn(
        rf"^{node} (.*?)wd:Q\d+(.*?)wd:Q\d+", rf"{node} \1wd:{item}\2wd:{item}", path.read_text("utf-8"), flags=re.M
    )
    assert count == 1
    path.write_text(text, "utf-8")
    findings, _ = check(find(copy), fake.local())
    assert rule in {finding.rule for finding in findings}
    for finding in findings:
        line = int(finding.where.rpartition(":")[2])
        assert text.splitlines()[line - 1].startswith(node), finding


def test_what_a_related_item_is_does_not_matter(store: Store) -> None:
    """The denomination is no community, and is linked by skos:relatedMatch."""
    (link,) = (link for link in read_links(store) if link.linked.endswith("/shias"))
    fits = facts(fake.local(), [(link.item, link.names)])[link.item]["fit"]
    assert link.match.endswith("relatedMatch")
    assert fits


def test_check_on_the_command_line_asks_a_real_server_and_changes_nothing(
    server: stores.Server, copy: Path, parley: Run
) -> None:
    before = {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    done = parley("--kb", copy, "link", "check", "--endpoint", server.query_url)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"\d+ links, 0 findings\n", done.stdout)
    spoil(copy, LINKS, r"(?m)^(actor:iran .*?)wd:Q794(.*?)wd:Q794", r"\1wd:Q159\2wd:Q159")
    before[copy / LINKS] = (copy / LINKS).read_bytes()
    done = parley("--kb", copy, "link", "check", "--endpoint", server.query_url)
    assert done.returncode == 1
    assert "link-label: Q159 for actor:iran is called Russia; " in done.stdout
    assert {path: path.read_bytes() for path in copy.rglob("*") if path.is_file()} == before


def test_many_links_are_asked_in_batches() -> None:
    asked: list[int] = []

    class Counting(fake.Local):
        def _run(self, query: str) -> list[Any]:
            asked.append(query.count("entity/Q9"))
            return []

    rows = [(NamedNode(f"{WD}Q9{n}"), Literal("x", language="en")) for n in range(100)]
    assert list(Counting("http://slice.test/").ask(Path(client.__file__).with_name("check.rq"), rows)) == []
    assert len(asked) == 3
    assert max(asked) < 250


# ---- faults


def in_a_minute(handler: BaseHTTPRequestHandler) -> None:
    moment = datetime.now(UTC) + timedelta(minutes=1)
    fake.status(429, Retry_After=format_datetime(moment, usegmt=True))(handler)


# fault, waits before the answer came
PASSING: dict[str, tuple[fake.Fault, float]] = {
    "429 with seconds": (fake.status(429, Retry_After="7"), 7),
    "429 with a date": (in_a_minute, 60),
    "429 with nonsense": (fake.status(429, Retry_After="soon"), 15),
    "429 without": (fake.status(429), 15),
    "500": (fake.status(500), 1),
    "503 with seconds": (fake.status(503, Retry_After="3"), 3),
    "504": (fake.status(504), 1),
    "cut off": (fake.cut_off, 1),
    "invalid": (fake.body('{"head": {"vars": ["item"]}, "results": {"bindings": [{"item"'), 1),
    "time-out in a reply": (
        fake.body('{"head":{"vars":["item"]},"results":{"bindings":[java.util.TimeoutException'),
        1,
    ),
    "hanging": (fake.hang, 1),
    "dripping": (fake.drip, 1),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_may_pass_is_tried_again_after_a_wait(name: str) -> None:
    fault, wait = PASSING[name]
    waits: list[float] = []
    with fake.standin(fault) as server:
        service = client.Service(server.url, seconds=1, sleep=waits.append)
        found = facts(service, [("Q42418", ["Taliban"])])
        assert found["Q42418"]["name"] == {"Taliban"}
        assert len(server.agents) == 2
    assert waits == [pytest.approx(wait, abs=5 if "date" in name else 0)]


@pytest.mark.parametrize("name", [n for n in PASSING if n not in {"hanging", "dripping", "time-out in a reply"}])
def test_the_search_is_tried_again_too(name: str, project: Project, tmp_path: Path) -> None:
    fault, wait = PASSING[name]
    waits: list[float] = []
    with fake.standin(fault) as server:
        service = client.Service(server.url, sleep=waits.append)
        nodes, count = suggest(project, "Zamir Kabulov", tmp_path / "p.ttl", service, server.url)
    assert (nodes, count) == (1, 2)
    assert waits == [pytest.approx(wait, abs=5 if "date" in name else 0)]


GIVING_UP = {
    "403": ([fake.status(403)], [], "PARLEY_CONTACT"),
    "404": ([fake.status(404)], [], "no answer"),
    "a long wait": ([fake.status(429, Retry_After="86400")], [], "86400 s"),
    "504 for good": ([fake.status(504)] * 4, [1, 2, 4], "4 times; run it again later"),
    "429 for good": ([fake.status(429)] * 4, [15, 30, 60], "4 times"),
    "nonsense for good": ([fake.body("<html>")] * 4, [1, 2, 4], "4 times"),
}


@pytest.mark.parametrize("asking", ["service", "search"])
@pytest.mark.parametrize("name", GIVING_UP)
def test_what_does_not_pass_ends_in_one_line(name: str, asking: str, project: Project, tmp_path: Path) -> None:
    faults, expected_waits, words = GIVING_UP[name]
    waits: list[float] = []
    with fake.standin(*faults) as server:
        service = client.Service(server.url, sleep=waits.append)
        call = partial(suggest, project, "Zamir Kabulov", tmp_path / "p.ttl", service, server.url)
        with pytest.raises(Unreachable, match=re.escape(words)) as caught:
            _ = call() if asking == "search" else facts(service, [("Q1", ["x"])])
        assert server.faults == []
        assert len(server.agents) == len(faults)
        assert str(caught.value).startswith(server.url)
    assert waits == expected_waits
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 3
    assert not (tmp_path / "p.ttl").exists()


def test_the_command_line_tells_it_too(parley: Run) -> None:
    with fake.standin(fake.status(403)) as server:
        done = parley("--kb", ROOT, "link", "check", "--endpoint", server.url)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)


def test_the_agent_names_program_address_contact_and_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_CONTACT", "a@example.org\r\nX: y")
    with fake.standin() as server:
        facts(client.Service(server.url), [("Q1", ["x"])])
    (agent,) = server.agents
    assert re.fullmatch(r"parley/\S+ \(https?://\S+; a@example\.orgX: y\) SPARQLWrapper/2", agent)


# ---- suggest


def test_proposals_are_ranked_by_name_kind_and_context_and_nothing_is_linked(
    copy: Path, tmp_path: Path, parley: Run
) -> None:
    before = (copy / LINKS).read_bytes()
    output = tmp_path / "proposals.ttl"
    with fake.standin() as server:
        done = parley(
            *("--kb", copy, "link", "suggest", "Zamir Kabulov", "-o", output),
            *("--api", server.url, "--endpoint", server.url),
        )
    assert (done.returncode, done.stderr) == (0, "")
    lines = [line for line in output.read_text("utf-8").splitlines() if line.startswith("actor:")]
    # The diplomat comes before the settlement of the same name, which no person is.
    assert [re.search(r"wd:(Q\d+)", line)[1] for line in lines] == ["Q900000201", "Q900000203"]  # type: ignore[index]
    assert list(parse(path=output))
    assert (copy / LINKS).read_bytes() == before
    assert wrong(copy, "rules") == set()

    # A person accepts by moving a line; that nothing was found before must then go.
    with (copy / LINKS).open("a", encoding="utf-8") as file:
        file.write(f"{lines[0]}\n")
    assert wrong(copy, "rules") == {"link-unrecorded"}
    spoil(copy, LINKS, r"(?m)^actor:zamir-kabulov parley:noWikidataItem .*\n", "")
    assert wrong(copy) == set()
    assert any(link.item == "Q900000201" for link in read_links(compile_store(find(copy))))


def test_what_is_linked_gets_no_proposal(project: Project, tmp_path: Path) -> None:
    with fake.standin() as server:
        service = client.Service(server.url)
        with pytest.raises(UsageError, match="linked already"):
            suggest(project, "Taliban", tmp_path / "p.ttl", service, server.url)
        nodes, _ = suggest(project, None, tmp_path / "p.ttl", service, server.url)
    text = (tmp_path / "p.ttl").read_text("utf-8")
    assert nodes > 15
    assert "actor:zamir-kabulov owl:sameAs wd:Q900000201" in text
    assert not re.search(r"^actor:taliban ", text, re.M)
    for unnamed in ("regional-powers", "unnamed-reports", "taliban-delegation-iran"):
        assert unnamed not in text


def test_what_a_server_says_cannot_become_a_statement(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = [
        {"id": "Q1 . <a:a> <a:b> <a:c", "label": "x", "description": ""},
        {"id": "Q900000201", "label": 'x"@en . <a:a> <a:b> "', "description": "y\n<a:a> <a:b> <a:c> ."},
    ]
    monkeypatch.setattr(fake, "hits", lambda _: bad)
    with fake.standin() as server:
        suggest(project, "Zamir Kabulov", tmp_path / "p.ttl", client.Service(server.url), server.url)
    quads = list(parse(path=tmp_path / "p.ttl"))
    assert len(quads) == 8
    assert NamedNode("a:a") not in {quad.subject for quad in quads}


# ---- enrich


def test_enrich_writes_a_graph_apart_with_its_origin(server: stores.Server, copy: Path, parley: Run) -> None:
    before = len(compile_store(find(copy)))
    done = parley("--kb", copy, "link", "enrich", "--endpoint", server.query_url)
    assert (done.returncode, done.stderr) == (0, "")
    project = find(copy)
    store = compile_store(project)
    new = list(store.quads_for_pattern(None, None, None, NamedNode(WIKIDATA)))
    assert len(store) == before + len(new)
    about = {quad.predicate.value: quad.object for quad in new if quad.subject == NamedNode(WIKIDATA)}
    assert about["http://www.w3.org/ns/prov#wasDerivedFrom"] == NamedNode(server.query_url)
    moment = about["http://www.w3.org/ns/prov#generatedAtTime"]
    assert isinstance(moment, Literal)
    assert abs(datetime.fromisoformat(moment.value) - datetime.now(UTC)) < timedelta(minutes=2)
    assert {str(q) for q in new if q.subject != NamedNode(WIKIDATA)} == {str(q) for q in fake.fetched(store)}
    languages = {q.object.language for q in new if isinstance(q.object, Literal) and q.object.language}
    assert languages == {"en", "mul", "prs", "ps", "fa", "ru", "zh", "ur", "ar"}
    assert not [q for q in new if "genid" in str(q) or "by mistake" in str(q)]
    assert wrong(copy) == set()

    # Names still mean our nodes, and are shown in English.
    done = parley("--kb", copy, "show", "Taliban")
    assert done.stdout.startswith("Taliban\n<https://w3id.org/parley/id/actor/taliban>")
    done = parley("--kb", copy, "ask", "who-is-in-the-sco")
    assert "Russia" in done.stdout


def test_a_failed_enrich_leaves_the_file_as_it_was(copy: Path) -> None:
    project = find(copy)
    path, count = enrich(project, fake.local())
    assert count > 100
    before = path.read_bytes()
    with fake.standin(fake.status(403)) as server, pytest.raises(Unreachable):
        enrich(project, client.Service(server.url))
    with pytest.raises(Unreachable, match="nothing is known"):
        enrich(project, fake.local(Store()))
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_the_copy_in_a_package_is_not_written_to(project: Project) -> None:
    shipped = Project(project.data, project.ontology, project.queries, shipped=True)
    with pytest.raises(UsageError, match="installed package"):
        enrich(shipped, fake.local())


# ---- export


def exported(copy: Path, **options: bool) -> list[str]:
    with (copy / LINKS).open("a", encoding="utf-8") as file:
        file.write(
            "PREFIX source: <https://w3id.org/parley/id/source/>\n"
            "source:mar2020 owl:sameAs wd:Q900000999 . link:source-mar2020 a parley:Link ; "
            "parley:linked source:mar2020 ; parley:match owl:sameAs ; parley:item wd:Q900000999 .\n"
        )
    return list(export(compile_store(find(copy)), **options))


def test_a_source_without_an_item_is_made_first(project: Project, parley: Run) -> None:
    done = parley("--kb", ROOT, "link", "export")
    lines = done.stdout.splitlines()
    assert (done.returncode, lines[0], len(lines)) == (0, "CREATE", 4)
    assert lines[2].startswith('LAST\tP1476\ten:"The Taliban is actively')
    assert lines[3] == "LAST\tP577\t+2020-00-00T00:00:00Z/9"


def test_accepted_facts_are_exported_with_their_source(copy: Path) -> None:
    lines = exported(copy)
    assert "Q10806\tP585\t+2001-09-11T00:00:00Z/11\tS248\tQ900000999" in lines
    assert "Q1543422\tP39\tQ2332457\tS248\tQ900000999" in lines
    assert all(re.fullmatch(r"Q\d+\tP\d+\t\S+(\tP\d+\t\S+)*\tS248\tQ900000999", line) for line in lines)
    assert not [line for line in lines if line.startswith("Q107354956")]


def test_a_close_match_is_exported_only_when_asked_for(copy: Path) -> None:
    lines = exported(copy, close=True)
    assert "Q107354956\tP1891\tQ30\tS248\tQ900000999" in lines
    assert "Q107354956\tP585\t+2020-02-00T00:00:00Z/10\tS248\tQ900000999" in lines


@pytest.mark.parametrize(
    ("level", "qualifier"),
    [
        ("Fact", ""),
        ("Probable", "\tP5102\tQ56644435"),
        ("Possible", "\tP5102\tQ30230067"),
        ("Unverified", "\tP5102\tQ32188232"),
        ("Anticipated", None),
        ("Counterfact", None),
    ],
)
def test_what_is_not_accepted_goes_with_its_qualifier_or_not_at_all(
    level: str, qualifier: str | None, copy: Path
) -> None:
    pattern = r"(claim:mar2020-122 a parley:Claim(?:.|\n)*?parley:factuality )parley:Fact"
    spoil(copy, "data/mar2020/pakistan.trig", pattern, rf"\1parley:{level}")
    found = [line for line in exported(copy) if line.startswith("Q1543422\tP39")]
    assert found == ([] if qualifier is None else [f"Q1543422\tP39\tQ2332457{qualifier}\tS248\tQ900000999"])


# ---- questions, joined in one store and over SERVICE

PAIRS = sorted(path.stem.removesuffix("-federated") for path in (ROOT / "queries").glob("*-federated.rq"))


def test_there_are_enough_pairs(project: Project) -> None:
    assert len(PAIRS) >= 6
    for query in queries.listing(project):
        assert ("federated" in query.tags) == query.name.endswith("-federated")


@pytest.mark.parametrize("name", PAIRS)
def test_the_two_forms_differ_in_where_they_ask(name: str, project: Project) -> None:
    here, there = (queries.find(project, stem).text.partition("SELECT")[2] for stem in (name, f"{name}-federated"))
    there = there.replace("SERVICE <https://query.wikidata.org/sparql>", "GRAPH graph:wikidata")
    assert re.sub(r" +VALUES \?item \{[^}]*\}\n", "", there) == here


@pytest.mark.parametrize("name", PAIRS)
def test_the_embedded_engine_never_asks_elsewhere(name: str, project: Project, parley: Run) -> None:
    with pytest.raises(UsageError, match="SERVICE is not evaluated here"):
        queries.run(Store(), queries.find(project, f"{name}-federated").text)


def test_describing_a_federated_question_asks_nobody(parley: Run) -> None:
    done = parley("--kb", ROOT, "ask", f"{PAIRS[0]}-federated", "--describe")
    assert (done.returncode, done.stderr) == (0, "")
    assert "SERVICE <https://query.wikidata.org/sparql>" in done.stdout


def saturated(store: Store) -> Store:
    """The slice with every fact that a question asks for said of every linked item."""
    full = Store()
    full.extend(fake.slice_store())
    triples = []
    for item in {link.item for link in read_links(store)}:
        subject, p = f"<{WD}{item}>", "http://www.wikidata.org/prop/"
        date = "1990-01-01T00:00:00Z"
        triples.append(
            f'{subject} <{WDT}P297> "XX" ; <{WDT}P298> "XXX" ; <{WDT}P463> <{WD}Q485207> ; <{WDT}P625> "Point(1 2)" ;'
            f' <{WDT}P585> "{date}" ; <{WDT}P710> <{WD}Q42418> ; <{RDFS}label> "x"@prs ; <{p}P6> <x:{item}> .'
            f' <x:{item}> <{p}statement/P6> <x:head> ; <{p}qualifier/P580> "{date}" . <x:head> <{RDFS}label> "y"@en .'
        )
    full.load("\n".join(triples), RdfFormat.TURTLE)
    return full


@pytest.fixture(scope="module")
def both(
    server: stores.Server, store: Store, enriched: Store, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[stores.Server, dict[str, tuple[Store, str]]]]:
    """A server that holds Parley alone, and by name a Wikidata: what enrich fetched of it, and its address."""
    folders = [tmp_path_factory.mktemp(name) for name in ("parley", "full")]
    with stores.oxigraph(folders[0]) as ours, stores.oxigraph(folders[1]) as full:
        everything, merged = saturated(store), Store()
        merged.extend(store)
        merged.extend(fake.fetched(store, everything))
        fill(ours, store)
        fill(full, everything)
        yield ours, {"slice": (enriched, server.query_url), "saturated": (merged, full.query_url)}


@pytest.mark.parametrize("which", ["slice", "saturated"])
@pytest.mark.parametrize("name", PAIRS)
def test_both_forms_give_the_same_answer(
    name: str, which: str, project: Project, both: tuple[stores.Server, dict[str, tuple[Store, str]]]
) -> None:
    ours, wikidatas = both
    joined, address = wikidatas[which]
    here = plain(queries.run(joined, queries.find(project, name).text))
    text = queries.find(project, f"{name}-federated").text.replace("https://query.wikidata.org/sparql", address)
    assert address in text
    assert plain(remote.run(ours.query_url, text)) == here
    assert here
    if which == "slice":
        assert here == expected(name)


def test_ask_sends_a_federated_question_whole(copy: Path, parley: Run, both: Any) -> None:
    ours, wikidatas = both
    spoil(copy, f"queries/{PAIRS[0]}-federated.rq", r"https://query\.wikidata\.org/sparql", wikidatas["slice"][1])
    done = parley("--kb", copy, "ask", f"{PAIRS[0]}-federated", "--endpoint", ours.query_url, "--format", "tsv")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (ROOT / "tests" / "expected" / f"{PAIRS[0]}.tsv").read_text("utf-8")
    done = parley("--kb", copy, "ask", f"{PAIRS[0]}-federated")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--endpoint" in done.stderr


JOIN = """
PREFIX graph: <https://w3id.org/parley/graph/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX parley: <https://w3id.org/parley/ontology#>
PREFIX wdt: <http://www.wikidata.org/prop/direct/>
SELECT DISTINCT ?actor ?code WHERE {
  GRAPH graph:asserted { ?actor parley:hasEngagedWith <https://w3id.org/parley/id/actor/taliban> ; owl:sameAs ?item }
  ?item wdt:P297 ?code
} ORDER BY ?code"""


def test_the_dataset_joins_wikidata_in_one_store_by_plain_sparql(store: Store) -> None:
    """The dataset as it is shipped beside Wikidata as it is dumped: no term is rewritten."""
    joined = Store()
    joined.extend(store)
    joined.extend(fake.slice_store())
    result = joined.query(JOIN)
    assert isinstance(result, QuerySolutions)
    codes = {row["actor"].value.rpartition("/")[2]: row["code"].value for row in result}
    assert codes.items() >= {"russia": "RU", "pakistan": "PK", "united-states": "US"}.items()
    alone = store.query(JOIN)
    assert isinstance(alone, QuerySolutions)
    assert list(alone) == []


def test_wikidata_never_enters_the_asserted_graph(enriched: Store, store: Store) -> None:
    graph = NamedNode(ASSERTED)
    asserted: set[Quad] = set(enriched.quads_for_pattern(None, None, None, graph))
    assert asserted == set(store.quads_for_pattern(None, None, None, graph))
    said = [quad for quad in asserted if quad.subject.value.startswith(WD)]  # type: ignore[union-attr]
    assert said == []


@pytest.mark.network
def test_the_live_service_answers(project: Project, tmp_path: Path) -> None:
    service = client.Service("https://query.wikidata.org/sparql")
    findings, count = check(project, service)
    assert count > 50
    assert len(findings) < count / 2, findings
    assert suggest(project, "Zamir Kabulov", tmp_path / "p.ttl", service, "https://www.wikidata.org/w/api.php")[0] == 1
