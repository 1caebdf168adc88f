"""What the parts of a check share: the files, their quads, the derived store, and where a node is written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pyoxigraph import Quad, Store

from parley.graph.compiled import compile_store
from parley.graph.read import parse_file
from parley.namespaces import ID, compact
from parley.project import Project

__all__ = ["Context", "Finding"]


@dataclass(frozen=True)
class Finding:
    """Say what is wrong, where, by which rule, and what to do; a warning may stay."""

    where: str
    rule: str
    what: str
    todo: str
    warning: bool = False

    def __str__(self) -> str:
        return f"{self.where}: {self.rule}: {self.what}; {self.todo}{' (warning)' if self.warning else ''}"


class Context:
    """Hold one knowledge base while it is checked; nothing in it is altered by a part."""

    def __init__(self, project: Project) -> None:
        self.project = project

    @cached_property
    def paths(self) -> list[Path]:
        """The files read: the ontology first, then the data."""
        return [self.project.ontology / "parley.ttl", *self.project.data_files()]

    @cached_property
    def beside(self) -> list[Path]:
        """The alignments where there are any: shipped beside the knowledge base, and no part of it."""
        path = self.project.ontology / "alignments.ttl"
        return [path] if path.is_file() else []

    @cached_property
    def quads(self) -> dict[Path, list[Quad]]:
        """The quads of each file as written."""
        return {path: parse_file(path) for path in self.paths}

    @cached_property
    def store(self) -> Store:
        """The derived knowledge base, compiled anew."""
        return compile_store(self.project)

    @cached_property
    def owl(self) -> tuple[Any, list[str]]:
        """The asserted graph as OWLAPI reads it, and what of it says nothing in OWL.

        :raises NotInstalled: if Java is missing
        """
        from parley.check import hermit, owl

        return hermit.read(owl.copy(self))

    @cached_property
    def _texts(self) -> dict[Path, str]:
        return {path: path.read_text(encoding="utf-8") for path in [*self.paths, *self.beside]}

    def where(self, iri: str) -> str:
        """Return ``file:line`` where a node is typed, else where it is first a subject, else where it first stands."""
        names = "|".join(re.escape(name) for name in (f"<{iri}>", compact(iri)))
        subject = rf"^[ \t]*(?:{names})(?=[\s{{])"
        for pattern in (rf"{subject}\s+a\s", subject, rf"(?:^|[\s(,])(?:{names})(?![\w-])"):
            for path, text in self._texts.items():
                if match := re.search(pattern, text, re.MULTILINE):
                    line = text.count("\n", 0, match.end()) + 1
                    return f"{self.short(path)}:{line}"
        owner = iri.rpartition("/")[0]
        if owner.removeprefix(ID).count("/") == 1:
            return self.where(owner)  # a layer of attribution, named after its claim
        return self.short(self.paths[-1])

    def short(self, path: Path) -> str:
        """Return a path from the working directory where it lies below it."""
        try:
            return str(path.resolve().relative_to(Path.cwd().resolve()))
        except ValueError:
            return str(path)

    def finding(self, iri: str, rule: str, what: str, todo: str, *, warning: bool = False) -> Finding:
        """Build a finding about a node."""
        return Finding(self.where(iri), rule, what, todo, warning)
