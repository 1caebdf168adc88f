"""The reader's own copy of a source beside its facts, sentence by sentence; nothing of the text is kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyoxigraph import Literal, NamedNode

from parley.errors import Finding, ParleyError
from parley.explorer.facts import STATUSES
from parley.namespaces import ASSERTED, PARLEY, PREFIXES
from parley.project import Project
from parley.source import prove, sentences

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["identify", "pages"]


def identify(project: Project, file: Path) -> str:
    """Return the id of the source that a text is a copy of, proved sentence by sentence by digests.

    :raises Finding: if it is none of the knowledge base's
    """
    sources = sorted(path.parent.name for path in project.data.glob("*/passages.ttl"))
    problems: list[ParleyError] = []
    for source in sources:
        try:
            prove(project, source, file)
        except Finding as error:
            problems.append(error)
        else:
            return source
    if len(problems) == 1:
        raise problems[0]
    raise Finding("the text is a copy of no source here", where=file, todo=f"known are: {', '.join(sources) or 'none'}")


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return a page for each text that the reader gave."""
    return {f"text/{source}.html": partial(_page, table, source, file) for source, file in table.texts.items()}


def _page(table: Table, source: str, file: Path) -> bytes:
    cited: dict[str, list[str]] = {}
    for iri, line in table.claims.items():
        for place in line.where:
            cited.setdefault(place.passage, []).append(iri)
    asserted = NamedNode(ASSERTED)
    rows = []
    for number, (section, text) in enumerate(sentences(file)[1], 1):
        passage = NamedNode(f"{PREFIXES['passage']}{source}-s{number:02}")
        claims = [(iri, table.claims[iri], table.facts.statuses[iri]) for iri in cited.get(passage.value, ())]
        reasons = table.store.quads_for_pattern(passage, NamedNode(f"{PARLEY}noClaim"), None, asserted)
        reason = next((quad.object.value for quad in reasons if isinstance(quad.object, Literal)), "")
        rows.append((number, section, text, passage.value, claims, reason))
    title = table.facts.label(NamedNode(PREFIXES["source"] + source))
    return table.render(
        "reading.html", f"text/{source}.html", title=title, rows=rows, statuses=STATUSES.values(), kinds=(), years=()
    )
