"""What all tests share: the real knowledge base, copies to spoil, and a command line that runs in this process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pyoxigraph import Store

from parley.graph.compiled import compile_store
from parley.project import Project, find

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI") == "true"

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def need(present: bool, what: str, install: str) -> None:
    """Go on where a part is present; else fail in CI, and skip with the line that installs it elsewhere."""
    if not present:
        (pytest.fail if CI else pytest.skip)(f"{what} is missing: {install}")


@pytest.fixture(scope="session")
def project() -> Project:
    return find(ROOT)


@pytest.fixture(scope="session")
def store(project: Project) -> Store:
    """The derived knowledge base; do not alter it."""
    return compile_store(project)


@pytest.fixture(scope="session")
def enriched(store: Store) -> Store:
    """The same with ``graph:wikidata`` as ``parley link enrich`` fills it from the slice of Wikidata for the tests."""
    from tests.wikidata import fetched

    full = Store()
    full.extend(store)
    full.extend(fetched(store))
    return full


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = shutil.which("chromium")
    need(path is not None, "Chromium", "sudo apt-get install chromium")
    from tests.browser import running

    with running(str(path)) as chromium:
        yield chromium


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the knowledge base that a test may spoil."""
    folder = tmp_path / "kb"
    for name in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name in ("PARLEY_KB", "PARLEY_USER", "PARLEY_PASSWORD", "PARLEY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "no-netrc"))


@pytest.fixture
def parley(tmp_path: Path) -> Run:
    """Run the command as a user does, in a process of its own; the working directory is an empty folder."""
    here = tmp_path / "here"
    here.mkdir()

    def run(*args: str | Path, stdin: bytes = b"", **env: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [Path(sys.executable).parent / "parley", *map(str, args)],
            input=stdin,
            capture_output=True,
            cwd=here,
            env={**os.environ, "COLUMNS": "160", **env},
            timeout=120,
            check=False,
        )
        return subprocess.CompletedProcess(done.args, done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture(scope="session")
def article() -> Path:
    """The article's own text, which is not in the repository."""
    path = Path(os.environ.get("PARLEY_TEXT", "no such file"))
    need(path.is_file(), "the article's text", "set PARLEY_TEXT to a copy of it")
    return path
