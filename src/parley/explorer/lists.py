"""Pages that list: home, the table of engagements, policies by holder, everything by name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pyoxigraph import Literal, NamedNode

from parley.explorer.facts import STATUSES, Item
from parley.namespaces import BASE, PARLEY, PREFIXES, RDF
from parley.serve.resource import statements

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["Name", "about", "classes", "collect_names", "home", "pages", "search", "shown", "to_filter"]

_ROWS = 400  # on one page
_NAMES = 2_000


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return the pages by path."""
    parts = max(1, -(-len(table.facts.engagements()) // _ROWS))
    held = _held(table)
    policies = [held[start : start + _ROWS] for start in range(0, len(held), _ROWS)] or [[]]
    return {
        **{_numbered("engagements", part): partial(_engagements, table, part, parts) for part in range(parts)},
        **{_numbered("policies", part): partial(_policies, table, policies, part) for part in range(len(policies))},
        "search.html": partial(search, table),
        **{f"term/{term.removeprefix(PARLEY)}.html": partial(_term, table, NamedNode(term)) for term in table.terms},
    }


def _numbered(name: str, part: int) -> str:
    return f"{name}-{part + 1}.html" if part else f"{name}.html"


def home(table: Table) -> bytes:
    """Make the first page: what this is, what is in it, where to go."""
    counts = Counter(status.key for status in table.facts.statuses.values())
    sources = [NamedNode(BASE + thing) for thing in table.lists.get("id/source/index.html", ())]
    return table.render(
        "home.html",
        "index.html",
        kinds=[(path, path.split("/")[1], len(things)) for path, things in table.lists.items()],
        triples=len(table.store),
        certainties=[(status, counts[status.key]) for status in STATUSES.values() if counts[status.key]],
        claims=len(table.facts.statuses),
        sources=[(node.value, table.facts.label(node)) for node in sources],
    )


def about(table: Table) -> bytes:
    """Make the page that explains the signs."""
    return table.render("about.html", "about.html", statuses=STATUSES.values())


def classes(item: Item) -> str:
    """Return the names in a page's markup that its filters go by: certainty, kind, years."""
    years = [f"y-{year}" for year in item.years] or ["y-none"]
    return " ".join(["item", f"c-{item.status.key}", f"k-{item.kind.rpartition('#')[2]}", *years])


def to_filter(items: Sequence[Item]) -> dict[str, Any]:
    """Return what the filters of a page that shows these offer: ``statuses``, ``kinds``, ``years``."""
    present = {item.status.key for item in items}
    return {
        "statuses": [status for status in STATUSES.values() if status.key in present],
        "kinds": sorted({(item.kind.rpartition("#")[2], item.kind_label) for item in items}, key=lambda kind: kind[1]),
        "years": sorted({year for item in items for year in item.years}),
    }


def shown(table: Table, item: Item) -> dict[str, Any]:
    """Return an item for a template: itself, its ``classes``, the ``lines`` of its claims each with its certainty."""
    lines = [(iri, table.claims[iri], table.facts.statuses[iri]) for iri in item.claims if iri in table.claims]
    receipts = {(line.when, line.chain, line.where): (iri, line, status) for iri, line, status in reversed(lines)}
    return {"item": item, "classes": classes(item), "lines": lines, "receipts": list(receipts.values())[::-1]}


def _engagements(table: Table, part: int, parts: int) -> bytes:
    items = table.facts.engagements()[part * _ROWS : (part + 1) * _ROWS]
    return table.render(
        "engagements.html",
        _numbered("engagements", part),
        rows=[shown(table, item) for item in items],
        parts=[(_numbered("engagements", number), number == part) for number in range(parts)],
        **to_filter(items),
    )


def _held(table: Table) -> list[tuple[str, str, str, Item]]:
    """Return each policy, and change of one, with its holder's name and IRI and its kind, in the order of a page."""
    facts = table.facts
    items = [*facts.policies(), *(item for item in facts.engagements() if "PolicyShift" in item.kinds)]
    found = []
    for item in items:
        who = {(role.name, role.actor) for role in item.roles if role.property.rpartition("#")[2] in _HOLDING}
        found += [(*holder, item.kind_label, item) for holder in who or {("whose is not stated", "")}]
    return sorted(found, key=lambda held: (held[:3], held[3].order))


def _policies(table: Table, parts: list[list[tuple[str, str, str, Item]]], part: int) -> bytes:
    holders: dict[tuple[str, str], dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for name, iri, kind, item in parts[part]:
        holders[name, iri][kind].append({**shown(table, item), "details": _details(table, item)})
    return table.render(
        "policies.html",
        _numbered("policies", part),
        holders=[(name, iri, list(kinds.items())) for (name, iri), kinds in holders.items()],
        parts=[(_numbered("policies", number), number == part) for number in range(len(parts))],
        **to_filter([item for *_, item in parts[part]]),
    )


_HOLDING = {"holder", "initiator", "participant"}
_DETAILS = ("toward", "topic", "stance", "from", "to", "replaces", "onCondition", "before")


def _details(table: Table, item: Item) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what a policy is toward, on, for or against, and what it replaced, whatever the claim's certainty."""
    found: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    for claim in item.claims:
        for quad in table.facts.quoted(NamedNode(item.iri), claim):
            name = quad.predicate.value.removeprefix(PARLEY)
            if name in _DETAILS and isinstance(quad.object, NamedNode):
                found[name][(table.facts.label(quad.object), quad.object.value)] = None
    return [(table.facts.label(NamedNode(PARLEY + name)), list(found[name])) for name in _DETAILS if name in found]


def search(table: Table, words: str | None = None) -> bytes:
    """Make the page of everything that has a name, or of what has each of some words in its name."""
    wanted = (words or "").casefold().split()
    found = [name for name in table.names if all(word in name.folded for word in wanted)]
    shown = [(name, table.facts.items.get(name.iri)) for name in found[:_NAMES]]
    return table.render("search.html", "search.html", found=shown, more=len(found) - len(shown), words=words)


class Name(NamedTuple):
    """Hold what a thing is called, else called, and is; and all its names as a search compares them."""

    folded: str
    iri: str
    label: str
    others: tuple[str, ...]
    kind: str


def collect_names(table: Table) -> list[Name]:
    """Return all that has a page by its label: things, and the ontology's terms."""
    kinds = {BASE + thing: thing.split("/")[1] for things in table.lists.values() for thing in things}
    found = []
    for iri, kind in {**kinds, **dict.fromkeys(table.terms, "term")}.items():
        label, others = table.facts.label(NamedNode(iri)), _aliases(table, NamedNode(iri))
        found.append(Name("\n".join([label, *others]).casefold(), iri, label, tuple(others), kind))
    return sorted(found)


def _term(table: Table, node: NamedNode) -> bytes:
    """Make the page of one of the ontology's terms: what it means, and where it is used."""
    name = node.value.removeprefix(PARLEY)
    instances = {q.subject for q in table.store.quads_for_pattern(None, NamedNode(f"{RDF}type"), node)}
    named = sorted((table.facts.label(one), one.value) for one in instances if isinstance(one, NamedNode))
    asking = [query for query in table.saved if re.search(rf"parley:{name}\b", query.text)]
    return table.render(
        "term.html",
        f"term/{name}.html",
        name=table.facts.label(node),
        iri=node.value,
        out=statements(table.store, node, own=True),
        into=statements(table.store, node, own=False) if not instances else [],
        instances=[(iri, label, table.facts.items.get(iri)) for label, iri in named[:_ROWS]],
        more=max(0, len(named) - _ROWS),
        uses=sum(1 for _ in table.store.quads_for_pattern(None, node, None)),
        asking=asking,
    )


def _aliases(table: Table, node: NamedNode) -> list[str]:
    quads = table.store.quads_for_pattern(node, NamedNode(f"{PREFIXES['skos']}altLabel"), None)
    return sorted({quad.object.value for quad in quads if isinstance(quad.object, Literal)})
