"""The explorer in a real browser: each kind of page with and without JavaScript, certainty, filters, hostile labels."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urljoin

import pyoxigraph as ox
import pytest
from playwright.sync_api import Browser, Page

from parley.errors import Finding
from parley.explorer import lists, network
from parley.explorer.facts import STATUSES, Facts
from parley.explorer.questions import safe_csv
from parley.explorer.reading import identify
from parley.namespaces import ASSERTED, BASE, ID, PARLEY, PREFIXES, RDF, RDFS
from parley.project import Project
from parley.serve import pages
from parley.serve.pages import Table
from tests.browser import PHONE, faults, hosting, open_tab
from tests.conftest import ROOT, Run
from tests.serving import serving

# One page of each kind.
PAGES = {
    "home": "index.html",
    "signs": "about.html",
    "network": "network.html",
    "timeline": "timeline.html",
    "engagements": "engagements.html",
    "policies": "policies.html",
    "questions": "questions.html",
    "rows": "question/who-invited-whom.html",
    "chart": "question/engagements-by-year.html",
    "yes or no": "question/were-prisoners-exchanged.html",
    "graph": "question/network.html",
    "elsewhere": "question/where-on-the-map-federated.html",
    "search": "search?q=taliban",
    "editor": "sparql?query=SELECT%20%2A%20%7B%3Fs%20%3Fp%202%7D",
    "ontology": "ontology.html",
    "class": "term/Visit.html",
    "property": "term/party.html",
    "actor": "id/actor/taliban.html",
    "event": "id/occurrence/visit-taliban-china-2019-06.html",
    "policy": "id/policy/index.html",
    "place": "id/place/china.html",
    "claim": "id/claim/mar2020-110.html",
    "passage": "id/passage/mar2020-s63.html",
    "source": "id/source/mar2020.html",
    "list": "id/claim/index.html",
}
P = f"PREFIX parley: <{PARLEY}> PREFIX graph: <{PREFIXES['graph']}> PREFIX rdf: <{RDF}> "


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("cache")) as (client, _):
        yield str(client.base_url).rstrip("/") + "/"


@pytest.fixture(scope="module")
def table(store: ox.Store, project: Project) -> Table:
    return Table(store, project)


@pytest.mark.parametrize("kind", PAGES)
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_page_of_each_kind_is_sound(kind: str, script: bool, site: str, browser: Browser) -> None:
    """With JavaScript on a wide light screen, without it on a dark telephone: nothing amiss, nothing past the edge."""
    scheme = "light" if script else "dark"
    options = {"color_scheme": scheme} if script else {"viewport": PHONE, "color_scheme": scheme}
    with open_tab(browser, site, java_script_enabled=script, **options) as tab:
        page = tab.go(PAGES[kind])
        assert page.locator("h1").count() == 1
        assert page.locator("nav a").count() >= 9
        if script:
            assert faults(page) == []
        else:
            main = page.locator("main").bounding_box()
            assert main
            assert main["x"] + main["width"] <= PHONE["width"]
        assert tab.well()


@pytest.mark.parametrize("kind", PAGES)
def test_a_page_of_each_kind_fits_a_telephone_in_the_dark(kind: str, site: str, browser: Browser) -> None:
    with open_tab(browser, site, viewport=PHONE, color_scheme="dark") as tab:
        page = tab.go(PAGES[kind])
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert faults(page) == []


def test_a_page_that_strays_or_fails_is_seen(browser: Browser, tmp_path: Path) -> None:
    """The red twin of the above."""
    bad = "<html><title>x</title><body><img src='http://127.0.0.1:9/x.png'><script>throw 1</script><p>text"
    (tmp_path / "bad.html").write_text(bad, encoding="utf-8")
    with hosting(tmp_path) as url, open_tab(browser, url) as tab:
        page = tab.go("bad.html")
        assert {fault.partition(":")[0] for fault in faults(page)} >= {"html-has-lang", "image-alt"}
        assert tab.strayed == ["http://127.0.0.1:9/x.png"]
        assert tab.said
        with pytest.raises(AssertionError):
            tab.well()


def test_every_page_is_small_and_waits_for_no_script(table: Table) -> None:
    found = [path for path in table if path.endswith(".html")]
    assert len(found) > 1_000
    for path in found:
        assert len(gzip.compress(table[path])) < 150_000, path
        scripts = re.findall(r"<script[^>]*>", table[path].decode())
        assert all("defer" in tag or "module" in tag or "ld+json" in tag for tag in scripts), path
        assert "<script" not in re.sub(r"<script[^>]*(?:src=|ld\+json)[^>]*>", "", table[path].decode()), path
    first = sum(len(gzip.compress(table[path])) for path in ("index.html", "style.css", "explorer.js", "icon.svg"))
    assert first < 50_000


# ---------------------------------------------------------------- certainty


def factualities(store: ox.Store) -> dict[str, str]:
    query = P + "SELECT ?claim ?level { GRAPH graph:asserted { ?claim a parley:Claim ; parley:factuality ?level } }"
    return {row["claim"].value: row["level"].value.rpartition("#")[2] for row in store.query(query)}  # type: ignore


WORDS = {
    "Fact": "accepted",
    "Probable": "possible",
    "Possible": "possible",
    "Unverified": "only reported",
    "Anticipated": "anticipated",
    "Counterfact": "denied",
}


def test_the_page_of_each_claim_says_how_certain_who_and_where(store: ox.Store, table: Table) -> None:
    levels = factualities(store)
    assert len(levels) == len(table.facts.statuses) > 270
    for iri, level in levels.items():
        text = table[f"{iri.removeprefix(BASE)}.html"].decode()
        words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))
        head = re.search(r"</h1>\s*<p><span class=\"status[^>]*><span[^>]*>.</span> ([^<]*)<", text)
        assert head
        assert head[1] == WORDS[level]
        line = table.claims[iri]
        assert line.chain.replace("'", "&#39;") in words
        for place in line.where:
            assert f"sentence {place.ordinal}" in words
            assert f'href="../../{place.passage.removeprefix(BASE)}.html"' in text


def test_a_claim_that_is_denied_elsewhere_is_disputed_and_one_without_an_accepted_node_is_not_accepted() -> None:
    asserted, node = ox.NamedNode(ASSERTED), ox.NamedNode(f"{ID}occurrence/x")
    store = ox.Store()
    said = [ox.NamedNode(f"{ID}claim/x-{number}") for number in range(4)]
    for claim, level in zip(said, ("Fact", "Counterfact", "Fact", "Unverified"), strict=True):
        about = node if claim in said[:2] else ox.NamedNode(f"{ID}occurrence/{claim.value[-1]}")
        store.add(ox.Quad(claim, ox.NamedNode(f"{PARLEY}about"), about, asserted))
        store.add(ox.Quad(claim, ox.NamedNode(f"{PARLEY}factuality"), ox.NamedNode(f"{PARLEY}{level}"), asserted))
    store.add(ox.Quad(said[0], ox.NamedNode(f"{PARLEY}disputedBy"), said[1], asserted))
    found = Facts(store).statuses
    assert [found[claim.value].key for claim in said] == ["disputed", "denied", "reported", "reported"]
    for number in (2, 3):
        occurrence = ox.NamedNode(f"{ID}occurrence/{number}")
        store.add(ox.Quad(occurrence, ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{PARLEY}Visit"), asserted))
    found = Facts(store).statuses
    assert [found[claim.value].key for claim in said[2:]] == ["accepted", "reported"]


def test_signs_differ_without_colour(table: Table) -> None:
    assert len({status.sign for status in STATUSES.values()}) == len(STATUSES) == 6
    assert len({status.words for status in STATUSES.values()}) == 6
    words = table["about.html"].decode()
    assert all(status.sign in words and status.words in words for status in STATUSES.values())


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_engagements_are_filtered_by_certainty_kind_and_year(
    script: bool, site: str, browser: Browser, store: ox.Store
) -> None:
    def told(level: str) -> set[str]:
        query = P + (
            f"SELECT ?node {{ GRAPH graph:asserted {{ ?claim parley:about ?node ; parley:factuality parley:{level} }} "
            "GRAPH ?claim { ?node rdf:type ?type } GRAPH graph:asserted { ?type "
            f"<{RDFS}subClassOf>+ parley:Occurrence }} }}"
        )
        return {row["node"].value.rpartition("/")[2] for row in store.query(query)}  # type: ignore[union-attr]

    with open_tab(browser, site, java_script_enabled=script) as tab:
        page = tab.go("engagements.html")
        everything = seen(page)
        alleged, accepted = told("Unverified"), told("Fact")
        assert alleged - accepted
        page.locator("#f-reported").uncheck()
        assert everything - seen(page) == alleged - accepted
        page.locator("#f-reported").check()
        page.select_option("#f-kind", label="visit")
        kinds = P + "SELECT ?node { GRAPH ?claim { ?node a parley:Visit } }"
        visits = {row["node"].value.rpartition("/")[2] for row in store.query(kinds)}  # type: ignore[union-attr]
        assert seen(page) == visits
        page.select_option("#f-year", value="2019")
        assert seen(page) < visits
        assert "visit-taliban-china-2019-06" in seen(page)
        if script:
            assert page.locator("[data-count]").inner_text().startswith(f"{len(seen(page))} of {len(everything)}")
            assert "kind=Visit" in page.url
            page.reload()
            assert page.locator("#f-kind").input_value() == "Visit"
        assert tab.well()


def seen(page: Page) -> set[str]:
    """Return the last part of the address of each engagement whose row is shown."""
    links = page.locator("tr.item:visible td:nth-child(2) a").evaluate_all("all => all.map(a => a.href)")
    return {unquote(link).rpartition("/")[2].removesuffix(".html") for link in links}


# ---------------------------------------------------------------- questions, search


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_from_a_question_to_its_csv(script: bool, site: str, browser: Browser, parley: Run) -> None:
    with open_tab(browser, site, java_script_enabled=script) as tab:
        page = tab.go("index.html")
        page.get_by_role("link", name="Questions").first.click()
        page.get_by_role("link", name="Who invited whom", exact=False).first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name="CSV", exact=True).click()
        expected = parley("--kb", ROOT, "ask", "who-invited-whom", "--format", "csv").stdout
        assert download.value.path().read_bytes().decode() == expected
        page.get_by_role("link", name="Change this query").click()
        assert "SELECT" in page.locator("#query").input_value()
        assert tab.well()


def test_every_saved_question_has_a_page_with_its_answer(table: Table, store: ox.Store) -> None:
    for query in table.saved:
        text = table[f"question/{query.name}.html"].decode()
        assert query.summary.replace("'", "&#39;") in text
        if "federated" in query.tags:
            assert f"question/{query.name}.srj" not in table
            continue
        result = store.query(query.text)
        if isinstance(result, ox.QuerySolutions):
            rows = len(list(result))
            assert ("No rows." in text) == (rows == 0), query.name
            exact = ox.parse_query_results(table[f"question/{query.name}.tsv"], ox.QueryResultsFormat.TSV)
            assert isinstance(exact, ox.QuerySolutions)
            assert len(list(exact)) == rows
        elif isinstance(result, ox.QueryBoolean):
            assert f"<strong>{'yes' if result else 'no'}</strong>" in text
        else:
            assert set(ox.parse(table[f"question/{query.name}.nt"], ox.RdfFormat.N_TRIPLES)) == {
                ox.Quad(t.subject, t.predicate, t.object) for t in result
            }


def test_a_cell_that_would_be_a_formula_is_none_in_the_safe_csv() -> None:
    store = ox.Store()
    cells = ["=1+1", "+1", "-1", "@x", "\t=1", " =1", "1=1", "plain", 'a "quote", and\nline']
    for number, text in enumerate(cells):
        store.add(ox.Quad(ox.NamedNode(f"a:{number}"), ox.NamedNode("a:p"), ox.Literal(text)))
    result = store.query("SELECT ?o { ?s ?p ?o } ORDER BY ?s")
    assert isinstance(result, ox.QuerySolutions)
    lines = safe_csv(result).decode()
    for text in cells[:6]:
        assert f"'{text}" in lines
    for text in ("\r\n1=1\r\n", "\r\nplain\r\n", '"a ""quote"", and\nline"'):
        assert text in lines
    assert len(re.findall("'", lines)) == 6


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_search_finds_names_and_other_names(script: bool, site: str, browser: Browser) -> None:
    with open_tab(browser, site, java_script_enabled=script) as tab:
        page = tab.go("index.html")
        page.get_by_role("searchbox").fill("Washington")
        page.get_by_role("searchbox").press("Enter")
        page.wait_for_url("**/search?q=Washington")
        found = page.locator("li.item:visible").evaluate_all("all => all.map(e => e.innerText)")
        assert any(text.startswith("United States") for text in found)
        assert all("washington" in text.lower() for text in found)
        assert tab.well()


# ---------------------------------------------------------------- the reader's own copy


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_the_readers_own_copy_stands_beside_its_facts(
    script: bool, article: Path, browser: Browser, tmp_path: Path, store: ox.Store
) -> None:
    covered = P + "SELECT DISTINCT ?o { GRAPH graph:asserted { ?c parley:evidence/parley:ordinal ?o } }"
    cited = {int(row["o"].value) for row in store.query(covered)}  # type: ignore[union-attr]
    with (
        serving(tmp_path, "--text", article) as (client, _),
        open_tab(browser, str(client.base_url), java_script_enabled=script) as tab,
    ):
        page = tab.go("/id/claim/mar2020-110.html")
        page.locator(".receipt a.source").first.click()
        page.wait_for_url("**/text/mar2020.html#s*")
        number = page.url.rpartition("#s")[2]
        words = page.locator(f"#s{number} .words")
        assert "underline" in words.evaluate("e => getComputedStyle(e).textDecorationLine") if script else True
        assert page.locator(f'#s{number} a[href$="claim/mar2020-110.html"]').count() == 1
        bare = page.locator(".sentence.bare").evaluate_all("all => all.map(e => Number(e.id.slice(1)))")
        total = page.locator(".sentence").count()
        assert {*range(1, total + 1)} - set(bare) == cited
        assert page.locator(".sentence.bare .none").count() == len(bare) > 0
        page.locator(f"#s{number} .facts a.back").first.click()
        if script:
            assert faults(page) == []
        assert tab.well()


def test_a_text_that_is_no_copy_of_a_source_is_refused(parley: Run, tmp_path: Path, project: Project) -> None:
    other = tmp_path / "other.md"
    other.write_text("# Another\n\nThis is another text. It has two sentences.\n", encoding="utf-8")
    done = parley("--kb", ROOT, "serve", "--port", "0", "--text", other)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "other words" in done.stderr
    with pytest.raises(Finding, match="other words"):
        identify(project, other)
    missing = parley("--kb", ROOT, "serve", "--port", "0", "--text", tmp_path / "none.md")
    assert (missing.returncode, missing.stderr.count("\n")) == (2, 1)


# ---------------------------------------------------------------- more than fits one page


def test_what_does_not_fit_one_page_goes_on_and_says_so(
    store: ox.Store, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = Table(store, project)
    whole = {name: table[f"{name}.html"].decode() for name in ("policies", "engagements")}
    count = len(json.loads(table["network.json"])["engagements"])
    monkeypatch.setattr(lists, "_ROWS", 30)
    monkeypatch.setattr(network, "_ALL", 60)
    monkeypatch.setattr(network, "_MOST", 40)
    monkeypatch.setattr(pages, "_KEPT", 20)
    cut = Table(store, project)
    link = r'<(?:p|td)>(?:<span class="status.*?</span>[^<]*</span> )?<a href="(id/(?:policy|occurrence)/[^"]+)"'
    for name, one in whole.items():
        paths = [path for path in cut if re.fullmatch(rf"{name}(-\d+)?\.html", path)]
        assert len(paths) > 2
        parts = [re.findall(link, cut[path].decode()) for path in paths]
        assert all(0 < len(part) <= 30 for part in parts)
        assert [found for part in parts for found in part] == re.findall(link, one)
        assert all(f'href="{path}"' in cut[f"{name}.html"].decode() for path in paths)
    data = json.loads(cut["network.json"])
    assert len(data["engagements"]) == 60
    assert f"40 of {count} engagements" in cut["network.html"].decode()
    assert "The picture to move in holds 60" in cut["network.html"].decode()
    assert "more: <a" in cut["id/claim/index.html"].decode()
    assert cut["id/claim/index.html"].decode().count('<li class="item') == 20


# ---------------------------------------------------------------- hostile labels

EVIL = [
    "<script>document.title = 'owned'</script>",
    '"><img src=x onerror="document.title = \'owned\'">',
    "</title></style></script><script>document.title = 'owned'</script>",
    "\u202etxet desrever\u202c",
    "x" * 10_000,
]


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory, store: ox.Store, project: Project) -> Path:
    """The site of a knowledge base whose labels and links are hostile, as files."""
    spoilt, number = ox.Store(), 0
    kinds = {
        ox.NamedNode(f"{RDFS}label"),
        ox.NamedNode(f"{PREFIXES['skos']}altLabel"),
        ox.NamedNode(f"{PARLEY}section"),
    }
    for quad in store:
        if quad.predicate in kinds and quad.subject.value.startswith(ID):
            number += 1
            long = number % len(EVIL) == len(EVIL) - 1 and number > 30
            text = "a short one" if long else EVIL[number % len(EVIL)]
            spoilt.add(ox.Quad(quad.subject, quad.predicate, ox.Literal(text, language="en"), quad.graph_name))
        else:
            spoilt.add(quad)
    source = ox.NamedNode(f"{ID}source/mar2020")
    url = ox.Literal("javascript:document.title='owned'//")
    spoilt.add(ox.Quad(source, ox.NamedNode(f"{PARLEY}url"), url, ox.NamedNode(ASSERTED)))
    folder, made = tmp_path_factory.mktemp("hostile"), Table(spoilt, project, static=True)
    for path in [
        *HOSTILE,
        "style.css",
        "explorer.js",
        "icon.svg",
        *(path for path in made if path.endswith((".js", ".json"))),
    ]:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(made[path])
    return folder


HOSTILE = [
    *(
        "index.html",
        "network.html",
        "timeline.html",
        "engagements.html",
        "policies.html",
        "search.html",
        "term/Visit.html",
    ),
    *("question/who-invited-whom.html", "question/claims-by-voice.html", "question/network.html", "sparql.html"),
    *("id/actor/taliban.html", "id/claim/mar2020-110.html", "id/passage/mar2020-s63.html", "id/claim/index.html"),
    *("id/occurrence/visit-taliban-china-2019-06.html", "id/policy/index.html"),
]


def test_hostile_labels_are_text_and_nowhere_live(hostile: Path, browser: Browser) -> None:
    with hosting(hostile) as url, open_tab(browser, url) as tab:
        for path in HOSTILE:
            page = tab.go(path)
            assert page.title() != "owned", path
            assert page.locator("img").count() == 0, path
            links = page.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href') || '')")
            links += page.locator("svg a").evaluate_all("all => all.map(a => a.getAttribute('href') || '')")
            assert not [link for link in links if urljoin(url, link).partition(":")[0] not in {"http", "https"}], path
            text = page.locator("body").inner_text()
            assert not re.search("[\u202a-\u202e\u2066-\u2069]", text.replace("\u2068", "").replace("\u2069", "")), path
            inline = page.locator("script:not([src])").evaluate_all("all => all.map(s => s.type)")
            assert set(inline) <= {"application/ld+json"}, path
        assert tab.strayed == []
