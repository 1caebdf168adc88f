"""Answer queries in a process of its own, which may be killed: the only place where a stranger's query runs.

Started as ``python -m parley.serve.worker``. It reads frames from standard input and writes frames to standard output,
each four bytes of length and then the content. The first frame is ``nq`` and N-Quads, or ``at`` and the folder of a
store on disk; each further one is a request as JSON. An answer is a line of JSON (status, media type, whether the
worker should be replaced) and the body.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
from operator import itemgetter
from typing import Any, BinaryIO

from pyoxigraph import NamedNode, QueryBoolean, QuerySolutions, QueryTriples, RdfFormat, Store, Triple, serialize

from parley.errors import UsageError
from parley.namespaces import ASSERTED, PREFIXES
from parley.queries import run, words
from parley.serve.negotiate import GRAPHS, RESULTS, best

try:
    import resource
except ImportError:  # Windows, where only the clock and the guard against SERVICE are left
    resource = None  # type: ignore[assignment]

__all__ = ["LENGTH", "MEMORY", "MOST_BYTES", "answer", "main"]

MEMORY = 1 << 30
MOST_BYTES = 16 << 20
_GROWN = 128 << 20
LENGTH = struct.Struct(">I")
_Reply = tuple[int, str, bytes]
# How the guard's sentences begin, and the status that each gets.
_REFUSED = {"SERVICE": 403, "a query of more than": 413}


class _TooLarge(Exception):
    """Say that an answer has more bytes than it may have."""


class _Bounded(io.BytesIO):
    """Collect what is written, up to a number of bytes."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most = most

    def write(self, data: Any) -> int:
        """Write, or refuse to."""
        if self.tell() + len(data) > self.most:
            raise _TooLarge
        return super().write(data)


def answer(store: Store, request: dict[str, Any]) -> _Reply:
    """Answer one request whole, or say in a sentence why not.

    :param request: ``query``, ``accept``, ``default`` and ``named`` (lists of IRIs), ``most`` (bytes)
    :return: HTTP status, media type, body
    """
    most = min(request.get("most", MOST_BYTES), MOST_BYTES)
    try:
        return _serialize(run(store, request["query"], **_dataset(store, request)), request["accept"], most)
    except UsageError as error:
        status = next((code for words, code in _REFUSED.items() if error.what.startswith(words)), 400)
        line = error.where.partition(":")[2]
        return _sentence(status, f"line {line}: {error.what}" if line else error.what)
    except _TooLarge:
        return _sentence(413, f"the answer is larger than {most:,} bytes; ask for less, or add LIMIT")
    except MemoryError:
        return _sentence(500, "the query needs more memory than it may have; ask for less")
    except (RuntimeError, ValueError) as error:
        return _sentence(400, str(error))
    except OSError as error:
        return _sentence(500, f"the query could not be evaluated: {error}")


def _sentence(status: int, text: str) -> _Reply:
    return status, "text/plain", f"{' '.join(text.split())}\n".encode()


def _dataset(store: Store, request: dict[str, Any]) -> dict[str, Any]:
    """Return the dataset of the request, else the query's own FROM, else every graph with the asserted one as default.

    :raises UsageError: if a graph is named by what is no IRI
    """
    try:
        default, named = ([NamedNode(iri) for iri in request[key]] for key in ("default", "named"))
    except ValueError as error:
        raise UsageError(f"a graph that is no IRI: {error}") from None
    if default or named:
        return {"default_graph": default, "named_graphs": named}
    asserted = NamedNode(ASSERTED)
    if "from" in request["query"].lower() and "FROM" in words(request["query"]):
        return {}
    return {"default_graph": asserted} if store.contains_named_graph(asserted) else {}


def _serialize(result: QuerySolutions | QueryBoolean | QueryTriples, accept: str, most: int) -> _Reply:
    formats = GRAPHS if isinstance(result, QueryTriples) else RESULTS
    media = best(accept, tuple(formats))
    if media is None:
        return _sentence(406, f"this answer comes as {', '.join(formats)}")
    out = _Bounded(most)
    if not isinstance(result, QueryTriples):
        result.serialize(out, RESULTS[media])
    elif GRAPHS[media] in {RdfFormat.TURTLE, RdfFormat.JSON_LD}:
        serialize(_sorted(result), out, GRAPHS[media], prefixes=PREFIXES)
    else:
        result.serialize(out, GRAPHS[media])
    return 200, media, out.getvalue()


def _sorted(triples: QueryTriples) -> list[Triple]:
    """Sort before writing, since Oxigraph groups neighbours only."""
    found, size = [], 0
    for triple in triples:
        found.append((text := str(triple), triple))
        size += len(text)
        if size > MOST_BYTES:
            raise _TooLarge
    return [triple for _, triple in sorted(found, key=itemgetter(0))]


def main() -> None:
    """Serve frames until standard input ends; nothing but standard input, output and the open store can be reached."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    kind, content = (first := _read(source) or b"")[:2], first[2:]
    files = 0
    if kind == b"at":
        files = sum(name.endswith(b".sst") for name in os.listdir(content))
        store = Store.read_only(content.decode())
    else:
        store = Store()
        store.load(content, RdfFormat.N_QUADS, lenient=True)
    _confine(files)
    start = _peak()
    _write(target, b"ready")
    while (frame := _read(source)) is not None:
        request = json.loads(frame)
        _allow(request["seconds"])
        status, media, body = answer(store, request)
        _write(target, json.dumps([status, media, _peak() > start + _GROWN]).encode() + b"\n" + body)


def _confine(files: int) -> None:
    """Hold the process to what it has: no new file or socket, no more memory than :data:`MEMORY`, no core file.

    :param files: how many files a store on disk consists of
    """
    if resource:
        free = os.dup(0)
        os.close(free)
        # RocksDB opens the first sixteen files of a store at once and the others when it needs them.
        most = free + max(0, files - 16)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow(seconds: float) -> None:
    """Let the next query use so much processor time; the parent's clock comes first, this one if the parent is gone."""
    if resource:
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime + seconds) + 2
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))


def _peak() -> int:
    """Return the most bytes of memory that the process has held."""
    return (
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        if resource
        else 0
    )


def _read(source: BinaryIO) -> bytes | None:
    head = source.read(LENGTH.size)
    return source.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else None


def _write(target: BinaryIO, content: bytes) -> None:
    target.write(LENGTH.pack(len(content)))
    target.write(content)
    target.flush()


if __name__ == "__main__":
    main()
