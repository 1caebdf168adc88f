"""Questions to a store over HTTP: the right answer, or one line that says why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyoxigraph as ox
import pytest

from parley import remote
from parley.errors import Unreachable, UsageError
from tests import stores
from tests.conftest import ROOT, Run


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
