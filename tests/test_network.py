"""The network page in a real browser: what it leaves by each filter, how it draws certainty, that nothing overlaps."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from parley.explorer.layout import LINE, arrange
from parley.graph.disk import load_disk, open_disk
from parley.namespaces import ASSERTED, ID, PARLEY, RDF, RDFS
from parley.project import Project
from parley.render import plain
from parley.serve.pages import Table
from tests.bench.generate import write
from tests.browser import PHONE, Tab, faults, hosting, open_tab
from tests.conftest import ROOT
from tests.test_serve import EVIL

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE = {"width": 1280, "height": 1000}
ENGAGEMENTS = """
PREFIX graph: <https://w3id.org/parley/graph/>
PREFIX parley: <https://w3id.org/parley/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT DISTINCT ?node ?kind ?level ?role ?actor ?held ?from ?to WHERE {
  GRAPH graph:asserted {
    ?claim parley:about ?node ; parley:factuality ?level .
    ?other parley:about ?node ; parley:factuality ?held .
    ?kind rdfs:subClassOf* parley:Occurrence .
    ?role rdfs:subPropertyOf* ?top . VALUES ?top { parley:participant parley:representative parley:toward }
  }
  GRAPH ?claim { ?node a ?kind }
  GRAPH ?other { ?node ?role ?actor }
  OPTIONAL {
    GRAPH graph:asserted { ?dated parley:about ?node ; parley:earliest ?from ; parley:latest ?to }
    GRAPH ?dated { ?node parley:when ?when }
  }
}"""
# The surest claim of a node is its own; that there is no denial of what is accepted here, the first test makes sure.
LEVELS = ["Fact", "Probable", "Possible", "Unverified", "Anticipated", "Counterfact"]
KEYS = {"Fact": "accepted", "Probable": "possible", "Possible": "possible", "Unverified": "reported"}
KEYS |= {"Anticipated": "expected", "Counterfact": "denied"}


class Asked:
    """Hold what the store says of each engagement, by a query: kinds, certainty, years, and each actor's certainty."""

    def __init__(self, store: ox.Store) -> None:
        self.kinds: dict[str, set[str]] = defaultdict(set)
        self.years: dict[str, set[int]] = defaultdict(set)
        self.lines: dict[tuple[str, str], set[str]] = defaultdict(set)
        levels: dict[str, set[str]] = defaultdict(set)
        for row in store.query(ENGAGEMENTS):  # type: ignore[union-attr]
            node, actor = row["node"].value, row["actor"].value
            levels[node].add(row["level"].value.rpartition("#")[2])
            self.kinds[node].add(row["kind"].value.rpartition("#")[2])
            self.lines[node, actor].add(KEYS[row["held"].value.rpartition("#")[2]])
            if row["from"] and row["to"]:
                first, last = (int(row[end].value[:4]) for end in ("from", "to"))
                self.years[node] |= set(range(first, last + 1)) if last - first <= 30 else set()
        self.keys = {node: KEYS[min(found, key=LEVELS.index)] for node, found in levels.items()}

    def left(self, *, without: str = "", kind: str = "", year: int = 0) -> set[str]:
        """Return the engagements that filters leave, by what follows the base of identifiers."""
        return {
            node.removeprefix(ID)
            for node, key in self.keys.items()
            if key != without
            and (not kind or kind in self.kinds[node])
            and (not year or (year in self.years[node] if year > 0 else not self.years[node]))
        }

    def actors(self, nodes: set[str]) -> set[str]:
        """Return the actors of some engagements."""
        return {actor.removeprefix(ID) for node, actor in self.lines if node.removeprefix(ID) in nodes}


def put(table: Table, folder: Path) -> Path:
    """Write the page and what it needs, and the pages of engagements, as files."""
    for path in table:
        needed = path.startswith(("network.", "assets/cyto")) or path.endswith((".css", ".js", "icon.svg"))
        if needed or re.fullmatch(r"id/(occurrence|passage)/.*2015.*\.html|id/actor/iran\.html", path):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(table[path])
    return folder


@pytest.fixture(scope="module")
def table(store: ox.Store, project: Project) -> Table:
    return Table(store, project)


@pytest.fixture(scope="module")
def url(table: Table, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with hosting(put(table, tmp_path_factory.mktemp("network"))) as address:
        yield address


@pytest.fixture(scope="module")
def asked(store: ox.Store) -> Asked:
    return Asked(store)


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Tab]:
    with open_tab(browser, url, viewport=WIDE) as found:
        go(found)
        yield found


def go(tab: Tab, path: str = "network.html") -> Page:
    """Open the page and wait until the script has taken over."""
    page = tab.go(path)
    page.wait_for_selector("#net-stage:not([hidden])")
    return page


def cy(page: Page, expression: str) -> Any:
    """Evaluate an expression over the picture, which Cytoscape hangs on its element."""
    return page.evaluate(
        f"(() => {{ const cy = document.getElementById('net-canvas')._cyreg.cy; return {expression} }})()"
    )


def nodes(page: Page) -> set[str]:
    """Return the nodes that the picture shows."""
    return set(cy(page, "cy.nodes(':visible').map((node) => node.id())"))


def visible(page: Page, what: str) -> set[str]:
    """Return the things whose links, of those that a selector finds, are shown."""
    hrefs = page.locator(what).evaluate_all(
        "(all) => all.filter((one) => one.checkVisibility()).map((one) => one.getAttribute('href'))"
    )
    return {href.removeprefix("id/").removesuffix(".html") for href in hrefs}


def diamonds(page: Page) -> set[str]:
    """Return the engagements that the drawing shows."""
    return visible(page, ".net a:has(path)")


FILTERS: list[dict[str, Any]] = [
    *({"without": key} for key in ("accepted", "possible", "reported", "expected", "denied")),
    *({"kind": kind} for kind in ("Visit", "Support", "Situation")),
    *({"year": year} for year in (2015, 2019, -1)),
    {"kind": "Contact", "year": 2019, "without": "accepted"},
    {"kind": "Visit", "year": 2019, "without": "reported"},
]


def choose(page: Page, without: str = "", kind: str = "", year: int = 0) -> None:
    for box in page.locator(".filters input").all():
        box.set_checked(box.get_attribute("id") != f"f-{without}")
    page.select_option("#f-kind", kind)
    page.select_option("#f-year", "none" if year < 0 else str(year or ""))


# ---------------------------------------------------------------- without JavaScript


def test_without_javascript_filters_and_links_work(browser: Browser, url: str, asked: Asked) -> None:
    with open_tab(browser, url, java_script_enabled=False, viewport=WIDE) as tab:
        page = tab.go("network.html")
        assert len(asked.left()) > 100
        assert diamonds(page) == asked.left()
        for chosen in FILTERS:
            choose(page, **chosen)
            assert diamonds(page) == asked.left(**chosen), chosen
            assert page.locator("line:visible").count() > 0 if asked.left(**chosen) else True
        choose(page, kind="Visit")
        assert visible(page, ".net a:has(.name)") == asked.actors(asked.left(kind="Visit"))
        iran = sum(1 for _, actor in asked.lines if actor == f"{ID}actor/iran")
        page.get_by_role("link", name=f"Iran, {iran} engagements", exact=True).wait_for()
        choose(page, year=2015)
        one = min(asked.left(year=2015) & {name for name in asked.left() if "2015" in name})
        page.locator(f".net a[href='id/{one}.html']").click()
        assert page.url == f"{url}id/{one}.html"
        assert page.locator("h1").count() == 1
        assert tab.well()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_drawing_stays_where_the_data_does_not_come(browser: Browser, url: str, scheme: str) -> None:
    with open_tab(browser, url, viewport=PHONE, color_scheme=scheme) as tab:
        tab.page.route("**/network.json", lambda route: route.fulfill(status=200, body="no data"))
        page = tab.go("network.html")
        assert page.locator(".net svg").is_visible()
        assert not page.locator("#net-stage").is_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert faults(page) == []
        assert tab.well()


def test_no_label_lies_on_another_or_is_cut(browser: Browser, url: str) -> None:
    with open_tab(browser, url, viewport=WIDE, java_script_enabled=False) as tab:
        page = tab.go("network.html")
        boxes = page.locator(".net .name, .net a path, .net .actor").evaluate_all(
            "(all) => all.map((one) => one.getBBox()).map((b) => [b.x, b.y, b.x + b.width, b.y + b.height])"
        )
        svg = page.locator(".net svg")
        width, height = (int(svg.get_attribute(side) or 0) for side in ("width", "height"))
        assert len(boxes) > 250
        assert all(x >= 0 and y >= 0 and right <= width and low <= height for x, y, right, low in boxes)
        for (x, y, right, low), (x2, y2, right2, low2) in combinations(boxes, 2):
            # Fonts leave a pixel or two of air around letters.
            assert right <= x2 + 2 or right2 <= x + 2 or low <= y2 + 2 or low2 <= y + 2


def test_any_names_find_a_place() -> None:
    names = {f"a{n}": "W" * n if n % 3 else "無" * n for n in range(1, 40)}
    parties = {f"e{n}": frozenset({f"a{n % 39 + 1}", f"a{n * n % 39 + 1}"}) for n in range(300)}
    picture = arrange(names, parties)
    assert picture == arrange(dict(reversed(names.items())), parties)
    assert {*picture.actors} == {*names}
    assert len({*picture.engagements.values()}) == len(parties) == len(picture.engagements)
    boxes = [(x - 12, y - 12, x + 12, y + 12) for x, y in picture.engagements.values()]
    for x, y, radius, lines in picture.actors.values():
        half = max(12 * max(map(len, lines)) // 2, radius)
        boxes.append((x - half, y - radius, x + half, y + radius + LINE * len(lines)))
    assert all(x >= 0 and y >= 0 and right <= picture.width and low <= picture.height for x, y, right, low in boxes)
    for one, other in combinations(boxes, 2):
        assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1], (one, other)
    assert arrange({}, {}).actors == {}
    assert arrange({"a": "x" * 10_000}, {"e": frozenset("a")}).actors["a"].lines == ("x" * 20, "x" * 20, "…")


# ---------------------------------------------------------------- certainty


def test_lines_are_drawn_as_certain_as_their_claims(browser: Browser, url: str, asked: Asked, table: Table) -> None:
    dashed = {"accepted": "none", "denied": "none"}
    with open_tab(browser, url, viewport=WIDE, java_script_enabled=False) as tab:
        page = tab.go("network.html")
        patterns = {}
        for key in dict.fromkeys(asked.keys.values()):
            pattern = page.locator(f".net line.e-{key}").first.evaluate(
                "(line) => getComputedStyle(line).strokeDasharray"
            )
            border = page.locator(f".net path.n-{key}").first.evaluate(
                "(path) => getComputedStyle(path).strokeDasharray"
            )
            assert pattern == border
            patterns[key] = pattern
        assert {key: patterns[key] for key in dashed} == dashed
        assert len({patterns[key] for key in patterns.keys() - dashed.keys()} | {"none"}) == len(patterns) - 1
        signs = {"accepted": "●", "possible": "◔", "reported": "❞", "expected": "▷", "denied": "✕"}
        drawn = page.locator(".net a:has(path)").evaluate_all(
            "(all) => all.map((a) => [a.getAttribute('href'), a.querySelector('path').className.baseVal,"
            " a.querySelector('.sign').textContent])"
        )
        expected = {(f"id/{node.removeprefix(ID)}.html", f"n-{key}", signs[key]) for node, key in asked.keys.items()}
        assert {tuple(one) for one in drawn} == expected
        denied = page.locator(".net line.e-denied").count()
        assert 0 < denied == page.locator(".net .mark").count()
    with open_tab(browser, url, viewport=WIDE) as tab:
        page = go(tab)
        edges = cy(
            page,
            "cy.edges().map((edge) => [edge.source().id(), edge.target().id(), edge.classes()[0],"
            " edge.style('line-style'), edge.style('line-dash-pattern'), edge.data('label')])",
        )
        assert len(edges) == len(asked.lines)
        for source, target, key, style, pattern, label in edges:
            assert key in asked.lines[ID + source, ID + target]
            assert (style == "solid") == (key in dashed)
            assert style == "solid" or patterns[key].replace("px", "") == re.sub(r"\s+", ", ", pattern)
            assert label == ("✕" if key == "denied" else "")


# ---------------------------------------------------------------- with JavaScript


def test_filters_leave_exactly_what_the_data_says(tab: Tab, asked: Asked) -> None:
    page = tab.page
    assert not page.locator(".net").is_visible()
    for chosen in [{}, *FILTERS]:
        choose(page, **chosen)
        left = asked.left(**chosen)
        for _ in range(40):  # the picture may follow a frame later
            if nodes(page) == left | asked.actors(left):
                break
            page.wait_for_timeout(50)
        assert nodes(page) == left | asked.actors(left), chosen
        assert page.locator("[data-count]").inner_text() == f"{len(left)} of {len(asked.keys)} engagements"
        shown = page.locator("#net-pick option").evaluate_all(
            "(all) => all.filter((o) => !o.hidden).map((o) => o.value)"
        )
        assert set(shown) - {""} == left | asked.actors(left)
    kept = page.url
    with_filters = go(tab, kept.removeprefix(tab.url))
    assert nodes(with_filters) == left | asked.actors(left)
    assert faults(page) == []
    assert tab.well()


def test_it_pans_and_zooms_by_mouse_buttons_and_keys(tab: Tab) -> None:
    page = tab.page
    box = page.locator("#net-canvas").bounding_box()
    assert box
    view = [cy(page, "[cy.pan().x, cy.pan().y, cy.zoom()]")]

    def moved() -> tuple[bool, bool, float]:
        view.append(cy(page, "[cy.pan().x, cy.pan().y, cy.zoom()]"))
        (x, y, zoom), (x2, y2, zoom2) = view[-2:]
        return x != x2, y != y2, zoom2 / zoom

    page.mouse.move(box["x"] + 8, box["y"] + 8)
    page.mouse.down()
    page.mouse.move(box["x"] + 70, box["y"] + 90, steps=5)
    page.mouse.up()
    assert moved() == (True, True, 1)
    page.mouse.wheel(0, -200)
    page.wait_for_function("document.getElementById('net-canvas')._cyreg.cy.zoom() !== " + str(view[-1][2]))
    assert moved()[2] > 1
    page.get_by_role("button", name="left").click()
    assert moved() == (True, False, 1)
    page.get_by_role("button", name="farther").click()
    assert moved()[2] < 1
    page.locator("#net-canvas").focus()
    page.keyboard.press("ArrowDown")
    assert moved() == (False, True, 1)
    page.keyboard.press("+")
    assert moved()[2] > 1
    page.keyboard.press("0")
    box = cy(
        page,
        "(({ x1, y1, x2, y2 }) => [x1, y1, cy.width() - x2, cy.height() - y2])(cy.elements().renderedBoundingBox())",
    )
    assert min(box) >= 0
    assert tab.well()


def test_the_panel_tells_who_says_so_and_leads_to_the_passage(tab: Tab, table: Table, asked: Asked) -> None:
    page = tab.page
    one = min(name for name in asked.left(without="accepted") if asked.keys[ID + name] == "reported")
    item = table.facts.items[ID + one]
    at = cy(page, f"cy.getElementById({json.dumps(one)}).renderedPosition()")
    box = page.locator("#net-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + at["x"], box["y"] + at["y"])
    panel = page.get_by_role("region", name=item.label)
    assert page.evaluate("document.activeElement.id") == "net-name"
    text = panel.inner_text()
    assert item.kind_label in text
    assert "❞ only reported" in text
    for claim in item.claims:
        line = table.claims[claim]
        assert line.chain in text
        assert "relayed by" in line.chain or len(item.claims) > 1
        for place in line.where:
            link = panel.get_by_role("link", name=f"{place.section}, sentence {place.ordinal}").first
            href = link.get_attribute("href") or ""
            assert href == f"id/passage/{place.passage.rpartition('/')[2]}.html" or href.partition("#:~:text=")[2]
    assert panel.get_by_role("link", name="Its page").get_attribute("href") == f"id/{one}.html"
    actors = {role.name for role in item.roles if role.part}
    assert {button.inner_text() for button in panel.get_by_role("button").all()} == {"Close", *actors}
    assert page.url.endswith(f"network.html#{one}")
    assert faults(page) == []
    # The address alone brings it back, also beside filters.
    page = go(tab, f"network.html?kind=Visit#{one}")
    assert page.get_by_role("region", name=item.label).is_visible()
    page.go_back()
    page.wait_for_function("location.search === ''")
    assert page.get_by_role("region", name=item.label).is_visible()
    assert tab.well()


def test_all_by_keyboard(tab: Tab, asked: Asked) -> None:
    page = tab.page
    page.locator("#f-kind").focus()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "net-pick":
            break
    page.keyboard.type("Iran")
    panel = page.locator("#net-panel")
    assert panel.locator("h2").inner_text() == "Iran"
    assert page.evaluate("document.activeElement.id") == "net-pick"  # else nobody could go on choosing
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#net-panel li') !== null"):
            break
    neighbour = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert panel.locator("h2").inner_text() == neighbour
    assert page.evaluate("document.activeElement.id") == "net-name"
    assert cy(page, "cy.nodes('.chosen').map((node) => node.data('hint') ?? '')")[0].startswith(neighbour[:60])
    page.keyboard.press("Escape")
    assert not panel.is_visible()
    assert page.evaluate("document.activeElement.id") == "net-pick"
    assert "#" not in page.url
    assert cy(page, "cy.elements('.dim').length") == 0
    assert tab.well()


def test_on_a_phone_in_the_dark(browser: Browser, url: str) -> None:
    with open_tab(browser, url, viewport=PHONE, color_scheme="dark") as tab:
        page = go(tab, "network.html#actor/iran")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        ink = page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')")
        assert cy(page, "cy.nodes()[0].style('color')") == "rgb({},{},{})".format(*bytes.fromhex(ink.strip("# ")))
        assert faults(page) == []
        assert tab.well()


# ---------------------------------------------------------------- bytes, hostile data, size


def test_the_same_bytes_whatever_the_order_of_sets(table: Table) -> None:
    code = (
        "import sys; from pathlib import Path; from parley.graph.compiled import compile_store;"
        "from parley.project import find; from parley.serve.pages import Table; project = find(Path(sys.argv[1]));"
        "table = Table(compile_store(project), project);"
        "sys.stdout.buffer.write(table['network.html'] + table['network.json'])"
    )
    for seed in ("1", "2"):
        command = [sys.executable, "-c", code, str(ROOT)]
        done = subprocess.run(command, env={"PYTHONHASHSEED": seed}, capture_output=True, check=True)
        assert done.stdout == table["network.html"] + table["network.json"]


def test_hostile_names_stay_text(browser: Browser, store: ox.Store, project: Project, tmp_path: Path) -> None:
    evil = ox.Store()
    evil.extend(store)
    claim, node = ox.NamedNode(f"{ID}claim/evil-001"), ox.NamedNode(f"{ID}occurrence/evil\u202e'onclick='b")
    asserted = ox.NamedNode(ASSERTED)

    def add(subject: ox.NamedNode, predicate: str, value: ox.NamedNode | ox.Literal, graph: ox.NamedNode) -> None:
        evil.add(ox.Quad(subject, ox.NamedNode(predicate), value, graph))

    for quad in store.quads_for_pattern(ox.NamedNode(f"{ID}claim/mar2020-275"), None, None, asserted):
        if quad.predicate.value not in {f"{PARLEY}about", f"{PARLEY}factuality", f"{RDFS}label"}:
            add(claim, quad.predicate.value, quad.object, asserted)  # type: ignore[arg-type]
    add(claim, f"{RDFS}label", ox.Literal(EVIL[1]), asserted)
    add(claim, f"{PARLEY}about", node, asserted)
    add(claim, f"{PARLEY}factuality", ox.NamedNode(f"{PARLEY}Unverified"), asserted)
    add(node, f"{RDF}type", ox.NamedNode(f"{PARLEY}Meeting"), claim)
    add(node, f"{RDFS}label", ox.Literal(" ".join(EVIL)), claim)
    actors = [ox.NamedNode(f"{ID}actor/a{number}'onclick='b") for number in range(len(EVIL))]
    for actor, text in zip(actors, EVIL, strict=True):
        add(node, f"{PARLEY}party", actor, claim)
        add(actor, f"{RDFS}label", ox.Literal(text), asserted)
    detail = ox.NamedNode(f"{ID}claim/evil-002")
    for quad in list(evil.quads_for_pattern(claim, None, None, asserted)):
        level = ox.NamedNode(f"{PARLEY}Anticipated")
        own = level if quad.predicate.value == f"{PARLEY}factuality" else quad.object
        add(detail, quad.predicate.value, own, asserted)  # type: ignore[arg-type]
    add(node, f"{PARLEY}party", actors[0], detail)
    add(node, f"{PARLEY}party", actors[1], detail)
    add(node, f"{PARLEY}attendee", ox.NamedNode(f"{ID}actor/iran"), detail)
    table = Table(evil, project)
    one = next(
        one for one in json.loads(table["network.json"])["engagements"] if one["id"].startswith("occurrence/evil")
    )
    assert {(status, words) for _, status, words in one["actors"]} == {
        *(
            ("reported", "has party; has party (anticipated)"),
            ("reported", "has party"),
            ("expected", "has attendee (anticipated)"),
        ),
    }
    for path in ("network.html", "network.json"):
        assert not re.search("[\u202a-\u202e\x00-\x08]", table[path].decode())
    with hosting(put(table, tmp_path)) as url:
        for javascript in (True, False):
            with open_tab(browser, url, viewport=WIDE, java_script_enabled=javascript) as tab:
                tab.page.on("dialog", lambda dialog: tab.said.append(dialog.message))
                page = go(tab) if javascript else tab.go("network.html")
                assert page.locator("main img, main script, [onclick], [onerror], a[href^='javascript']").count() == 0
                if javascript:
                    assert faults(page) == []
                    for actor, text in zip(actors, EVIL, strict=True):
                        page.select_option("#net-pick", actor.value.removeprefix(ID))
                        shown = page.locator("#net-panel h2").text_content() or ""
                        assert shown.removesuffix("…") == plain(text)[:300]
                        page.get_by_role("button", name="Close").click()
                    assert page.evaluate("document.documentElement.scrollWidth") <= WIDE["width"]
                assert page.locator("main img, main script, [onclick], [onerror], a[href^='javascript']").count() == 0
                assert tab.well()


def test_three_thousand_engagements_pan_and_filter(browser: Browser, project: Project, tmp_path: Path) -> None:
    write(106_000, tmp_path / "large.nq")
    load_disk(project, tmp_path / "large.nq", tmp_path / "store")
    store = open_disk(tmp_path / "store")
    table = Table(store, project)
    asked = Asked(store)
    assert len(asked.keys) >= 3_000
    assert len(gzip.compress(table["network.html"])) < 150_000
    folder = tmp_path / "site"
    with hosting(put(table, folder)) as url:
        with open_tab(browser, url, viewport=WIDE, java_script_enabled=False) as tab:
            page = tab.go("network.html")
            assert f"hold 400 of {len(asked.keys)} engagements" in page.locator("main").inner_text()
            assert page.locator(".net a:has(path)").count() == 400
        with open_tab(browser, url, viewport=WIDE) as tab:
            page = go(tab)
            assert nodes(page) == asked.left() | asked.actors(asked.left())
            for chosen in ({"kind": "Visit"}, {"without": "accepted", "year": 2010}):
                choose(page, **chosen)
                left = asked.left(**chosen)
                assert 0 < len(left) < len(asked.keys)
                assert nodes(page) == left | asked.actors(left)
            before = cy(page, "[cy.pan().x, cy.zoom()]")
            page.locator("#net-canvas").focus()
            page.keyboard.press("ArrowLeft")
            page.keyboard.press("-")
            after = cy(page, "[cy.pan().x, cy.zoom()]")
            assert before[0] != after[0]
            assert before[1] != after[1]
            assert tab.well()
