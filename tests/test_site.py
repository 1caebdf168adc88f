"""The site as files: whole, the same each time, under any address, with queries that run in the browser."""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin

import pyoxigraph as ox
import pytest
from playwright.sync_api import Browser, Page

from parley import queries
from parley.build import contents
from parley.namespaces import BASE
from parley.project import Project
from parley.serve.negotiate import FILES
from tests.browser import hosting, open_tab
from tests.conftest import ROOT, Run
from tests.test_queries import plain

UNDER = "some/where/"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A web host's folder in which the site stands under a path, written by the command."""
    folder = tmp_path_factory.mktemp("host")
    write(folder / UNDER, tmp_path_factory.mktemp("cache"), "1")
    return folder


def write(folder: Path, cache: Path, seed: str) -> None:
    command = [str(Path(sys.executable).parent / "parley"), "--kb", str(ROOT), "site", "-o", str(folder)]
    environment = {**os.environ, "PYTHONHASHSEED": seed, "XDG_CACHE_HOME": str(cache)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture(scope="module")
def files(host: Path) -> dict[str, bytes]:
    root = host / UNDER
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}


class Links(HTMLParser):
    """Collect links, anchors and what is fetched from a page."""

    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.links: list[tuple[str, dict[str, str | None]]] = []
        self.anchors: set[str] = set()
        self.feed(page.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors.add(given.get("id") or "")
        for name in ("href", "src", "action"):
            if given.get(name):
                self.links.append((str(given[name]), given))


def test_no_link_or_anchor_is_broken_under_a_sub_path(files: dict[str, bytes]) -> None:
    pages = {path: Links(data) for path, data in files.items() if path.endswith(".html")}
    assert len(pages) > 1_000
    followed = 0
    for path, page in pages.items():
        for link, _ in page.links:
            if link.startswith(("http://", "https://")):
                continue
            assert not link.startswith("/"), (path, link)
            address = urljoin(f"http://host/{UNDER}{path}", link)
            target, anchor = urldefrag(unquote(address))
            place = target.partition("?")[0].removeprefix(f"http://host/{UNDER}")
            assert place in files, (path, link)
            if anchor and place.endswith(".html"):
                assert anchor in pages[place].anchors, (path, link)
            followed += 1
    assert followed > 20_000


def test_a_broken_link_would_be_seen() -> None:
    """The red twin of the above: the parser sees each kind of link and anchor."""
    page = Links(b'<a href="x.html#y" id="z"><script src="s.js"></script><form action="f"></form>')
    assert [link for link, _ in page.links] == ["x.html#y", "s.js", "f"]
    assert "z" in page.anchors


def test_each_thing_has_its_files_and_says_so(files: dict[str, bytes]) -> None:
    things = [path.removesuffix(".html") for path in files if re.fullmatch(r"id/\w+/(?!index)[^/]+\.html", path)]
    assert len(things) > 800
    for thing in things:
        alternates = {
            given["href"]: given["type"] for _, given in Links(files[f"{thing}.html"]).links if "type" in given
        }
        for name, media in FILES.items():
            assert f"{thing}.{name}" in files
            if name != "html":
                assert alternates[f"{thing.rpartition('/')[2]}.{name}"] == media


def test_the_release_is_there_and_the_sitemap_names_every_page(files: dict[str, bytes], project: Project) -> None:
    for name, data in contents(project).items():
        assert files[f"data/{name}"] == data
    places = set(re.findall(r"<loc>([^<]+)</loc>", files["sitemap.xml"].decode()))
    assert places == {BASE + path for path in files if path.endswith(".html") and path != "404.html"}
    lines = [line.split("  ", 1) for line in files["SHA256SUMS"].decode().splitlines()]
    sums = {path: digest for digest, path in lines}
    assert sums == {path: hashlib.sha256(data).hexdigest() for path, data in files.items() if path != "SHA256SUMS"}


def test_it_is_the_same_when_written_again(files: dict[str, bytes], tmp_path: Path) -> None:
    for cache in ("compiled", "kept"):  # the second time from what the first has compiled
        write(tmp_path / cache, tmp_path / "cache", "2")
        assert (tmp_path / cache / "SHA256SUMS").read_bytes() == files["SHA256SUMS"]


def test_the_first_page_is_small_and_fetches_little(host: Path, files: dict[str, bytes], browser: Browser) -> None:
    asked: list[str] = []
    with hosting(host, asked.append) as url, open_tab(browser, url + UNDER) as tab:
        tab.go("index.html")
        assert tab.well()
    names = {path.removeprefix(f"/{UNDER}") for path in asked}
    assert "index.html" in names
    assert sum(len(gzip.compress(files[name])) for name in names) < 50_000


# ---------------------------------------------------------------- SPARQL in the browser


@pytest.fixture(scope="module")
def editor(host: Path, browser: Browser) -> Iterator[tuple[Page, list[str]]]:
    """The editor of the site, with what was asked of the host."""
    asked: list[str] = []
    with hosting(host, asked.append) as url, open_tab(browser, url + UNDER) as tab:
        page = tab.go("sparql.html")
        assert not [path for path in asked if path.endswith((".wasm", ".nq"))]
        yield page, asked
        assert tab.strayed == []


def run(page: Page, text: str) -> str:
    answer = page.evaluate("text => window.parleyRun(text)", text)
    assert isinstance(answer, str)
    return answer


NAMES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq") if not path.stem.endswith("-federated"))


@pytest.mark.parametrize("name", NAMES)
def test_each_saved_question_has_the_same_answer_in_the_browser(
    name: str, editor: tuple[Page, list[str]], project: Project, store: ox.Store
) -> None:
    text = queries.find(project, name).text
    answer, expected = run(editor[0], text), store.query(text)
    if isinstance(expected, ox.QueryTriples):
        found = {quad.triple for quad in ox.parse(answer.encode(), ox.RdfFormat.TURTLE)}
        assert found == set(expected)
    else:
        assert plain(ox.parse_query_results(answer.encode(), ox.QueryResultsFormat.JSON)) == plain(expected)


def test_the_engine_is_fetched_on_the_first_run_only(editor: tuple[Page, list[str]]) -> None:
    page, asked = editor
    run(page, "ASK { }")
    run(page, "ASK { ?s ?p ?o }")
    assert len([path for path in asked if path.endswith(".wasm")]) == 1
    assert len([path for path in asked if path.endswith("data/parley.nq")]) == 1


def test_it_goes_on_without_a_network(editor: tuple[Page, list[str]]) -> None:
    page, _ = editor
    run(page, "ASK { }")
    page.context.set_offline(True)
    try:
        assert '"boolean":true' in run(page, "ASK { GRAPH ?g { ?s ?p ?o } }").replace(" ", "")
    finally:
        page.context.set_offline(False)


# ---------------------------------------------------------------- wrong use


def test_only_a_site_is_replaced(parley: Run, tmp_path: Path, host: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine", encoding="utf-8")
    done = parley("--kb", ROOT, "site", "-o", other)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "no site of Parley's" in done.stderr
    assert [path.name for path in other.iterdir()] == ["notes.txt"]
    blocked = tmp_path / "file"
    blocked.write_text("mine", encoding="utf-8")
    done = parley("--kb", ROOT, "site", "-o", blocked)
    assert (done.returncode, done.stderr.count("\n"), blocked.read_text(encoding="utf-8")) == (2, 1, "mine")
    (host / UNDER / "extra.txt").write_text("mine", encoding="utf-8")
    done = parley("--kb", ROOT, "site", "-o", host / UNDER)
    (host / UNDER / "extra.txt").unlink()
    assert done.returncode == 2


def test_malformed_data_leaves_the_former_site(parley: Run, tmp_path: Path, copy: Path) -> None:
    site = tmp_path / "site"
    assert parley("--kb", copy, "site", "-o", site).returncode == 0
    before = (site / "SHA256SUMS").read_bytes()
    (copy / "data" / "actors.ttl").write_text("no turtle", encoding="utf-8")
    done = parley("--kb", copy, "site", "-o", site)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "actors.ttl:1" in done.stderr
    assert (site / "SHA256SUMS").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("site.")] == []
