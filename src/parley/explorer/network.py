"""The network page: each engagement between its actors, laid out once, as a drawing and as data for the script."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from pyoxigraph import NamedNode

from parley.explorer.facts import STATUSES, Item, Role, Status
from parley.explorer.layout import LINE, Picture, arrange
from parley.explorer.lists import classes, shown, to_filter
from parley.namespaces import ASSERTED, ID, PARLEY, RDF, RDFS
from parley.render import plain

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["pages"]

_MOST, _ALL = 400, 4_000  # engagements in the drawing, and in the data for the script
_LETTERS = 300  # of a label in the data


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return the page and its data by path."""
    net = cache(lambda: _gather(table))
    return {"network.html": lambda: _page(table, net()), "network.json": lambda: _data(table, net())}


@dataclass(frozen=True)
class _Net:
    """Hold the engagements, the roles of each by actor, how many there are, and the pictures: drawing and data."""

    items: dict[str, Item]
    edges: dict[str, dict[str, tuple[Status, str]]]
    names: dict[str, str]
    count: int
    part: Picture
    whole: Picture


def _gather(table: Table) -> _Net:
    every = {item.iri: item for item in table.facts.engagements() if any(role.part for role in item.roles)}
    edges = {iri: _edges(item) for iri, item in every.items()}
    parties = {iri: frozenset(found) for iri, found in edges.items()}
    degrees = Counter(actor for found in parties.values() for actor in found)
    # What joins two of whom much is told comes before what is told of one alone.
    most = sorted(every, key=lambda iri: sorted((degrees[a] for a in parties[iri]), reverse=True)[1:2], reverse=True)

    def picture(count: int) -> Picture:
        kept = set(most[:count])
        chosen = {iri: found for iri, found in parties.items() if iri in kept}
        present = frozenset().union(*chosen.values())
        return arrange({actor: name for actor, name in names.items() if actor in present}, chosen)

    best = set(most[:_ALL])
    items = {iri: item for iri, item in every.items() if iri in best}
    names = {role.actor: plain(role.name) for item in items.values() for role in item.roles if role.part}
    whole = picture(_ALL)
    return _Net(items, edges, names, len(every), picture(_MOST) if len(items) > _MOST else whole, whole)


def _edges(item: Item) -> dict[str, tuple[Status, str]]:
    """Return each actor's certainty, that of the first of its roles, and its roles in words."""
    found: dict[str, list[Role]] = defaultdict(list)
    for role in item.roles:
        if role.part:
            found[role.actor].append(role)
    order = list(STATUSES.values())
    return {
        actor: (
            min((role.status for role in own), key=order.index),
            "; ".join(dict.fromkeys(plain(role.label) + _unlike(role.status, item.status) for role in own)),
        )
        for actor, own in found.items()
    }


def _unlike(status: Status, other: Status) -> str:
    return f" ({status.words})" if status != other else ""


def _page(table: Table, net: _Net) -> bytes:
    part = net.part
    items = [(net.items[iri], classes(net.items[iri]), place) for iri, place in part.engagements.items()]
    own: dict[str, list[Item]] = defaultdict(list)
    for item, _, _ in sorted(items, key=lambda found: found[0].order):
        for actor in net.edges[item.iri]:
            own[actor].append(item)
    actors = [
        (actor, net.names[actor], part.actors[actor], _is_state(table, actor), _classes(own[actor]), own[actor])
        for actor in sorted(part.actors, key=lambda actor: (-len(own[actor]), net.names[actor], actor))
    ]
    return table.render(
        "network.html",
        "network.html",
        picture=part,
        items=items,
        actors=actors,
        edges=net.edges,
        line=LINE,
        classes=classes,
        signs=list(STATUSES.values()),
        onlies=sorted({frozenset(item.status.key for item in found) for found in own.values()}, key=sorted),
        whole=net.count,
        moved=len(net.items),
        **to_filter(list(net.items.values())),
    )


def _classes(items: list[Item]) -> str:
    """Return what an actor is filtered by: it goes with the last of its engagements."""
    found = {name for item in items for name in classes(item).split() if name[:2] != "c-"}
    return " ".join([*sorted(found), "only-" + "-".join(sorted({item.status.key for item in items}))])


def _is_state(table: Table, actor: str) -> bool:
    return any(table.store.quads_for_pattern(*map(NamedNode, (actor, f"{RDF}type", f"{PARLEY}StateActor", ASSERTED))))


def _kind(table: Table, actor: str) -> str:
    """Return the labels of an actor's classes, without those above them."""
    asserted = NamedNode(ASSERTED)
    kinds = {q.object for q in table.store.quads_for_pattern(NamedNode(actor), NamedNode(f"{RDF}type"), None, asserted)}
    below = NamedNode(f"{RDFS}subClassOf")
    above = {q.object for k in kinds for q in table.store.quads_for_pattern(k, below, None, asserted) if q.object != k}  # type: ignore[arg-type]
    return ", ".join(sorted(plain(table.facts.label(kind)) for kind in kinds - above if isinstance(kind, NamedNode)))


def _data(table: Table, net: _Net) -> bytes:
    """Write everything for the script: texts and numbers, and only such addresses as pages link to."""
    from parley.serve.pages import Links

    link, place = Links("network.json"), net.whole
    numbers = {actor: number for number, actor in enumerate(place.actors)}
    actors = [
        {
            **_named(actor, net.names[actor], link),
            "kind": _kind(table, actor),
            "state": _is_state(table, actor),
            "lines": spot.lines,
            "at": spot[:3],
        }
        for actor, spot in place.actors.items()
    ]
    engagements = [
        {
            **_named(item.iri, item.label, link),
            "kind": plain(item.kind_label),
            "key": item.kind.rpartition("#")[2],
            "status": item.status.key,
            "years": item.years,
            "when": plain("; ".join(time.edtf for time in item.times)),
            "at": place.engagements[item.iri],
            "claims": [_claim(row, link) for row in shown(table, item)["lines"]],
            "actors": [[numbers[actor], status.key, words] for actor, (status, words) in net.edges[item.iri].items()],
        }
        for item in net.items.values()
    ]
    signs = {status.key: status[1:] for status in STATUSES.values()}
    whole = {"signs": signs, "actors": actors, "engagements": engagements}
    return json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()


def _named(iri: str, label: str, link: Callable[[str], str]) -> dict[str, Any]:
    return {"id": plain(iri.removeprefix(ID)), "label": _cut(label), "href": link(iri)}


def _claim(row: Any, link: Callable[[str], str]) -> list[Any]:
    """Return a claim's words, certainty, chain, and the links to where it is written."""
    iri, line, status = row
    links = [
        [f"{_cut(place.section)}, sentence {place.ordinal}{here}", address]
        for place in line.where
        for address, here in (
            (link(place.address), ""),
            (link(place.passage), " (here)" if link(place.address) else ""),
        )
        if address
    ]
    return [_cut(line.label), status.key, _cut(line.chain), links, link(iri)]


def _cut(text: str) -> str:
    text = plain(text)
    return text if len(text) <= _LETTERS else text[:_LETTERS] + "…"
