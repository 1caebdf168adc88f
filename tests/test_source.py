"""Passages: split, pointed at, proven; on a text of our own, and on the article where it is at hand."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest

from parley.errors import Finding, ParleyError
from parley.project import Project
from parley.source import Bibliography, Passage, add, read_passages, split, verify
from tests.conftest import ROOT

TEXT = """
# A Tale of Two Harbours

Edition 7, 1999

The *old* harbour [closed](https://example.org/a,b) in 1998. Boats, nets & well-worn ropes
were sold to the Duke, who never

paid for them \\$5. The harbour master wept.

## **North side**

The old harbour reopened - twice. Nobody came. Nobody came.

*Written by the harbour master. Not by the Duke.*
"""


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "tale.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    for name in ("data", "ontology", "queries"):
        (tmp_path / "kb" / name).mkdir(parents=True)
    return Project(tmp_path / "kb" / "data", tmp_path / "kb" / "ontology", tmp_path / "kb" / "queries")


def test_sentences_sections_and_page_breaks(text: Path) -> None:
    title, passages = split(text)
    assert title == "A Tale of Two Harbours"
    sentences = [
        ("Front matter", "Edition 7, 1999"),
        ("Introduction", "The old harbour closed in 1998."),
        ("Introduction", "Boats, nets & well-worn ropes were sold to the Duke, who never paid for them $5."),
        ("Introduction", "The harbour master wept."),
        ("North side", "The old harbour reopened - twice."),
        ("North side", "Nobody came."),
        ("North side", "Nobody came."),
        ("Note", "Written by the harbour master."),
        ("Note", "Not by the Duke."),
    ]
    assert [(p.section, p.sha256) for p in passages] == [
        (section, hashlib.sha256(words.encode()).hexdigest()) for section, words in sentences
    ]
    assert [p.ordinal for p in passages] == list(range(1, 10))


def test_fragments_are_short_unique_and_encoded(text: Path) -> None:
    _, passages = split(text)
    assert passages[1].fragment == "The%20old%20harbour,1998." or passages[1].fragment.count(",") <= 2
    assert passages[2].fragment == "Boats%2C,%245."
    assert passages[5].fragment != passages[6].fragment
    assert passages[5].fragment == "twice.-,Nobody"
    for passage in passages:
        assert not re.search(r"[^\w.%,~-]", passage.fragment)


def resolve(fragment: str, page: str) -> tuple[int, int]:
    """Find a text directive as a browser does: whole words, any case, context around; the first match wins."""
    parts = fragment.split(",")
    prefix = unquote(parts.pop(0)[:-1]) if parts[0].endswith("-") else ""
    suffix = unquote(parts.pop()[1:]) if parts[-1].startswith("-") else ""
    start, end = unquote(parts[0]), unquote(parts[1]) if len(parts) > 1 else ""

    def word(text: str, at: int, before: str = "", after: str = "") -> re.Match[str]:
        left = f"(?<!\\w){re.escape(before)} " if before else "(?<!\\w)"
        right = f" {re.escape(after)}(?!\\w)" if after else "(?!\\w)"
        found = re.compile(f"{left}({re.escape(text)}){right}", re.IGNORECASE).search(page, at)
        assert found
        return found

    first = word(start, 0, prefix, "" if end else suffix)
    return first.start(1), word(end, first.end(1), "", suffix).end(1) if end else first.end(1)


def test_every_fragment_of_the_article_finds_its_own_sentence(article: Path) -> None:
    _, passages = split(article)
    page = plain(article)
    at = 0
    for passage in passages:
        begin, stop = resolve(passage.fragment, page)
        assert begin >= at
        words = page[begin:stop]
        if "," in passage.fragment:
            assert hashlib.sha256(words.encode()).hexdigest() == passage.sha256
        at = begin + 1


def plain(path: Path) -> str:
    """The article's words in order, made without the code under test."""
    text = unicodedata.normalize("NFC", path.read_text(encoding="utf-8"))
    text = re.sub(r"\[([^\]]*)\]\((?:[^)]*)\)", r"\1", text)
    return " ".join(re.sub(r"^#+ |\*+|\\(?=\$)", "", text, flags=re.MULTILINE).split())


def test_a_fragment_takes_at_most_five_words_an_end_and_half_the_sentence(article: Path) -> None:
    stored = read_passages(Project(ROOT / "data", ROOT / "ontology", ROOT / "queries"), "mar2020")
    by_digest = {}
    for sentence in sentences_of(article):
        by_digest[hashlib.sha256(sentence.encode()).hexdigest()] = sentence
    checked = 0
    for passage in stored:
        words = len(by_digest[passage.sha256].split())
        own = [part for part in passage.fragment.split(",") if not part.endswith("-") and not part.startswith("-")]
        counts = [len(unquote(part).split()) for part in own]
        assert max(counts) <= 5
        assert sum(counts) <= max(1, words // 2)
        checked += 1
    assert checked == 76


def sentences_of(path: Path) -> list[str]:
    from sentencex import segment

    blocks: list[str] = []
    for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")):
        text = re.sub(r"\[([^\]]*)\]\((?:[^)]*)\)", r"\1", block)
        text = " ".join(re.sub(r"\*+|\\(?=\$)", "", text).split())
        if not text or text.startswith("#"):
            continue
        if blocks and text[0].islower():
            blocks[-1] += f" {text}"
        else:
            blocks.append(text)
    return [unicodedata.normalize("NFC", s.strip()) for block in blocks for s in segment("en", block)]


def test_the_article_is_verified_and_a_changed_word_is_found(article: Path, project: Project, tmp_path: Path) -> None:
    assert verify(project, "mar2020", article) == 76
    text = article.read_text(encoding="utf-8")
    spoiled = tmp_path / "spoiled.md"
    spoiled.write_text(text.replace("at least twice", "twice"), encoding="utf-8")
    with pytest.raises(Finding, match="s63"):
        verify(project, "mar2020", spoiled)
    spoiled.write_text(text.rsplit("Credit:", 1)[0] + "*", encoding="utf-8")
    with pytest.raises(Finding):
        verify(project, "mar2020", spoiled)


def test_no_sentence_of_the_article_is_in_the_repository(article: Path) -> None:
    """No run of eight words of the article stands in any file, save its title and its project's."""
    allowed = {
        "The Taliban is actively developing relationships with regional powers "
        "as it makes territorial gains in Afghanistan",
        "Assessing the impact of external actors in the Syria and Afghan proxy wars",
        "The Taliban's external relations have implications for the future of peace in Afghanistan",
        "The Taliban's relationship with the United States",
    }
    words = re.findall(r"\w+", plain(article).casefold())
    runs = {tuple(words[i : i + 8]) for i in range(len(words) - 7)}
    for title in allowed:
        title_words = re.findall(r"\w+", title.casefold())
        runs -= {tuple(title_words[i : i + 8]) for i in range(len(title_words) - 7)}
    files = [p for folder in ("data", "ontology", "queries", "src", "tests") for p in (ROOT / folder).rglob("*.*")]
    files = [path for path in files if path.suffix in {".ttl", ".trig", ".rq", ".md", ".py", ".tsv"}]
    assert len(files) > 20
    for path in files:
        own = re.findall(r"\w+", path.read_text(encoding="utf-8").casefold())
        found = [own[i : i + 8] for i in range(len(own) - 7) if tuple(own[i : i + 8]) in runs]
        assert not found, (path, found[:1])


def test_add_then_verify(text: Path, empty: Project) -> None:
    facts = Bibliography("", ["Ann O'Dyne", "Bo Peep"], year="1999", url="https://example.org/tale", supplied=("url",))
    written = add(empty, text, "tale", facts)
    assert [path.name for path in written] == ["source.ttl", "passages.ttl"]
    assert verify(empty, "tale", text) == 9
    stored = read_passages(empty, "tale")
    assert stored == split(text)[1]
    source = written[0].read_text(encoding="utf-8")
    assert '"A Tale of Two Harbours"@en' in source
    assert "actor:ann-o-dyne" in source
    assert 'parley:supplied "url"' in source
    for name in ("edition", "grant", "funder", "doi"):
        assert f"parley:{name}" not in source
    everything = source + written[1].read_text(encoding="utf-8")
    for words in ("harbour master", "never paid", "well-worn ropes"):
        assert words not in everything


def test_adding_twice_loses_nothing(text: Path, empty: Project) -> None:
    first = add(empty, text, "tale", Bibliography("", []))[1].read_bytes()
    with pytest.raises(ParleyError, match="there already"):
        add(empty, text, "tale", Bibliography("", []))
    assert (empty.data / "tale" / "passages.ttl").read_bytes() == first


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"\xff", "x", "UTF-8"),
        (b"", "x", "no sentence"),
        (b"# Only a title", "x", "no sentence"),
        (b"A sentence without a heading.", "x", "give --title"),
        (b"# T\n\nA sentence here.", "X 1", "lower-case"),
    ],
)
def test_bad_input_gets_one_line_and_writes_nothing(
    content: bytes, name: str, words: str, empty: Project, tmp_path: Path
) -> None:
    path = tmp_path / "bad.md"
    path.write_bytes(content)
    with pytest.raises(ParleyError, match=words) as caught:
        add(empty, path, name, Bibliography("", []))
    assert "\n" not in str(caught.value)
    assert not list(empty.data.iterdir())


def test_a_plain_text_file_needs_a_title_and_keeps_its_marks(empty: Project, tmp_path: Path) -> None:
    path = tmp_path / "tale.txt"
    path.write_text("One *starred* word. Two words here.\n", encoding="utf-8")
    add(empty, path, "tale", Bibliography("A title", []))
    words = [hashlib.sha256(text.encode()).hexdigest() for text in ("One *starred* word.", "Two words here.")]
    assert [p.sha256 for p in read_passages(empty, "tale")] == words


def test_a_passage_is_a_value() -> None:
    assert Passage(1, "a", "b", "c") == Passage(1, "a", "b", "c")
