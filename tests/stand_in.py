"""A server on loopback that answers as badly as a test wants: raw bytes, pauses, damaged framing, TLS."""

from __future__ import annotations

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

Piece = bytes | float
JSON = "application/sparql-results+json"


@dataclass(frozen=True)
class Request:
    """What a client sent: its first line, its headers in lower case, its body."""

    line: str
    headers: dict[str, str]
    body: bytes


@dataclass
class StandIn:
    """Where the server is, and what it was sent."""

    url: str
    requests: list[Request] = field(default_factory=list)


def http(status: int = 200, body: bytes = b"", kind: str = JSON, *, length: int | None = None, **headers: str) -> bytes:
    """Write a reply; ``length`` other than the body's own cuts it, -1 leaves it out; ``a_b`` stands for ``a-b``."""
    lines = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", "Connection: close"]
    if length != -1:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def table(rows: int, name: str = "a") -> bytes:
    """Write a SPARQL result of so many rows."""
    row = f'{{"{name}":{{"type":"literal","value":"1"}}}}'
    return f'{{"head":{{"vars":["{name}"]}},"results":{{"bindings":[{",".join([row] * rows)}]}}}}'.encode()


def packed(body: bytes, keep: int | None = None) -> bytes:
    return http(body=gzip.compress(body)[:keep], Content_Encoding="gzip")


@contextmanager
def standing_in(
    answer: Callable[[Request], Iterable[Piece]], context: ssl.SSLContext | None = None
) -> Iterator[StandIn]:
    """Answer each connection once: bytes are sent, a number is a pause in seconds."""
    listener = socket.create_server(("127.0.0.1", 0))
    scheme = "https" if context else "http"
    server = StandIn(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}")
    stopped = threading.Event()

    def serve(raw: socket.socket) -> None:
        with suppress(OSError), raw:
            connection = context.wrap_socket(raw, server_side=True) if context else raw
            with connection, connection.makefile("rb") as stream:
                line = stream.readline().decode().strip()
                headers = {}
                while head := stream.readline().decode().strip():
                    name, _, value = head.partition(":")
                    headers[name.lower()] = value.strip()
                request = Request(line, headers, stream.read(int(headers.get("content-length", 0))))
                server.requests.append(request)
                for piece in answer(request):
                    if isinstance(piece, bytes):
                        connection.sendall(piece)
                    else:
                        stopped.wait(piece)

    def accept() -> None:
        with suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        stopped.set()
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
        time.sleep(0.01)
