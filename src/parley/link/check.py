"""Check links against Wikidata: what was merged, deleted, misnamed, or of another kind; nothing is changed."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode

from parley.check.context import Context, Finding
from parley.errors import UsageError
from parley.link.links import Link, classes, misfit, read_links
from parley.link.wikidata import Service
from parley.namespaces import WD, compact
from parley.project import Project

__all__ = ["check", "facts", "same_name"]


def check(project: Project, service: Service) -> tuple[list[Finding], int]:
    """Look at the item of each link and say what does not fit.

    :return: the findings, and how many links were looked at
    :raises UsageError: if the knowledge base holds no link
    :raises Unreachable: if the service gives no answer
    """
    context = Context(project)
    links = read_links(context.store)
    if not links:
        raise UsageError("no link here", where=project.data, todo="see parley link suggest")
    known = facts(service, ((link.item, link.names[:1]) for link in links))
    return [
        context.finding(link.record, *problem)
        for link in links
        for problem in _problems(link, classes(context.store, link.linked), known[link.item])
    ], len(links)


def facts(service: Service, items: Iterable[tuple[str, Iterable[str]]]) -> dict[str, dict[str, set[str]]]:
    """Ask what Wikidata says of some items, each given with the names that it may bear.

    :return: by item, the values of ``name``, ``fit``, ``redirect`` and ``namesake``
    :raises Unreachable: if the service gives no answer
    """
    tags = ("en", "mul")
    rows = ((NamedNode(WD + item), Literal(n, language=tag)) for item, names in items for n in names for tag in tags)
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for item, fact, value in service.ask(Path(__file__).with_name("check.rq"), rows):
        found[item.value.removeprefix(WD)][fact.value].add(value.value.removeprefix(WD))
    return found


def same_name(one: str, other: str) -> bool:
    """Say whether two names are one but for case, dashes, spaces and a leading article."""
    a, b = (re.sub(r"^the ", "", re.sub(r"[-\u2010-\u2015\s]+", " ", name.casefold()).strip()) for name in (one, other))
    return a == b


def _problems(link: Link, classes: set[str], known: dict[str, set[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield rule, what is wrong, and what to do."""
    node, item = compact(link.linked), link.item
    if known["redirect"]:
        yield (
            "link-redirect",
            f"{item} was merged into {', '.join(known['redirect'])}",
            f"look at it, and link {node} to it",
        )
    elif not known["name"] and not known["fit"]:
        yield "link-deleted", f"{item} holds nothing: deleted, or never made", f"find another item for {node}"
    else:
        if not any(same_name(ours, theirs) for ours in link.names for theirs in known["name"]):
            called = "; ".join(sorted(known["name"])[:3]) or "nothing in English"
            yield "link-label", f"{item} for {node} is called {called}", "correct it, or add its parley:itemLabel"
        if not link.match.endswith("relatedMatch") and (rather := misfit(classes, known["fit"])):
            yield "link-type", f"{item} cannot be {node}: it is a {rather}", "link to the item of the right kind"
        if known["namesake"]:
            others = ", ".join(sorted(known["namesake"]))
            yield "link-namesake", f"{item} has a better-known namesake: {others}", f"make sure which of them {node} is"
