"""Where a knowledge base stands on disk: which ontology, data and queries are read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from parley.errors import UsageError

__all__ = ["Project", "find", "write_text"]

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Project:
    """Name the three folders of a knowledge base.

    :param data: hand-written Turtle and TriG, one folder a source
    :param ontology: ``parley.ttl``, ``shapes.ttl``, ``rules/``
    :param queries: saved queries, one ``.rq`` each
    :param shipped: whether this is the copy inside an installed package, which nobody edits
    """

    data: Path
    ontology: Path
    queries: Path
    shipped: bool = False

    @property
    def wikidata(self) -> Path:
        """What ``parley link enrich`` fetched, if it did: beside the data, so that the two are never mixed."""
        return self.data.parent / "wikidata" / "wikidata.ttl"

    def data_files(self) -> list[Path]:
        """List the Turtle and TriG files under :attr:`data`, sorted.

        :raises UsageError: if the folder cannot be read or holds none
        """
        try:
            files = sorted(path for path in self.data.rglob("*") if path.suffix in {".ttl", ".trig"} and path.is_file())
            os.listdir(self.data)
        except OSError as error:
            raise UsageError(f"cannot read the folder ({error.strerror})", where=self.data) from None
        if not files:
            raise UsageError("no .ttl or .trig file here", where=self.data, todo="name a folder that holds data/")
        return files

    def rule_files(self) -> list[Path]:
        """List the rules in the order in which they run.

        :raises UsageError: if there is none
        """
        files = sorted((self.ontology / "rules").glob("*.rq"))
        if not files:
            raise UsageError("no rule here", where=self.ontology / "rules", todo="restore ontology/rules")
        return files


def _is_checkout(folder: Path) -> bool:
    return (
        all((folder / name).is_dir() for name in ("data", "ontology", "queries"))
        and (folder / "src" / "parley").is_dir()
    )


def _own() -> Project:
    """Return the checkout of an editable install, else the copy in the wheel."""
    checkout = _PACKAGE.parent.parent
    if _is_checkout(checkout):
        return _at(checkout)
    shipped = _PACKAGE / "kb"
    return Project(shipped / "data", shipped / "ontology", shipped / "queries", shipped=True)


def _at(folder: Path) -> Project:
    return Project(folder / "data", folder / "ontology", folder / "queries")


def find(kb: str | Path | None = None) -> Project:
    """Find the knowledge base: ``kb``, else ``PARLEY_KB``, else the checkout around the working directory, else the
    checkout of an editable install, else the copy in the installed package.

    A folder that is named needs only ``data/``: its ontology and queries then come from the package.

    :raises UsageError: if the folder that was named has no ``data`` folder
    """
    named = kb or os.environ.get("PARLEY_KB")
    if named:
        folder = Path(named)
        if not (folder / "data").is_dir():
            raise UsageError("no folder data/ here", where=folder, todo="name a folder that holds data/")
        own = _own()
        ontology, queries = folder / "ontology", folder / "queries"
        return Project(
            folder / "data",
            ontology if ontology.is_dir() else own.ontology,
            queries if queries.is_dir() else own.queries,
        )
    here = Path.cwd()
    for folder in (here, *here.parents):
        if _is_checkout(folder):
            return _at(folder)
    return _own()


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: beside its place first, then renamed.

    :raises UsageError: if it cannot be written
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"cannot write ({error.strerror})", where=path) from None
