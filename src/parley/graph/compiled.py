"""Compile a knowledge base once and keep the result in the user's cache, named by a digest of all that went in."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from pyoxigraph import RdfFormat, Store

from parley import __version__
from parley.project import Project

__all__ = ["compile_store", "open_store"]

_KEEP = 8


def open_store(project: Project) -> Store:
    """Return the derived knowledge base in memory, from the cache where nothing has changed since it was written.

    ``PARLEY_CACHE=off`` or a folder that cannot be written compiles in memory each time.

    :raises InputError: if a file of the knowledge base is malformed
    """
    folder = _folder()
    if folder is None:
        return compile_store(project)
    path = folder / f"{_digest(project)}.nq"
    with suppress(OSError, SyntaxError):
        store = Store()
        store.load(path=path, format=RdfFormat.N_QUADS, lenient=True)
        return store
    store = compile_store(project)
    with suppress(OSError):
        _keep(store, path)
    return store


def compile_store(project: Project) -> Store:
    """Read and derive, without any cache.

    :raises InputError: if a file of the knowledge base is malformed
    """
    from parley.graph.derive import derive
    from parley.graph.read import read

    store = read(project)
    derive(store, project)
    return store


def _folder() -> Path | None:
    if os.environ.get("PARLEY_CACHE") == "off":
        return None
    from platformdirs import user_cache_path

    return user_cache_path("parley")


def _digest(project: Project) -> str:
    digest = hashlib.blake2b(f"{__version__} {Path(__file__).stat().st_mtime_ns}".encode(), digest_size=16)
    for path in [project.ontology / "parley.ttl", *project.rule_files(), *project.data_files(), project.wikidata]:
        with suppress(OSError):
            content = path.read_bytes()
            digest.update(f"\0{path.name}\0{len(content)}\0".encode())
            digest.update(content)
    return digest.hexdigest()


def _keep(store: Store, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.part")
    try:
        store.dump(beside, RdfFormat.N_QUADS)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
    files = sorted(path.parent.glob("*.nq"), key=lambda file: file.stat().st_mtime, reverse=True)
    for old in files[_KEEP:]:
        old.unlink(missing_ok=True)
