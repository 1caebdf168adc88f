"""Real triple stores on loopback for the tests: Oxigraph's server and Virtuoso, loaded by the Graph Store Protocol."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pyoxigraph import Quad, RdfFormat, Store, Triple, serialize

from tests.conftest import need

VIRTUOSO_INI = """
[Database]
DatabaseFile = {folder}/virtuoso.db
ErrorLogFile = {folder}/virtuoso.log
LockFile = {folder}/virtuoso.lck
TransactionFile = {folder}/virtuoso.trx
xa_persistent_file = {folder}/virtuoso.pxa
[TempDatabase]
DatabaseFile = {folder}/temp.db
TransactionFile = {folder}/temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DirsAllowed = {folder}
NumberOfBuffers = 10000
CheckpointInterval = 0
[HTTPServer]
ServerPort = 127.0.0.1:{port}
[SPARQL]
ResultSetMaxRows = 10000
"""


@dataclass(frozen=True)
class Server:
    """A running store: where queries and graphs go, which parameter names a graph, and who may write."""

    name: str
    query_url: str
    store_url: str
    parameter: str
    auth: httpx.Auth | None
    process: subprocess.Popen[bytes]

    def put(self, graph: str, body: bytes) -> None:
        """Replace one graph by N-Triples, as the SPARQL 1.1 Graph Store HTTP Protocol says."""
        with httpx.Client(auth=self.auth, trust_env=False, timeout=60) as client:
            if self.auth is not None:
                client.get(self.store_url, params={self.parameter: "http://parley.test/none"})
            reply = client.put(
                self.store_url,
                params={self.parameter: graph},
                content=body,
                headers={"Content-Type": "application/n-triples"},
            )
            reply.raise_for_status()


def load(server: Server, store: Store) -> None:
    """Load every named graph of a store."""
    graphs: dict[str, list[Quad]] = defaultdict(list)
    for quad in store:
        graphs[str(quad.graph_name).strip("<>")].append(quad)
    for graph, quads in graphs.items():
        triples = [Triple(q.subject, q.predicate, q.object) for q in quads]
        body = serialize(triples, format=RdfFormat.N_TRIPLES)
        assert body
        server.put(graph, body)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(url: str, process: subprocess.Popen[bytes], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert process.poll() is None, "the server stopped"
        try:
            httpx.get(url, trust_env=False, timeout=2)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"no answer from {url}")


@contextmanager
def running(command: list[str | Path], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


@contextmanager
def oxigraph(folder: Path) -> Iterator[Server]:
    binary = Path(sys.executable).parent / "oxigraph"
    need(binary.exists(), "Oxigraph's server", "pip install oxigraph")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command: list[str | Path] = [binary, "serve", "--location", folder / "db", "--bind", f"127.0.0.1:{port}"]
    with running(command, folder) as process:
        wait(url, process)
        yield Server("oxigraph", f"{url}/query", f"{url}/store", "graph", None, process)


@contextmanager
def virtuoso(folder: Path) -> Iterator[Server]:
    need(shutil.which("virtuoso-t") is not None, "Virtuoso", "apt-get install virtuoso-opensource-7-bin")
    port = free_port()
    ini = folder / "virtuoso.ini"
    ini.write_text(VIRTUOSO_INI.format(folder=folder, port=port, sql=free_port()), encoding="utf-8")
    url = f"http://127.0.0.1:{port}"
    with running(["virtuoso-t", "+foreground", "+configfile", ini], folder) as process:
        wait(f"{url}/sparql", process)
        auth = httpx.DigestAuth("dba", "dba")
        yield Server("virtuoso", f"{url}/sparql", f"{url}/sparql-graph-crud-auth", "graph-uri", auth, process)
