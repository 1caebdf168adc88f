"""A running ``parley serve`` for the tests, as a process of its own on a free port."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.conftest import ROOT


@contextmanager
def serving(cache: Path, *options: str | Path) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """Run the server, and give a client of it; the server must still be there at the end."""
    process = subprocess.Popen(
        [Path(sys.executable).parent / "parley", "--kb", ROOT, "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().split()[0]
        assert url.startswith("http://127.0.0.1:")
        with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
            yield client, process
        assert process.poll() is None, "the server stopped"
    finally:
        process.terminate()
        _, errors = process.communicate(timeout=20)
        assert not errors, errors
