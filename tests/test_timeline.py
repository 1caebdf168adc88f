"""The timeline in a real browser: each engagement in its lane, spans as dates say, labels apart, keys, filters."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pyoxigraph import Literal, NamedNode, Quad, QuerySolutions, RdfFormat, Store

from parley.explorer.timeline import words
from parley.graph.disk import load_disk, open_disk
from parley.namespaces import ASSERTED, BASE, PARLEY, RDFS
from parley.project import Project
from parley.serve.pages import Table
from tests.bench.generate import write
from tests.browser import PHONE, Tab, faults, hosting, open_tab
from tests.conftest import ROOT

LABEL = NamedNode(f"{RDFS}label")


def lay(table: Table, folder: Path) -> Path:
    """Write the timeline's pages, what they need, and the page that the first bar opens, as a static site has them."""
    names = [name for name in table if name.startswith(("timeline", "style", "explorer", "icon"))]
    assert len(names) >= 5
    first = re.search(r'class="event [^>]* href="([^"]+)"', table["timeline.html"].decode())
    for name in [*names, *(first.groups() if first else ())]:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(table[name])
    return folder


@pytest.fixture(scope="module")
def url(store: Store, project: Project, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with hosting(lay(Table(store, project, static=True), tmp_path_factory.mktemp("site"))) as address:
        yield address


@pytest.fixture
def tab(browser: Browser, url: str) -> Iterator[Tab]:
    with open_tab(browser, url) as opened:
        opened.go("timeline.html")
        yield opened
        assert opened.well()


# ---------------------------------------------------------------- what stands where

# Straight from the claims' graphs, where the page goes through Facts.
PREFIX = f"PREFIX parley: <{PARLEY}> PREFIX rdfs: <{RDFS}> PREFIX g: <{ASSERTED.removesuffix('asserted')}> "
OCCURRENCES = """SELECT DISTINCT ?node ?when {
  GRAPH g:asserted { ?claim parley:about ?node . ?kind rdfs:subClassOf* parley:Occurrence }
  GRAPH ?claim { ?node a ?kind }
  OPTIONAL { GRAPH g:asserted { ?other parley:about ?node } GRAPH ?other { ?node parley:when ?when } } }"""
TAKING_PART = """SELECT DISTINCT ?node ?actor ?label {
  VALUES ?top { parley:participant parley:representative parley:holder parley:toward }
  GRAPH g:asserted { ?claim parley:about ?node . ?role rdfs:subPropertyOf* ?top }
  GRAPH ?claim { ?node ?role ?actor } FILTER(CONTAINS(STR(?actor), "/id/actor/"))
  GRAPH g:asserted { ?actor rdfs:label ?label } FILTER(LANG(?label) = "en") }"""
Places = set[tuple[str, str]]


def rows(store: Store, query: str) -> Iterator[Any]:
    found = store.query(PREFIX + query)
    assert isinstance(found, QuerySolutions)
    return iter(found)


def expected(store: Store) -> dict[str, Places]:
    """Return the lane and the engagement of each bar, of each that has no date, of each whose ends are open."""
    whens: dict[str, set[str]] = defaultdict(set)
    for node, when in rows(store, OCCURRENCES):
        whens[node.value] |= {when.value} if when else set()
    taking: dict[str, set[tuple[str, str]]] = {node: set() for node in whens}
    for node, actor, label in rows(store, TAKING_PART):
        if node.value in taking:
            taking[node.value].add((label.value, actor.value))
    busy = Counter(actor for actors in taking.values() for actor in actors)
    focus = max(busy, key=lambda actor: busy[actor])
    lanes: Places = set()
    for node, actors in taking.items():
        if focus in actors:
            lanes |= {(f"with {other}".strip(), node) for _, other in (actors - {focus} or {("", "")})}
        else:
            _, most = min(((-busy[actor], actor) for actor in actors), default=(0, ("", "")))
            lanes.add((f"without {most[1]}".strip(), node))
    return {
        "bars": {(lane, node) for lane, node in lanes if whens[node] - {"../.."}},
        "No date stated": {(lane, node) for lane, node in lanes if not whens[node]},
        "Goes on, ends not stated": {(lane, node) for lane, node in lanes if whens[node] == {"../.."}},
    }


def found(page: Page, where: str) -> Places:
    """Return the lane and the engagement of each link, of which no two may be the same."""
    script = "(all) => all.map((a) => [a.closest('[data-lane]').dataset.lane.trim(), a.getAttribute('href')])"
    pairs = [(lane, BASE + path.removesuffix(".html")) for lane, path in page.locator(where).evaluate_all(script)]
    assert len(pairs) == len(set(pairs))
    return set(pairs)


def test_every_engagement_stands_where_it_belongs(tab: Tab, store: Store) -> None:
    right = expected(store)
    assert [len(places) > least for places, least in zip(right.values(), (60, 90, 15), strict=True)] == [True] * 3
    assert found(tab.page, ".timeline a.event") == right["bars"]
    for heading in ("No date stated", "Goes on, ends not stated"):
        lines = f"#undated h4:text-is('{heading}') + ul > li"
        assert found(tab.page, f"{lines} > .status + a") == right[heading]
        assert tab.page.locator(lines).count() == len(right[heading])


def test_lanes_go_by_their_engagements_and_bars_by_time(tab: Tab) -> None:
    counts = tab.page.locator("[data-lane^='with '].lane small").evaluate_all(
        "(s) => s.map((one) => +one.textContent.split(' ')[0])"
    )
    assert len(counts) > 20
    assert counts[:-1] == sorted(counts[:-1], reverse=True)
    assert tab.page.locator(".timeline h3").last.inner_text().startswith("nobody is named")
    ends = tab.page.locator("[data-lane='with https://w3id.org/parley/id/actor/russia'] .event").evaluate_all(
        "(bars) => bars.map((bar) => bar.querySelector('.span').getBBox().x)"
    )
    assert len(ends) == 9
    assert ends == sorted(ends)


# ---------------------------------------------------------------- how a time is drawn

DAY, LEAP = 1 / 365, 1 / 366
FORMS: dict[str, tuple[str, list[tuple[float | None, float | None]], str]] = {
    "2015": ("known", [(2015, 2016)], "2015"),
    "2015-12": ("known", [(2015 + 334 * DAY, 2016)], "December 2015"),
    "2020-37": ("known", [(2020, 2020 + 121 * LEAP)], "the first third of 2020"),
    "1996/2001": ("known", [(1996, 2002)], "from 1996 to 2001"),
    "199X": ("about", [(1990, 2000)], "the 1990s"),
    "2001-12~": ("about", [(2001 + 334 * DAY, 2002)], "about December 2001"),
    "2010~/2020~": ("about", [(2010, 2021)], "from about 2010 to about 2020"),
    "../2000": ("vague", [(None, 2001)], "until 2000, beginning not stated"),
    "../2001~": ("vague about", [(None, 2002)], "until about 2001, beginning not stated"),
    "[..2012-06]": ("vague", [(None, 2012 + 182 * LEAP)], "some time up to June 2012"),
    "[2001-09-11..]": ("vague", [(2001 + 253 * DAY, None)], "some time from 11 September 2001 on"),
    "[2018-11..2018-12]": ("vague", [(2018 + 304 * DAY, 2019)], "some time from November 2018 to December 2018"),
    "[2018-12,2019-02]": (
        "vague",
        [(2018 + 334 * DAY, 2019), (2019 + 31 * DAY, 2019 + 59 * DAY)],
        "either December 2018 or February 2019",
    ),
}
DRAWN = """(bar) => ({
  spans: [...bar.querySelectorAll(".span")].map((span) => {
    const box = span.getBBox(), style = getComputedStyle(span);
    return { left: box.x, right: box.x + box.width, closed: /Z$/.test(span.getAttribute("d")),
      dashed: style.strokeDasharray !== "none", fill: style.fill, stroke: style.stroke };
  }),
  joints: bar.querySelectorAll(".joint").length,
  edge: bar.ownerSVGElement.width.baseVal.value,
})"""


@pytest.mark.parametrize("edtf", FORMS)
def test_a_time_is_drawn_as_far_and_as_surely_as_it_is_known(edtf: str, tab: Tab, store: Store) -> None:
    style, spans, said = FORMS[edtf]
    nodes = {node.value for node, when in rows(store, OCCURRENCES) if when and when.value == edtf}
    assert nodes
    axis = dict(
        tab.page.locator("[data-year]").evaluate_all(
            "(years) => years.map((y) => [+y.dataset.year, +y.getAttribute('x')])"
        )
    )
    year = axis[2020] - axis[2019]
    assert (1985 in axis, 2005 in axis, 2014 in axis) == (False, False, True)
    for node in nodes:
        bar = tab.page.locator(f".event[href='{node.removeprefix(BASE)}.html']").first
        assert f": {said}; " in str(bar.get_attribute("aria-label"))
        drawn = bar.evaluate(DRAWN)
        assert drawn["joints"] == len(spans) - 1
        for one, (first, last) in zip(drawn["spans"], spans, strict=True):
            left = 0 if first is None else axis[int(first)] + (first % 1 - 0.5) * year
            full = int(last - 0.001) if last else 0
            right = drawn["edge"] if last is None else axis[full] + (last - full - 0.5) * year
            assert one["left"] == pytest.approx(left, abs=0.06)
            assert one["right"] == pytest.approx(max(right, left + 5), abs=0.06)
            assert one["closed"] == (first is not None and last is not None)
            assert one["dashed"] == ("vague" in style)
            assert ("url" in one["stroke"]) == (not one["closed"])
            assert ("url" in one["fill"]) == ("about" in style)
            assert (one["fill"] == "none") == (style == "vague")


def test_words_leave_what_they_do_not_know() -> None:
    assert [words(edtf) for edtf in ("2015-XX", "2018-99", "Y12000", "../..", "2015?", "{1990,1992..1994}")] == [
        *("2015-XX", "2018-99", "Y12000", "goes on, ends not stated", "perhaps 2015", "1990 and from 1992 to 1994")
    ]


# ---------------------------------------------------------------- labels

# Boxes of different bars that meet, labels that leave the picture or their own bar, lane after lane.
MEETING = """() => {
  const bad = [];
  let labels = 0;
  const box = (one) => one.getBoundingClientRect();
  const within = (a, b) => b.left <= a.left && a.right <= b.right + 0.5 && b.top <= a.top && a.bottom <= b.bottom;
  const beside = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 0.5;
  const meet = (a, b) => beside(a, b) && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 2;
  for (const svg of document.querySelectorAll(".lane svg")) {
    const bars = [...svg.querySelectorAll(".event")].map((bar) => {
      const text = bar.querySelector("text");
      const spans = [...bar.querySelectorAll(".span")].map(box);
      return { name: bar.textContent, text: box(text), inside: text.classList.contains("in"), spans };
    });
    bars.forEach((one, n) => {
      labels += 1;
      if (!within(one.text, box(svg))) bad.push(["out", one.name]);
      if (one.inside !== one.spans.some((span) => beside(span, one.text))) bad.push(["own", one.name]);
      if (one.inside && !one.spans.some((span) => within(one.text, span))) bad.push(["cut", one.name]);
      for (const other of bars.slice(n + 1)) {
        const clash = (a) => [other.text, ...other.spans].some((b) => meet(a, b));
        if ([one.text, ...one.spans].some(clash)) bad.push([one.name, other.name]);
      }
    });
  }
  return [labels, bad];
}"""


def test_no_label_meets_another_or_is_cut(browser: Browser, url: str) -> None:
    for options in ({"viewport": {"width": 1280, "height": 800}}, {"viewport": PHONE}):
        with open_tab(browser, url, **options) as tab:
            labels, bad = tab.go("timeline.html").evaluate(MEETING)
            assert (labels > 60, bad) == (True, [])
            assert tab.page.evaluate("document.querySelector('.timeline').scrollWidth") >= 1100


HOSTILE = (
    "<script>window.bad = 1</script>",
    '"><img src=x onerror="window.bad=1">',
    "javascript:window.bad=1",
    "\u202egnp.exe \u2066left\u2069",
    "W" * 10_000,
    "\ufdfd" * 60,
    "\u2167\u2031" * 40,
    "\u6f22\u5b57" * 40,
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627 " * 8,
    "e" + "\u0301" * 300,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 30,
    "]]></svg></a></p>",
)


def test_hostile_labels_stay_text(browser: Browser, store: Store, project: Project, tmp_path: Path) -> None:
    drawn = sorted({node for _, node in expected(store)["bars"]})
    actors = sorted({lane.partition(" ")[2] for lane, _ in expected(store)["bars"]} - {""})
    named = {node: HOSTILE[n % len(HOSTILE)] for nodes in (drawn, actors) for n, node in enumerate(nodes)}
    spoilt = Store()
    for quad in store:
        if quad.predicate == LABEL and getattr(quad.subject, "value", "") in named:
            label = Literal(named[getattr(quad.subject, "value", "")], language="en")
            spoilt.add(Quad(quad.subject, LABEL, label, quad.graph_name))
        else:
            spoilt.add(quad)
    with (
        hosting(lay(Table(spoilt, project, static=True), tmp_path)) as address,
        open_tab(browser, address, viewport=PHONE) as tab,
    ):
        page = tab.go("timeline.html")
        texts = page.locator(".event text").all_text_contents()
        assert any(text.endswith(HOSTILE[0]) for text in texts)
        assert max(map(len, texts)) <= 2 + 6 * 70
        labels, bad = page.evaluate(MEETING)
        assert (labels > 60, bad) == (True, [])
        for bar in page.locator(".event").all()[:20]:
            bar.focus()
        assert page.evaluate("[window.bad, document.querySelectorAll('main script, main img').length]") == [None, 0]
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert page.locator(".told").bounding_box()["height"] < PHONE["height"] * 0.4  # type: ignore[index]
        assert faults(page) == []
        assert tab.well()


# ---------------------------------------------------------------- keys, filters, without JavaScript


def label(page: Page) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


def test_it_is_walked_by_keyboard(tab: Tab) -> None:
    page, press = tab.page, tab.page.keyboard.press
    page.get_by_role("link", name="below the picture").focus()
    press("Tab")
    first = label(page)
    assert first == "meeting of Russian officials with a Taliban representative: December 2015; meeting; only reported"
    told = page.locator(".told")
    assert "only reported" in told.inner_text()
    assert "2015-12" in told.inner_text()
    assert told.get_attribute("aria-live") == "polite"
    press("Tab")
    assert page.evaluate("document.activeElement.closest('.told') !== null")
    press("Tab")
    assert re.search(
        r"^id/passage/mar2020-s\d+\.html$", str(page.evaluate("document.activeElement.getAttribute('href')"))
    )
    press("Shift+Tab")
    press("Shift+Tab")
    assert label(page) == first
    press("ArrowLeft")
    assert label(page) == first
    press("ArrowRight")
    assert label(page).startswith("conference hosted by Moscow in 2017: 2017;")
    press("End")
    assert label(page).startswith("invitation to the Moscow conference of 2019:")
    press("ArrowRight")
    assert label(page).startswith("invitation to the Moscow conference of 2019:")
    press("ArrowDown")  # the nearest in time among Pakistan's
    assert label(page).startswith("visit of the Taliban to Islamabad:")
    press("Tab")
    press("Shift+Tab")
    assert label(page).startswith("visit of the Taliban to Islamabad:")
    press("Home")
    assert label(page).startswith("Pakistan's U-turn after September 11, 2001:")
    press("ArrowUp")
    press("Home")
    assert label(page) == first
    press("ArrowUp")
    assert label(page) == first
    stops = "[...document.querySelectorAll('.timeline, .timeline *')].filter((one) => one.tabIndex === 0).length"
    assert page.evaluate(stops) == 1
    address = page.evaluate("document.activeElement.getAttribute('href')")
    press("Enter")
    page.wait_for_url(f"**/{address}")


SHOWN = """(all) => all.filter((one) => one.checkVisibility()).map((one) => one.getAttribute("class"))"""


def shown(page: Page) -> list[str]:
    return list(page.locator(".event, #undated li").evaluate_all(SHOWN))


@pytest.mark.parametrize("script", [True, False])
def test_it_is_filtered_with_and_without_javascript(script: bool, browser: Browser, url: str) -> None:
    with open_tab(browser, url, java_script_enabled=script) as tab:
        page = tab.go("timeline.html")
        everything = shown(page)
        page.locator("#f-accepted").uncheck()
        kept = shown(page)
        assert kept == [names for names in everything if "c-accepted" not in names]
        assert 10 < len(kept) < len(everything)
        if script:
            assert page.locator("[data-count]").inner_text() == f"{len(kept)} of {len(everything)} entries"
            page.get_by_role("link", name="below the picture").focus()
            page.keyboard.press("Tab")
            walked = []
            for _ in range(8):
                lane = str(page.evaluate("document.activeElement.closest('.lane').dataset.lane"))
                walked.append((lane, label(page)))
                page.keyboard.press("ArrowDown")
            assert not [name for _, name in walked if name.endswith("; accepted")]
            lanes = page.locator(".lane").filter(has=page.locator(".event:visible")).count()
            assert 3 < lanes == len(set(walked))
        page.locator("#f-accepted").check()
        page.locator("#f-kind").select_option("Visit")
        assert shown(page) == [names for names in everything if "k-Visit" in names.split()] != []
        page.locator("#f-kind").select_option("")
        page.locator("#f-year").select_option("2019")
        assert shown(page) == [names for names in everything if "y-2019" in names.split()] != []
        assert tab.well()


def test_without_javascript_each_bar_is_a_stop(browser: Browser, url: str) -> None:
    with open_tab(browser, url, java_script_enabled=False) as tab:
        page = tab.go("timeline.html")
        page.get_by_role("link", name="below the picture").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "timeline"
        names = page.locator(".event").evaluate_all("(bars) => bars.map((bar) => bar.getAttribute('aria-label'))")
        assert len(names) > 60
        for name in names[:12]:
            page.keyboard.press("Tab")
            assert label(page) == name
        page.keyboard.press("Enter")
        assert page.locator(".told").is_hidden()
        assert page.locator("#keys").is_hidden()


def test_pointing_tells_as_well(tab: Tab) -> None:
    bar = tab.page.locator(".event").nth(2)
    bar.hover()
    tab.page.locator(".told a").first.wait_for()
    assert str(bar.get_attribute("aria-label")).partition(":")[0] in tab.page.locator(".told").inner_text()


@pytest.mark.parametrize(
    "options",
    [{"color_scheme": "light"}, {"color_scheme": "dark"}, {"viewport": PHONE}],
    ids=["light", "dark", "phone"],
)
def test_it_is_accessible_and_asks_nobody(options: dict[str, Any], browser: Browser, url: str) -> None:
    with open_tab(browser, url, **options) as tab:
        page = tab.go("timeline.html")
        page.locator(".event").nth(3).focus()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        heading, axis = page.locator(".timeline h3").nth(4), page.locator(".axis")
        page.locator(".lane").nth(4).locator(".event").last.focus()
        box = page.locator(".timeline").bounding_box()
        where, top = heading.bounding_box(), axis.bounding_box()
        assert box is not None
        assert where is not None
        assert top is not None
        assert box["x"] <= where["x"] <= box["x"] + 20  # lane names and years stay in sight
        assert box["y"] <= top["y"] <= box["y"] + 2
        assert tab.well()


# ---------------------------------------------------------------- the same bytes, and many


APART = """
import hashlib, sys
from pyoxigraph import RdfFormat, Store
from parley.project import find
from parley.serve.pages import Table
store = Store()
store.load(path=sys.argv[1], format=RdfFormat.N_QUADS)
table = Table(store, find(sys.argv[2]))
table["engagements.html"], table["index.html"]
assert "edtf" not in sys.modules
print(hashlib.sha256(table["timeline.html"]).hexdigest())
"""


def test_the_same_bytes_twice_and_no_other_page_waits_for_the_library_of_dates(store: Store, tmp_path: Path) -> None:
    store.dump(str(tmp_path / "all.nq"), RdfFormat.N_QUADS)
    digests = {
        subprocess.run(
            [sys.executable, "-c", APART, tmp_path / "all.nq", ROOT],
            env={"PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_three_thousand_engagements_fit(browser: Browser, project: Project, tmp_path: Path) -> None:
    write(110_000, tmp_path / "many.nq")
    load_disk(project, tmp_path / "many.nq", tmp_path / "store")
    table = Table(open_disk(tmp_path / "store"), project, static=True)
    names = [name for name in table if name.startswith("timeline") and name.endswith(".html")]
    engagements = {item.iri for item in table.facts.engagements()}
    assert len(engagements) >= 3_000
    texts = [table[name].decode() for name in names]
    assert max(len(gzip.compress(text.encode())) for text in texts) < 150_000
    linked = {BASE + path for text in texts for path in re.findall(r'"(id/occurrence/[\w-]+)\.html"', text)}
    assert linked == engagements
    assert all(f'href="{name}"' in texts[0] for name in names)
    with hosting(lay(table, tmp_path / "site")) as address, open_tab(browser, address) as tab:
        for name in names[:3]:
            labels, bad = tab.go(name).evaluate(MEETING)
            assert (labels > 50, bad) == (True, [])
            assert tab.page.locator(".event:visible, #undated li:visible").count() <= 400
        assert faults(tab.page) == []
        assert tab.well()
