"""The page where SPARQL is typed: a form with its answer, and the names that an editor over it completes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from pyoxigraph import Literal, NamedNode, QueryBoolean, QueryResultsFormat, parse_query_results

from parley.namespaces import ASSERTED, BASE, PREFIXES, RDF, RDFS, WIKIDATA, compact
from parley.queries import by_tag
from parley.serve.negotiate import RESULT_JSON, SHORT

if TYPE_CHECKING:
    from parley.serve.pages import Table
    from parley.serve.resource import Term

__all__ = ["pages", "show"]

_MOST = 1_000  # rows on a page
# What an answer may be taken along as: the name of its format to the server, to a reader, and in a file's name.
_ROWS = {"csv": ("CSV", "csv"), "tsv": ("TSV", "tsv"), "json": ("JSON", "srj"), "xml": ("XML", "xml")}
_GRAPHS = {"turtle": ("Turtle", "ttl"), "ntriples": ("N-Triples", "nt"), "jsonld": ("JSON-LD", "jsonld")}
# What every second query needs beside the ontology's own terms.
_COMMON = {
    ASSERTED: "the graph of what is accepted",
    WIKIDATA: "the graph of what was fetched from Wikidata",
    f"{RDF}type": "is a",
    f"{RDFS}label": "is named",
    f"{PREFIXES['skos']}altLabel": "is also named",
}
_DEFINITION = NamedNode(f"{PREFIXES['skos']}definition")
_KINDS = ("actor", "concept", "list", "office", "place", "source")
_WRITABLE = re.compile(r"\w+:\w(?:[\w.-]*[\w-])?")  # without an escape, by the grammar's PNAME_LN


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return the names to complete and, where no server answers, the page itself."""
    found: dict[str, Callable[[], bytes]] = {"terms.json": partial(_terms, table)}
    return {**found, "sparql.html": partial(show, table)} if table.static else found


def show(table: Table, query: str = "", media: str = "", body: bytes = b"") -> bytes:
    """Make the page with a query and what answered it: rows, yes or no, a graph as Turtle, else why there is none."""
    values: dict[str, Any] = {"columns": (), "rows": (), "count": 0, "answer": "", "graph": "", "error": ""}
    if media == RESULT_JSON:
        values |= _rows(table, body)
    else:
        values["graph" if media == "text/turtle" else "error"] = body.decode().strip()
    return table.render(
        "sparql.html",
        "sparql.html" if table.static else "sparql",
        query=query,
        tags=by_tag(table.saved),
        saved=len(table.saved),
        formats=SHORT,
        downloads=_GRAPHS if values["graph"] else _ROWS,
        **values,
    )


def _rows(table: Table, body: bytes) -> dict[str, Any]:
    result = parse_query_results(body, QueryResultsFormat.JSON)
    if isinstance(result, QueryBoolean):
        return {"answer": "yes" if result else "no"}
    rows = list(result)
    shown = [[_cell(table, term) for term in row] for row in rows[:_MOST]]
    return {"columns": [variable.value for variable in result.variables], "rows": shown, "count": len(rows)}


def _cell(table: Table, term: object) -> Term:
    """Return a term as a reader sees it: a name with what to write for it, a literal with its language or datatype."""
    from parley.serve.resource import PLAIN, Term

    if isinstance(term, NamedNode):
        short = compact(term.value)
        # A claim keeps its number: its label is a sentence.
        label = short if term.value.startswith(PREFIXES["claim"]) else table.facts.label(term)
        return Term(label, term.value, "" if label == short else short)
    if isinstance(term, Literal):
        plain = term.datatype.value in PLAIN
        return Term(term.value, "", term.language or ("" if plain else compact(term.datatype.value)))
    return Term("" if term is None else str(term))


def _terms(table: Table) -> bytes:
    """List what a query may name: each term of the ontology, actors and the like, with label and definition."""
    words = dict(_COMMON)
    for term in table.terms:
        found = table.store.quads_for_pattern(NamedNode(term), _DEFINITION, None)
        words[term] = next((quad.object.value for quad in found if isinstance(quad.object, Literal)), "")
    things = (thing for kind in _KINDS for thing in table.lists.get(f"id/{kind}/index.html", ()))
    words |= {f"{BASE}{thing}": "" for thing in things}
    named = {compact(iri): (table.facts.label(NamedNode(iri)), text) for iri, text in words.items()}
    terms = [(name, *texts) for name, texts in sorted(named.items()) if _WRITABLE.fullmatch(name)]
    return json.dumps({"base": BASE, "prefixes": PREFIXES, "terms": terms}, ensure_ascii=False).encode()
