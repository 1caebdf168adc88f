"""Show answers and claims: as a table a person reads, or in the W3C's formats."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    serialize,
)

from parley.errors import UsageError
from parley.namespaces import PREFIXES, RDF, RDFS, compact
from parley.queries import SavedQuery, by_tag

__all__ = ["FORMATS", "ClaimLine", "Place", "answer", "claims", "label", "plain", "question", "questions", "show"]

_RESULTS = {
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
_GRAPHS = {"turtle": RdfFormat.TURTLE, "ntriples": RdfFormat.N_TRIPLES, "jsonld": RdfFormat.JSON_LD}
FORMATS = ("table", *_RESULTS, *_GRAPHS)
_LABEL = NamedNode(f"{RDFS}label")
_SHOWN = 8
_RECEIPTS = ("claimant", "section", "sentence", "link", "claim")


def answer(store: Store, result: QuerySolutions | QueryBoolean | QueryTriples, form: str, *, reason: str = "") -> str:
    """Render an answer: ``table`` for reading, SPARQL 1.1 Query Results in CSV, TSV, JSON or XML, or RDF for a graph.

    :param reason: what a reader is told under a table without rows, or a no
    :raises UsageError: if the format does not fit the answer
    """
    if isinstance(result, QueryTriples):
        if form != "table" and form not in _GRAPHS:
            raise UsageError(f"{form} cannot hold a graph", where="--format", todo=f"choose from: {', '.join(_GRAPHS)}")
        triples = sorted(result, key=str)
        data = serialize(triples, format=_GRAPHS.get(form, RdfFormat.TURTLE), prefixes=PREFIXES)
        return (data or b"").decode()
    if form in _GRAPHS:
        raise UsageError(
            f"{form} cannot hold rows", where="--format", todo=f"choose from: table, {', '.join(_RESULTS)}"
        )
    if form in _RESULTS:
        return (result.serialize(format=_RESULTS[form]) or b"").decode()
    if isinstance(result, QueryBoolean):
        return "yes\n" if result else f"no\n{reason}".rstrip() + "\n"
    return _table(store, result, reason)


def _table(store: Store, result: QuerySolutions, reason: str) -> str:
    """Draw rows with labels for IRIs; claims and links go below as receipts, numbered by row."""
    from prettytable import PrettyTable, TableStyle

    names = [variable.value for variable in result.variables]
    rows = [dict(zip(names, (_cell(store, term) for term in row), strict=True)) for row in result]
    shown = [name for name in names if name not in _RECEIPTS]
    # Rows that differ in their receipts alone are one row to a reader, with several receipts.
    order: dict[tuple[str, ...], int] = {}
    numbered = [(order.setdefault(tuple(row[name] for name in shown), len(order) + 1), row) for row in rows]
    cells = [[str(number), *row] for row, number in order.items()]
    table = PrettyTable(["#", *shown])
    table.set_style(TableStyle.SINGLE_BORDER)
    table.align = "l"
    table.max_width = dict(zip(table.field_names, _widths([["#", *shown], *cells]), strict=True))
    table.add_rows(cells)
    lines = [table.get_string(), f"{len(cells)} row{'' if len(cells) == 1 else 's'}"] if shown else []
    if reason and not rows:
        lines.append(reason)
    numbers: dict[str, list[int]] = {}
    for number, row in numbered:
        place = ", sentence ".join(row[name] for name in ("section", "sentence") if row.get(name))
        parts = [row.get("claimant"), place, row.get("link"), row.get("claim")]
        if any(parts):
            numbers.setdefault("; ".join(filter(None, parts)), []).append(number)
    lines += [f"[{_ranges(found)}] {receipt}" for receipt, found in numbers.items()]
    return "\n".join(lines) + "\n"


def _widths(cells: Sequence[Sequence[str]]) -> list[int]:
    """Share the terminal's width: narrow columns keep theirs, wide ones divide what is left."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    left = shutil.get_terminal_size((120, 24)).columns - 3 * len(widths) - 1
    for order, i in enumerate(sorted(range(len(widths)), key=widths.__getitem__)):
        widths[i] = max(8, min(widths[i], left // (len(widths) - order)))
        left -= widths[i]
    return widths


def _ranges(numbers: Sequence[int]) -> str:
    """Write ``1, 2, 3, 7`` as ``1-3, 7``."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _cell(store: Store, term: object) -> str:
    if term is None:
        return ""
    if isinstance(term, NamedNode):
        if term.value.startswith(PREFIXES["claim"]):
            return compact(term.value).removeprefix("claim:")
        return plain(label(store, term))
    return plain(term.value if isinstance(term, Literal) else str(term))


def plain(text: str) -> str:
    """Show control and direction characters as escapes, so that no label can rewrite a terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def label(store: Store, node: NamedNode) -> str:
    """Return the label of a node, wherever it stands, the English one if there is one, else its shortened IRI."""
    labels = [q.object for q in store.quads_for_pattern(node, _LABEL, None) if isinstance(q.object, Literal)]
    return min(labels, key=lambda word: (word.language != "en", word.value)).value if labels else compact(node.value)


def questions(saved: Sequence[SavedQuery]) -> str:
    """List saved questions under their first tag, each with what it asks."""
    width = max(len(query.name) for query in saved)
    lines = []
    for tag, group in by_tag(saved):
        lines += [tag, *(f"  {query.name:<{width}}  {query.summary}" for query in group)]
    return "\n".join(lines) + "\n"


def question(store: Store, query: SavedQuery) -> str:
    """Tell what a saved question asks, its columns with some of the values they take, and its SPARQL."""
    lines = [query.summary, *filter(None, [query.description]), f"tags: {', '.join(query.tags)}"]
    # What goes to another store is not evaluated here.
    result = None if "federated" in query.tags else store.query(query.text)
    if isinstance(result, QuerySolutions):
        names = [variable.value for variable in result.variables]
        values: list[dict[str, None]] = [{} for _ in names]
        for row in result:
            for cells, term in zip(values, row, strict=True):
                cells[_cell(store, term)] = None
        lines.append("columns, each of which --bind COLUMN=VALUE takes, with values that it holds:")
        for name, cells in zip(names, values, strict=True):
            shown = [cell for cell in cells if cell]
            more = f"; and {len(shown) - _SHOWN} more" if len(shown) > _SHOWN else ""
            lines.append(f"  {name}: {'; '.join(shown[:_SHOWN]) or 'nothing'}{more}")
    return "\n".join([*lines, "", query.text.rstrip()]) + "\n"


class Place(NamedTuple):
    """Hold where a claim is written: section, number of the sentence, address with text fragment, passage."""

    section: str
    ordinal: int
    address: str
    passage: str


@dataclass(frozen=True)
class ClaimLine:
    """Hold what a reader is told of one claim."""

    claim: str
    label: str
    factuality: str
    about: str
    when: str
    where: tuple[Place, ...]
    chain: str
    disputed: bool

    def __str__(self) -> str:
        places = "; ".join(f"{place.section}, s{place.ordinal}" for place in self.where)
        when = f" [{self.when}]" if self.when else ""
        disputed = ", disputed" if self.disputed else ""
        return plain(f"{self.claim}  {self.factuality}{disputed}  {self.label}{when}  ({self.chain})  {places}")


def claims(store: Store) -> Iterator[ClaimLine]:
    """Yield every claim, in order, with its attribution chain as one readable phrase."""
    query = Path(__file__).with_name("sparql").joinpath("claims.rq").read_text(encoding="utf-8")
    found: dict[str, ClaimLine] = {}
    layers: dict[str, dict[int, str]] = {}
    for row in store.query(query):  # type: ignore[union-attr]
        get = {v: getattr(row[v], "value", "") for v in _COLUMNS}
        claim = compact(get["claim"]).removeprefix("claim:")
        address = f"{get['url']}#:~:text={get['fragment']}"
        place = Place(get["section"], int(get["ordinal"]), address, get["passage"])
        line = found.get(claim) or ClaimLine(
            claim, get["label"], get["factuality"], get["about"], get["when"], (), "", bool(get["disputed"])
        )
        found[claim] = line if place in line.where else replace(line, where=(*line.where, place))
        layers.setdefault(claim, {})[int(get["depth"])] = _layer(get)
    for claim, line in found.items():
        depths = layers[claim]
        inner, *outer = (depths[depth] for depth in sorted(depths, reverse=True))
        relayed = [layer.partition("\0")[0] for layer in outer]
        yield replace(line, chain=inner.replace("\0", " ") + "".join(f"; relayed by {who}" for who in relayed))


_COLUMNS = (
    *("claim", "label", "factuality", "about", "when", "passage", "section", "ordinal", "fragment", "url"),
    *("depth", "agent", "kind", "cue", "cues", "held", "disputed"),
)


def _layer(get: dict[str, str]) -> str:
    plural = get["kind"] and not get["agent"].startswith("an ")
    held = f" ({get['held']})" if get["held"] else ""
    return f"{get['agent']}\0{get['cues'] if plural and get['cues'] else get['cue']}{held}"


def show(store: Store, node: NamedNode) -> str:
    """Tell everything known of a node: names and kind, what is accepted, and each claim with its receipts."""
    own: dict[str, set[str]] = {}
    mentions: set[str] = set()
    for quad in (*store.quads_for_pattern(node, None, None), *store.quads_for_pattern(None, None, node)):
        outward, graph = quad.subject == node, getattr(quad.graph_name, "value", "")
        if graph.startswith(PREFIXES["claim"]):
            mentions.add(compact(graph).removeprefix("claim:"))
        elif outward or not getattr(quad.subject, "value", "").startswith(_QUOTED):
            property_ = _PLAIN.get(quad.predicate.value) or label(store, quad.predicate)
            key = property_ if outward else f"{property_} this"
            own.setdefault(key, set()).add(_cell(store, quad.object if outward else quad.subject))
    lines = [plain(label(store, node)), f"<{node.value}>"]
    lines += [f"  {name}: {', '.join(sorted(values))}" for name, values in sorted(own.items())]
    lines.append("claims:")
    for line in claims(store):
        if line.claim in mentions or line.about == node.value or node.value == PREFIXES["claim"] + line.claim:
            lines.append(f"  {line}")
            lines += [f"      {place.address}" for place in line.where]
    return "\n".join(lines) + "\n"


_QUOTED = tuple(PREFIXES[name] for name in ("claim", "occ", "policy", "measure"))
_PLAIN = {f"{RDF}type": "is", f"{RDFS}label": "named", f"{PREFIXES['skos']}altLabel": "also named"}
