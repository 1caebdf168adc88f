"""Time saved questions over HTTP on parley serve, Oxigraph's own server and rdflib-endpoint, in one run.

Run: pip install '.[bench]', then python -m tests.bench.serve [SECONDS]. Prints requests a second for 1, 4 and 16
clients, and how long it takes from the start of the server to its first page against ``import rdflib``.
"""

from __future__ import annotations

import asyncio
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pyoxigraph as ox
from tests import stores
from tests.serving import serving

from parley import queries
from parley.graph.compiled import open_store
from parley.project import find

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTIONS = ("is-the-taliban-on-the-us-list", "who-invited-whom", "who-links-two-actors")
CLIENTS = (1, 4, 16)
_NUMBERS = itertools.count()
BIN = Path(sys.executable).parent
PEER = """
import sys, uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint
data = Dataset()
data.parse(sys.argv[1], format="nquads")
uvicorn.run(SparqlEndpoint(graph=data, path="/sparql", enable_update=False), port=int(sys.argv[2]), log_level="error")
"""


async def _client(url: str, text: str, until: float, done: list[int]) -> None:
    """Send one request after the other on one connection, and count the answers that are whole and good.

    With ``NUMBER`` in the text no two requests are the same, so that no answer can have been kept.
    """
    address = urlsplit(url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: application/sparql-query\r\n"
        "Accept: application/sparql-results+json\r\nContent-Length: "
    )
    while time.perf_counter() < until:
        body = text.replace("NUMBER", str(next(_NUMBERS))).encode()
        writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
        reply = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert reply.startswith(b"http/1.1 200"), reply
        if b"transfer-encoding: chunked" in reply:
            while size := int(await reader.readline(), 16):
                await reader.readexactly(size + 2)
            await reader.readline()
        else:
            await reader.readexactly(int(reply.partition(b"content-length:")[2].split()[0]))
        done[0] += 1
    writer.close()


def rate(url: str, text: str, clients: int, seconds: float) -> float:
    """Return the requests answered in a second."""

    async def run() -> float:
        done, start = [0], time.perf_counter()
        await asyncio.gather(*(_client(url, text, start + seconds, done) for _ in range(clients)))
        return done[0] / (time.perf_counter() - start)

    return asyncio.run(run())


@contextmanager
def oxigraph(store: ox.Store, folder: Path) -> Iterator[str]:
    """Run Oxigraph's own server, read-only, on the same quads."""
    disk = ox.Store(str(folder / "db"))
    disk.bulk_extend(list(store))
    disk.flush()
    del disk
    port = stores.free_port()
    command: list[str | Path] = [
        BIN / "oxigraph",
        "serve-read-only",
        "--location",
        folder / "db",
        "--bind",
        f"127.0.0.1:{port}",
    ]
    with stores.running(command, folder) as process:
        stores.wait(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/query"


@contextmanager
def endpoint(store: ox.Store, folder: Path) -> Iterator[str]:
    """Run rdflib-endpoint, as its documentation does, on the same quads."""
    store.dump(str(folder / "data.nq"), ox.RdfFormat.N_QUADS)
    port = stores.free_port()
    command: list[str | Path] = [sys.executable, "-c", PEER, folder / "data.nq", str(port)]
    with stores.running(command, folder) as process:
        stores.wait(f"http://127.0.0.1:{port}/", process)
        yield f"http://127.0.0.1:{port}/sparql"


def first_page(cache: Path, rounds: int = 7) -> tuple[float, float]:
    """Return the median seconds to the first page and to ``import rdflib``, taken turn by turn."""
    pages, imports = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        with serving(cache) as (client, _):
            assert client.get("/").status_code == 200
            pages.append(time.perf_counter() - start)
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import rdflib"], check=True)
        imports.append(time.perf_counter() - start)
    return statistics.median(pages), statistics.median(imports)


def main(seconds: float) -> None:
    """Compare the three servers on each question with each number of clients."""
    project = find(ROOT)
    store = open_store(project)
    with tempfile.TemporaryDirectory() as name:
        folders = [Path(name) / peer for peer in ("parley", "oxigraph", "rdflib")]
        for folder in folders:
            folder.mkdir()
        with (
            serving(folders[0]) as (client, _),
            oxigraph(store, folders[1]) as own,
            endpoint(store, folders[2]) as peer,
        ):
            urls = {"parley": f"{client.base_url}sparql", "oxigraph": own, "rdflib-endpoint": peer}
            print("aims: a quarter of Oxigraph's server; once rdflib-endpoint, five times on joins (all but the first)")
            print(f"{'requests a second':<32}clients     kept      new  Oxigraph    rdflib")
            for question in QUESTIONS:
                text = queries.find(project, question).text
                accept = {"Accept": "application/sparql-results+json"}
                replies = [httpx.post(url, data={"query": text}, headers=accept) for url in urls.values()]
                sizes = [len(reply.json().get("results", {}).get("bindings", ())) for reply in replies]
                assert len(set(sizes)) == 1, sizes
                for clients in CLIENTS:
                    kept = rate(urls["parley"], text, clients, seconds)
                    new, oxi, rdf = (rate(url, f"{text}# NUMBER", clients, seconds) for url in urls.values())
                    ratios = f"new {new / oxi:.2f} of Oxigraph, {new / rdf:.1f} x rdflib-endpoint; "
                    ratios += f"kept {kept / oxi:.2f}, {kept / rdf:.1f}"
                    print(f"{question:<32}{clients:>7}{kept:9.0f}{new:9.0f}{oxi:10.0f}{rdf:10.1f}   {ratios}")
        page, rdflib = first_page(folders[0])
        print(
            f"start to first page {page:.2f} s, import rdflib {rdflib:.2f} s: {page / rdflib:.1f} times (aim: below 5)"
        )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
