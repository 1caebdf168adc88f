"""Time `parley check` against rdflib alone parsing the same files, in one run, as whole processes.

Run: python tests/bench/check.py [ROUNDS] [--kb DIR]. Prints medians in milliseconds and the ratios, without OWL (aim:
under 6) and, where the parts that reason are there, with it (aim: under 40).
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from pathlib import Path

from parley.check.context import Context
from parley.check.report import _PARTS
from parley.project import find

REASONING = ("closure", "owl")
RDFLIB = "import sys, rdflib\nd = rdflib.Dataset()\nfor p in sys.argv[1:]:\n    d.parse(p, format='trig')\n"


def main(rounds: int, kb: str | None) -> None:
    """Take turns, so that a busy machine slows all alike."""
    files = [str(path) for path in Context(find(kb)).paths]
    command = [str(Path(sys.executable).parent / "parley"), *(["--kb", kb] if kb else []), "check"]
    plain = [option for part in _PARTS if part not in REASONING for option in ("--only", part)]
    commands = {"rdflib alone": [sys.executable, "-c", RDFLIB, *files], "check without OWL": [*command, *plain]}
    if set(REASONING) & set(_PARTS):
        commands["check with OWL"] = command
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, line in commands.items():
            start = time.perf_counter()
            done = subprocess.run(line, capture_output=True, text=True, check=False)
            assert done.returncode in ((0,) if name == "rdflib alone" else (0, 1)), done.stderr
            if number:
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) for name, values in times.items()}
    alone = medians["rdflib alone"]
    for name, value in medians.items():
        print(f"{name:<18} {value * 1000:8.1f} ms  {value / alone:6.2f} times rdflib alone")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("rounds", nargs="?", type=int, default=7)
    parser.add_argument("--kb")
    args = parser.parse_args()
    main(args.rounds, args.kb)
