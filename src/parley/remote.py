"""Send a query to a store that is reached over HTTP, and take its answer as the embedded store would give it."""

from __future__ import annotations

from urllib.error import HTTPError, URLError

from pyoxigraph import (
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    parse,
    parse_query_results,
)

from parley import __version__
from parley.errors import Unreachable, UsageError

__all__ = ["AGENT", "run"]

AGENT = f"parley/{__version__} (https://w3id.org/parley/) SPARQLWrapper/2"
_GRAPH_FORMS = {"CONSTRUCT", "DESCRIBE"}


def run(endpoint: str, text: str, *, seconds: int = 60) -> QuerySolutions | QueryBoolean | QueryTriples:
    """Run a query at a SPARQL 1.1 Protocol endpoint.

    :param endpoint: an ``http`` or ``https`` address
    :param seconds: how long to wait for the answer
    :raises UsageError: if the address is none, or the query has a form that only writes
    :raises Unreachable: if the endpoint cannot be reached or does not give a whole answer
    """
    from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
    from SPARQLWrapper.SPARQLExceptions import SPARQLWrapperException

    if not endpoint.startswith(("http://", "https://")):
        raise UsageError("no web address", where=f"--endpoint {endpoint}", todo="give http://... or https://...")
    wrapper = SPARQLWrapper(endpoint, agent=AGENT)
    wrapper.setQuery(_without_comments(text))
    wrapper.setMethod(POST)
    wrapper.setTimeout(seconds)
    form = wrapper.queryType
    if form not in {"SELECT", "ASK", *_GRAPH_FORMS}:
        raise UsageError("this is an update; Parley only reads", where="query", todo="give a query")
    if form in _GRAPH_FORMS:
        wrapper.setReturnFormat(TURTLE)
    else:
        wrapper.setReturnFormat(JSON)
    try:
        body: bytes = wrapper.query().response.read()
    except (SPARQLWrapperException, HTTPError, URLError, OSError) as error:
        reason = getattr(error, "reason", "") or getattr(error, "msg", "") or error
        raise Unreachable(f"no answer: {str(reason)[:200]}", where=endpoint) from None
    try:
        if form in _GRAPH_FORMS:
            return _triples(body)
        result = parse_query_results(body, QueryResultsFormat.JSON)
        return _false() if form == "ASK" and isinstance(result, QuerySolutions) and not list(result) else result
    except (SyntaxError, ValueError) as error:
        raise Unreachable(f"the answer is no SPARQL result: {error}", where=endpoint) from None


def _triples(body: bytes) -> QueryTriples:
    store = Store()
    store.extend(parse(body, RdfFormat.TURTLE))
    result = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert isinstance(result, QueryTriples)
    return result


def _false() -> QueryBoolean:
    """Stand for the empty table with which Virtuoso 7 answers some questions whose answer is no."""
    result = Store().query("ASK { FILTER(false) }")
    assert isinstance(result, QueryBoolean)
    return result


def _without_comments(text: str) -> str:
    """Drop whole-line comments, which SPARQLWrapper reads when it guesses the form of a query."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
