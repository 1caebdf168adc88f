"""Find candidates for what is not linked, and write them as proposals that a person accepts by moving a line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from difflib import SequenceMatcher
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Store

from parley.errors import Unreachable, UsageError
from parley.graph.compiled import open_store
from parley.link.check import facts
from parley.link.links import classes, misfit, names, read_links
from parley.link.wikidata import Service, agent, persist
from parley.namespaces import ASSERTED, ID, PREFIXES, RDF, compact
from parley.project import Project, write_text
from parley.queries import resolve
from parley.render import plain

__all__ = ["suggest"]

_WANTED = {"Actor", "Place", "Office", "SanctionsList"}
_UNNAMED = {"Collective", "Delegation", "UnnamedSource"}
_MOST = 5
Candidate = tuple[float, str, str, str]


def suggest(project: Project, name: str | None, output: Path, service: Service, api: str) -> tuple[int, int]:
    """Search for a node by its names, or for every actor, place, office and list without a link, and write proposals.

    Candidates are ranked by likeness of name, by whether their classes fit, and by what their description shares with
    the names of the nodes around.

    :return: how many nodes were looked for, and how many proposals were written
    :raises UsageError: if the node is linked, or httpx is missing
    :raises Unreachable: if search API or query service give no answer
    """
    store = open_store(project)
    linked = {link.linked for link in read_links(store)}
    nodes = [resolve(store, name).value] if name else [node for node in _nodes(store) if node not in linked]
    if name and nodes[0] in linked:
        raise UsageError(f"{compact(nodes[0])} is linked already", where=name, todo="see parley show")
    hits = {node: {h["id"]: h for n in names(store, node) for h in _search(api, n, service.sleep)} for node in nodes}
    known = facts(service, ((item, names(store, node)) for node in nodes for item in hits[node]))
    lines = [f"PREFIX {prefix}: <{iri}>" for prefix, iri in PREFIXES.items()]
    count = 0
    for node in nodes:
        ranked = sorted((_rank(store, node, hit, known[hit["id"]]["fit"]) for hit in hits[node].values()), reverse=True)
        count += len(ranked[:_MOST])
        lines += ["", f"# {plain(names(store, node)[0])}", *(_line(node, each) for each in ranked[:_MOST])]
    write_text(
        output, "\n".join(["# Proposals, best first: to accept one, move its line to data/links.ttl.", *lines, ""])
    )
    return len(nodes), count


def _nodes(store: Store) -> Iterator[str]:
    quads = store.quads_for_pattern(None, NamedNode(f"{RDF}type"), None, NamedNode(ASSERTED))
    for node in sorted({str(quad.subject)[1:-1] for quad in quads if str(quad.subject).startswith(f"<{ID}")}):
        kinds = classes(store, node)
        if kinds & _WANTED and not kinds & _UNNAMED:
            yield node


def _search(api: str, name: str, sleep: Callable[[float], None]) -> list[dict[str, str]]:
    """Ask the search of the Wikibase API (``wbsearchentities``) for items with a name."""
    try:
        import httpx
    except ImportError:
        raise UsageError("httpx is missing", where="link suggest", todo="pip install 'parley-kb[link]'") from None
    query = {"action": "wbsearchentities", "search": name, "language": "en", "type": "item", "limit": "10"}

    def call() -> list[dict[str, str]]:
        failure = Unreachable("no answer", where=api)
        try:
            reply = httpx.get(
                api, params={**query, "format": "json"}, headers={"User-Agent": agent("httpx")}, timeout=30
            )
            failure.status, failure.retry_after = reply.status_code, reply.headers.get("Retry-After", "")
            found = reply.raise_for_status().json()["search"]
            return [{key: str(hit.get(key, "")) for key in ("id", "label", "description")} for hit in found]
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure.what = f"no answer: {failure.status or error}"
        except (ValueError, KeyError, TypeError, AttributeError):
            failure.what, failure.status = "the answer is no search result", 0
        raise failure

    return [hit for hit in persist(call, sleep) if re.fullmatch(r"Q[1-9]\d*", hit["id"])]


def _rank(store: Store, node: str, hit: dict[str, str], fits: set[str]) -> Candidate:
    """Score one candidate: its name counts double, a class that cannot fit weighs as much against it."""
    own, label = names(store, node), hit["label"]
    likeness = max(SequenceMatcher(None, name.casefold(), label.casefold()).ratio() for name in own)
    kind = -2.0 if misfit(classes(store, node), fits) else 1.0 if fits else 0.0
    here = NamedNode(node)
    around = [q.object for q in store.quads_for_pattern(here, None, None) if isinstance(q.object, NamedNode)]
    around += [q.subject for q in store.quads_for_pattern(None, None, here) if isinstance(q.subject, NamedNode)]
    words = {word for near in around for name in names(store, near.value) for word in _words(name)}
    shared = words & _words(hit["description"])
    return 2 * likeness + kind + min(len(shared), 3) / 3, hit["id"], label, hit["description"]


def _words(text: str) -> set[str]:
    return {word[:6] for word in re.findall(r"[^\W\d_]{4,}", text.casefold())}


def _line(node: str, candidate: Candidate) -> str:
    score, item, label, description = candidate
    ours, link = compact(node), f"link:{node.removeprefix(ID).replace('/', '-')}"
    day = f'"{datetime.now(UTC):%Y-%m-%d}"^^xsd:date'
    return (
        f"{ours} owl:sameAs wd:{item} . {link} a parley:Link ; parley:linked {ours} ; parley:match owl:sameAs ; "
        f"parley:item wd:{item} ; parley:itemLabel {Literal(label, language='en')} ; "
        f'parley:verifiedBy "a person, who chose it from what a search gave"@en ; parley:verifiedOn {day} . '
        f"# {score:.2f}: {plain(' '.join(description.split()))}"
    )
