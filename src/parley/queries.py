"""Saved questions: find them, fill in their columns, and run them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions, QueryTriples, Store

from parley.errors import InputError, NameUnknown, UsageError
from parley.namespaces import ASSERTED, ID, PREFIXES, RDFS, WIKIDATA, compact
from parley.project import Project

__all__ = ["SavedQuery", "bind", "by_tag", "find", "form", "guard", "listing", "read", "resolve", "run", "words"]

_KEYS = {"summary", "description", "tags", "source", "endpoint", "expect"}
_MOST_BYTES, _MOST_DEPTH = 32_768, 100
_LABELS = (NamedNode(f"{RDFS}label"), NamedNode(f"{PREFIXES['skos']}altLabel"))
# What may hide a word from the guard: a comment, an IRI, a string, a variable, a language; then names and words.
_TOKEN = re.compile(
    r"""<[^\s<>"{}|^`\\]*>|\#[^\r\n]*|'''(?:[^\\]|\\.)*?'''|\"{3}(?:[^\\]|\\.)*?\"{3}|'(?:[^'\\\r\n]|\\.)*+'?|"(?:[^"\\\r\n]|\\.)*+\"?"""
    r"""|[?$]\w+|@[A-Za-z]+|(?P<prefix>(?<!\w)\w++|):(?:[\w.:%-]|\\.)*+|(?P<word>[A-Za-z]+)"""
    r"""|(?P<open>[({\[])|(?P<close>[)}\]])|(?P<unary>[!+-])""",
    re.DOTALL,
)
_THEN_GROUP = re.compile(r"(?:\s|\#[^\r\n]*+)*+\{")


@dataclass(frozen=True)
class SavedQuery:
    """Hold one saved question: its file, its header and its SPARQL."""

    name: str
    path: Path
    text: str
    summary: str
    description: str = ""
    tags: tuple[str, ...] = ()
    source: str = ""
    endpoint: str = ""
    expect: str = ""


def read(path: Path) -> SavedQuery:
    """Read a saved question and its ``#+ key: value`` header.

    :raises InputError: if it cannot be read, a key is unknown or twice, or the summary is missing or no question
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read ({error})", where=path) from None
    header: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("#+"):
            continue
        key, _, value = line[2:].partition(":")
        key = key.strip()
        if key not in _KEYS or key in header:
            raise InputError(f"unknown or repeated key {key!r}", where=path, line=number, todo=f"use {sorted(_KEYS)}")
        header[key] = value.strip()
    if not header.get("summary", "").endswith("?"):
        raise InputError("the summary must be a question", where=path, todo="add '#+ summary: ...?'")
    tags = tuple(tag.strip() for tag in header.pop("tags", "").split(",") if tag.strip())
    return SavedQuery(path.stem, path, text, tags=tags, **header)


def listing(project: Project) -> list[SavedQuery]:
    """Read all saved questions, sorted by name.

    :raises UsageError: if there is none
    :raises InputError: if one is malformed
    """
    paths = sorted(project.queries.glob("*.rq"))
    if not paths:
        raise UsageError("no saved question here", where=project.queries)
    return [read(path) for path in paths]


def by_tag(saved: Sequence[SavedQuery]) -> list[tuple[str, list[SavedQuery]]]:
    """Group saved questions under their first tag, in the order of tags."""
    tags: dict[str, list[SavedQuery]] = {}
    for query in saved:
        tags.setdefault(query.tags[0] if query.tags else "other", []).append(query)
    return sorted(tags.items())


def find(project: Project, name: str) -> SavedQuery:
    """Find a saved question by name.

    :raises NameUnknown: with the nearest names, if there is none
    """
    names = {path.stem: path for path in sorted(project.queries.glob("*.rq"))}
    if name not in names:
        raise NameUnknown(name, "question", difflib.get_close_matches(name, names, n=3, cutoff=0.4))
    return read(names[name])


def guard(text: str, where: str | Path = "query") -> None:
    """Refuse what the embedded engine must not be given: SERVICE, and what is too long or nested to be parsed safely.

    :raises UsageError: with one sentence that says what and why
    """
    if len(text.encode()) > _MOST_BYTES:
        raise UsageError(f"a query of more than {_MOST_BYTES} bytes", where=where, todo="shorten it")
    if "SERVICE" not in text.upper() and sum(map(text.count, "({[!+-")) <= _MOST_DEPTH:
        return  # nothing to find, and not worth a lexer
    depth = run_length = 0
    for match in _TOKEN.finditer(text):
        # Oxigraph wants no space around a keyword: "trueSERVICE:x{" and "SERVICESILENT:x{" are both SERVICE.
        glued = "SERVICE" in (match["prefix"] or "").upper() and _THEN_GROUP.match(text, match.end())
        if glued or "SERVICE" in (match["word"] or "").upper():
            raise UsageError("SERVICE is not evaluated here", where=where, todo="send it with --endpoint URL")
        depth += bool(match["open"]) - bool(match["close"])
        run_length = run_length + 1 if match["unary"] else 0
        if max(depth, run_length) > _MOST_DEPTH:
            raise UsageError(f"a query nested past {_MOST_DEPTH} levels", where=where, todo="simplify it")


def run(
    store: Store, text: str, *, where: str | Path = "query", **dataset: Any
) -> QuerySolutions | QueryBoolean | QueryTriples:
    """Run a SPARQL 1.1 query on the embedded store; updates are refused, since they are no queries.

    :param dataset: ``default_graph`` and ``named_graphs`` as Oxigraph takes them, in place of the query's own FROM
    :raises UsageError: if the text is no query, or one that :func:`guard` refuses
    """
    guard(text, where)
    try:
        return store.query(text, **dataset)
    except SyntaxError as error:
        place, _, expected = str(error.msg).removeprefix("error at ").partition(": ")
        line = int(place.partition(":")[0]) if place[:1].isdigit() else None
        if re.search(r"expected (one of )?CONSTRUCT", expected) and _is_update(text):
            raise UsageError("this is an update; Parley only reads", where=where, todo="give a query") from None
        short = expected if len(expected) < 90 else f"{expected[:80]}..."
        raise UsageError(
            f"no valid SPARQL, column {place.partition(':')[2]}: {short}", where=where, line=line
        ) from None
    except ValueError as error:
        raise UsageError(str(error), where=where) from None


def words(text: str) -> set[str]:
    """Return a query's bare words in capitals: its keywords, and nothing from comments, strings, names and IRIs."""
    return {match["word"].upper() for match in _TOKEN.finditer(text) if match["word"]}


def form(text: str) -> str:
    """Return which of SPARQL's four forms a query has: ``SELECT``, ``ASK``, ``CONSTRUCT`` or ``DESCRIBE``, else ""."""
    forms = {"SELECT", "ASK", "CONSTRUCT", "DESCRIBE"}
    words = (match["word"].upper() for match in _TOKEN.finditer(text) if match["word"])
    return next((word for word in words if word in forms), "")


def _is_update(text: str) -> bool:
    updates = {"INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"}
    return not updates.isdisjoint(words(text))


def bind(store: Store, text: str, values: Mapping[str, str]) -> str:
    """Fill in projected columns with one ``VALUES`` clause at the end of the query, the only text ever added.

    :param values: column to label, alias, IRI, prefixed name, or literal as it stands in the answer
    :raises UsageError: if the query projects no such column
    :raises NameUnknown: if a value means nothing or several things
    """
    if not values:
        return text
    result = run(store, text)
    columns = [v.value for v in result.variables] if isinstance(result, QuerySolutions) else []
    for name in values:
        if name not in columns:
            raise UsageError(f"no column {name!r}", where="--bind", todo=f"choose from: {', '.join(columns) or 'none'}")
    terms = [resolve(store, value, text=text, column=name) for name, value in values.items()]
    names = " ".join(f"?{name}" for name in values)
    return f"{text}\nVALUES ({names}) {{ ({' '.join(map(str, terms))}) }}\n"


def resolve(store: Store, value: str, *, text: str = "", column: str = "") -> NamedNode | Literal:
    """Return what a reader means by a word: an IRI, or the one node with that label or alias.

    Where several nodes bear the name, the one that the query's column holds is meant; where none does, the literal
    of that column with this text.

    :raises NameUnknown: with candidates
    """
    if iri := _iri(value):
        node = NamedNode(iri)
        if next(store.quads_for_pattern(node, None, None), next(store.quads_for_pattern(None, None, node), None)):
            return node
        raise NameUnknown(value, "node", difflib.get_close_matches(iri, _subjects(store), n=3))
    index = _names(store)
    found = index.get(value.casefold(), set())
    if len(found) == 1:
        return next(iter(found))
    held = set(_column(store, text, column)) if text else set()
    if fitting := [term for term in held if isinstance(term, Literal) and value in {term.value, str(term)}]:
        return fitting[0]
    if found:
        if len(narrowed := found & held) == 1:
            return next(iter(narrowed))
        raise NameUnknown(value, "node", sorted(compact(node.value) for node in found), ambiguous=True)
    near = difflib.get_close_matches(value.casefold(), index, n=5, cutoff=0.5)
    parts = [name for name in index if value.casefold() in name]
    raise NameUnknown(value, "actor, place or event", sorted({*near, *parts[:5]})[:6])


def _iri(value: str) -> str:
    if value.startswith("<") and value.endswith(">"):
        return value[1:-1]
    if value.startswith(("http://", "https://")):
        return value
    prefix, colon, local = value.partition(":")
    return PREFIXES[prefix] + local if colon and prefix in PREFIXES and " " not in local else ""


def _subjects(store: Store) -> list[str]:
    quads = store.quads_for_pattern(None, None, None, NamedNode(ASSERTED))
    return sorted(
        {q.subject.value for q in quads if isinstance(q.subject, NamedNode) and q.subject.value.startswith(ID)}
    )


def _names(store: Store) -> dict[str, set[NamedNode]]:
    index: dict[str, set[NamedNode]] = {}
    for label in _LABELS:
        for quad in store.quads_for_pattern(None, label, None):
            if quad.graph_name == NamedNode(WIKIDATA):
                continue
            claim = quad.subject.value.startswith(PREFIXES["claim"]) if isinstance(quad.subject, NamedNode) else True
            if not claim and isinstance(quad.object, Literal) and isinstance(quad.subject, NamedNode):
                index.setdefault(quad.object.value.casefold(), set()).add(quad.subject)
    return index


def _column(store: Store, text: str, column: str) -> list[NamedNode | Literal]:
    result = run(store, text)
    if not isinstance(result, QuerySolutions):
        return []
    return [term for row in result if isinstance(term := row[column], (NamedNode, Literal))]
