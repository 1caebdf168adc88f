"""The timeline: a lane for each counterpart of the actor with most engagements, in each the spans known."""

from __future__ import annotations

import re
from calendar import isleap, month_name
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import combining

from parley.errors import InputError
from parley.explorer.facts import Item, Time
from parley.explorer.lists import classes, shown, to_filter
from parley.graph.derive import bounds
from parley.render import plain

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["extents", "pages", "style", "words"]

_ENTRIES = 400  # bars and lines of lists on one page
_PAGE, _MARGIN, _BREAK = 1130, 40, 32  # the width of a page, of each open end, of years left out
_YEAR, _NARROW, _ROW = 44, 5, 28  # at least: a year, a bar; a row is as high as a finger needs
_LONGEST = 70  # what is longer ends in "…" in the picture, and is whole in the line below it


class Lane(NamedTuple):
    """Hold a lane's name, the actor it is of (if of one), whether the actor of the whole picture takes part."""

    name: str
    actor: str
    shared: bool


@dataclass
class Bar:
    """Hold a time of an item as drawn: what each shape covers, where the label starts or ends, and the row it is in."""

    item: Item
    when: str
    style: str
    label: str
    shapes: list[tuple[float, float, str]]
    text: float
    anchor: str
    inside: bool
    squeeze: float  # the width that letters of unknown breadth are held to
    left: float
    right: float
    row: int = 0


@dataclass
class Scale:
    """Turn days into places, with the years left out in which nothing begins or ends."""

    days: Iterable[str]
    starts: dict[int, float] = field(default_factory=dict)
    breaks: list[tuple[float, int, int]] = field(default_factory=list)
    year: float = _YEAR

    def __post_init__(self) -> None:
        ends = sorted({int(day[:4]) for day in self.days})
        gaps = [(one + 1, other - 1) for one, other in pairwise(ends) if other - one > 3]
        left_out = sum(last - first + 1 for first, last in gaps)
        kept = ends[-1] - ends[0] + 1 - left_out
        self.year = max(_YEAR, (_PAGE - 2 * _MARGIN - _BREAK * len(gaps)) // kept)
        place, lasts = float(_MARGIN), dict(gaps)
        year = ends[0]
        while year <= ends[-1]:
            if last := lasts.get(year):
                self.breaks.append((place, year, last))
                place, year = place + _BREAK, last + 1
            else:
                self.starts[year] = place
                place, year = place + self.year, year + 1
        self.edge = place + _MARGIN

    def at(self, day: str, *, end: bool = False) -> float:
        """Return where a day begins, or ends."""
        year, month, number = (int(part) for part in day.split("-"))
        months = (0, 31, 28 + isleap(year), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
        return round(self.starts[year] + self.year * (sum(months[:month]) + number - (not end)) / sum(months), 1)


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return the pages by path."""
    focus, entries = _entries(table.facts.engagements())
    parts = [entries[start : start + _ENTRIES] for start in range(0, len(entries), _ENTRIES)] or [[]]
    return {_path(number): partial(_page, table, focus, parts, number) for number in range(len(parts))}


def _path(number: int) -> str:
    return f"timeline-{number + 1}.html" if number else "timeline.html"


def _entries(items: Sequence[Item]) -> tuple[str, list[tuple[Lane, Item]]]:
    """Return the name of who takes part in most, and each item in the lanes that it belongs to, in order of lanes."""
    actors = {item.iri: {role.actor: role.name for role in item.roles if role.part} for item in items}
    names = {actor: name for taking in actors.values() for actor, name in taking.items()}
    busy = Counter(actor for taking in actors.values() for actor in taking)

    def rank(actor: str) -> tuple[int, str, str]:
        return -busy[actor], names[actor], actor

    focus = min(busy, key=rank, default="")
    lanes: dict[Lane, list[Item]] = defaultdict(list)
    for item in items:
        taking = actors[item.iri]
        others = sorted(taking.keys() - {focus}, key=rank)
        if focus in taking:
            for actor in others or [""]:
                lanes[Lane(names[actor] if actor else "no counterpart is named", actor, True)].append(item)
        else:
            actor = others[0] if others else ""
            lanes[Lane(names[actor] if actor else "nobody is named", actor, False)].append(item)
    order = sorted(lanes, key=lambda lane: (not lane.shared, not lane.actor, -len(lanes[lane]), lane))
    return names.get(focus, ""), [(lane, item) for lane in order for item in lanes[lane]]


def _page(table: Table, focus: str, parts: list[list[tuple[Lane, Item]]], number: int) -> bytes:
    times = [time for item in table.facts.engagements() for time in item.times]
    days = [day for time in times for span in extents(time) for day in span if day]
    scale = Scale(days) if days else None
    lanes, drawn = [], {}
    for lane, entries in groupby(parts[number], key=lambda entry: entry[0]):
        found = [item for _, item in entries]
        bars = [_bar(item, time, scale) for item in found for time in item.times if scale and _dated(time)]
        _pack(bars)
        drawn.update({bar.item.iri: bar.item for bar in bars})
        bare = [item for item in found if not any(map(_dated, item.times))]
        lists = {
            "No date stated": [shown(table, item) for item in bare if not item.times],
            "Goes on, ends not stated": [shown(table, item) for item in bare if item.times],
        }
        lanes.append({"lane": lane, "bars": bars, "count": len(found), "bare": len(bare), "lists": lists})
    return table.render(
        "timeline.html",
        _path(number),
        focus=focus,
        lanes=lanes,
        scale=scale,
        row=_ROW,
        gap=_BREAK,
        width=max([scale.edge if scale else 0, *(bar.right for lane in lanes for bar in lane["bars"])]),
        told={iri: {**shown(table, item), "number": n} for n, (iri, item) in enumerate(drawn.items())},
        classes=classes,
        words=words,
        parts=[(_path(n), n == number, part[0][0], part[-1][0]) for n, part in enumerate(parts) if part],
        **to_filter([item for _, item in parts[number]]),
    )


def _dated(time: Time) -> bool:
    return bool(time.earliest or time.latest)


def extents(time: Time) -> list[tuple[str, str]]:
    """Return the spans of days that a time allows, each with its first and last day, empty where open.

    >>> from parley.explorer.facts import STATUSES
    >>> extents(Time("[2018-12,2019-02]", "2018-12-01", "2019-02-28", STATUSES["accepted"]))
    [('2018-12-01', '2018-12-31'), ('2019-02-01', '2019-02-28')]
    """
    if time.edtf[:1] in ("[", "{") and "," in time.edtf:
        ends = [part.strip().split("..") for part in time.edtf[1:-1].split(",")]
        try:
            return [(_bounds(one[0])[0], _bounds(one[-1])[1]) for one in ends]
        except InputError:
            pass
    return [(time.earliest, time.latest)] if _dated(time) else []


def _bounds(date: str) -> tuple[str, str]:
    return bounds(date.rstrip("?~%")) if date else ("", "")


def style(edtf: str) -> str:
    """Return how a time is drawn: ``known``, ``about`` (approximate), ``vague`` (not established), or both of these.

    >>> style("2018-12"), style("199X"), style("[..2012-06]"), style("../2020~")
    ('known', 'about', 'vague', 'vague about')
    """
    vague = "vague" if re.search(r"[?%\[]|\.\.(?!\d)|(?<![\dX~])\.\.|^/|/$", edtf) else ""
    about = "about" if re.search(r"[~%X]", edtf) else ""
    return f"{vague} {about}".strip() or "known"


def _bar(item: Item, time: Time, scale: Scale) -> Bar:
    shapes = []
    for first, last in extents(time):
        left = scale.at(first) if first else 0
        right = max(scale.at(last, end=True), left + _NARROW) if last else scale.edge
        shapes.append((left, right, "since" if not last else "until" if not first else ""))
    left, right = min(shape[0] for shape in shapes), max(shape[1] for shape in shapes)
    label = f"{item.status.sign} {_short(plain(item.label))}"
    wide = _width(label)
    inside = [(one, other, end) for one, other, end in shapes if other - one >= wide + 12]
    if inside:
        one, other, end = inside[0]
        text, anchor = (other - 6, "end") if end == "until" else (one + 6, "start")
    elif right + 5 + wide <= scale.edge or left < wide + 5:
        text, anchor = right + 5, "start"
    else:  # only the left has room
        text, anchor = left - 5, "end"
    when = words(time.edtf) + (f" ({time.status.words})" if time.status != item.status else "")
    squeeze = wide if any(ord(letter) > 0x24F and letter not in _BESIDE for letter in label[2:]) else 0
    begin = text - wide if anchor == "end" else text
    reach = (round(min(left, begin), 1), round(max(right, begin + wide), 1))
    return Bar(item, when, style(time.edtf), label, shapes, round(text, 1), anchor, bool(inside), squeeze, *reach)


def _short(label: str) -> str:
    """Cut a label that is too long, and marks heaped on one letter, which would reach into other rows."""
    flat = "".join(c for n, c in enumerate(label) if not all(map(combining, label[max(0, n - 2) : n + 1])))
    return flat if len(flat) <= _LONGEST else flat[: _LONGEST - 1].rstrip() + "…"


_BESIDE = "–—‘’“”…"  # noqa: RUF001


def _width(text: str) -> float:
    """Return at least the width of a text of 13 px in the broadest of the usual fonts."""
    return round(sum(next((px for px, those in _WIDTHS if those(letter)), 8.4) for letter in text), 1)


_WIDTHS: tuple[tuple[float, Callable[[str], bool]], ...] = (
    (5.2, " iljtfrI.,;:'|!()-[]".__contains__),
    (13, lambda letter: letter in "mwMW@%" or ord(letter) > 0x24F),
    (11, str.isupper),
)


def _pack(bars: list[Bar]) -> None:
    """Put each bar in the first row where neither it nor its label meets another."""
    rows: list[list[Bar]] = []
    for bar in bars:
        free = (n for n, row in enumerate(rows) if all(bar.left > o.right + 10 or bar.right < o.left - 10 for o in row))
        bar.row = next(free, len(rows))
        if bar.row == len(rows):
            rows.append([])
        rows[bar.row].append(bar)


_PARTS = re.compile(r"(\d{2}XX|\d{3}X|\d{4})(?:-(\d\d)(?:-(\d\d))?)?([~?%]?)")
_MONTHS = dict(
    enumerate(
        (
            *(*month_name[1:], *[""] * 8, "spring", "summer", "autumn", "winter", *[""] * 8),
            *(f"the {nth} quarter of" for nth in ("first", "second", "third", "fourth")),
            *("the first third of", "the second third of", "the last third of"),
            *("the first half of", "the second half of"),
        ),
        1,
    )
)
_MARKS = {"": "", "~": "about ", "?": "perhaps ", "%": "perhaps about "}


def words(edtf: str) -> str:
    """Say in words what a time in EDTF says; what it does not know is left as it stands.

    >>> words("[2018-12,2019-02]"), words("[..2001-12]"), words("2010~/..")
    ('either December 2018 or February 2019', 'some time up to December 2001', 'from about 2010 on, end not stated')
    """
    if edtf[:1] in ("[", "{"):
        parts = [part.strip() for part in edtf[1:-1].split(",")]
        said = [_range(part, "..", "some time up to {}", "some time from {} on") for part in parts]
        if edtf[0] == "{":
            return " and ".join(said)
        return ("either " if len(said) > 1 else "some time " if said[0].startswith("from") else "") + " or ".join(said)
    return _range(edtf, "/", "until {}, beginning not stated", "from {} on, end not stated")


def _range(text: str, mark: str, until: str, since: str) -> str:
    first, found, last = text.partition(mark)
    if not found:
        return _date(text)
    first, last = (_date(end) if end not in ("", "..") else "" for end in (first, last))
    if first and last:
        return f"from {first} to {last}"
    return until.format(last) if last else since.format(first) if first else "goes on, ends not stated"


def _date(text: str) -> str:
    match = _PARTS.fullmatch(text)
    if not match or (match[2] and not _MONTHS.get(int(match[2]))):
        return plain(text)
    year, month, day, mark = match.groups()
    year = f"the {year.replace('X', '0')}s" if "X" in year else year
    return _MARKS[mark] + " ".join(filter(None, (day and str(int(day)), month and _MONTHS[int(month)], year)))
