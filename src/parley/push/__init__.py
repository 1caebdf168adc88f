"""Import a knowledge base into a running triple store: idempotent, verified, resumable.

A graph is sent if its count in the store or its digest in ``graph:release`` differs from ours; claims that are gone are
dropped; ``graph:release`` is written last; then every triple is read back and compared. So a push that was stopped
anywhere is mended by the next. Graphs that are not ours are never touched.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from pyoxigraph import Literal, NamedNode, Store

from parley.errors import Unreachable
from parley.namespaces import ASSERTED, BASE, GRAPH
from parley.push.graphs import CLAIM, RELEASE, STAGING, Blocks, Graph, Sum, line, read_graphs, release
from parley.push.transport import Server, connect

__all__ = ["Report", "push"]

Tell = Callable[[str], None]
_ATTEMPTS, _AT_ONCE = 3, 50
_UNFIT = "a push stopped midway could do harm: load the built N-Quads with the store's own bulk loader"
# Ours: the claims, the two graphs of our own, and what a push puts beside them. No other graph is read or written.
_OURS = f'STRSTARTS(STR(?g), "{CLAIM}") || STRSTARTS(STR(?g), "{STAGING}") || STR(?g) IN ("{ASSERTED}", "{RELEASE}")'
_CUT = 10_000  # rows at which Virtuoso cuts an answer
_COUNTS = f"SELECT ?g (COUNT(*) AS ?n) WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER({_OURS}) }} GROUP BY ?g"
_ALL = f"SELECT ?g ?s ?p ?o WHERE {{ GRAPH ?g {{ ?s ?p ?o }} FILTER({_OURS}) }}"


@dataclass
class Report:
    """Say what a push did: the graphs that it sent, dropped and left, and what the store made of them.

    :param changed: literals that the store holds otherwise than they were sent, each as a line
    :param union: whether the store's default graph is the union of all graphs, so that a query without ``GRAPH`` takes
        what is merely claimed for fact
    """

    kind: str
    tested: bool
    graphs: int
    triples: int
    sent: set[str] = field(default_factory=set)
    dropped: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    union: bool = False


def push(
    store: Store,
    url: str,
    *,
    profile: str = "",
    asserted_only: bool = False,
    dry_run: bool = False,
    progress: Tell = lambda _: None,
) -> Report:
    """Make a triple store hold this derived knowledge base, and nothing else in Parley's graphs.

    :param url: the store's address; credentials as :func:`parley.web.credentials` finds them
    :param profile: the kind of store, one of :data:`parley.push.profiles.PROFILES`; found out where it is ""
    :param asserted_only: send ``graph:asserted`` only, and drop the claims that are there
    :param dry_run: only say what would be sent and dropped
    :param progress: told in a few words how far it is
    :raises UsageError: if the address or the profile is none
    :raises InputError: if a claim has a name outside Parley's namespace
    :raises Unreachable: if the store cannot be reached, lets nobody in, is unfit, or does not hold it in the end
    """
    graphs = read_graphs(store, asserted_only=asserted_only)
    graphs[RELEASE] = release(graphs.values())
    with connect(url, profile) as server:
        triples = sum(graph.sum.triples for graph in graphs.values())
        report = Report(server.kind, server.profile.tested, len(graphs), triples)
        if not server.profile.tested and not dry_run:
            _try(server)
        wrong: set[str] = set()
        for attempt in range(_ATTEMPTS):
            todo, gone = _plan(server, graphs, wrong)
            report.sent |= todo.keys()
            report.dropped |= {name for name in gone if not name.startswith(STAGING)}
            if dry_run:
                return report
            whole = True
            if todo or gone:
                whole = (_send_staged if server.profile.staged else _send)(server, todo, gone, progress)
            wrong = _differing(server, graphs, progress)
            if not wrong:
                break
            if attempt and whole and (changed := _changed(server, graphs, wrong)):
                report.changed = changed
                break
        else:
            what = f"{len(wrong)} graphs are not as sent, such as {min(wrong)}"
            raise Unreachable(what, where=url, todo="if another push is running let it end, then run this again")
        report.union = _is_union(server, graphs)
    return report


def _plan(server: Server, graphs: dict[str, Graph], wrong: set[str]) -> tuple[dict[str, Graph], list[str]]:
    """Return which graphs to send, ``graph:release`` last, and which to drop."""
    held = _counts(server)
    identifier = "http://purl.org/dc/terms/identifier"
    query = f"SELECT ?g ?hash WHERE {{ GRAPH <{RELEASE}> {{ ?g <{identifier}> ?hash }} }}"
    hashes = {_value(name): _value(digest) for name, digest in server.rows(query, "g", "hash")}
    todo = {
        name: graph
        for name, graph in graphs.items()
        if name != RELEASE
        and (name in wrong or held.get(name) != graph.sum.triples or hashes.get(name) != graph.sum.digest)
    }
    gone = sorted(held.keys() - graphs.keys())
    if todo or gone or RELEASE in wrong or held.get(RELEASE) != graphs[RELEASE].sum.triples:
        todo[RELEASE] = graphs[RELEASE]
    return todo, gone


def _send(server: Server, todo: dict[str, Graph], gone: list[str], progress: Tell) -> bool:
    """Replace graphs by updates that drop and insert, one if they fit; one too large for any is put on its own."""
    batch: list[Graph] = []
    size = 0
    for done, graph in enumerate(todo.values()):
        if batch and size + graph.sum.size > server.profile.most:
            server.update(_replacing(batch, []))
            batch, size = [], 0
        if not batch:
            progress(f"sent {done} of {len(todo)} graphs")
        if graph.sum.size > server.profile.most:
            server.put(graph.name, Blocks(graph, progress), graph.sum.size)
        else:
            batch.append(graph)
            size += graph.sum.size
    server.update(_replacing(batch, gone))
    return True


def _replacing(graphs: list[Graph], gone: list[str]) -> str:
    drops = [f"DROP SILENT GRAPH <{name}>" for name in [*gone, *(graph.name for graph in graphs)]]
    inserts = [f"GRAPH <{graph.name}> {{ {b''.join(graph).decode()} }}" for graph in graphs]
    return " ;\n".join([*drops, f"INSERT DATA {{ {' '.join(inserts)} }}"])


def _send_staged(server: Server, todo: dict[str, Graph], gone: list[str], progress: Tell) -> bool:
    """Put each graph beside its place, count it there, and move it, which is atomic; the release only after all.

    :returns: whether all were whole
    """
    mark = f"{STAGING}{secrets.token_hex(4)}/"
    waiting = [graph for graph in todo.values() if graph.name != RELEASE]
    for start in range(0, len(waiting), _AT_ONCE):
        progress(f"sent {start} of {len(todo)} graphs")
        if not _move(server, waiting[start : start + _AT_ONCE], mark, [], progress):
            return False
    held = _counts(server)
    moved = all(held.get(graph.name) == graph.sum.triples for graph in waiting)
    return moved and _move(server, [todo[RELEASE]], mark, gone, progress)


def _move(server: Server, graphs: list[Graph], mark: str, gone: list[str], progress: Tell) -> bool:
    for graph in graphs:
        server.put(mark + graph.name.removeprefix(BASE), Blocks(graph, progress), graph.sum.size)
    held = _counts(server)
    # A move from a graph that is missing would empty its target.
    whole = [graph.name for graph in graphs if held.get(mark + graph.name.removeprefix(BASE)) == graph.sum.triples]
    drops = [f"DROP SILENT GRAPH <{name}>" for name in gone]
    if changes := drops + [f"MOVE <{mark}{name.removeprefix(BASE)}> TO <{name}>" for name in whole]:
        server.update(" ;\n".join(changes))
    return len(whole) == len(graphs)


def _differing(server: Server, graphs: dict[str, Graph], progress: Tell) -> set[str]:
    """Read every triple back and return the graphs that are not as they should be."""
    held: dict[str, Sum] = {}
    total = sum(graph.sum.triples for graph in graphs.values())
    for count, (name, *triple) in enumerate(_everything(server)):
        if count % 5_000 == 0:
            progress(f"read back {count} of {total} triples")
        held.setdefault(_value(name), Sum()).add(line(*triple))
    names = graphs.keys() | {name for name in held if not name.startswith(STAGING)}
    return {name for name in names if name not in graphs or held.get(name) != graphs[name].sum}


def _everything(server: Server) -> Iterator[tuple[object, ...]]:
    """Yield every triple with its graph: graph by graph where a store cuts answers, since pages of one may overlap."""
    if not server.profile.staged:
        yield from server.rows(_ALL, "g", "s", "p", "o")
        return
    for name, count in _counts(server).items():
        # A large graph is read in sixteen parts, each told apart by its subjects' digests.
        parts = [f' FILTER(SUBSTR(MD5(STR(?s)), 1, 1) = "{digit}")' for digit in "0123456789abcdef"]
        for part in parts if count >= _CUT else [""]:
            query = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }}{part} }}"
            for triple in server.rows(query, "s", "p", "o"):
                yield (NamedNode(name), *triple)


def _changed(server: Server, graphs: dict[str, Graph], wrong: set[str]) -> list[str]:
    """Return each literal that the store holds otherwise than it was sent; nothing if there is any other difference."""
    changes: list[str] = []
    for name in sorted(wrong):
        query = f"SELECT ?s ?p ?o WHERE {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        held = {line(*triple) for triple in server.rows(query, "s", "p", "o")}
        sent = set(graphs.get(name, ()))
        pairs = zip(sorted(sent - held), sorted(held - sent), strict=False)
        for ours, theirs in pairs:
            (*node, mine), (*other, its) = (triple.decode().split(" ", 2) for triple in (ours, theirs))
            if node != other or not mine.startswith('"') or not its.startswith('"'):
                return []
            changes.append(f"{' '.join(node)}: sent {mine[:-3]}, held {its[:-3]}")
        if len(sent) != len(held):
            return []
    return changes


def _is_union(server: Server, graphs: dict[str, Graph]) -> bool:
    """Ask the default graph for a triple that is only claimed."""
    for name in graphs.keys() - {ASSERTED, RELEASE}:
        store = graphs[name].store
        for quad in store.quads_for_pattern(None, None, None, NamedNode(name)):
            known = next(store.quads_for_pattern(quad.subject, quad.predicate, quad.object, NamedNode(ASSERTED)), None)
            if known is None and isinstance(quad.object, NamedNode):
                pattern = f"{quad.subject} {quad.predicate} {quad.object}"
                ((count,),) = server.rows(f"SELECT (COUNT(*) AS ?n) WHERE {{ {pattern} }}", "n")
                return _value(count) != "0"
    return False


def _try(server: Server) -> None:
    """Prove on a scratch graph that a store which no test covers creates, replaces and rolls back.

    :raises Unreachable: if it does not
    """
    graph = f"<{GRAPH}scratch-{secrets.token_hex(4)}>"

    def replaced(value: str) -> str:
        return f'DROP SILENT GRAPH {graph} ;\nINSERT DATA {{ GRAPH {graph} {{ {graph} <{GRAPH}scratch> "{value}" }} }}'

    def held() -> list[str]:
        query = f"SELECT ?o WHERE {{ GRAPH {graph} {{ ?s ?p ?o }} }}"
        return [_value(value) for (value,) in server.rows(query, "o")]

    try:
        for value in ("created", "replaced"):
            server.update(replaced(value))
            if held() != [value]:
                raise Unreachable(f"a scratch graph was not {value} as asked", where=server.base, todo=_UNFIT)
        # No store can load this, so all must be as it was.
        with suppress(Unreachable):
            server.update(f"{replaced('half')} ;\nLOAD <urn:x-parley:nothing> INTO GRAPH {graph}")
        if held() != ["replaced"]:
            raise Unreachable("an update that fails leaves half of itself behind", where=server.base, todo=_UNFIT)
    finally:
        with suppress(Unreachable):
            server.update(f"DROP SILENT GRAPH {graph}")


def _counts(server: Server) -> dict[str, int]:
    return {_value(name): int(_value(count)) for name, count in server.rows(_COUNTS, "g", "n")}


def _value(term: object) -> str:
    assert isinstance(term, NamedNode | Literal)
    return term.value
