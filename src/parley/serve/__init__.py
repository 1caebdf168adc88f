"""Serve a knowledge base on the web: a SPARQL endpoint that cannot be knocked over, and a page for each resource."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from parley.errors import UsageError

if TYPE_CHECKING:
    from parley.project import Project

__all__ = ["Limits", "serve"]

_MOST_HEAD = 64 << 10


class Limits(NamedTuple):
    """Hold how many processes answer queries, and how many seconds a query may take."""

    workers: int
    seconds: float


def serve(
    project: Project,
    host: str,
    port: int,
    folder: Path | None,
    limits: Limits,
    *,
    files: Sequence[Path],
    cors: bool,
    announce: Callable[[str], None],
) -> None:
    """Serve until interrupted.

    :param port: 0 takes a free one
    :param folder: a store on disk in place of the project's own data
    :param files: the reader's own copies of sources, each of which gets a reading page
    :param cors: whether web pages from elsewhere may read the answers
    :param announce: told where to look, once connections are taken
    :raises UsageError: if a library is missing, the address cannot be bound, or the folder holds no store
    :raises Finding: if a copy is none of a source's
    """
    try:
        import jinja2  # noqa: F401
        import uvicorn

        from parley.serve.app import PatientProtocol, create_app
    except ImportError as error:
        raise UsageError(f"needs {error.name}", where="serve", todo="pip install 'parley-kb[serve]'") from None
    from pyoxigraph import RdfFormat

    from parley.graph.compiled import open_store
    from parley.graph.disk import open_disk
    from parley.serve.pages import Table
    from parley.serve.pool import Pool

    texts = _identify(project, files)
    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    if folder is None:
        store = open_store(project)
        first = b"nq" + (store.dump(format=RdfFormat.N_QUADS) or b"")
    else:
        store = open_disk(folder)
        first = b"at" + str(folder.resolve()).encode()
    loopback = ipaddress.ip_address(listening.getsockname()[0]).is_loopback
    hosts = frozenset({"127.0.0.1", "localhost", "[::1]", name.lower()}) if loopback else None
    app = create_app(
        Table(store, project, texts=texts), Pool(first, limits.workers, limits.seconds), hosts=hosts, cors=cors
    )
    config = uvicorn.Config(
        app,
        http=PatientProtocol,
        ws="none",
        lifespan="on",
        log_level="critical",
        access_log=False,
        server_header=False,
        h11_max_incomplete_event_size=_MOST_HEAD,
        timeout_graceful_shutdown=2,
    )
    announce(f"http://{name}:{listening.getsockname()[1]}/ (queries: /sparql); Ctrl-C stops")
    with suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=[listening])


def _identify(project: Project, files: Sequence[Path]) -> dict[str, Path]:
    if not files:
        return {}
    from parley.explorer.reading import identify

    return {identify(project, file): file for file in files}


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listening = socket.create_server((host, port), family=family, backlog=512)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", "") or str(error)
        raise UsageError(f"cannot listen ({reason})", where=f"{host}:{port}", todo="choose another --port") from None
    # asyncio does this only for sockets that name their protocol; without it each answer takes 40 ms longer.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening
