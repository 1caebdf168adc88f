"""The knowledge base as an rdflib dataset whose SPARQL runs on Oxigraph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyoxigraph
from oxrdflib import OxigraphStore
from oxrdflib._converter import from_ox
from rdflib import Dataset
from rdflib.term import Node

from parley import queries
from parley.graph.compiled import open_store
from parley.namespaces import PREFIXES
from parley.project import Project, find

if TYPE_CHECKING:
    import pandas

__all__ = ["Answer", "KnowledgeBase", "load"]


class Answer(Sequence[tuple[Node | None, ...]]):
    """Hold the rows of an answer as rdflib terms, ``None`` where a column is unbound."""

    def __init__(self, columns: Sequence[str], rows: Sequence[tuple[Node | None, ...]]) -> None:
        self.columns = tuple(columns)
        self._rows = tuple(rows)

    def __getitem__(self, index: Any) -> Any:
        return self._rows[index]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[tuple[Node | None, ...]]:
        return iter(self._rows)

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return each row as a dictionary of Python values: numbers and dates where they are such, else strings."""
        return [
            {
                name: None
                if term is None
                else (value if (value := getattr(term, "value", None)) is not None else str(term))
                for name, term in zip(self.columns, row, strict=True)
            }
            for row in self._rows
        ]

    def to_pandas(self) -> pandas.DataFrame:
        """Return the rows of :meth:`to_dicts` as a data frame.

        :raises ImportError: if pandas is not installed
        """
        import pandas

        return pandas.DataFrame(self.to_dicts(), columns=list(self.columns))


class KnowledgeBase(Dataset):
    """Offer a knowledge base as an :class:`rdflib.Dataset`; queries given as text run on Oxigraph."""

    def __init__(self, store: pyoxigraph.Store, project: Project) -> None:
        super().__init__(store=OxigraphStore(store=store))
        self.project = project
        self.oxigraph = store
        for prefix, base in PREFIXES.items():
            self.bind(prefix, base)

    def ask(self, name: str, **bind: str | Node) -> Answer | bool:
        """Answer a saved question.

        :param name: the question, as ``parley ask`` lists it
        :param bind: a value for a column: an rdflib term, or text as ``--bind`` takes it (a label, an alias, an IRI)
        :raises NameUnknown: if there is no such question, or a value means nothing or several things
        :raises UsageError: if the question has no such column, or constructs a graph
        """
        query = queries.find(self.project, name)
        text = queries.bind(self.oxigraph, query.text, {key: _text(value) for key, value in bind.items()})
        result = queries.run(self.oxigraph, text, where=query.path)
        if isinstance(result, pyoxigraph.QueryBoolean):
            return bool(result)
        if isinstance(result, pyoxigraph.QueryTriples):
            triples = [tuple(map(_term, (t.subject, t.predicate, t.object))) for t in result]
            return Answer(("subject", "predicate", "object"), triples)
        columns = [variable.value for variable in result.variables]
        return Answer(columns, [tuple(map(_term, row)) for row in result])


def _term(term: Any) -> Node | None:
    node = None if term is None else from_ox(term)
    assert not isinstance(node, tuple)  # a quoted triple, which Parley's data never has
    return node


def _text(value: str | Node) -> str:
    return value.n3() if isinstance(value, Node) else value


def load(kb: str | Path | None = None) -> KnowledgeBase:
    """Load the knowledge base that ``parley`` would use, or the one in the folder ``kb``.

    :raises ParleyError: if there is none or a file of it is malformed
    """
    project = find(kb)
    return KnowledgeBase(open_store(project), project)
