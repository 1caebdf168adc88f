"""The SPARQL page in a real browser: on the server, without and with JavaScript, and as files without a server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pyoxigraph as ox
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from parley.namespaces import ASSERTED, BASE, PARLEY, PREFIXES
from parley.project import Project
from parley.serve.pages import Table
from tests.browser import PHONE, Tab, faults, hosting, open_tab
from tests.conftest import ROOT
from tests.serving import serving
from tests.test_queries import plain

VISITS = f"""PREFIX parley: <{PARLEY}>
SELECT ?visit ?visitor ?when ?label (2 AS ?two) (parley:Visit AS ?kind) ?type ?claim WHERE {{
  ?visit a parley:Visit ; parley:visitor ?visitor ; <{PREFIXES["rdfs"]}label> ?label .
  OPTIONAL {{ ?visit parley:when ?when }}
  ?visit a ?type . ?claim parley:about ?visit
}} ORDER BY ?visit ?visitor ?type ?claim"""
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
HOSTILE = (
    """SELECT ("<img src=x onerror=alert(1)>" AS ?a) (IRI("javascript:alert(1)") AS ?b) ("\u202eevil"@ar AS ?c) {}"""
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with serving(tmp_path_factory.mktemp("cache"), "--timeout", "8") as (client, _):
        yield client


@pytest.fixture(scope="module")
def site(store: ox.Store, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages that the editor needs, and the data, as files under a sub-path."""
    root = tmp_path_factory.mktemp("host")
    folder = root / "some" / "where"
    table = Table(store, project, static=True)
    needed = [path for path in table if "/" not in path or path.startswith(("assets/", "question/"))]
    for path in needed:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(table[path])
    (folder / "data").mkdir()
    store.dump(str(folder / "data" / "parley.nq"), ox.RdfFormat.N_QUADS)
    with hosting(root) as url:
        yield f"{url}some/where/"


@pytest.fixture
def tab(browser: Browser, server: httpx.Client) -> Iterator[Tab]:
    with open_tab(browser, str(server.base_url)) as tab:
        yield tab


@pytest.fixture
def still(browser: Browser, site: str) -> Iterator[Tab]:
    """A tab on the site that has no server."""
    with open_tab(browser, site) as tab:
        yield tab


def ready(page: Page) -> Locator:
    """Wait for the editor, and return its input."""
    field = page.locator("#editor-input")
    field.wait_for(state="attached")
    return field


def fill(page: Page, text: str) -> None:
    ready(page)
    page.evaluate("text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", text)


def written(page: Page) -> str:
    ready(page)
    text: str = page.evaluate("() => document.querySelector('.CodeMirror').CodeMirror.getValue()")
    return text


def run(page: Page, text: str, seconds: float = 8) -> str:
    """Run a query by the button, and return what the page says of how it went."""
    fill(page, text)
    page.click("#run")
    page.locator("#stop[hidden]").wait_for(state="attached", timeout=seconds * 1000)
    return page.locator("#status").text_content() or ""


def cells(page: Page) -> list[list[str | None]]:
    """Return what is in each cell of the table, and where it leads."""
    read = "all => all.map(cell => [cell.innerText, cell.querySelector('a')?.getAttribute('href') ?? null])"
    found: list[list[str | None]] = page.locator("#answer tbody td").evaluate_all(read)
    return found


def query(store: ox.Store, text: str) -> Any:
    return plain(store.query(text, default_graph=ox.NamedNode(ASSERTED)))


def asked(page: Page, text: str) -> Any:
    """Ask as the page does, and return the answer as terms."""
    body = page.evaluate("text => window.parleyRun(text)", text)
    if body.startswith("{"):
        return plain(ox.parse_query_results(body, ox.QueryResultsFormat.JSON))
    return {str(ox.Triple(q.subject, q.predicate, q.object)) for q in ox.parse(body, ox.RdfFormat.TURTLE)}


# ---------------------------------------------------------------- on the server


def test_without_javascript_the_form_answers(browser: Browser, server: httpx.Client, store: ox.Store) -> None:
    with open_tab(browser, str(server.base_url), java_script_enabled=False) as tab:
        page = tab.go("sparql")
        page.fill("#query", VISITS)
        page.click("#run")
        rows = query(store, VISITS)
        assert len(rows) > 5
        expect(page.locator("caption")).to_have_text(f"{len(rows)} rows")
        found = cells(page)
        assert [f"{BASE}{href}".removesuffix(".html") for _, href in found[::8]] == [row[0].value for row in rows]
        assert [text for text, _ in found[3::8]] == [f"{row[3].value} en" for row in rows]
        assert {text for text, _ in found[4::8]} == {"2 xsd:integer"}
        for link in page.locator("#answer p a").all():
            reply = server.get(str(link.get_attribute("href")), headers={"Accept": "text/html"})
            assert reply.status_code == 200
            assert "html" not in reply.headers["content-type"]
        page.locator("summary").click()
        page.get_by_role("link", name="Who went to whom, and for what?").click()
        assert page.input_value("#query") == (ROOT / "queries" / "who-visited-whom.rq").read_text()
        assert page.locator("#answer tbody tr").count() > 5
        assert tab.well()
        page.fill("#query", "ASK {\n ?s ?p }")
        page.click("#run")
        expect(page.get_by_role("alert")).to_contain_text(re.compile("^line 2: no valid SPARQL"))


def test_type_complete_run(tab: Tab, store: ox.Store) -> None:
    page = tab.go("sparql")
    ready(page).focus()
    page.keyboard.type("SELECT ?x WHERE { ?x a parley:Vi")
    offered = page.locator(".CodeMirror-hint")
    expect(offered.first).to_contain_text("parley:Visit visit")
    assert faults(page) == []
    page.keyboard.press("Enter")
    page.keyboard.type(" } ORDER BY ?x")
    assert written(page) == f"PREFIX parley: <{PARLEY}>\nSELECT ?x WHERE {{ ?x a parley:Visit }} ORDER BY ?x"
    page.keyboard.press("Control+Enter")
    expect(page.locator("#status")).to_have_text(re.compile(r"^\d+ rows in [\d,]+ ms$"))
    rows = query(store, written(page))
    assert asked(page, written(page)) == rows
    assert [f"{BASE}{href}".removesuffix(".html") for _, href in cells(page)] == [row[0].value for row in rows]
    assert faults(page) == []
    assert tab.well()
    page.keyboard.press("Tab")
    assert page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]") == [0, 0, ""]
    assert page.evaluate("Object.keys(Yasqe.Autocompleters)") == ["parley"]
    assert not [url for url in tab.asked if "lov" in url or "prefix.cc" in url]


@pytest.mark.parametrize(
    ("typed", "first"), [("Visit", "parley:Visit"), ("actor:tal", "actor:taliban"), ("SELECT ?abc { ?a", "?abc")]
)
def test_names_are_offered_by_what_was_typed(typed: str, first: str, tab: Tab) -> None:
    page = tab.go("sparql")
    ready(page).focus()
    page.keyboard.type(typed)
    page.keyboard.press("Control+Space")
    expect(page.locator(".CodeMirror-hint").first.locator("b")).to_have_text(first)


def test_the_table_is_the_same_with_and_without_javascript(browser: Browser, server: httpx.Client, tab: Tab) -> None:
    address = f"sparql?query={quote(VISITS)}"
    page = tab.go(address)
    by_server = cells(page)
    assert re.fullmatch(r"\d+ rows in [\d,]+ ms", run(page, VISITS))
    assert cells(page) == by_server
    assert tab.well()


def test_hostile_terms_stay_text(tab: Tab) -> None:
    page = tab.go("sparql")
    run(page, HOSTILE)
    for address in ("", f"sparql?query={quote(HOSTILE)}"):
        if address:
            tab.go(address)
        assert cells(page) == [
            ["<img src=x onerror=alert(1)>", None],
            ["javascript:alert(1)", None],
            ["\\u202eevil ar", None],
        ]
    assert tab.well()


def test_an_error_is_an_alert_and_many_rows_are_cut_with_a_word(tab: Tab) -> None:
    page = tab.go("sparql")
    assert run(page, "SELECT * {\n ?s ?p }") == "no answer"
    expect(page.get_by_role("alert")).to_contain_text(re.compile("^line 2: no valid SPARQL, column 9"))
    assert faults(page) == []
    assert len(tab.said) == 1  # the browser's own line on the status
    assert "400" in tab.said[0]
    assert run(page, "SELECT * { ?s ?p ?o } LIMIT 1200").startswith("1,200 rows in ")
    expect(page.locator("caption")).to_have_text("1,200 rows; the first 1,000 are shown")
    assert page.locator("#answer tbody tr").count() == 1000


def test_stop_ends_the_wait(tab: Tab, store: ox.Store) -> None:
    page = tab.go("sparql")
    fill(page, RUNAWAY)
    page.click("#run")
    expect(page.locator("#status")).to_have_text("running")
    page.click("#stop")
    expect(page.locator("#status")).to_have_text("stopped")
    expect(page.locator("#run")).to_be_focused()
    assert run(page, COUNT).startswith("1 row in ")
    assert asked(page, COUNT) == query(store, COUNT)
    assert tab.well()


def test_the_keyboard_enters_and_leaves_the_editor(tab: Tab) -> None:
    page = tab.go("sparql")
    field = ready(page)
    page.locator("summary").focus()
    page.keyboard.press("Tab")
    expect(field).to_be_focused()
    page.keyboard.type("ASK { ?s a parley:Vis")
    expect(page.locator(".CodeMirror-hint").first).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("#run")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(field).to_be_focused()
    assert "\t" not in written(page)
    assert page.get_by_role("textbox", name="Query").count() == 1
    expect(field).to_have_accessible_description(re.compile("Escape and then Tab leaves the editor"))


# On a phone the editor takes its input otherwise.
ANDROID = {"viewport": PHONE, "user_agent": "Mozilla/5.0 (Linux; Android 14) Chrome/140.0 Mobile", "has_touch": True}


@pytest.mark.parametrize("options", [ANDROID, {"color_scheme": "dark"}], ids=["phone", "dark"])
def test_it_fits_a_phone_and_the_dark(options: dict[str, Any], browser: Browser, server: httpx.Client) -> None:
    with open_tab(browser, str(server.base_url), **options) as tab:
        page = tab.go("sparql")
        run(page, VISITS)
        assert faults(page) == []
        assert page.get_by_role("textbox", name="Query").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.locator("summary").click()
        assert faults(page) == []
        ready(page).focus()
        page.keyboard.press("Control+Home")
        page.keyboard.type("actor:")
        expect(page.locator(".CodeMirror-hint").first).to_be_visible()
        assert faults(page) == []
        assert tab.well()


# ---------------------------------------------------------------- as files


@pytest.mark.parametrize("name", ["who-visited-whom", "is-the-taliban-on-the-us-list", "names-of-actors"])
def test_a_saved_question_answers_in_the_browser(name: str, still: Tab, store: ox.Store) -> None:
    page = still.go(f"question/{name}.html")
    page.get_by_role("link", name="Change this query").click()
    page.wait_for_load_state("networkidle")
    text = (ROOT / "queries" / f"{name}.rq").read_text()
    assert written(page) == text
    heavy = [f"{still.url}assets/web.js", f"{still.url}assets/web_bg.wasm", f"{still.url}data/parley.nq"]
    assert not set(heavy) & set(still.asked), "nothing is loaded before it is asked for"
    page.click("#run")
    page.locator("#status", has_text=" in ").wait_for()
    assert asked(page, text) == query(store, text)
    assert all(still.asked.count(url) == 1 for url in heavy)
    assert faults(page) == []
    assert still.well()


def test_every_form_and_dataset_is_answered_as_on_the_server(still: Tab, store: ox.Store) -> None:
    page = still.go(f"sparql.html?query={quote(COUNT)}")
    assert written(page) == COUNT
    claim = f"<{PREFIXES['claim']}mar2020-041>"
    for text in (
        COUNT,
        f"{COUNT.replace('{', f'FROM {claim} {{', 1)}",
        "SELECT (COUNT(*) AS ?from) { GRAPH ?g { ?s ?p ?o } } # FROM",
        "ASK { ?s ?p ?o }",
        "CONSTRUCT WHERE { ?s ?p 2 }",
        f"DESCRIBE <{BASE}id/actor/taliban>",
        'SELECT ("SERVICE FROM CONSTRUCT" AS ?x) { ?s ?p 2 }',
    ):
        free = f"FROM {claim}" in text
        assert asked(page, text) == (plain(store.query(text)) if free else query(store, text)), text
    run(page, COUNT)
    with page.expect_download() as started:
        page.get_by_role("button", name="CSV").click()
    assert started.value.suggested_filename == "answer.csv"
    assert Path(started.value.path()).read_bytes() == f"n\r\n{query(store, COUNT)[0][0].value}\r\n".encode()
    assert still.well()


def test_whatever_goes_wrong_ends_the_worker_and_the_next_question_is_answered(still: Tab) -> None:
    page = still.go("sparql.html")
    workers: list[str] = []
    page.on("worker", lambda worker: workers.append(worker.url))
    wrong = {
        "SELECT * {\n ?s ?p }": "line 2: no valid SPARQL, column 9: ",
        "SELECT * { SERVICE SILENT <http://127.0.0.1:1/> { ?s ?p ?o } }": "SERVICE is not evaluated here; ",
        "CLEAR ALL": "line 1: this is no query; ",
    }
    for number, (text, sentence) in enumerate(wrong.items(), 1):
        assert run(page, text) == "no answer"
        expect(page.get_by_role("alert")).to_contain_text(re.compile(f"^{re.escape(sentence)}"))
        assert run(page, COUNT).startswith("1 row in ")
        assert len(workers) == number + 1
    assert faults(page) == []
    assert still.well()


def test_a_runaway_query_is_stopped_within_its_limit_and_by_the_button(still: Tab) -> None:
    page = still.go("sparql.html")
    assert run(page, RUNAWAY, seconds=13) == "no answer"
    expect(page.get_by_role("alert")).to_have_text(re.compile("^the query was stopped after 10 seconds; "))
    assert run(page, COUNT).startswith("1 row in ")
    fill(page, RUNAWAY)
    page.click("#run")
    page.click("#stop")
    expect(page.locator("#status")).to_have_text("stopped")
    assert run(page, COUNT).startswith("1 row in ")
    assert still.well()


def test_without_javascript_the_static_page_says_what_it_needs(browser: Browser, site: str) -> None:
    with open_tab(browser, site, java_script_enabled=False) as tab:
        page = tab.go("sparql.html")
        expect(page.locator("noscript p")).to_contain_text("needs JavaScript and WebAssembly")
        assert not page.locator("#run").is_visible()
        page.get_by_role("link", name="saved question").click()
        expect(page).to_have_url(f"{site}questions.html")
        assert tab.well()


def test_the_names_are_the_ontologys_and_the_actors(store: ox.Store, project: Project) -> None:
    found = json.loads(Table(store, project)["terms.json"])
    assert (found["base"], found["prefixes"]) == (BASE, PREFIXES)
    names = {name: words for name, *words in found["terms"]}
    assert names["parley:Visit"][0] == "visit"
    assert names["parley:Visit"][1].startswith("An engagement")
    assert names["actor:taliban"] == ["Taliban", ""]
    defined = store.query(f"SELECT ?t {{ ?t <{PREFIXES['skos']}definition> ?d }}", default_graph=ox.NamedNode(ASSERTED))
    assert isinstance(defined, ox.QuerySolutions)
    terms = {row[0].value.replace(PARLEY, "parley:") for row in defined}
    assert len(terms) > 200
    assert terms <= names.keys()
    for name in names:
        store.query(f"PREFIX {name.partition(':')[0]}: <urn:x/> ASK {{ {name} ?p ?o }}")
