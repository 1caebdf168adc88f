"""What the README shows is true: its Python runs, its commands exist, its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys

from tests.conftest import ROOT, Run

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_python_example_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    lines = done.stdout.splitlines()
    assert "pakistan-foreign-office 2015" in lines
    assert "russia 2018-11" in lines
    assert lines[-1] == "True"


def test_every_command_and_option_shown_exists(parley: Run) -> None:
    shown = set(re.findall(r"parley(?: --kb \S+)? ([a-z]+(?: add| verify)?)", README)) - {"ask"}
    assert {"query", "show", "claims", "check", "source verify", "source add"} <= shown
    for command in shown & {"query", "show", "claims", "check", "source verify", "source add"}:
        assert parley(*command.split(), "--help").returncode == 0
    for option in ("--describe", "--bind", "--format", "--endpoint"):
        assert option in README
        assert option in parley("ask", "--help").stdout


def test_every_question_named_exists() -> None:
    named = set(re.findall(r"parley ask ([a-z-]+)", README))
    assert len(named) >= 4
    assert named <= {path.stem for path in (ROOT / "queries").glob("*.rq")}
