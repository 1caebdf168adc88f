"""Send a query to a store that is reached over HTTP, and take its answer as the embedded store would give it."""

from __future__ import annotations

import time
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

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


def run(
    endpoint: str, text: str, *, seconds: int = 60, agent: str = AGENT
) -> QuerySolutions | QueryBoolean | QueryTriples:
    """Run a query at a SPARQL 1.1 Protocol endpoint.

    :param endpoint: an ``http`` or ``https`` address
    :param seconds: how long to wait for the answer
    :param agent: the User-Agent to send
    :raises UsageError: if the address is none, or the query has a form that only writes
    :raises Unreachable: if the endpoint cannot be reached or does not give a whole answer
    """
    from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper
    from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, SPARQLWrapperException

    if not endpoint.startswith(("http://", "https://")):
        raise UsageError("no web address", where=f"--endpoint {endpoint}", todo="give http://... or https://...")
    wrapper = SPARQLWrapper(endpoint, agent=agent)
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
        with wrapper.query().response as response:
            body = _read(response, time.monotonic() + seconds)
    except (SPARQLWrapperException, HTTPException, OSError) as error:
        reason = getattr(error, "reason", "") or getattr(error, "msg", "") or error
        failure = Unreachable(f"no answer: {str(reason)[:200]}", where=endpoint)
        refused = 500 if isinstance(error, EndPointInternalError) else 400
        failure.status = getattr(error, "code", refused if isinstance(error, SPARQLWrapperException) else 0)
        if isinstance(error, HTTPError):
            failure.retry_after = error.headers.get("Retry-After", "")
            error.close()
        raise failure from None
    try:
        if form in _GRAPH_FORMS:
            return _triples(body)
        result = parse_query_results(body, QueryResultsFormat.JSON)
        if isinstance(result, QuerySolutions):
            # An answer that breaks off shows only as it is read.
            for _ in parse_query_results(body, QueryResultsFormat.JSON):  # type: ignore[union-attr]
                pass
        return _false() if form == "ASK" and isinstance(result, QuerySolutions) and not list(result) else result
    except (SyntaxError, ValueError) as error:
        raise Unreachable(f"the answer is no SPARQL result: {error}", where=endpoint) from None


def _read(response: Any, until: float) -> bytes:
    """Read an answer whole, whatever its pace: the time-out of a connection counts for each read anew.

    :raises OSError: if it breaks off, or is not there by ``until`` on the clock of :func:`time.monotonic`
    """
    announced = response.headers.get("Content-Length")
    body = b""
    while (announced is None or len(body) < int(announced)) and (part := response.read1(65_536)):
        body += part
        if time.monotonic() > until:
            raise TimeoutError("timed out")
    if announced is not None and len(body) < int(announced):
        raise OSError("the answer breaks off")
    return body


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
