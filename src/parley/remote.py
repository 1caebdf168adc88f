"""Send a query to a store that is reached over HTTP, and take its answer as the embedded store would give it.

SPARQLWrapper writes the request; the rest it does not do safely, so that stands here: its ``setTimeout`` counts each
read, not the whole, hence a thread that is given up at the deadline; it hands passwords on to wherever a redirect leads
and installs a process-wide opener for Digest, hence an opener of our own that follows nothing. A reply counts only if
it is whole: no row is shown of an answer that was cut, timed out or truncated.
"""

from __future__ import annotations

import gzip
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any
from urllib.error import HTTPError
from urllib.request import (
    HTTPBasicAuthHandler,
    HTTPDigestAuthHandler,
    HTTPPasswordMgrWithDefaultRealm,
    HTTPRedirectHandler,
    OpenerDirector,
    build_opener,
)

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

from parley.errors import Unreachable, UsageError
from parley.web import AGENT, TRIES, Credentials, address, credentials, pause, printable, refusal

__all__ = ["run"]

_GRAPH_FORMS = {"CONSTRUCT", "DESCRIBE"}
_TABLES = {"application/sparql-results+json", "application/json"}
_GRAPHS = {
    "text/turtle",
    "application/x-turtle",
    "application/turtle",
    "application/n-triples",
    "text/n3",
    "text/rdf+n3",
}
_VIRTUOSO_ROWS = 10_000


@dataclass(frozen=True)
class _Reply:
    headers: Message
    body: bytes


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def run(
    endpoint: str, text: str, *, seconds: float = 60, agent: str = "", tries: int = TRIES
) -> QuerySolutions | QueryBoolean | QueryTriples:
    """Run a query at a SPARQL 1.1 Protocol endpoint.

    :param endpoint: an ``http`` or ``https`` address; credentials as :func:`parley.web.credentials` finds them
    :param seconds: how long to wait for the whole answer, other tries after a 429 or 503 included
    :param agent: the User-Agent to send, if not Parley's own
    :param tries: how often to ask at most, where the answer is 429 or 503
    :raises UsageError: if the address is none, or the query has a form that only writes
    :raises Unreachable: if the endpoint cannot be reached or does not give a whole answer
    """
    from SPARQLWrapper import JSON, POST, TURTLE, SPARQLWrapper

    class Wrapper(SPARQLWrapper):
        def _query(self) -> tuple[Any, str]:
            return opener.open(self._createRequest(), timeout=self.timeout), self.returnFormat

    address(endpoint, "--endpoint")
    secret = credentials(endpoint)
    opener = _opener(endpoint, secret)
    wrapper = Wrapper(endpoint, agent=agent or f"{AGENT} SPARQLWrapper/2")
    wrapper.setQuery(_without_comments(text))
    wrapper.setMethod(POST)
    wrapper.setTimeout(max(1, round(seconds)))
    if secret.token:
        wrapper.addCustomHttpHeader("Authorization", f"Bearer {secret.token}")
    form = wrapper.queryType
    if form not in {"SELECT", "ASK", *_GRAPH_FORMS}:
        raise UsageError("this is an update; Parley only reads", where="query", todo="give a query")
    wrapper.setReturnFormat(TURTLE if form in _GRAPH_FORMS else JSON)
    end = time.monotonic() + seconds
    reply = _within(seconds, endpoint, lambda: _fetch(wrapper, endpoint, secret, end, tries))
    return _graph(reply, endpoint) if form in _GRAPH_FORMS else _table(reply, endpoint, text, form)


def _opener(endpoint: str, secret: Credentials) -> OpenerDirector:
    if not secret.user:
        return build_opener(_NoRedirect)
    passwords = HTTPPasswordMgrWithDefaultRealm()
    passwords.add_password(None, endpoint, secret.user, secret.password)
    return build_opener(_NoRedirect, HTTPBasicAuthHandler(passwords), HTTPDigestAuthHandler(passwords))


def _within(seconds: float, endpoint: str, work: Callable[[], _Reply]) -> _Reply:
    """Do the work in a thread that is given up at the deadline: a server that drips never ends a single read."""
    done: SimpleQueue[_Reply | Exception] = SimpleQueue()

    def target() -> None:
        try:
            done.put(work())
        except Exception as error:
            done.put(error)

    Thread(target=target, daemon=True).start()
    try:
        result = done.get(timeout=seconds)
    except Empty:
        raise Unreachable(f"no whole answer within {seconds:g} s", where=endpoint, todo="ask for less") from None
    if isinstance(result, Exception):
        raise result
    return result


def _fetch(wrapper: Any, endpoint: str, secret: Credentials, end: float, most: int) -> _Reply:
    for tries in range(most):
        try:
            response = wrapper.query().response
            return _Reply(response.headers, response.read())
        except HTTPError as error:
            header = error.headers.get("Retry-After")
            wait = pause(header, tries)
            if error.code in {429, 503} and tries + 1 < most and wait < end - time.monotonic():
                time.sleep(wait)
                continue
            try:
                body = secret.hide(error.read(2000).decode(errors="replace"))
            except (OSError, HTTPException):
                body = ""
            kind, location = error.headers.get_content_type(), error.headers.get("Location", "")
            raise refusal(error.code, endpoint, kind=kind, body=body, location=location, wait=header or "") from None
        except HTTPException as error:
            raise Unreachable(f"the answer was cut off ({type(error).__name__})", where=endpoint) from None
        except (OSError, ValueError) as error:
            reason = getattr(error, "reason", "") or error
            raise Unreachable(f"no answer: {str(reason)[:200] or type(error).__name__}", where=endpoint) from None
    raise AssertionError("the last try returns or raises")


def _decoded(reply: _Reply, endpoint: str, kinds: set[str]) -> bytes:
    """Return the body of a reply of one of these content types.

    :raises Unreachable: if it has another, is damaged, or holds only part of the answer
    """
    kind = reply.headers.get_content_type()
    if kind not in kinds:
        what = "a web page" if "html" in kind else f"{kind!r}"
        raise Unreachable(f"the answer is {what}, no SPARQL result", where=endpoint, todo="check the address")
    if "X-SQL-State" in reply.headers:
        raise Unreachable("the store timed out and answered in part", where=endpoint, todo="ask for less")
    coding = reply.headers.get("Content-Encoding", "identity").strip().lower()
    try:
        if coding in {"gzip", "x-gzip"}:
            return gzip.decompress(reply.body)
    except (OSError, EOFError, zlib.error):
        coding = "damaged gzip"
    if coding != "identity":
        raise Unreachable(f"the answer cannot be unpacked ({coding})", where=endpoint)
    return reply.body


def _graph(reply: _Reply, endpoint: str) -> QueryTriples:
    body = _decoded(reply, endpoint, _GRAPHS)
    if "Content-Length" not in reply.headers and reply.headers.get("Transfer-Encoding", "").lower() != "chunked":
        # Turtle that ends after a full stop looks whole.
        raise Unreachable("the answer does not say where it ends; it may have been cut off", where=endpoint)
    store = Store()
    try:
        store.extend(parse(body, RdfFormat.TURTLE))
    except (SyntaxError, ValueError) as error:
        raise Unreachable(f"the answer is no whole graph: {printable(str(error))}", where=endpoint) from None
    if "virtuoso" in reply.headers.get("Server", "").lower() and len(store) >= _VIRTUOSO_ROWS:
        # For a graph it sends no header that tells of the cut.
        raise Unreachable(
            f"Virtuoso may have cut the answer ({len(store)} triples)", where=endpoint, todo="ask for less"
        )
    result = store.query("CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }")
    assert isinstance(result, QueryTriples)
    return result


def _table(reply: _Reply, endpoint: str, text: str, form: str) -> QuerySolutions | QueryBoolean:
    body = _decoded(reply, endpoint, _TABLES)
    columns, rows = _measure(body, endpoint)
    if form == "ASK":
        if columns not in ([], ["__ASK_RETVAL"]):
            raise Unreachable("the answer is a table, no truth value", where=endpoint)
        return _boolean(body)
    if not columns:
        raise Unreachable("the answer is a truth value, no table", where=endpoint)
    _refuse_cut(reply.headers, rows, text, endpoint)
    result = parse_query_results(body, QueryResultsFormat.JSON)
    assert isinstance(result, QuerySolutions)
    return result


def _measure(body: bytes, endpoint: str) -> tuple[list[str], int]:
    """Read a SPARQL result to its end and return its columns, none of a truth value, and the number of its rows."""
    result = None
    rows = 0
    try:
        result = parse_query_results(body, QueryResultsFormat.JSON)
        if isinstance(result, QueryBoolean):
            return [], 0
        for _ in result:
            rows += 1
        return [variable.value for variable in result.variables], rows
    except (SyntaxError, ValueError) as error:
        raise Unreachable(f"the answer is no whole SPARQL result: {printable(str(error))}", where=endpoint) from None
    finally:
        # It must not outlive this thread, as it would in the traceback.
        result = None


def _refuse_cut(headers: Message, rows: int, text: str, endpoint: str) -> None:
    """Raise where a store gave as many rows as it ever gives, and the query did not itself ask for so few."""
    most = headers.get("X-SPARQL-MaxRows", "")
    virtuoso = "virtuoso" in headers.get("Server", "").lower()
    limit = int(most) if most.isdigit() else _VIRTUOSO_ROWS if virtuoso else 0
    asked = re.findall(r"\bLIMIT\s+(\d+)", text, re.IGNORECASE)
    if limit and rows >= limit and not (asked and int(asked[-1]) <= rows):
        raise Unreachable(f"the store cuts answers at {limit} rows", where=endpoint, todo="ask with LIMIT and OFFSET")


def _boolean(body: bytes) -> QueryBoolean:
    """Read a truth value, or the table in which Virtuoso 7 puts some: one column, and no row for no."""
    result = parse_query_results(body, QueryResultsFormat.JSON)
    if isinstance(result, QueryBoolean):
        return result
    yes = any(row[0].value == "1" for row in result)
    answer = Store().query(f"ASK {{ FILTER({'true' if yes else 'false'}) }}")
    assert isinstance(answer, QueryBoolean)
    return answer


def _without_comments(text: str) -> str:
    """Drop whole-line comments, which SPARQLWrapper reads when it guesses the form of a query."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
