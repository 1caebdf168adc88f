"""Place the actors and engagements of a network in a picture in which nothing lies on anything else."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import combinations
from typing import NamedTuple
from unicodedata import east_asian_width

__all__ = ["LINE", "Picture", "Spot", "arrange"]

LINE = 15  # height of a line of a label
_CELL = 28  # an engagement's box: with its gap, the 24 pixels of WCAG 2.5.8 (target size)
_GRID = 4  # places are whole cells of so many pixels
_WIDTH = 1120  # that of a page's text
_ROOM = 1.9  # the picture's area, by that of all its boxes
_MOST = 499  # above, networkx wants SciPy: other actors begin beside the best connected of their partners


class Spot(NamedTuple):
    """Hold where an actor is, how large, and the lines of its label below it."""

    x: int
    y: int
    radius: int
    lines: tuple[str, ...]


class Picture(NamedTuple):
    """Hold the size of a picture, where each actor is, and each engagement, by IRI."""

    width: int
    height: int
    actors: dict[str, Spot]
    engagements: dict[str, tuple[int, int]]


def arrange(names: Mapping[str, str], parties: Mapping[str, frozenset[str]]) -> Picture:
    """Lay out actors by what they share, then each engagement at the centre of its actors, or the nearest free place.

    :param names: the actors' labels
    :param parties: the actors of each engagement, in the order in which places are given away
    """
    degrees = Counter(actor for found in parties.values() for actor in found)
    order = sorted(names, key=lambda actor: (-degrees[actor], actor))
    radii = {actor: min(20, round(6 + 1.6 * degrees[actor] ** 0.5)) for actor in order}
    lines = {actor: tuple(textwrap.wrap(names[actor], 20, max_lines=3, placeholder="…")) for actor in order}
    boxes = {a: (max(map(_wide, lines[a]), default=0) + 10, 2 * radii[a] + LINE * len(lines[a]) + 10) for a in order}
    area = _ROOM * (sum(wide * high for wide, high in boxes.values()) + len(parties) * _CELL**2)
    width = max(_WIDTH, round((area * 1.25) ** 0.5))
    sheet = _Sheet(width, max(360, round(area / width)))
    actors: dict[str, Spot] = {}
    engagements: dict[str, tuple[int, int]] = {}
    waiting = dict(parties)
    for actor, (x, y) in _wanted(order, parties).items():
        wide, high = boxes[actor]
        middle, top = sheet.place((x * sheet.width, y * sheet.height), wide, high)
        actors[actor] = Spot(middle, top - high // 2 + radii[actor] + 5, radii[actor], lines[actor])
        # An engagement takes its place as soon as the last of its actors has one: before actors of less weight do.
        for iri in [iri for iri, found in waiting.items() if actor in found and found <= actors.keys()]:
            spots = [actors[one] for one in waiting.pop(iri)]
            at = sum(spot.x for spot in spots) / len(spots), sum(spot.y for spot in spots) / len(spots)
            engagements[iri] = sheet.place(at, _CELL, _CELL)
    return Picture(sheet.width, sheet.height, actors, engagements)


def _wide(text: str) -> int:
    """Return at most how many pixels a text takes at twelve pixels a letter's height."""
    return round(sum(12.5 if east_asian_width(c) in "WF" or c in "MW@%…" else 9 if c.isupper() else 7 for c in text))


def _wanted(order: list[str], parties: Mapping[str, frozenset[str]]) -> dict[str, tuple[float, float]]:
    """Return where each actor should be, from 0 to 1, the best connected first."""
    import networkx

    if not order:
        return {}
    graph = networkx.Graph()
    graph.add_nodes_from(order)
    for found in parties.values():
        for one, other in combinations(found, 2):
            # A conference of thirteen says less of each pair than a meeting of two.
            share = graph.get_edge_data(one, other, {"weight": 0})["weight"] + 1 / (len(found) - 1)
            graph.add_edge(one, other, weight=share)
    beside = {actor: min(graph[actor], key=order.index, default=order[0]) for actor in order[_MOST:]}
    graph.remove_nodes_from(beside)
    for _, _, data in graph.edges(data=True):
        data["weight"] = data["weight"] ** 0.25  # else the partners of the star's centre lie on it
    # What hangs together with nothing is held near the best connected, or it would fly off.
    parts = [min(part, key=order.index) for part in networkx.connected_components(graph)]
    graph.add_edges_from(((order[0], actor) for actor in sorted(parts) if actor != order[0]), weight=0.2)
    places = networkx.spring_layout(graph, seed=7, iterations=max(50, 20_000 // len(graph)))
    ranked = [_ranks((actor, places[actor][axis]) for actor in places) for axis in (0, 1)]
    spread = {a: (ranked[0][a], ranked[1][a]) for a in order if a in places}
    return spread | {actor: spread.get(other, (0.5, 0.5)) for actor, other in beside.items()}


def _ranks(values: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Spread values over 0 to 1: half by size, half by rank, so that a crowd loosens and a straggler comes near."""
    found = sorted((value, actor) for actor, value in values)
    low, span = found[0][0], (found[-1][0] - found[0][0]) or 1
    return {a: ((v - low) / span + rank / max(1, len(found) - 1)) / 2 for rank, (v, a) in enumerate(found)}


class _Sheet:
    """Give away places on a sheet, each to one box."""

    def __init__(self, width: int, height: int) -> None:
        import numpy

        self._numpy = numpy
        self._taken = numpy.zeros((-(-height // _GRID), -(-width // _GRID)), dtype=numpy.int32)

    @property
    def width(self) -> int:
        return int(self._taken.shape[1]) * _GRID

    @property
    def height(self) -> int:
        return int(self._taken.shape[0]) * _GRID

    def place(self, at: tuple[float, float], wide: int, high: int) -> tuple[int, int]:
        """Take the free box whose middle is nearest to a point, and return its middle."""
        np, (columns, rows) = self._numpy, (-(-wide // _GRID), -(-high // _GRID))
        x, y = (round(value / _GRID) for value in at)
        reach = 24
        while True:
            top, left = max(0, y - reach), max(0, x - reach)
            sums = np.pad(self._taken[top : y + reach, left : x + reach].cumsum(0).cumsum(1), ((1, 0), (1, 0)))
            filled = sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]
            down, right = np.nonzero(filled == 0)
            if down.size:
                far = (down + top + rows / 2 - y) ** 2 + (right + left + columns / 2 - x) ** 2
                row, column = int(down[far.argmin()]) + top, int(right[far.argmin()]) + left
                self._taken[row : row + rows, column : column + columns] = 1
                return round((column + columns / 2) * _GRID), round((row + rows / 2) * _GRID)
            if reach > sum(self._taken.shape):
                self._taken = np.pad(self._taken, ((0, rows), (0, 0)))
            reach *= 2
