"""Answer HTTP: the SPARQL endpoint, and the table of pages with 303 from each thing to what describes it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from parley import __version__
from parley.explorer import editor, lists
from parley.serve.negotiate import FILES, GRAPHS, HTML, RESULT_JSON, RESULTS, best
from parley.serve.pages import MEDIA, Table
from parley.serve.pool import Pool, Reply
from parley.serve.protocol import MOST_BODY, Query, Refusal, describe, read

__all__ = ["PatientProtocol", "create_app"]

_SECONDS_TO_SEND = 10.0  # what a client has to send its request
_SECONDS_TO_TAKE = 60.0  # and to take the whole of an answer
_ROUND = 5.0
_MOST_TO_SHOW = 512 << 10
_SHOWN = f"{RESULT_JSON}, text/turtle"
_MOST_WORDS = 200
_METHODS = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"]
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, POST",
    "Access-Control-Allow-Headers": "Accept, Content-Type",
}


def create_app(table: Table, pool: Pool, *, hosts: frozenset[str] | None, cors: bool) -> ASGIApp:
    """Return the application.

    :param hosts: the names by which a client may call this server, against DNS rebinding; none means any
    :param cors: whether pages from elsewhere may read the answers
    """

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        pool.start()
        warming = asyncio.create_task(asyncio.to_thread(table.warm))
        yield
        await pool.stop()
        await warming

    async def sparql(request: Request) -> Response:
        return await _sparql(request, table, pool)

    async def page(request: Request) -> Response:
        return await asyncio.to_thread(_page, request, table)

    async def search(request: Request) -> Response:
        if other := _other(request.method, "GET, HEAD, OPTIONS"):
            return other
        words = request.query_params.get("q", "")[:_MOST_WORDS]
        return Response(await asyncio.to_thread(lists.search, table, words), media_type=HTML)

    routes = [
        Route("/sparql", sparql, methods=_METHODS),
        Route("/search", search, methods=_METHODS),
        Route("/{path:path}", page, methods=_METHODS),
    ]
    return _Door(Starlette(routes=routes, lifespan=lifespan), hosts, cors)


class _Door:
    """Turn away foreign hosts, and add the headers that all answers have."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None, cors: bool) -> None:
        self.app, self.hosts = app, hosts
        self.headers = {**_HEADERS, **(_CORS if cors else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self.headers)
            await send(message)

        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        app: ASGIApp = self.app
        if self.hosts is not None and _host(scope) not in self.hosts:
            app = _text(421, "this server answers only to its own name")
        try:
            await app(scope, receive, with_headers)
        except Exception as error:
            logging.getLogger("parley").error("unforeseen %s: %s", type(error).__name__, error)


def _host(scope: Scope) -> str:
    """Return the name in the one Host header without its port, or nothing."""
    found: list[bytes] = [value for name, value in scope["headers"] if name == b"host"]
    host = found[0].decode("latin-1").lower() if len(found) == 1 else ""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


class PatientProtocol(H11Protocol):
    """Close a connection on which a request does not come whole, or an answer is not taken, which uvicorn does not."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Watch the connection from its start."""
        super().connection_made(transport)
        self.seen: tuple[object, str] = (None, "")
        self.rounds = 0
        self._watch()

    def _watch(self) -> None:
        if self.transport.is_closing():
            return
        left, busy = self.transport.get_write_buffer_size(), self.cycle and not self.cycle.response_complete
        now = (self.cycle, "left" if left else "busy" if busy else "idle")
        self.rounds = self.rounds + 1 if now == self.seen else 0
        self.seen = now
        if left and self.rounds * _ROUND >= _SECONDS_TO_TAKE:
            self.transport.abort()
        elif now[1] == "idle" and self.rounds * _ROUND >= _SECONDS_TO_SEND:
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            self.transport.close()
        self.loop.call_later(_ROUND, self._watch)


def _text(status: int, sentence: str, **headers: str) -> Response:
    return Response(f"{sentence}\n", status, headers, "text/plain")


def _other(method: str, allow: str) -> Response | None:
    """Answer OPTIONS, and any method that is not allowed."""
    if method == "OPTIONS":
        return Response(status_code=204, headers={"Allow": allow})
    return None if method in allow else _text(405, f"the methods here are {allow}", Allow=allow)


async def _sparql(request: Request, table: Table, pool: Pool) -> Response:
    if other := _other(request.method, "GET, HEAD, POST, OPTIONS"):
        return other
    accept = request.headers.get("accept", "")
    query = Query(accept=accept)
    try:
        body = await _body(request) if request.method == "POST" else b""
        query = read(request.method, request.scope["query_string"], request.headers, body)
        if query.text is None:
            reply = Reply(200, HTML, b"") if _wants_html(accept) else _service(request)
        else:
            form = {"accept": _SHOWN, "most": _MOST_TO_SHOW} if _wants_html(query.accept) else {"accept": query.accept}
            reply = await pool.ask(query.text, default=query.default, named=query.named, **form)
    except Refusal as refusal:
        reply = Reply.sentence(refusal.status, refusal.sentence)
    headers = {"Vary": "Accept", **({"Retry-After": "2"} if reply.status == 503 else {})}
    if _wants_html(query.accept):
        return Response(editor.show(table, query.text or "", reply.media, reply.body), reply.status, headers, HTML)
    return Response(reply.body, reply.status, headers, reply.media)


def _wants_html(accept: str) -> bool:
    """Tell whether a page is liked better than all that a program reads, as browsers say (which like XML next)."""
    return best(accept, (*RESULTS, *GRAPHS, HTML)) == HTML


async def _body(request: Request) -> bytes:
    """Return the body of a request.

    :raises Refusal: 413 if it is too large, 408 if it does not come in time
    """
    body = bytearray()
    try:
        async with asyncio.timeout(_SECONDS_TO_SEND):
            async for chunk in request.stream():
                body += chunk
                if len(body) > MOST_BODY:
                    raise Refusal(413, f"a request of more than {MOST_BODY:,} bytes; shorten it")
    except TimeoutError:
        raise Refusal(408, f"the request did not come within {_SECONDS_TO_SEND:g} seconds") from None
    except ClientDisconnect:
        raise Refusal(400, "the request ended early") from None
    return bytes(body)


def _service(request: Request) -> Reply:
    media = best(request.headers.get("accept", ""), tuple(GRAPHS))
    if media is None:
        return Reply.sentence(406, f"the description of this service comes as {', '.join(GRAPHS)}")
    return Reply(200, media, describe(f"{request.base_url}sparql", media))


def _page(request: Request, table: Table) -> Response:
    if other := _other(request.method, "GET, HEAD, OPTIONS"):
        return other
    path = request.scope["path"].removeprefix("/")
    if not path or path.endswith("/"):
        path += "index.html"
    if path in table:
        return Response(table[path], media_type=MEDIA[path.rpartition(".")[2]])
    thing = "ontology" if path == f"ontology/{__version__}" else path
    if f"{thing}.html" not in table:
        return _text(404, "no page at this address; the first page is at /")
    accept = request.headers.get("accept", "")
    media = best(accept, tuple(FILES.values()))
    if media is None:
        return _text(406, f"this is described as {', '.join(FILES.values())}", Vary="Accept")
    name = next(name for name, known in FILES.items() if known == media)
    up = "../" * (path.count("/") - thing.count("/"))
    location = f"{up}{quote(thing.rpartition('/')[2])}.{name}"
    return Response(status_code=303, headers={"Location": location, "Vary": "Accept"})
