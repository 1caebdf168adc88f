"""Time `parley site` against `parley build` in one run.

Run: python -m tests.bench.site [ROUNDS]. Prints medians in seconds and the ratio; the aim is less than 10.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def main(rounds: int) -> int:
    """Take turns, so that a busy machine slows both alike, and return 1 if the aim is missed."""
    times: dict[str, list[float]] = {"build": [], "site": []}
    with tempfile.TemporaryDirectory() as folder:
        for number in range(rounds + 1):
            for name, taken in times.items():
                command = [
                    str(Path(sys.executable).parent / "parley"),
                    "--kb",
                    str(ROOT),
                    name,
                    "-o",
                    f"{folder}/{name}",
                ]
                start = time.perf_counter()
                subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
                if number:
                    taken.append(time.perf_counter() - start)
    build, site = (statistics.median(taken) for taken in times.values())
    print(f"parley build {build:6.2f} s\nparley site  {site:6.2f} s\nsite : build {site / build:6.2f} (aim: below 10)")
    return int(site >= 10 * build)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 3))
