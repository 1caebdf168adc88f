"""Choose what to send by what a client accepts (RFC 9110, section 12.5.1), and name the formats that there are."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from pyoxigraph import QueryResultsFormat, RdfFormat

__all__ = ["FILES", "GRAPHS", "HTML", "RESULTS", "RESULT_JSON", "SHORT", "best"]

HTML = "text/html"
RESULT_JSON = "application/sparql-results+json"

# Rows and truth values, the preferred first; a client that asks for plain JSON or XML is told that this is what it got.
RESULTS = {
    RESULT_JSON: QueryResultsFormat.JSON,
    "application/json": QueryResultsFormat.JSON,
    "application/sparql-results+xml": QueryResultsFormat.XML,
    "application/xml": QueryResultsFormat.XML,
    "text/xml": QueryResultsFormat.XML,
    "text/csv": QueryResultsFormat.CSV,
    "text/tab-separated-values": QueryResultsFormat.TSV,
}
GRAPHS = {
    "text/turtle": RdfFormat.TURTLE,
    "application/n-triples": RdfFormat.N_TRIPLES,
    "application/ld+json": RdfFormat.JSON_LD,
    "application/rdf+xml": RdfFormat.RDF_XML,
    "application/json": RdfFormat.JSON_LD,
    "application/xml": RdfFormat.RDF_XML,
    "text/xml": RdfFormat.RDF_XML,
    "text/plain": RdfFormat.N_TRIPLES,
}
# What ``format=`` may say in place of an Accept header: the result formats of the command line.
SHORT = {
    "json": RESULT_JSON,
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "turtle": "text/turtle",
    "ntriples": "application/n-triples",
    "jsonld": "application/ld+json",
    "html": HTML,
}
# The files of which a description consists, by extension; the first answers a client that does not care.
FILES = {
    "html": HTML,
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "trig": "application/trig",
}


@lru_cache(maxsize=64)
def best(accept: str, offers: tuple[str, ...]) -> str | None:
    """Return the offer that an ``Accept`` header prefers, the earlier of two that it likes as much, or none.

    The most specific range that fits an offer decides its quality; 0 excludes it; a range that is malformed counts
    for nothing; an empty header accepts everything.

    >>> best("text/*;q=0.5, text/csv;q=0, application/json;q=0.4", ("text/csv", "text/turtle", "application/json"))
    'text/turtle'
    """
    ranges = [found for item in accept.split(",") if (found := _range(item))] if accept.strip() else [("*/*", 1.0)]
    rated = [(_quality(offer, ranges), -place, offer) for place, offer in enumerate(offers)]
    quality, _, offer = max(rated)
    return offer if quality > 0 else None


def _range(item: str) -> tuple[str, float] | None:
    media, *parameters = (part.strip().lower() for part in item.split(";"))
    quality = next((value for name, _, value in (p.partition("=") for p in parameters) if name == "q"), "1")
    try:
        return (media, float(quality)) if media and 0 <= float(quality) <= 1 else None
    except ValueError:
        return None


def _quality(offer: str, ranges: Sequence[tuple[str, float]]) -> float:
    for fitting in (offer, f"{offer.partition('/')[0]}/*", "*/*"):
        if found := [quality for media, quality in ranges if media == fitting]:
            return max(found)
    return 0
