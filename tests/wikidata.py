"""Wikidata for the tests, on loopback only: a slice in its shape, and a server that fails in every way we know of."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyoxigraph import NamedNode, Quad, QueryResultsFormat, QuerySolutions, QueryTriples, RdfFormat, Store

from parley.link import enrich
from parley.link.links import read_links
from parley.link.wikidata import Service
from parley.namespaces import RDFS, WD, WIKIDATA
from tests.conftest import ROOT

SLICE = ROOT / "tests" / "link" / "slice.ttl"
Fault = Callable[[BaseHTTPRequestHandler], None]


@cache
def slice_store() -> Store:
    """The slice in a default graph, as the query service holds Wikidata."""
    store = Store()
    store.load(path=SLICE)
    return store


class Local(Service):
    """Answer from a store in this process."""

    store: Store

    def _run(self, query: str) -> list[Any]:
        return list(self.store.query(query))  # type: ignore[arg-type]


def local(store: Store | None = None) -> Local:
    service = Local("http://slice.test/")
    object.__setattr__(service, "store", slice_store() if store is None else store)
    return service


def fetched(store: Store, source: Store | None = None) -> Iterator[Quad]:
    """What enrich fetches from the slice for the links of a knowledge base, in ``graph:wikidata``."""
    items = sorted({link.item for link in read_links(store)})
    rows = ((NamedNode(WD + item),) for item in items)
    for triple in local(source).ask(Path(enrich.__file__).with_name("enrich.rq"), rows):
        yield Quad(triple.subject, triple.predicate, triple.object, NamedNode(WIKIDATA))


# ---- a server, and its faults


class Handler(BaseHTTPRequestHandler):
    """Answer SPARQL and the search API from the slice; while there are faults, give the next of them instead."""

    server: Any

    def do_GET(self) -> None:
        self._reply(parse_qs(urlsplit(self.path).query))

    def do_POST(self) -> None:
        self._reply(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))

    def _reply(self, form: dict[str, list[str]]) -> None:
        self.server.agents.append(self.headers["User-Agent"])
        if self.server.faults:
            self.server.faults.pop(0)(self)
        elif "query" in form:
            result = slice_store().query(form["query"][0])
            if isinstance(result, QueryTriples):
                send(self, 200, result.serialize(format=RdfFormat.TURTLE), "text/turtle")
            else:
                assert isinstance(result, QuerySolutions)
                send(self, 200, result.serialize(format=QueryResultsFormat.JSON), "application/sparql-results+json")
        else:
            assert form["action"] == ["wbsearchentities"]
            send(self, 200, json.dumps({"search": hits(form["search"][0])}).encode(), "application/json")

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


def hits(name: str) -> list[dict[str, str]]:
    """Find items as the search API does: those whose English label holds the name, in no useful order."""
    found = []
    for quad in slice_store().quads_for_pattern(None, NamedNode(f"{RDFS}label"), None):
        label = quad.object
        if getattr(label, "language", "") == "en" and name.casefold() in str(label).casefold():
            about = slice_store().quads_for_pattern(quad.subject, NamedNode("http://schema.org/description"), None)
            text = next((str(getattr(q.object, "value", "")) for q in about), "")
            item = str(quad.subject)[1:-1].removeprefix(WD)
            found.append({"id": item, "label": str(getattr(label, "value", "")), "description": text})
    return sorted(found, key=lambda hit: hit["id"], reverse=True)


def send(
    handler: BaseHTTPRequestHandler, status: int, body: bytes | None, kind: str = "text/plain", **extra: str
) -> None:
    body = body or b""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in extra.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def status(code: int, **extra: str) -> Fault:
    return lambda handler: send(handler, code, b"no", **extra)


def body(text: str) -> Fault:
    return lambda handler: send(handler, 200, text.encode(), "application/json")


def cut_off(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"head":{"vars":["item"]},"results":{"bindings":[]}}')


def hang(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(1.6)


def drip(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte now and then, so that no single read takes long."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(8):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.2)


@contextmanager
def standin(*faults: Fault) -> Iterator[Any]:
    """Run the server; ``.url`` is its address, ``.faults`` what is still to come, ``.agents`` who asked."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.faults, server.agents = list(faults), []
    server.url = f"http://127.0.0.1:{server.server_address[1]}/"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
