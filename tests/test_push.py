"""Pushing to real stores: whatever stops it, the next push ends in the same state, and nothing else is touched."""

from __future__ import annotations

import io
import os
import random
import re
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import httpx
import pyoxigraph as ox
import pytest

from parley.errors import InputError, ParleyError, Unreachable, UsageError
from parley.namespaces import ASSERTED, EDTF, ID, PARLEY, XSD
from parley.project import Project
from parley.push import push
from parley.push.graphs import CLAIM, RELEASE
from parley.push.profiles import PROFILES
from parley.push.transport import Server
from tests import stores
from tests.conftest import ROOT, Run, need
from tests.stand_in import Request, http, standing_in, table

KINDS = ["oxigraph", "virtuoso"]
FOREIGN = [
    "http://example.org/foreign",
    "https://w3id.org/parley/graph/wikidata",
    f"{ASSERTED}-by-others",
    f"{RELEASE}-notes",
]
# In JSON Virtuoso writes true as 1.
BOOLEANS = {f'"1"^^<{XSD}boolean>': f'"true"^^<{XSD}boolean>'}


def knowledge(edition: int, claims: int = 12, axioms: int = 6, literal: str = '"é \\"quoted\\"\\n\\t☃"@en') -> ox.Store:
    """Make a small derived knowledge base with every portable kind of literal; each edition differs in every graph."""
    values = [literal, '"plain"', '"12"^^<{x}integer>', '"-0.25"^^<{x}decimal>', "true", '"2015-06-30"^^<{x}date>']
    values += ['"2015-06-30T12:00:00"^^<{x}dateTime>', '"2015"^^<{x}gYear>', '"2015-06"^^<{x}gYearMonth>']
    values += [
        '"  <b> & \\r\\n  "',
        '""@en',
        '"http://example.org/a"^^<{x}anyURI>',
        f'"[..2000]"^^<{EDTF}>',
        '"x{edition}"',
    ]
    objects = " , ".join(values).replace("{x}", XSD).replace("{edition}", str(edition))
    text = f"GRAPH <{ASSERTED}> {{ <{ID}actor/a> <{PARLEY}p> {objects} . "
    for number in range(axioms):
        text += f"[] <{PARLEY}members> ( <{PARLEY}A{number}> [ <{PARLEY}of> <{PARLEY}B{number}> ] ) . "
    text += "}"
    for number in range(claims):
        text += f" GRAPH <{CLAIM}x2020-{number:03}> {{ <{ID}occurrence/o{number}> a <{PARLEY}Visit> ; "
        text += f'<{PARLEY}host> <{ID}actor/h{number}> ; <{PARLEY}note> "edition {edition} of {number}"@en . }}'
    store = ox.Store()
    store.update(f"INSERT DATA {{ {text} }}")
    return store


def wanted(store: ox.Store) -> dict[str, list[str]]:
    """Each graph as N-Triples, blank nodes masked: their names are tested apart."""
    graphs: dict[str, list[str]] = {}
    for quad in store:
        assert isinstance(quad.graph_name, ox.NamedNode)
        triple = f"{quad.subject} {quad.predicate} {quad.object}"
        graphs.setdefault(quad.graph_name.value, []).append(re.sub(r"_:\w+", "[]", triple))
    return {name: sorted(lines) for name, lines in graphs.items()}


@dataclass
class Held:
    """A store under test: its address, and what it holds as another client sees it."""

    server: stores.Server
    url: str

    def quads(self) -> list[tuple[str, str]]:
        """Read all, in two parts, since Virtuoso cuts an answer at 10,000 rows."""
        found: list[tuple[str, str]] = []
        for part in ("=", "!="):
            query = f"SELECT ?g ?s ?p ?o WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STR(?g) {part} '{ASSERTED}' && "
            query += "!CONTAINS(STR(?g), 'openlinksw') && !CONTAINS(STR(?g), 'localuriqa') "
            query += "&& !CONTAINS(STR(?g), 'www.w3.org')) }"
            reply = httpx.post(
                self.server.query_url,
                data={"query": query},
                headers={"Accept": "application/sparql-results+json"},
                trust_env=False,
                timeout=60,
            )
            result = ox.parse_query_results(reply.raise_for_status().content, ox.QueryResultsFormat.JSON)
            assert isinstance(result, ox.QuerySolutions)
            rows = [(row[0].value, f"{row[1]} {row[2]} {BOOLEANS.get(str(row[3]), row[3])}") for row in result]
            assert len(rows) < 10_000
            found += rows
        return sorted(found)

    def graphs(self) -> dict[str, list[str]]:
        graphs: dict[str, list[str]] = {}
        for name, triple in self.quads():
            if name != RELEASE:
                masked = re.sub(r"<https://w3id.org/parley/\.well-known/genid/\w+>", "[]", triple)
                graphs.setdefault(name, []).append(masked)
        return {name: sorted(lines) for name, lines in graphs.items()}

    def clear(self) -> None:
        self.update(" ; ".join(f"DROP SILENT GRAPH <{name}>" for name in sorted({name for name, _ in self.quads()})))

    def update(self, text: str) -> None:
        if text:
            path = "/sparql-auth" if self.server.name == "virtuoso" else "/update"
            auth = self.server.auth
            httpx.post(
                self.url + path, data={"update": text}, auth=auth, trust_env=False, timeout=60
            ).raise_for_status()


def held_by(server: stores.Server) -> Held:
    return Held(server, server.query_url.rpartition("/")[0])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Held]]:
    folders = [tmp_path_factory.mktemp(kind) for kind in KINDS]
    with stores.oxigraph(folders[0]) as first, stores.virtuoso(folders[1]) as second:
        yield {server.name: held_by(server) for server in (first, second)}


@pytest.fixture(params=KINDS)
def held(request: pytest.FixtureRequest, running: dict[str, Held], let_in: None) -> Held:
    """Each store in turn, empty, with the right password in the environment."""
    store = running[request.param]
    store.clear()
    return store


@pytest.fixture
def let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_USER", "dba")
    monkeypatch.setenv("PARLEY_PASSWORD", "dba")


def test_a_push_brings_all_and_another_changes_nothing(held: Held) -> None:
    store = knowledge(1)
    planned = push(store, held.url, dry_run=True)
    assert not held.quads()
    first = push(store, held.url)
    assert first.changed == []
    assert planned.sent == first.sent == {*wanted(store), RELEASE}
    assert held.graphs() == wanted(store)
    before = held.quads()
    again = push(knowledge(1), held.url)
    assert (again.sent, again.dropped, again.changed) == (set(), set(), [])
    assert held.quads() == before
    assert again.kind == held.server.name
    assert again.union == (held.server.name == "virtuoso")


def test_only_what_changed_is_sent_and_what_is_gone_is_dropped(held: Held) -> None:
    store = knowledge(1)
    push(store, held.url)
    changed, gone = f"{CLAIM}x2020-003", f"{CLAIM}x2020-004"
    store.update(f"INSERT DATA {{ GRAPH <{changed}> {{ <{ID}occurrence/o3> <{PARLEY}host> <{ID}actor/new> }} }}")
    assert push(store, held.url).sent == {changed, RELEASE}
    assert held.graphs() == wanted(store)
    store.update(f"DROP GRAPH <{gone}>")
    report = push(store, held.url)
    assert (report.sent, report.dropped) == ({RELEASE}, {gone})
    assert push(knowledge(1, literal='"of the same count"'), held.url, dry_run=True).sent >= {ASSERTED}
    assert held.graphs() == wanted(store)
    assert gone not in {triple.split(" ")[2].strip("<>") for name, triple in held.quads() if name == RELEASE}


def test_the_release_tells_version_counts_and_a_digest_of_each_graph(held: Held) -> None:
    push(knowledge(1), held.url)
    told = [triple for name, triple in held.quads() if name == RELEASE]
    graphs = {name for name, _ in held.quads()} - {RELEASE}
    digests = [triple for triple in told if re.search(r'identifier> "[0-9a-f]{64}"$', triple)]
    assert {triple.split(" ")[0].strip("<>") for triple in digests} == graphs
    assert len({triple.split(" ")[2] for triple in digests}) == len(graphs)
    total = sum(name != RELEASE for name, _ in held.quads())
    assert f'<{RELEASE}> <http://rdfs.org/ns/void#triples> "{total}"^^<{XSD}integer>' in told


def test_blank_nodes_get_the_same_names_whatever_they_were_called(running: dict[str, Held]) -> None:
    held = running["oxigraph"]
    held.clear()
    push(knowledge(1), held.url)
    before = held.quads()
    data = io.BytesIO()
    knowledge(1).dump(data, ox.RdfFormat.N_QUADS)
    other = ox.Store()
    other.load(re.sub(rb"_:(\w+)", rb"_:other\1", data.getvalue()), format=ox.RdfFormat.N_QUADS)
    assert push(other, held.url).sent == set()
    assert not [triple for _, triple in before if "_:" in triple]


def test_graphs_of_others_stay_as_they_are(held: Held) -> None:
    held.update("INSERT DATA { " + " ".join(f"GRAPH <{name}> {{ <a:a> <a:b> <a:c> }}" for name in FOREIGN) + " }")
    for store in (knowledge(1), knowledge(2, claims=3)):
        push(store, held.url)
        assert held.graphs() == {**wanted(store), **{name: ["<a:a> <a:b> <a:c>"] for name in FOREIGN}}


def test_what_was_altered_in_the_store_is_found_and_mended(held: Held) -> None:
    store = knowledge(1)
    push(store, held.url)
    name = f"{CLAIM}x2020-002"
    held.update(
        f"DELETE DATA {{ GRAPH <{name}> {{ <{ID}occurrence/o2> <{PARLEY}host> <{ID}actor/h2> }} }} ;"
        f"INSERT DATA {{ GRAPH <{name}> {{ <{ID}occurrence/o2> <{PARLEY}host> <{ID}actor/other> }} }}"
    )
    assert held.graphs() != wanted(store)
    assert push(store, held.url).sent == {name, RELEASE}
    assert held.graphs() == wanted(store)


@pytest.mark.parametrize("fault", ["lost beside its place", "refused midway"])
def test_virtuoso_keeps_the_old_graph_until_the_new_one_is_whole(
    fault: str, running: dict[str, Held], let_in: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    held, old = running["virtuoso"], knowledge(1, claims=3)
    held.clear()
    push(old, held.url)
    put, bad = Server.put, f"{CLAIM}x2020-001"

    def faulty(self: Server, name: str, blocks: Iterable[bytes], size: int) -> None:
        if not name.endswith("x2020-001"):
            put(self, name, blocks, size)
        elif fault == "refused midway":
            body = b"".join(blocks) + b"<a:a> <a:b> <a:c <a:d> .\n"
            put(self, name, [body], len(body))

    monkeypatch.setattr(Server, "put", faulty)
    with pytest.raises(Unreachable):
        push(knowledge(2, claims=3), held.url)
    assert held.graphs()[bad] == wanted(old)[bad]


def test_asserted_only_takes_the_claims_away(held: Held) -> None:
    store = knowledge(1)
    push(store, held.url)
    report = push(store, held.url, asserted_only=True)
    assert (len(report.dropped), report.union) == (12, False)
    assert held.graphs() == {ASSERTED: wanted(store)[ASSERTED]}


def test_what_a_store_makes_of_a_literal_is_told(running: dict[str, Held], let_in: None) -> None:
    held = running["virtuoso"]
    held.clear()
    large = "99999999999999999999"
    report = push(knowledge(1, literal=f'"{large}"^^<{XSD}integer>'), held.url)
    (change,) = report.changed
    assert f'sent "{large}"^^<{XSD}integer>, held "{large}"^^<{XSD}decimal>' in change


def test_more_rows_than_virtuoso_gives_at_once_are_compared_all_the_same(
    running: dict[str, Held], let_in: None
) -> None:
    held, store = running["virtuoso"], knowledge(1)
    held.clear()
    for number in range(10_500):
        nodes = (f"{ID}n/{number}", f"{PARLEY}p{number % 20}", f"{ID}o/{number}", ASSERTED)
        store.add(ox.Quad(*map(ox.NamedNode, nodes)))
    # The digest is over all: had only the first 10,000 rows been read, it would differ.
    assert push(store, held.url).triples > 10_500
    held.update(f"DROP SILENT GRAPH <{ASSERTED}>")


def test_what_does_not_fit_one_request_goes_in_several(
    running: dict[str, Held], monkeypatch: pytest.MonkeyPatch
) -> None:
    held, store = running["oxigraph"], knowledge(1)
    monkeypatch.setitem(PROFILES, "oxigraph", replace(PROFILES["oxigraph"], most=2_000))
    assert len("".join(wanted(store)[ASSERTED])) > 2_000 > len("".join(wanted(store)[f"{CLAIM}x2020-001"]))
    held.clear()
    push(knowledge(2), held.url)
    push(store, held.url)
    assert held.graphs() == wanted(store)
    monkeypatch.setitem(PROFILES, "oxigraph", replace(PROFILES["oxigraph"], most=2_000, graphs=""))
    with pytest.raises(Unreachable, match="too large for one update"):
        push(knowledge(3), held.url)


CHILD = """
import sys
from pyoxigraph import RdfFormat, Store
from parley.push import push
store = Store()
store.load(path=sys.argv[1], format=RdfFormat.N_QUADS, lenient=True)
print("go", flush=True)
push(store, sys.argv[2])
"""


def test_a_client_killed_anywhere_leaves_nothing_that_the_next_push_does_not_mend(held: Held, tmp_path: Path) -> None:
    editions = [knowledge(1), knowledge(2)]
    for number, store in enumerate(editions):
        store.dump(tmp_path / f"{number}.nq", ox.RdfFormat.N_QUADS)
    push(editions[1], held.url)
    began = time.monotonic()
    push(editions[0], held.url)
    whole = time.monotonic() - began
    chance = random.Random(20_200_319)
    killed = 0
    for turn in range(1, 21):
        before, after = wanted(editions[(turn + 1) % 2]), wanted(editions[turn % 2])
        command: list[str | Path] = [sys.executable, "-c", CHILD, tmp_path / f"{turn % 2}.nq", held.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout
            assert child.stdout.readline() == b"go\n"
            time.sleep(chance.uniform(0, whole))
            child.kill()
        killed += child.returncode == -signal.SIGKILL
        for name, lines in held.graphs().items():
            assert "/graph/staging/" in name or lines in (before[name], after[name])
        push(editions[turn % 2], held.url)
        assert held.graphs() == after
    assert killed >= 10


def push_for_ever(url: str) -> None:
    for edition in count(3):
        push(knowledge(edition, claims=60), url)


@pytest.mark.parametrize("kind", KINDS)
def test_a_server_killed_midway_is_mended_by_the_next_push(kind: str, tmp_path: Path, let_in: None) -> None:
    store, chance = knowledge(2, claims=60), random.Random(4)
    start = {"oxigraph": stores.oxigraph, "virtuoso": stores.virtuoso}[kind]
    with start(tmp_path) as server:
        push(knowledge(1, claims=60), held_by(server).url)
        timer = threading.Timer(chance.uniform(0.05, 0.3), server.process.kill)
        timer.start()
        try:
            with pytest.raises(Unreachable) as caught:
                push_for_ever(held_by(server).url)
        finally:
            timer.join()
        assert "run the same command again" in str(caught.value)
    (tmp_path / "virtuoso.lck").unlink(missing_ok=True)
    with start(tmp_path) as server:
        push(store, held_by(server).url)
        assert held_by(server).graphs() == wanted(store)


def test_two_pushes_at_once_end_in_one_state(held: Held) -> None:
    editions = [knowledge(1), knowledge(2, claims=8)]
    failures: list[ParleyError] = []

    def run(store: ox.Store) -> None:
        try:
            push(store, held.url)
        except ParleyError as error:
            failures.append(error)

    for _ in range(3):
        threads = [threading.Thread(target=run, args=(store,)) for store in editions]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all("another push" in str(error) for error in failures)
        if len(failures) < 2:
            assert held.graphs() in [wanted(store) for store in editions]
        failures.clear()
        push(editions[0], held.url)
        assert held.graphs() == wanted(editions[0])


def test_a_wrong_password_gets_one_line_without_it(running: dict[str, Held], parley: Run) -> None:
    held = running["virtuoso"]
    wrong = {"PARLEY_USER": "dba", "PARLEY_PASSWORD": "hunter2"}
    for secret in (wrong, {}):
        done = parley("--kb", ROOT, "push", held.url, **secret)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
        assert "not let in (401); set PARLEY_USER" in done.stderr
        assert "hunter2" not in done.stderr


def test_the_password_may_stand_in_a_netrc(
    running: dict[str, Held], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login dba password dba\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    held, store = running["virtuoso"], knowledge(7)
    held.clear()
    push(store, held.url)
    assert held.graphs() == wanted(store)


def test_a_store_that_no_test_covers_is_tried_first(running: dict[str, Held], let_in: None) -> None:
    """Oxigraph has Fuseki's addresses and rolls back; Virtuoso's has one address for both and does not."""
    held, store = running["oxigraph"], knowledge(1)
    held.clear()
    report = push(store, held.url, profile="fuseki")
    assert (report.kind, report.tested) == ("fuseki", False)
    assert held.graphs() == wanted(store)
    held = running["virtuoso"]
    held.clear()
    with pytest.raises(Unreachable, match="leaves half of itself behind; a push stopped midway could do harm"):
        push(store, f"{held.url}/sparql-auth", profile="sparql")
    assert not held.quads()


def failing(*replies: bytes) -> Iterator[bytes]:
    yield from replies
    while True:
        yield replies[-1]


REFUSALS = [
    (http(301, Location="http://127.0.0.1:9/x"), "moved (301) to http://127.0.0.1:9/x"),
    (http(401, WWW_Authenticate='Basic realm="x"'), "not let in (401)"),
    (http(403), "forbidden (403)"),
    (http(404), "nothing here (404)"),
    (http(413), "too large (413); raise the store's limit"),
    (http(429, Retry_After="0"), "too many requests (429)"),
    (http(429, Retry_After="999"), "try again in 999 s"),
    (http(503, Retry_After="0"), "not available (503)"),
    (http(500, b"disk full", "text/plain"), "the server failed (500): disk full"),
    (http(body=b"<html></html>", kind="text/html"), "no whole SPARQL result, but 'text/html'"),
    (http(body=table(1)[:-2]), "no whole SPARQL result"),
    (http(body=table(1), length=999), "no answer"),
    (http(body=table(1), X_SQL_State="S1TAT"), "no whole SPARQL result"),
    (b"", "no answer"),
]


@pytest.mark.parametrize(("reply", "words"), REFUSALS)
def test_what_a_store_refuses_is_told_in_one_line(reply: bytes, words: str, let_in: None) -> None:
    """The stand-in greets, challenges nobody, and fails at the first query."""

    def answer(request: Request) -> list[bytes]:
        return [http() if request.line.startswith("GET") else reply]

    with standing_in(answer) as server, pytest.raises(Unreachable) as caught:
        push(knowledge(1), server.url, profile="oxigraph")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert all("authorization" not in request.headers or "401" in words for request in server.requests)


def test_a_busy_store_is_asked_again_and_a_token_goes_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TOKEN", "hunter2")
    replies = failing(http(429, Retry_After="0"), http(), http(), http(503, Retry_After="0"), http(404))
    with standing_in(lambda _: [next(replies)]) as server, pytest.raises(Unreachable, match="nothing here"):
        push(knowledge(1), server.url, profile="oxigraph")
    assert len(server.requests) >= 5
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer hunter2"}


def test_a_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-days", "1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with standing_in(lambda _: [http()], context) as server, pytest.raises(Unreachable, match=r"TLS: .*certificate"):
        push(knowledge(1), server.url)
    assert not server.requests


def test_a_store_that_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parley.push.transport.PATIENCE", 0.3)
    with standing_in(lambda _: [2.0]) as server, pytest.raises(Unreachable, match="took too long"):
        push(knowledge(1), server.url)


def test_what_is_used_wrongly_is_refused(parley: Run) -> None:
    for arguments, words in (
        (["http://me:hunter2@127.0.0.1:9"], "a password in an address"),
        (["ftp://127.0.0.1"], "no web address"),
        (["http://127.0.0.1:x"], "no web address"),
    ):
        done = parley("--kb", ROOT, "push", *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert words in done.stderr
        assert "hunter2" not in done.stderr
    with standing_in(lambda _: [http()]) as server, pytest.raises(UsageError, match="choose from: oxigraph; virtuoso"):
        push(knowledge(1), server.url, profile="other")
    store = knowledge(1)
    store.add(
        ox.Quad(ox.NamedNode("a:a"), ox.NamedNode("a:b"), ox.NamedNode("a:c"), ox.NamedNode("http://example.org/claim"))
    )
    with pytest.raises(InputError, match=r"http://example\.org/claim"):
        push(store, "http://127.0.0.1:9")


@pytest.mark.parametrize("kind", KINDS)
def test_the_real_knowledge_base_from_the_command_line(
    kind: str, running: dict[str, Held], parley: Run, store: ox.Store, project: Project
) -> None:
    held = running[kind]
    held.clear()
    secret = {"PARLEY_USER": "dba", "PARLEY_PASSWORD": "dba"}
    first = parley("--kb", ROOT, "push", held.url, **secret)
    graphs = len(list(store.named_graphs())) + 1
    assert first.stdout.startswith(f"{kind}: {graphs} graphs")
    assert f"{graphs} sent, 0 unchanged, 0 dropped; verified" in first.stdout
    assert ("union of all graphs" in first.stdout) == (kind == "virtuoso")
    assert (first.returncode, first.stderr) == (0, "")
    again = parley("--kb", ROOT, "push", held.server.query_url, **secret)
    assert f"0 sent, {graphs} unchanged, 0 dropped; verified" in again.stdout
    there = parley("--kb", ROOT, "ask", "who-invited-whom", "--endpoint", held.server.query_url)
    assert (there.returncode, there.stdout) == (0, parley("--kb", ROOT, "ask", "who-invited-whom").stdout)
    held.clear()


def test_progress_is_told_on_a_terminal_only(running: dict[str, Held]) -> None:
    held = running["oxigraph"]
    held.clear()
    ours, theirs = os.openpty()
    command: list[str | Path] = [Path(sys.executable).parent / "parley", "--kb", ROOT, "push", held.url]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        told = terminal.read(4000)
    assert b"sent 0 of" in told
    assert b"read back 0 of" in told
    assert b"sent 0 of" not in done.stdout


def test_without_httpx_the_line_that_installs_it_is_told() -> None:
    code = "import sys; from parley.cli import main; sys.modules['httpx'] = None; sys.argv[1:] = ['push', 'http://x']"
    code += "; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "httpx is missing; pip install" in done.stderr


README = Path(os.environ.get("PARLEY_README", ROOT / "README.md")).read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "port"), [("Oxigraph", "7878"), ("Virtuoso", "8890")])
def test_the_recipe_in_the_readme_leads_from_nothing_to_an_answer(
    name: str, port: str, tmp_path: Path, parley: Run
) -> None:
    """Its lines are run as they stand, but for what installs, and for ports that may be taken."""
    found = re.search(rf"\n{name}[^`]*(?:`\w+`[^`]*)*\n```\n(.*?)```", README, re.DOTALL)
    need(found is not None, f"the recipe for {name}", "see README.md")
    assert found
    lines = found.group(1).splitlines()
    assert len(lines) == 5
    assert re.match(r"(sudo apt-get|\.venv/bin/pip) install", lines[0])
    script = (
        "\n".join(["set -e", *lines[1:]])
        .replace("1111", str(stores.free_port()))
        .replace(port, str(stores.free_port()))
    )
    environment = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PARLEY_KB": str(ROOT),
        "COLUMNS": "160",
        "XDG_CACHE_HOME": os.environ["XDG_CACHE_HOME"],
    }
    typed, output = tmp_path / "typed", tmp_path / "output"
    typed.write_text("dba\n", encoding="utf-8")
    with typed.open() as stdin, output.open("w") as stdout:
        child = subprocess.Popen(
            ["bash", "-c", script], cwd=tmp_path, env=environment, stdin=stdin, stdout=stdout, start_new_session=True
        )
        try:
            child.wait(90)
        finally:
            os.killpg(child.pid, signal.SIGKILL) if name == "Oxigraph" else end_virtuoso(tmp_path)
    assert child.returncode == 0
    shown = output.read_text(encoding="utf-8")
    assert "verified" in shown
    assert shown.endswith(parley("--kb", ROOT, "ask", "who-invited-whom").stdout)
    assert "dba" not in shown


def end_virtuoso(folder: Path) -> None:
    """Stop the server that a recipe left running, by the number in its own lock file."""
    lock = (folder / "virtuoso.lck").read_text(encoding="utf-8")
    os.kill(int(lock.partition("VIRT_PID=")[2].split()[0]), signal.SIGKILL)
