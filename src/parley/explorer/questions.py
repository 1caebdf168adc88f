"""A page for each saved question: what it asks, a chart where one helps, the answer, downloads, the SPARQL."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pyoxigraph import (
    Literal,
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Triple,
    parse_query_results,
    serialize,
)

from parley import queries
from parley.explorer.facts import STATUSES, Status
from parley.namespaces import PREFIXES, XSD, compact
from parley.queries import SavedQuery
from parley.render import ClaimLine

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["pages", "safe_csv"]

_ROWS = {
    "csv": QueryResultsFormat.CSV,
    "tsv": QueryResultsFormat.TSV,
    "srj": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
}
_GRAPHS = {"ttl": RdfFormat.TURTLE, "nt": RdfFormat.N_TRIPLES, "jsonld": RdfFormat.JSON_LD}
# Columns that say of a row whence it is; a page shows the claim itself in their place.
_RECEIPTS = {"factuality", "claimant", "section", "sentence", "link", "claim"}
_MOST = 400
_FORMULA = re.compile(r"\s*[=+\-@]|[\t\r\n]")
_BARS = 40
_INTEGER = NamedNode(f"{XSD}integer")


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return the list of questions, and for each its page, its SPARQL and its answer in every format that fits."""
    found: dict[str, Callable[[], bytes]] = {"questions.html": partial(_list, table)}
    for query in table.saved:
        path, question = f"question/{query.name}", _Question(table, query)
        found[f"{path}.html"] = partial(_page, table, question)
        found[f"{path}.rq"] = partial(query.text.encode, "utf-8")
        for ending in question.endings:
            found[f"{path}.{ending}"] = partial(question.file, ending)
    return found


@dataclass(frozen=True)
class _Question:
    """Hold a saved question, whose answer is computed once."""

    table: Table
    query: SavedQuery

    @property
    def endings(self) -> tuple[str, ...]:
        """The extensions of the files that hold the answer; none for what only another store can answer."""
        if "federated" in self.query.tags:
            return ()
        form = queries.form(self.query.text)
        if form == "ASK":
            return ("srj", "xml")
        return (*_ROWS, "sheet.csv") if form == "SELECT" else tuple(_GRAPHS)

    @cached_property
    def _kept(self) -> bytes | list[Triple]:
        result = queries.run(self.table.store, self.query.text, where=self.query.path)
        if isinstance(result, QueryTriples):
            return sorted(result, key=str)
        return result.serialize(format=QueryResultsFormat.JSON) or b""

    def answer(self) -> QuerySolutions | QueryBoolean | list[Triple]:
        """Return the answer: rows, yes or no, or the triples of a graph."""
        kept = self._kept
        return kept if isinstance(kept, list) else parse_query_results(kept, QueryResultsFormat.JSON)

    def file(self, ending: str) -> bytes:
        """Return the answer in the format of an extension."""
        result = self.answer()
        if isinstance(result, list):
            return serialize(result, format=_GRAPHS[ending], prefixes=PREFIXES) or b""
        if ending == "sheet.csv":
            assert isinstance(result, QuerySolutions)
            return safe_csv(result)
        return result.serialize(format=_ROWS[ending]) or b""


def safe_csv(result: QuerySolutions) -> bytes:
    """Write rows as CSV in which no cell is a formula to a spreadsheet: what begins like one gets a ``'`` before it.

    The exact values are in the other formats (RFC 4180 knows no formulas; OWASP, "CSV Injection").
    """
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(variable.value for variable in result.variables)
    for row in result:
        cells = [getattr(term, "value", "") if term else "" for term in row]
        writer.writerow(f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells)
    return out.getvalue().encode()


def _list(table: Table) -> bytes:
    tags = queries.by_tag(table.saved)
    return table.render("questions.html", "questions.html", tags=tags, count=len(table.saved))


@dataclass(frozen=True)
class _Row:
    """Hold a row as a reader sees it: cells of text and IRI, its claims, and the certainty that filters go by."""

    cells: tuple[tuple[str, str], ...]
    lines: list[tuple[str, ClaimLine, Status]]


def _page(table: Table, question: _Question) -> bytes:
    query = question.query
    values: dict[str, Any] = {"columns": (), "rows": (), "more": 0, "answer": "", "graph": "", "bars": ()}
    if question.endings:
        result = question.answer()
        if isinstance(result, QueryBoolean):
            values["answer"] = "yes" if result else "no"
        elif isinstance(result, list):
            values["graph"] = question.file("ttl").decode()
        else:
            values |= _rows(table, result)
    present = {line[2] for row in values["rows"] for line in row.lines}
    return table.render(
        "question.html",
        f"question/{query.name}.html",
        query=query,
        endings=question.endings,
        address=f"../sparql.html#{query.name}" if table.static else f"../sparql?query={quote(query.text)}",
        statuses=[status for status in STATUSES.values() if status in present],
        **values,
    )


def _rows(table: Table, result: QuerySolutions) -> dict[str, Any]:
    """Return an answer for the page: rows that differ in their receipts alone are one row with several receipts."""
    names = [variable.value for variable in result.variables]
    kept = [name for name in names if name not in _RECEIPTS or "claim" not in names]
    rows: dict[tuple[tuple[str, str], ...], _Row] = {}
    numbers: list[tuple[str, int]] = []
    for solution in result:
        terms = dict(zip(names, solution, strict=True))
        cells = tuple(_cell(table, terms[name]) for name in kept)
        row = rows.setdefault(cells, _Row(cells, []))
        claim = terms.get("claim")
        if isinstance(claim, NamedNode) and claim.value in table.claims:
            line = (claim.value, table.claims[claim.value], table.facts.statuses[claim.value])
            if line not in row.lines:
                row.lines.append(line)
        whole = [t for t in terms.values() if isinstance(t, Literal) and t.datatype == _INTEGER]
        if len(whole) == 1 and "claim" not in names:
            words = [text for text, _ in cells if text != whole[0].value]
            numbers.append((", ".join(words), int(whole[0].value)))
    shown = list(rows.values())
    charted = 1 < len(numbers) <= _BARS and len(numbers) == len(shown)
    return {
        "columns": kept,
        "rows": shown[:_MOST],
        "more": max(0, len(shown) - _MOST),
        "bars": _bars(numbers) if charted else (),
    }


def _cell(table: Table, term: object) -> tuple[str, str]:
    if isinstance(term, NamedNode):
        if term.value.startswith(PREFIXES["claim"]):
            return compact(term.value).removeprefix("claim:"), term.value
        return table.facts.label(term), term.value
    return (term.value, "") if isinstance(term, Literal) else ("", "")


def _bars(numbers: list[tuple[str, int]]) -> list[tuple[str, int, float]]:
    """Return a bar for each number: its words, itself, its length in per cent of the longest."""
    most = max(1, *(number for _, number in numbers))
    return [(words, number, round(100 * number / most, 1)) for words, number in numbers]
