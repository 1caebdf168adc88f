"""Bring a source: its passages as pointers and digests, never as text."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from parley.errors import Finding, InputError, UsageError
from parley.namespaces import PARLEY, PREFIXES
from parley.project import Project, write_text

if TYPE_CHECKING:
    from markdown_it.token import Token

__all__ = ["Bibliography", "Passage", "add", "prove", "read_passages", "sentences", "split", "verify"]

FRONT, INTRODUCTION, NOTE = "Front matter", "Introduction", "Note"
_END = re.compile(r"[.!?:;\u2026][\"'\u201d\u2019)\]]*$")
_MOST = 5


@dataclass(frozen=True)
class Passage:
    """Point at one sentence of a source.

    :param ordinal: place in reading order, from 1
    :param section: the heading above it, or Parley's own word where there is none
    :param fragment: a text directive without its ``text=`` (WICG Scroll To Text Fragment), percent-encoded
    :param sha256: digest of the normalised words, hexadecimal
    """

    ordinal: int
    section: str
    fragment: str
    sha256: str


@dataclass(frozen=True)
class Bibliography:
    """State what is known of a source as a publication; what the source does not state is listed in ``supplied``."""

    title: str
    authors: Sequence[str]
    edition: str = ""
    year: str = ""
    grant: str = ""
    funder: str = ""
    project: str = ""
    affiliation: str = ""
    url: str = ""
    supplied: Sequence[str] = ()


@dataclass(frozen=True)
class _Block:
    text: str
    heading: bool = False
    emphasised: bool = False


def sentences(path: Path) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Split a Markdown or plain-text file into its title, its sentences each with its section, and its blocks of text.

    Sections are the headings. Three names are Parley's own: lines without an end mark right under the title are
    front matter, what follows them is the introduction, and paragraphs wholly in emphasis are notes. A paragraph
    without an end mark is joined with a next one that begins in lower case (a page break inside a sentence).

    :raises InputError: if the file cannot be read, is not UTF-8, or holds no sentence
    """
    from sentencex import segment

    blocks = _joined(_blocks(path))
    title, section = "", FRONT
    found: list[tuple[str, str]] = []
    for block in blocks:
        if block.heading:
            if title:
                section = block.text
            title = title or block.text
            continue
        if section == FRONT and _END.search(block.text) and " " in block.text:
            section = INTRODUCTION
        for sentence in segment("en", block.text):
            if folded := _fold(sentence):
                found.append((NOTE if block.emphasised else section, folded))
    if not found:
        raise InputError("no sentence found", where=path, todo="give a Markdown or text file")
    return title, found, [block.text for block in blocks]


def split(path: Path) -> tuple[str, list[Passage]]:
    """Split a file into its title and its passages, one a sentence, as :func:`sentences` does.

    :raises InputError: if the file cannot be used
    """
    title, found, blocks = sentences(path)
    page = _Page(blocks)
    passages, start = [], 0
    for ordinal, (name, text) in enumerate(found, 1):
        start = page.find(text, start)
        passages.append(Passage(ordinal, name, page.fragment(start, start + len(text)), _digest(text)))
        start += len(text)
    return title, passages


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 (byte {error.start})", where=path, todo="save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"cannot read ({error.strerror})", where=path) from None


def _fold(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _blocks(path: Path) -> Iterator[_Block]:
    text = _read(path)
    if path.suffix.lower() not in {".md", ".markdown"}:
        yield from (_Block(folded) for part in re.split(r"\n\s*\n", text) if (folded := _fold(part)))
        return
    from markdown_it import MarkdownIt

    heading = False
    for token in MarkdownIt("commonmark").parse(text):
        heading = token.type == "heading_open" or (heading and token.type != "heading_close")
        if token.type == "inline" and (folded := _fold(_words(token.children or []))):
            yield _Block(folded, heading, _wholly_emphasised(token.children or []))


def _words(tokens: Sequence[Token]) -> str:
    return "".join(" " if token.type in {"softbreak", "hardbreak"} else token.content for token in tokens)


def _wholly_emphasised(tokens: Sequence[Token]) -> bool:
    kinds = [token.type for token in tokens if token.type != "text" or token.content.strip()]
    return len(kinds) > 1 and kinds[0] == "em_open" and kinds[-1] == "em_close" and kinds.count("em_open") == 1


def _joined(blocks: Iterator[_Block]) -> list[_Block]:
    joined: list[_Block] = []
    for block in blocks:
        last = joined[-1] if joined else None
        if last and not last.heading and not block.heading and not _END.search(last.text) and block.text[0].islower():
            joined[-1] = _Block(f"{last.text} {block.text}", emphasised=last.emphasised)
        else:
            joined.append(block)
    return joined


class _Page:
    """Stand for the text a browser searches: all blocks in order, matched by whole words without regard to case."""

    def __init__(self, blocks: Sequence[str]) -> None:
        self._text = "\n".join(blocks)

    def find(self, text: str, start: int) -> int:
        """Return where a sentence stands at or after ``start``."""
        return self._text.index(text, start)

    def fragment(self, start: int, end: int) -> str:
        """Build the text directive with the fewest words that finds this stretch and no other.

        At most five words at each end, at most half of the stretch's own words (one where it has fewer than four);
        where these do not do, up to five words of context before or after it.
        """
        words = self._text[start:end].split()
        half = max(1, len(words) // 2)
        ends = ((a, b) for a in range(1, _MOST + 1) for b in range(_MOST + 1) if b or half == 1)
        pairs = sorted(ends, key=lambda pair: (sum(pair), -pair[0]))
        before, after = self._text[:start].split(), self._text[end:].split()
        contexts = [(0, 0), *((k, 0) for k in range(1, _MOST + 1)), *((0, k) for k in range(1, _MOST + 1))]
        # More than half the words only where the shorter ones do not tell the sentence from the rest.
        for most in (half, 2 * _MOST):
            for p, s in contexts:
                for a, b in pairs:
                    if p > len(before) or s > len(after) or a + b > most:
                        continue
                    terms = (before[len(before) - p :], words[:a], words[len(words) - b :] if b else [], after[:s])
                    if self._unique(start, end, terms):
                        return _directive(*terms)
        raise InputError("no text fragment tells this sentence from the rest", todo=f"look at {' '.join(words[:5])!r}")

    def _unique(self, start: int, end: int, terms: tuple[list[str], ...]) -> bool:
        prefix, first, last, suffix = (r"\s+".join(map(re.escape, term)) for term in terms)
        pattern = rf"(?<!\w){prefix}\s+({first})(?!\w)" if prefix else rf"(?<!\w)({first})(?!\w)"
        if last:
            pattern += rf"(?=.*?(?<!\w)({last})(?!\w))" if not suffix else rf"(?=.*?(?<!\w)({last})\s+{suffix}(?!\w))"
        elif suffix:
            pattern += rf"(?=\s+{suffix}(?!\w))"
        found = list(re.finditer(pattern, self._text, re.IGNORECASE | re.DOTALL))
        return len(found) == 1 and found[0].start(1) == start and (not last or found[0].end(2) == end)


def _directive(prefix: list[str], first: list[str], last: list[str], suffix: list[str]) -> str:
    def encode(words: list[str]) -> str:
        return quote(" ".join(words), safe="").replace("-", "%2D")

    parts = [encode(first)] + ([encode(last)] if last else [])
    if prefix:
        parts.insert(0, f"{encode(prefix)}-")
    if suffix:
        parts.append(f"-{encode(suffix)}")
    return ",".join(parts)


def add(project: Project, file: Path, source: str, about: Bibliography) -> list[Path]:
    """Write ``source.ttl`` and ``passages.ttl`` of a new source and return their paths.

    :param source: short id, lower-case letters and digits, such as ``mar2020``
    :param about: bibliographic facts; an empty title is taken from the file's first heading
    :raises UsageError: if the id is malformed or taken, or the knowledge base is an installed copy
    :raises InputError: if the file cannot be used
    """
    if not re.fullmatch(r"[a-z][a-z0-9]*", source):
        raise UsageError("an id is lower-case letters and digits", where=f"--id {source}")
    if project.shipped:
        raise UsageError("this knowledge base is part of an installed package", todo="name yours with --kb DIR")
    folder = project.data / source
    paths = [folder / "source.ttl", folder / "passages.ttl"]
    for path in paths:
        if path.exists():
            raise UsageError("this source is there already", where=path, todo="choose another id")
    title, passages = split(file)
    if not (about.title or title):
        raise UsageError("the file has no heading", where=file, todo="give --title")
    write_text(paths[1], _passages_turtle(source, passages))
    write_text(paths[0], _source_turtle(source, about, about.title or title))
    return paths


def _head(*prefixes: str) -> str:
    return "".join(f"PREFIX {prefix + ':':<9} <{PREFIXES[prefix]}>\n" for prefix in prefixes) + "\n"


def _literal(text: str, tag: str = "") -> str:
    from pyoxigraph import Literal

    return str(Literal(text, language=tag) if tag else Literal(text))


def _passages_turtle(source: str, passages: Sequence[Passage]) -> str:
    blocks = [
        f"passage:{source}-s{p.ordinal:02} a parley:Passage ;\n"
        f"    oa:hasSource source:{source} ;\n"
        f"    parley:section {_literal(p.section, 'en')} ;\n"
        f"    parley:ordinal {p.ordinal} ;\n"
        f"    parley:fragment {_literal(p.fragment)} ;\n"
        f"    parley:sha256 {_literal(p.sha256)} .\n"
        for p in passages
    ]
    return (
        f"# The passages of {source}, one a sentence: pointers and digests, written by `parley source add`.\n"
        + _head("oa", "parley", "passage", "source")
        + "\n".join(blocks)
    )


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def _source_turtle(source: str, about: Bibliography, title: str) -> str:
    persons = [f"actor:{_slug(author)}" for author in about.authors]
    lines = [f"source:{source} a parley:Source", f"rdfs:label {_literal(title, 'en')}"]
    lines.append("parley:author " + " , ".join([f"actor:{source}-authors", *persons]))
    for name in ("edition", "grant", "funder", "project", "affiliation"):
        if value := getattr(about, name):
            lines.append(f"parley:{name} {_literal(value, '' if name == 'grant' else 'en')}")
    if about.year:
        lines.append(f"parley:when {_literal(about.year)}^^edtf:EDTF")
    if about.url:
        lines.append(f"parley:url {_literal(about.url)}^^xsd:anyURI")
    lines += [f"parley:supplied {_literal(name)}" for name in about.supplied]
    blocks = [" ;\n    ".join(lines) + " .\n"]
    blocks.append(
        f"actor:{source}-authors a parley:Collective ;\n"
        f"    rdfs:label {_literal('the authors of ' + source, 'en')} ;\n"
        f"    skos:altLabel {_literal('the authors', 'en')} .\n"
    )
    blocks += [
        f"{person} a parley:Person ;\n    rdfs:label {_literal(author, 'en')} ;\n"
        f"    parley:partOf actor:{source}-authors .\n"
        for person, author in zip(persons, about.authors, strict=True)
    ]
    return (
        f"# {source} as a publication. List each section here as parley:encodedSection once it is encoded whole.\n"
        + _head("actor", "edtf", "parley", "rdfs", "skos", "source", "xsd")
        + "\n".join(blocks)
    )


def read_passages(project: Project, source: str) -> list[Passage]:
    """Read the stored passages of a source, in reading order.

    :raises UsageError: if there is no such source
    :raises InputError: if its file does not parse
    """
    from pyoxigraph import parse

    path = project.data / source / "passages.ttl"
    if not path.is_file():
        raise UsageError(f"no source {source!r}", where=path, todo="add it with parley source add")
    found: dict[str, dict[str, str]] = {}
    try:
        for quad in parse(path=path):
            name = quad.predicate.value.removeprefix(PARLEY)
            found.setdefault(str(quad.subject), {})[name] = getattr(quad.object, "value", "")
        return sorted(
            (Passage(int(f["ordinal"]), f["section"], f["fragment"], f["sha256"]) for f in found.values()),
            key=lambda passage: passage.ordinal,
        )
    except SyntaxError as error:
        raise InputError(str(error.msg), where=path, line=error.lineno) from None
    except (KeyError, ValueError) as error:
        raise InputError(f"a passage lacks {error}", where=path, todo="run parley source add anew") from None


def prove(project: Project, source: str, text: Path) -> list[Passage]:
    """Prove by its digests that a text is a copy of a source, and return the stored passages, one for each sentence.

    :raises Finding: at the first sentence that differs, or if there are more or fewer
    """
    stored, given = read_passages(project, source), sentences(text)[1]
    for passage, (_, words) in zip(stored, given, strict=False):
        if passage.sha256 != _digest(words):
            raise Finding(
                f"passage {source}-s{passage.ordinal:02} ({passage.section}) has other words in this text",
                where=text,
                todo="use the edition that was encoded",
            )
    if len(stored) != len(given):
        raise Finding(f"{len(given)} passages in this text, {len(stored)} stored", where=text)
    return stored


def verify(project: Project, source: str, text: Path) -> int:
    """Prove every stored passage, its section and fragment too, against a copy of the text; return how many there are.

    :raises Finding: at the first passage that differs, or if there are more or fewer
    """
    stored = prove(project, source, text)
    for old, new in zip(stored, split(text)[1], strict=True):
        if old != new:
            raise Finding(f"passage {source}-s{old.ordinal:02} has another section or fragment", where=text)
    return len(stored)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
