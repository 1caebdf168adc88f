"""Build the release: the knowledge base in every format, what describes it, and checksums; the same bytes each time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import takewhile
from pathlib import Path

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, serialize

from parley.build.describe import TERMS, context, dataset, questions
from parley.errors import InputError
from parley.folder import SUMS, holds_only_its_own, replacing
from parley.graph.compiled import compile_store
from parley.graph.read import parse_file
from parley.graph.release import canonical, describe
from parley.namespaces import ASSERTED
from parley.project import Project

__all__ = ["build", "contents", "is_release"]


def build(project: Project, folder: Path) -> list[str]:
    """Write the release into a folder, whole or not at all, and return the names of its files.

    :param folder: a new or empty folder, or one that holds a release and nothing else, which is replaced
    :raises InputError: if a file of the knowledge base is malformed
    :raises UsageError: if the folder holds anything else, or cannot be written
    """
    files = contents(project)
    with replacing(folder, is_release, "release of Parley's") as part:
        for name, data in files.items():
            (part / name).write_bytes(data)
    return sorted(files)


def is_release(folder: Path) -> bool:
    """Return whether a folder holds a release and nothing that its ``SHA256SUMS`` does not name."""
    return holds_only_its_own(folder, "parley.nq")


def contents(project: Project) -> dict[str, bytes]:
    """Return the files of a release by name.

    :raises InputError: if a file of the knowledge base is malformed
    """
    graphs = canonical(compile_store(project))
    release = describe(sum(map(len, graphs.values())), graphs)
    # graph:release stands first, so that a loader knows at once that all is derived.
    quads = release + [Quad(t.subject, t.predicate, t.object, NamedNode(g)) for g in graphs for t in graphs[g]]
    files = {
        "parley.ttl": _write(graphs[ASSERTED], RdfFormat.TURTLE),
        "parley.trig": _write(quads, RdfFormat.TRIG),
        "parley.nq": _write(quads, RdfFormat.N_QUADS),
        "parley.jsonld": _write(quads, RdfFormat.JSON_LD),
        "parley-ontology.owl": _write(_triples(project.ontology / "parley.ttl"), RdfFormat.RDF_XML),
        "context.jsonld": context(graphs[ASSERTED]),
        "queries.ttl": _write(questions(project), RdfFormat.TURTLE),
    }
    for path in sorted(project.ontology.glob("*.ttl")):
        # Written by hand, with comments: shipped as it stands.
        name = "parley-ontology.ttl" if path.name == "parley.ttl" else f"parley-{path.name}"
        files[name] = _text(path)
    described = dataset(project, graphs[ASSERTED], [quad.triple for quad in release], files)
    files["void.ttl"] = _write(described, RdfFormat.TURTLE)
    sums = [f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files)]
    return files | {SUMS: "".join(sums).encode()}


def _triples(path: Path) -> list[Triple]:
    store = Store()
    store.extend([Quad(q.subject, q.predicate, q.object, NamedNode(ASSERTED)) for q in parse_file(path)])
    return canonical(store)[ASSERTED]


def _text(path: Path) -> bytes:
    try:
        return path.read_text(encoding="utf-8").encode()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read ({error})", where=path) from None


def _write(statements: Iterable[Triple] | Iterable[Quad], form: RdfFormat) -> bytes:
    data = serialize(statements, format=form, prefixes=TERMS)
    assert data is not None
    # Oxigraph writes prefixes in the order of a hash.
    lines = data.split(b"\n")
    heads = list(takewhile(lambda line: line.startswith(b"@prefix "), lines))
    return b"\n".join([*sorted(heads), *lines[len(heads) :]])
