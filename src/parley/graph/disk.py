"""Larger knowledge bases: load N-Quads into an Oxigraph store on disk, and open such a store to be asked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse

from parley.errors import InputError, UsageError
from parley.folder import replacing
from parley.graph.derive import derive
from parley.graph.read import parse_file, syntax_error
from parley.graph.release import RELEASE, VOID, describe
from parley.namespaces import ASSERTED, PREFIXES
from parley.project import Project

__all__ = ["load_disk", "open_disk"]

_ASSERTED, _RELEASE = NamedNode(ASSERTED), NamedNode(RELEASE)
_FILE, _SUMS = "parley.nq", "SHA256SUMS"


def open_disk(folder: Path) -> Store:
    """Open a store on disk that ``parley load`` has made, to read only.

    :raises UsageError: if there is none
    """
    store = _opened(folder)
    if store is None:
        raise UsageError("no store of Parley's", where=folder, todo="make one with parley load")
    return store


def _opened(folder: Path) -> Store | None:
    try:
        # Store(...) would write into whatever folder it is given; this does not.
        store = Store.read_only(str(folder))
    except OSError:
        return None
    return store if _total(store) is not None else None


def _total(store: Store) -> int | None:
    """Return how many triples ``graph:release`` says there are besides its own; None if there is no such graph."""
    found = next(store.quads_for_pattern(_RELEASE, NamedNode(f"{VOID}triples"), None, _RELEASE), None)
    return None if found is None else int(getattr(found.object, "value", -1))


def _own(store: Store) -> int:
    """Count the triples of ``graph:release`` itself, without reading them one by one."""
    (row,) = store.query(f"SELECT (COUNT(*) AS ?n) WHERE {{ GRAPH <{RELEASE}> {{ ?s ?p ?o }} }}")  # type: ignore[misc]
    return int(row[0].value)


def load_disk(project: Project, source: Path, folder: Path) -> int:
    """Load N-Quads into a new store, or one that replaces a store of Parley's, and return how many triples it holds.

    A release, as ``parley build`` writes it, tells by its ``graph:release`` that everything is derived, and is taken as
    it is. What comes without one gets the ontology, acceptance and derived relations, and then a ``graph:release``;
    what stands outside named graphs goes into ``graph:asserted``, as in hand-written TriG.

    :param source: a file of N-Quads, or a release's folder, whose file is compared with its checksum
    :raises InputError: if the file is malformed, or no longer what it was when it was built
    :raises UsageError: if there is no such file, or the folder cannot be written or holds something else
    """
    path, built = _source(source)
    with replacing(folder, _free, "store of Parley's") as part:
        return _fill(project, path, built, part)


def _source(source: Path) -> tuple[Path, bool]:
    """Return the file, and whether it begins with a ``graph:release``."""
    path = source / _FILE if source.is_dir() else source
    if not path.is_file():
        what = f"no {_FILE} here" if source.is_dir() else "no such file"
        raise UsageError(what, where=source, todo="make a release with parley build")
    if path.suffix != ".nq":
        raise UsageError("not N-Quads by its name", where=path, todo="give a file that ends in .nq")
    try:
        sums = (source / _SUMS).read_text(encoding="utf-8").split("\n") if (source / _SUMS).is_file() else []
        with path.open("rb") as file:
            if sums and f"{hashlib.file_digest(file, 'sha256').hexdigest()}  {_FILE}" not in sums:
                raise InputError(f"not what {_SUMS} says", where=path, todo="build or fetch the release anew")
            file.seek(0)
            return path, RELEASE.encode() in file.read(4096)
    except OSError as error:
        raise UsageError(f"cannot read ({error.strerror})", where=path) from None


def _free(folder: Path) -> bool:
    """Return whether a folder is a store of Parley's that nobody writes to.

    :raises UsageError: if somebody does
    """
    if _opened(folder) is None:
        return False
    try:
        Store(str(folder))
    except OSError as error:
        if "lock" not in str(error):
            raise
        raise UsageError("this store is in use", where=folder, todo="stop what serves it") from None
    return True


def _fill(project: Project, path: Path, built: bool, folder: Path) -> int:
    store = Store(str(folder))
    try:
        if built:
            store.bulk_load(path=str(path), format=RdfFormat.N_QUADS)
        else:
            store.bulk_extend(_placed(path))
    except SyntaxError as error:
        raise syntax_error(error, path) from None
    total = _total(store)
    if total is None:
        _complete(store, project)
    elif total != (found := len(store) - _own(store)):
        raise InputError(f"{found} triples, of {total} built", where=path, todo="build or fetch the release anew")
    store.flush()
    return len(store)


def _placed(path: Path) -> Iterator[Quad]:
    for quad in parse(path=str(path), format=RdfFormat.N_QUADS):
        if isinstance(quad.graph_name, DefaultGraph):
            yield Quad(quad.subject, quad.predicate, quad.object, _ASSERTED)
        else:
            yield quad


def _complete(store: Store, project: Project) -> None:
    ontology = parse_file(project.ontology / "parley.ttl")
    header = next(q.subject for q in ontology if getattr(q.object, "value", "") == f"{PREFIXES['owl']}Ontology")
    if next(store.quads_for_pattern(header, None, None, _ASSERTED), None) is None:
        store.extend([Quad(q.subject, q.predicate, q.object, _ASSERTED) for q in ontology])
    derive(store, project)
    store.extend(describe(len(store), {}))
