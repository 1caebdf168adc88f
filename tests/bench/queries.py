"""Time every saved question on Oxigraph in process against rdflib's own engine, in one run.

Run: python tests/bench/queries.py [ROUNDS]. Prints medians in milliseconds, and the ratio of the sums.
"""

from __future__ import annotations

import io
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import rdflib.plugins.sparql
from rdflib import Dataset

from parley import queries
from parley.graph.compiled import compile_store
from parley.project import find

ROOT = Path(__file__).resolve().parent.parent.parent


def median(run: Callable[[], object], rounds: int) -> float:
    """Return the median time of a call in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main(rounds: int) -> None:
    """Run each question on both engines, turn by turn."""
    rdflib.plugins.sparql.SPARQL_LOAD_GRAPHS = False
    project = find(ROOT)
    store = compile_store(project)
    data = io.BytesIO()
    store.dump(data, ox.RdfFormat.N_QUADS)
    dataset = Dataset()
    dataset.parse(data=data.getvalue(), format="nquads")
    sums, slower = [0.0, 0.0], []
    for query in queries.listing(project):

        def oxigraph(text: str = query.text) -> object:
            result = queries.run(store, text)
            return bool(result) if isinstance(result, ox.QueryBoolean) else list(result)

        first = median(oxigraph, rounds)
        second = median(lambda text=query.text: list(dataset.query(text)), max(1, rounds // 3))  # type: ignore[misc]
        sums = [sums[0] + first, sums[1] + second]
        slower += [query.name] if first > second else []
        print(f"{query.name:<34} {first:8.1f} {second:9.1f}  1 : {second / first:.0f}")
    print(f"sum {sums[0]:.0f} ms against {sums[1]:.0f} ms: {sums[1] / sums[0]:.0f} times faster (aim: 20)")
    print(f"slower than rdflib: {', '.join(slower) or 'none'} (aim: none)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
