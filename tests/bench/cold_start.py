"""Time one cold `parley ask` against `import rdflib`, and against rdflib parsing and answering alone, in one run.

Run: python tests/bench/cold_start.py [ROUNDS]. Prints medians in milliseconds and the two ratios.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTION = "who-invited-whom"
RDFLIB = f"""
from pathlib import Path
from rdflib import Dataset
d = Dataset()
for p in sorted(Path("data").rglob("*.t*")) + [Path("ontology/parley.ttl")]:
    d.parse(p, format="trig")
print(len(list(d.query(Path("queries/{QUESTION}.rq").read_text()))))
"""


def main(rounds: int) -> None:
    """Take turns, so that a busy machine slows all alike."""
    commands = {
        "parley ask, warm": [str(Path(sys.executable).parent / "parley"), "ask", QUESTION],
        "import rdflib": [sys.executable, "-c", "import rdflib"],
        "rdflib alone": [sys.executable, "-c", RDFLIB],
    }
    times: dict[str, list[float]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            start = time.perf_counter()
            subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
            if number:
                times[name].append(time.perf_counter() - start)
    medians = {name: statistics.median(values) * 1000 for name, values in times.items()}
    for name, value in medians.items():
        print(f"{name:<18} {value:7.1f} ms")
    ask, bare, alone = medians.values()
    print(f"ask : import rdflib = {ask / bare:.2f} (aim: at most 1.0)")
    print(f"ask : rdflib alone  = {ask / alone:.2f} (aim: at most 0.25)")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
