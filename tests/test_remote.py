"""Questions to a store over HTTP: the right answer, or one line that says why there is none."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from parley import remote
from parley.errors import Unreachable, UsageError
from tests import stand_in, stores
from tests.conftest import ROOT, Run
from tests.stand_in import http, packed, standing_in, table


@pytest.fixture(scope="module")
def server(store: ox.Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[stores.Server]:
    with stores.oxigraph(tmp_path_factory.mktemp("oxigraph")) as running:
        stores.load(running, store)
        yield running


def test_ask_at_an_endpoint_gives_what_the_embedded_store_gives(server: stores.Server, parley: Run) -> None:
    for arguments in (
        ("who-invited-whom",),
        ("who-invited-whom", "--bind", "inviter=Russia", "--format", "csv"),
        ("is-the-taliban-on-the-us-list",),
        ("network", "--format", "ntriples"),
    ):
        here = parley("--kb", ROOT, "ask", *arguments)
        there = parley("--kb", ROOT, "ask", *arguments, "--endpoint", server.query_url)
        assert (there.returncode, there.stdout) == (0, here.stdout)
        assert here.stdout


def test_query_at_an_endpoint_may_hold_a_comment_that_looks_like_an_update(server: stores.Server) -> None:
    text = "PREFIX p: <https://w3id.org/parley/ontology#>\n# load and delete all\nASK { GRAPH ?g { ?s a p:Visit } }"
    result = remote.run(server.query_url, text)
    assert isinstance(result, ox.QueryBoolean)
    assert bool(result)


@pytest.mark.parametrize("text", ["SELECT * { ?s ?p", "INSERT DATA { <a:a> <a:b> <a:c> }"])
def test_what_is_no_query_is_refused(text: str, server: stores.Server) -> None:
    with pytest.raises((UsageError, Unreachable)) as caught:
        remote.run(server.query_url, text)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("url", "code"), [("http://127.0.0.1:9/", 3), ("ftp://127.0.0.1/", 2), ("nonsense", 2)])
def test_an_endpoint_out_of_reach_gets_one_line(url: str, code: int, parley: Run, tmp_path: Path) -> None:
    done = parley("ask", "who-invited-whom", "--endpoint", url)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (code, "", 1)
    assert url in done.stderr


GRAPH = b"<a:a> <a:b> <a:c> .\n"
TIMED_OUT = table(1)[:-3] + b"The query has timed out\n"
CHUNKED = http(body=b"", length=-1, Transfer_Encoding="chunked") + b"8\r\n" + table(1)[:8] + b"\r\n"
SELECT, ASK, CONSTRUCT = "SELECT ?a { ?a ?b ?c }", "ASK { ?a ?b ?c }", "CONSTRUCT { ?a ?b ?c } { ?a ?b ?c }"
# A name, the query, the reply, and words that the failure has to hold.
FAULTS: list[tuple[str, str, bytes, str]] = [
    ("closes at once", SELECT, b"", "cut off"),
    ("is no HTTP", SELECT, b"SSH-2.0-OpenSSH_9.2\r\n", "cut off"),
    ("a web page", SELECT, http(body=b"<html>Please log in</html>", kind="text/html; charset=utf-8"), "web page"),
    ("a web page for a graph", CONSTRUCT, http(body=b"<html></html>", kind="text/html"), "web page"),
    ("another format", SELECT, http(body=b"a\n1\n", kind="text/csv"), "text/csv"),
    ("a time-out as the last row", SELECT, http(body=b"a\n1\nThe query has timed out\n", kind="text/csv"), "text/csv"),
    ("a time-out inside the table", SELECT, http(body=TIMED_OUT), "no whole SPARQL result"),
    ("a time-out inside the graph", CONSTRUCT, http(body=GRAPH + b"Timed out", kind="text/turtle"), "no whole graph"),
    ("Virtuoso's partial answer", SELECT, http(body=table(1), X_SQL_State="S1TAT"), "in part"),
    ("Virtuoso's partial no", ASK, http(body=table(0, "__ASK_RETVAL"), X_SQL_State="S1TAT"), "in part"),
    ("nothing", SELECT, http(), "no whole SPARQL result"),
    ("half of the JSON", SELECT, http(body=table(3)[:60], length=-1), "no whole SPARQL result"),
    ("text after the JSON", SELECT, http(body=table(1) + b"error"), "no whole SPARQL result"),
    ("JSON of another kind", SELECT, http(body=b'{"error":"no"}'), "no whole SPARQL result"),
    ("less than it promised", SELECT, http(body=table(1), length=5000), "cut off"),
    ("chunks without an end", SELECT, CHUNKED, "cut off"),
    ("a graph less than promised", CONSTRUCT, http(body=GRAPH, kind="text/turtle", length=5000), "cut off"),
    ("a graph without an end", CONSTRUCT, http(body=GRAPH, kind="text/turtle", length=-1), "where it ends"),
    ("a truth value for a table", SELECT, http(body=b'{"head":{},"boolean":true}'), "truth value"),
    ("a table for a truth value", ASK, http(body=table(1)), "no truth value"),
    ("cut, and says so", SELECT, http(body=table(50), X_SPARQL_MaxRows="50"), "cuts answers at 50"),
    ("cut at Virtuoso's limit", SELECT, http(body=table(10_000), Server="Virtuoso/07"), "cuts answers at 10000"),
    ("damaged gzip", SELECT, packed(table(100), keep=30), "damaged gzip"),
    ("no gzip at all", SELECT, http(body=table(1), Content_Encoding="gzip"), "damaged gzip"),
    ("an unknown coding", SELECT, http(body=table(1), Content_Encoding="br"), "cannot be unpacked"),
    ("400", SELECT, http(400, b"line 1: syntax error\nmore", "text/plain"), "(400): line 1: syntax error"),
    ("400 with a terminal's codes", SELECT, http(400, b"\x1b[2Jgone\x07", "text/plain"), "(400): [2Jgone"),
    ("401", SELECT, http(401, WWW_Authenticate='Basic realm="x"'), "PARLEY_USER"),
    ("401 of another scheme", SELECT, http(401, WWW_Authenticate="Negotiate"), "PARLEY_USER"),
    ("403", SELECT, http(403), "forbidden (403)"),
    ("404", SELECT, http(404), "nothing here (404)"),
    ("429 for long", SELECT, http(429, Retry_After="9999"), "try again in 9999 s"),
    ("429 for ever", SELECT, http(429, Retry_After="0"), "too many requests (429)"),
    ("500", SELECT, http(500, b"<html>Oops</html>", "text/html"), "the server failed (500)"),
    ("503 for ever", SELECT, http(503, Retry_After="0"), "not available (503)"),
]


@pytest.mark.parametrize(("query", "reply", "words"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_reply_that_is_not_whole_is_a_failure_in_one_line(query: str, reply: bytes, words: str) -> None:
    with standing_in(lambda _: [reply]) as server, pytest.raises(Unreachable) as caught:
        remote.run(server.url, query)
    message = str(caught.value)
    assert words in message
    assert server.url in message
    assert "\n" not in message


def test_there_are_more_than_twelve_kinds_and_each_would_do_if_it_were_whole() -> None:
    assert len(FAULTS) >= 12
    cases = [
        (SELECT, http(body=table(3))),
        (SELECT, packed(table(3))),
        (SELECT + " LIMIT 3", http(body=table(3), X_SPARQL_MaxRows="3")),
        (SELECT, http(body=table(3), X_SPARQL_MaxRows="4")),
        (CONSTRUCT, http(body=GRAPH * 3, kind="text/turtle")),
    ]
    for query, reply in cases:
        with standing_in(lambda _, reply=reply: [reply]) as server:  # type: ignore[misc]
            result = remote.run(server.url, query)
            assert not isinstance(result, ox.QueryBoolean)
            assert len(list(result)) == (1 if query == CONSTRUCT else 3)
    for rows in (0, 1):
        with standing_in(lambda _, rows=rows: [http(body=table(rows, "__ASK_RETVAL"))]) as server:  # type: ignore[misc]
            assert bool(remote.run(server.url, ASK)) == bool(rows)


DRIP: tuple[stand_in.Piece, ...] = (b"x", 0.05) * 400


@pytest.mark.parametrize(
    "start", [b"", http(length=100_000), b"HTTP/1.1 200 OK\r\n"], ids=["status", "body", "headers"]
)
def test_a_time_out_counts_in_total(start: bytes) -> None:
    """A server that sends a byte every moment never makes a single read time out."""
    with standing_in(lambda _: (start, *DRIP)) as server:
        began = time.monotonic()
        with pytest.raises(Unreachable, match="within 1 s"):
            remote.run(server.url, SELECT, seconds=1)
        assert time.monotonic() - began < 3


def test_a_busy_server_is_asked_again() -> None:
    replies = iter([http(429, Retry_After="0"), http(503, Retry_After="0"), http(body=table(2))])
    with standing_in(lambda _: [next(replies)]) as server:
        assert len(list(remote.run(server.url, SELECT))) == 2  # type: ignore[arg-type]


SECRET = "correct horse"


@pytest.mark.parametrize("where", ["environment", "netrc"])
@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_a_password_is_sent_to_who_asks_for_it(
    where: str, scheme: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if where == "environment":
        monkeypatch.setenv("PARLEY_USER", "me")
        monkeypatch.setenv("PARLEY_PASSWORD", SECRET)
    else:
        (tmp_path / "netrc").write_text(f'machine 127.0.0.1 login me password "{SECRET}"\n', encoding="utf-8")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    challenge = f'{scheme} realm="x", nonce="abc", qop="auth", algorithm=MD5'

    def answer(request: stand_in.Request) -> list[bytes]:
        given = request.headers.get("authorization", "")
        return [http(body=table(1)) if given.startswith(scheme) else http(401, WWW_Authenticate=challenge)]

    with standing_in(answer) as server:
        remote.run(server.url, SELECT)
        first, second = server.requests
    assert "authorization" not in first.headers
    if scheme == "Basic":
        assert base64.b64decode(second.headers["authorization"].split()[1]) == f"me:{SECRET}".encode()


def test_a_token_goes_at_once_and_a_wrong_one_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TOKEN", SECRET)
    with (
        standing_in(lambda request: [http(400, request.headers["authorization"].encode(), "text/plain")]) as server,
        pytest.raises(Unreachable) as caught,
    ):
        remote.run(server.url, SELECT)
    assert server.requests[0].headers["authorization"] == f"Bearer {SECRET}"
    assert "Bearer ***" in str(caught.value)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_not_followed(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_TOKEN", SECRET)
    with standing_in(lambda _: [http(body=table(1))]) as other:
        with (
            standing_in(lambda _: [http(status, Location=f"{other.url}/sparql?key=1")]) as server,
            pytest.raises(Unreachable, match=f"moved \\({status}\\) to {other.url}/sparql; give"),
        ):
            remote.run(server.url, SELECT)
        assert not other.requests


def test_a_password_in_an_address_is_refused_and_not_shown(parley: Run) -> None:
    done = parley("--kb", ROOT, "ask", "who-invited-whom", "--endpoint", "http://me:hunter2@127.0.0.1:9/")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert "hunter2" not in done.stderr


def test_a_malformed_netrc_is_told_without_its_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 password hunter2 hunter3\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with pytest.raises(UsageError, match="netrc:2: malformed netrc") as caught:
        remote.run("http://127.0.0.1:9/", SELECT)
    assert "hunter" not in str(caught.value)
