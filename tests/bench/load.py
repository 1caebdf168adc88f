"""Time `parley load` against `oxigraph load` and rdflib on one file, deriving against loading, and size against time.

Run: python -m tests.bench.load [TRIPLES [LARGER]]. Makes a knowledge base, builds it, and prints seconds on the clock,
seconds of processor and peak memory, then ratios with what they should be. With LARGER it also loads one of that size.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from pyoxigraph import NamedNode, RdfFormat, serialize
from tests.bench.generate import write

from parley.graph.disk import open_disk
from parley.graph.release import RELEASE, describe

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
ROUNDS = 3
RDFLIB = "import sys, rdflib; d = rdflib.Dataset(); d.parse(sys.argv[1], format='nquads'); print(len(d))"


@dataclass(frozen=True)
class Cost:
    """What a process took: seconds on the clock, seconds of processor, and mebibytes of memory at the most."""

    clock: float
    processor: float
    memory: float

    def __str__(self) -> str:
        return f"{self.clock:8.1f} s {self.processor:8.1f} s {self.memory:8.0f} MiB"


def run(*command: object) -> Cost:
    """Run a command to its end and return what it took.

    :raises AssertionError: if it fails
    """
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return Cost(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def parley(file: Path, store: Path) -> Cost:
    """Load a file as a user does."""
    return run(BIN / "parley", "--kb", ROOT, "load", file, "--store", store)


def marked(file: Path, triples: int, into: Path) -> Path:
    """Write a file with a ``graph:release`` before it, so that it is taken for built."""
    with into.open("wb") as out, file.open("rb") as rest:
        out.write(serialize(describe(triples, {}), format=RdfFormat.N_QUADS) or b"")
        shutil.copyfileobj(rest, out)
    return into


def built(store: Path, into: Path) -> Path:
    """Write a store as a release is written: ``graph:release`` first."""
    held = open_disk(store)
    own = NamedNode(RELEASE)
    with into.open("wb") as out:
        serialize(held.quads_for_pattern(None, None, None, own), out, RdfFormat.N_QUADS)
        held.dump(out, RdfFormat.N_QUADS)
    return into


def middle(costs: list[Cost]) -> Cost:
    """Return the medians."""
    return Cost(*(median(values) for values in zip(*((c.clock, c.processor, c.memory) for c in costs), strict=True)))


def main(triples: int, larger: int) -> int:
    """Measure, print, and return how many aims were missed."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as name:
        folder = Path(name)
        raw, store = folder / "raw.nq", folder / "store"
        write(triples * 3 // 4, raw)  # what is derived makes up the rest
        plain = marked(raw, triples * 3 // 4, folder / "plain.nq")
        derived = [parley(raw, store)]
        release = built(store, folder / "release.nq")
        costs: dict[str, list[Cost]] = {name: [] for name in ("parley", "oxigraph", "as it is")}
        for _ in range(ROUNDS):  # in turns, so that a busy machine slows all alike
            costs["parley"].append(parley(release, store))
            shutil.rmtree(folder / "theirs", ignore_errors=True)
            costs["oxigraph"].append(run(BIN / "oxigraph", "load", "-l", folder / "theirs", "-f", release))
            costs["as it is"].append(parley(plain, store))
            derived.append(parley(raw, folder / "derived"))
        found = {name: middle(values) for name, values in costs.items()}
        found["derived"] = middle(derived)
        found["rdflib"] = run(sys.executable, "-c", RDFLIB, release)
        if larger:
            write(larger * 3 // 4, raw)
            found["larger"] = parley(raw, folder / "larger")
    return report(triples, larger, found)


def report(triples: int, larger: int, found: dict[str, Cost]) -> int:
    """Print costs and ratios, and return how many are above their aim."""
    words = {
        "parley": f"parley load, built release of {triples:,} triples",
        "oxigraph": "oxigraph load, the same file",
        "rdflib": "rdflib's parse into memory, the same file",
        "as it is": "parley load, its raw data, nothing derived",
        "derived": "parley load, its raw data, all derived",
        "larger": f"parley load, raw data of {larger:,} triples when built, all derived",
    }
    print(f"{'':<64} {'clock':>10} {'processor':>10} {'memory':>12}")
    for name, cost in found.items():
        print(f"{words[name]:<64} {cost}")
    ours, theirs, rdflib, plain, full = (found[n] for n in ("parley", "oxigraph", "rdflib", "as it is", "derived"))
    ratios = [
        ("time, parley : oxigraph", ours.clock / theirs.clock, 1.1),
        ("memory, parley : oxigraph", ours.memory / theirs.memory, 1.2),
        ("time, parley : rdflib", ours.clock / rdflib.clock, 0.2),
        ("time, deriving : loading the release", (full.clock - plain.clock) / ours.clock, 1.0),
        ("processor, deriving : loading the release", (full.processor - plain.processor) / ours.processor, 1.0),
    ]
    if larger:
        growth = found["larger"].clock / full.clock
        ratios.append(
            (f"time for {larger / triples:.0f} times the triples, per triple", growth * triples / larger, 1.3)
        )
        ratios.append(("memory for these", found["larger"].memory / full.memory, 2.0))
    for name, ratio, aim in ratios:
        print(f"{name:<64} {ratio:10.2f} (aim: at most {aim})")
    return sum(ratio > aim for _, ratio, aim in ratios)


if __name__ == "__main__":
    sizes = [int(word) for word in sys.argv[1:]]
    sys.exit(main(sizes[0] if sizes else 1_000_000, sizes[1] if len(sizes) > 1 else 0))
