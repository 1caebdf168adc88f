"""Gather what pages show of occurrences, policies and claims: roles, times, and how certain each is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from pyoxigraph import Literal, NamedNode, Quad, Store

from parley import render
from parley.namespaces import ASSERTED, PARLEY, PREFIXES, RDF, RDFS

__all__ = ["STATUSES", "Facts", "Item", "Role", "Status", "Time"]

_ASSERTED, _TYPE = NamedNode(ASSERTED), NamedNode(f"{RDF}type")


class Status(NamedTuple):
    """Hold how certain something is: the key that pages filter by, the sign that is drawn, the words that are read."""

    key: str
    sign: str
    words: str


# From what a source stands by to what it denies; the first that fits a node's claims is the node's own.
STATUSES = {
    status.key: status
    for status in (
        Status("disputed", "◑", "disputed"),
        Status("accepted", "●", "accepted"),
        Status("possible", "◔", "possible"),
        Status("reported", "❞", "only reported"),
        Status("expected", "▷", "anticipated"),
        Status("denied", "✕", "denied"),
    )
}
_BY_FACTUALITY = {
    "Fact": "accepted",
    "Counterfact": "denied",
    "Probable": "possible",
    "Possible": "possible",
    "Unverified": "reported",
    "Anticipated": "expected",
}


class Time(NamedTuple):
    """Hold a time as EDTF, the first and the last day that it allows (ISO, empty where open), and its certainty."""

    edtf: str
    earliest: str
    latest: str
    status: Status


class Role(NamedTuple):
    """Hold who plays which role; ``part`` where the actor takes part, not where it is only spoken of."""

    property: str
    label: str
    actor: str
    name: str
    status: Status
    part: bool


@dataclass(frozen=True)
class Item:
    """Hold an occurrence or a policy as its claims tell of it."""

    iri: str
    label: str
    kind: str
    kind_label: str
    kinds: frozenset[str]
    status: Status
    times: tuple[Time, ...]
    roles: tuple[Role, ...]
    claims: tuple[str, ...]

    @property
    def years(self) -> tuple[int, ...]:
        """The years that its times allow, none where one end is open or more than thirty are."""
        spans = [(t.earliest, t.latest) for t in self.times]
        ends = [(int(first[:4]), int(last[:4])) for first, last in spans if first[:4].isdigit() and last[:4].isdigit()]
        return tuple(sorted({year for first, last in ends if last - first <= 30 for year in range(first, last + 1)}))

    @property
    def order(self) -> tuple[str, str, str]:
        """What items are sorted by: first day, else last, else after all others; then the label."""
        return min((t.earliest or t.latest or "9999" for t in self.times), default="9999"), self.label, self.iri


class Facts:
    """Read a store once for all pages."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @cached_property
    def statuses(self) -> dict[str, Status]:
        """The certainty of each claim by IRI."""
        disputed = {quad.subject for quad in self._asserted("disputedBy")}
        denials = {quad.subject for quad in self._asserted("cue", NamedNode(f"{PARLEY}Denies"))}
        denied = {quad.subject for quad in self._asserted("attribution") if quad.object in denials}
        typed = {quad.subject for quad in self._store.quads_for_pattern(None, _TYPE, None, _ASSERTED)}
        unaccepted = {quad.subject for quad in self._asserted("about") if quad.object not in typed}
        claims = {quad.subject for quad in self._asserted("about")}  # a layer of attribution has a factuality as well
        found = {}
        for quad in self._asserted("factuality"):
            if isinstance(quad.subject, NamedNode) and quad.subject in claims:
                key = _BY_FACTUALITY.get(_local(quad.object), "reported")
                key = "reported" if key == "accepted" and quad.subject in unaccepted else key
                key = "denied" if quad.subject in denied else key
                key = "disputed" if quad.subject in disputed else key
                found[quad.subject.value] = STATUSES[key]
        return found

    @cached_property
    def items(self) -> dict[str, Item]:
        """Every occurrence and policy that a claim is about, by IRI, in order of time."""
        about: dict[NamedNode, list[str]] = defaultdict(list)
        for quad in self._asserted("about"):
            if isinstance(quad.object, NamedNode) and isinstance(quad.subject, NamedNode):
                about[quad.object].append(quad.subject.value)
        items = [item for node, claims in about.items() if (item := self._item(node, sorted(claims)))]
        return {item.iri: item for item in sorted(items, key=lambda item: item.order)}

    @cached_property
    def parts(self) -> dict[str, list[tuple[Role, Item]]]:
        """What each actor takes part in or holds, by the actor's IRI, in order of time."""
        found: dict[str, list[tuple[Role, Item]]] = defaultdict(list)
        for item in self.items.values():
            for role in item.roles:
                found[role.actor].append((role, item))
        return found

    def engagements(self) -> list[Item]:
        """Return the occurrences, in order of time."""
        return [item for item in self.items.values() if "Occurrence" in item.kinds]

    def policies(self) -> list[Item]:
        """Return the policies, in order of time."""
        return [item for item in self.items.values() if "Policy" in item.kinds]

    def _item(self, node: NamedNode, claims: list[str]) -> Item | None:
        kinds: dict[str, list[Status]] = defaultdict(list)
        roles: dict[Role, None] = {}
        times: dict[Time, None] = {}
        for claim in claims:
            status = self.statuses.get(claim, STATUSES["reported"])
            for quad in self.quoted(node, claim):
                if quad.predicate == _TYPE:
                    kinds[_value(quad.object)].append(status)
                elif _local(quad.predicate) == "when":
                    times[Time(_value(quad.object), *self._bounds(claim), status)] = None
                elif isinstance(quad.object, NamedNode) and quad.object.value.startswith(PREFIXES["actor"]):
                    part = quad.predicate.value in self._taking_part
                    names = self.label(quad.predicate), quad.object.value, self.label(quad.object)
                    roles[Role(quad.predicate.value, *names, status, part)] = None
        if not kinds:
            return None
        kind = min(kinds, key=lambda iri: (_first(kinds[iri]), iri))
        status = list(STATUSES.values())[_first(kinds[kind])]
        families = frozenset({_local(NamedNode(kind)), *(_local(node) for node in self._above(NamedNode(kind)))})
        named = (node.value, self.label(node), kind, self.label(NamedNode(kind)))
        return Item(*named, families, status, tuple(times), tuple(roles), tuple(claims))

    def quoted(self, node: NamedNode, claim: str) -> list[Quad]:
        """Return what a claim says of a node, in an order that does not depend on how the store was filled."""
        return sorted(self._store.quads_for_pattern(node, None, None, NamedNode(claim)), key=str)

    def _bounds(self, claim: str) -> tuple[str, str]:
        days = {}
        for quad in self._store.quads_for_pattern(NamedNode(claim), None, None, _ASSERTED):
            if (name := _local(quad.predicate)) in {"earliest", "latest"}:
                days[name] = _value(quad.object)
        return days.get("earliest", ""), days.get("latest", "")

    @cached_property
    def _taking_part(self) -> set[str]:
        """The roles of those who take part, by IRI."""
        tops = {f"{PARLEY}participant", f"{PARLEY}representative", f"{PARLEY}holder", f"{PARLEY}toward"}
        found = set(tops)
        while below := {
            quad.subject.value
            for quad in self._store.quads_for_pattern(None, NamedNode(f"{RDFS}subPropertyOf"), None, _ASSERTED)
            if _value(quad.object) in found and isinstance(quad.subject, NamedNode) and quad.subject.value not in found
        }:
            found |= below
        return found

    def _above(self, kind: NamedNode) -> Iterator[NamedNode]:
        for quad in self._store.quads_for_pattern(kind, NamedNode(f"{RDFS}subClassOf"), None, _ASSERTED):
            if isinstance(quad.object, NamedNode) and quad.object != kind:
                yield quad.object
                yield from self._above(quad.object)

    def label(self, node: NamedNode) -> str:
        """Return the label of a node."""
        if node.value not in self._labels:
            self._labels[node.value] = render.label(self._store, node)
        return self._labels[node.value]

    @cached_property
    def _labels(self) -> dict[str, str]:
        return {}

    def _asserted(self, name: str, value: NamedNode | None = None) -> Iterator[Quad]:
        return self._store.quads_for_pattern(None, NamedNode(PARLEY + name), value, _ASSERTED)


def _first(statuses: list[Status]) -> int:
    return min(list(STATUSES.values()).index(status) for status in statuses)


def _value(term: object) -> str:
    return term.value if isinstance(term, (NamedNode, Literal)) else ""


def _local(term: object) -> str:
    return _value(term).rpartition("#")[2]
