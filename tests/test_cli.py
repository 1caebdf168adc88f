"""The commands as a user types them, with right and with wrong input."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from parley.namespaces import PREFIXES
from tests.conftest import ROOT, Run

ARGS = ("--kb", str(ROOT))


def test_asking_lists_the_questions_by_tag(parley: Run) -> None:
    done = parley("ask")
    assert done.returncode == 0
    names = [line.split()[0] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert sorted(names) == sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))


def test_who_invited_whom_shows_receipts_and_no_invented_inviter(parley: Run) -> None:
    done = parley("ask", "who-invited-whom", "--format", "csv")
    rows = {row["invitation"].rpartition("/")[2]: row for row in csv.DictReader(io.StringIO(done.stdout))}
    murree, baradar = rows["invitation-murree-2015"], rows["invitation-baradar-2019"]
    assert murree["inviter"].endswith("/pakistan-foreign-office")
    assert (murree["when"], murree["sentence"], murree["section"]) == ("2015", "36", "Pakistan")
    assert murree["factuality"].endswith("#Fact")
    assert murree["claimant"].endswith("/mar2020-authors")
    assert murree["link"].startswith("#:~:text=")
    assert (baradar["inviter"], baradar["when"]) == ("", "2019")
    assert not [row for row in rows.values() if row["when"].startswith("2020")]


def test_who_hosted_whom_answers_early_2020(parley: Run) -> None:
    done = parley("ask", "who-hosted-whom", "--format", "csv", "--bind", "host=Pakistan's foreign office")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["when"], row["visitor"].rpartition("/")[2]) for row in rows] == [("2020-37", "taliban")]


def test_a_table_shows_labels_and_the_w3c_formats_show_terms(parley: Run) -> None:
    table = parley("ask", "who-invited-whom").stdout
    assert "Mullah Baradar" in table
    assert "actor/mullah-baradar" not in table
    result = json.loads(parley("ask", "who-invited-whom", "--format", "json").stdout)
    assert result["head"]["vars"][:2] == ["inviter", "invitee"]
    assert "actor/mullah-baradar" in json.dumps(result)
    tsv = parley("ask", "who-invited-whom", "--format", "tsv").stdout
    assert tsv.startswith("?inviter\t?invitee\t")
    assert parley("ask", "who-invited-whom", "--format", "xml").stdout.startswith("<?xml")


def test_query_reads_a_file_or_standard_input(parley: Run, tmp_path: Path) -> None:
    text = "PREFIX parley: <https://w3id.org/parley/ontology#>\nASK { GRAPH ?g { ?x a parley:Invitation } }"
    file = tmp_path / "q.rq"
    file.write_text(text, encoding="utf-8")
    assert parley("query", file).stdout == "yes\n"
    assert parley("query", "-", stdin=text.encode()).stdout == "yes\n"
    graph = (
        "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH ?g { ?s ?p ?o FILTER(?s = <https://w3id.org/parley/id/actor/iran>) } }"
    )
    assert "actor:iran" in parley("query", "-", stdin=graph.encode()).stdout


def test_show_tells_names_claims_and_evidence(parley: Run) -> None:
    done = parley("show", "Mullah Baradar")
    assert done.returncode == 0
    assert "by whom is not stated" in done.stdout
    assert "acts for: Taliban" in done.stdout
    assert "#:~:text=In%202019" in done.stdout


def test_claims_can_be_chosen_by_section_and_factuality(parley: Run) -> None:
    lines = parley("claims", "--section", "pakistan", "--factuality", "unverified").stdout.splitlines()
    assert len(lines) == 1
    assert "(Shah Mehmood Qureshi says; relayed by the authors of mar2020)" in lines[0]
    assert lines[0].endswith("Pakistan, s40")


def test_the_command_works_from_any_folder_and_a_named_one_needs_only_data(parley: Run, copy: Path) -> None:
    for name in ("ontology", "queries"):
        (copy / name).rename(copy / f"no-{name}")
    assert "Murree" in parley("--kb", copy, "ask", "who-invited-whom").stdout
    assert "Murree" in parley("ask", "who-invited-whom", PARLEY_KB=str(copy)).stdout


NEW = """
claim:mar2020-999 {
    occ:invitation-new a parley:Invitation ;
        rdfs:label "a new invitation"@en ;
        parley:inviter actor:china ;
        parley:invitee actor:india .
}
claim:mar2020-999 a parley:Claim ;
    parley:about occ:invitation-new ;
    rdfs:label "A test says that China invited India."@en ;
    parley:evidence passage:mar2020-s62 ;
    parley:factuality parley:Fact ;
    parley:attribution [ a parley:Attribution ; parley:agent actor:mar2020-authors ; parley:cue parley:Asserts ] .
"""


def test_a_new_claim_is_in_the_next_answer_with_nothing_to_rebuild(parley: Run, copy: Path) -> None:
    ask = ("--kb", copy, "ask", "who-invited-whom")
    assert "a new invitation" not in parley(*ask).stdout
    with (copy / "data/mar2020/china.trig").open("a", encoding="utf-8") as file:
        file.write(NEW)
    assert "a new invitation" in parley(*ask).stdout
    assert "a new invitation" in parley(*ask, PARLEY_CACHE="off").stdout


def test_the_cache_is_used_kept_small_and_does_without_a_folder(parley: Run, copy: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache" / "parley"
    path = copy / "data/mar2020/china.trig"
    text = path.read_text(encoding="utf-8")
    for number in range(10):
        path.write_text(f"{text}# {number}\n", encoding="utf-8")
        assert parley("--kb", copy, "ask", "who-invited-whom").returncode == 0
    files = sorted(cache.iterdir(), key=lambda file: file.stat().st_mtime)
    assert len(files) == 8
    files[-1].write_text("<http://x> <http://y> nonsense", encoding="utf-8")
    assert "Murree" in parley("--kb", copy, "ask", "who-invited-whom").stdout
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "Murree" in parley("ask", "who-invited-whom", XDG_CACHE_HOME=str(tmp_path / "file")).stdout


def spoil(path: Path, text: str | bytes) -> None:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


BAD = {
    "malformed TriG": ("data/mar2020/x.trig", b"claim:a { b }", "x.trig:1"),
    "an unknown prefix": ("data/mar2020/x.trig", b"\nzzz:a zzz:b zzz:c .", "x.trig:2"),
    "not UTF-8": ("data/mar2020/x.trig", b'<http://x/a> <http://x/b> "\xff" .', "UTF-8"),
    "a date that is none": (
        "data/x.ttl",
        b'<http://x/a> <https://w3id.org/parley/ontology#when> "soon"^^<http://id.loc.gov/datatypes/edtf/EDTF> .',
        "'soon' is no EDTF date",
    ),
    "a rule that is none": ("ontology/rules/10-accept.rq", b"CONSTRUCT", "10-accept.rq"),
    "a question without a summary": ("queries/who-invited-whom.rq", b"SELECT * {}", "summary"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_gets_one_line_and_nothing_is_written(case: str, parley: Run, copy: Path, tmp_path: Path) -> None:
    name, content, words = BAD[case]
    spoil(copy / name, content)
    before = sorted(copy.rglob("*"))
    done = parley("--kb", copy, "ask", "who-invited-whom")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    assert sorted(copy.rglob("*")) == before
    assert not (tmp_path / "cache" / "parley").exists()


@pytest.mark.parametrize(
    ("args", "stdin", "words"),
    [
        (("ask", "who-invted-whom"), b"", "nearest: who-invited-whom"),
        (("ask", "who-invited-whom", "--bind", "inviter=Pakistn"), b"", "pakistan"),
        (("ask", "who-invited-whom", "--bind", "actor=Pakistan"), b"", "choose from: inviter"),
        (("ask", "who-invited-whom", "--bind", "inviter"), b"", "COLUMN=VALUE"),
        (("ask", "who-invited-whom", "--format", "turtle"), b"", "cannot hold rows"),
        (("ask", "who-invited-whom", "--format", "pdf"), b"", "pdf"),
        (("show", "Pakistan"), b"", "actor:pakistan; place:pakistan"),
        (("show", "Atlantis"), b"", "'Atlantis'"),
        (("claims", "--section", "Mars"), b"", "choose from"),
        (("claims", "--factuality", "sure"), b"", "choose from"),
        (("query", "no-such-file.rq"), b"", "cannot read"),
        (("query", "-"), b"INSERT DATA { <a:a> <a:b> <a:c> }", "only reads"),
        (("query", "-"), b"PREFIX a: <a:>\nDELETE WHERE { ?s ?p ?o }", "only reads"),
        (("query", "-"), b"SELECT * {\n ?s ?p", "query:2" if False else "no valid SPARQL"),
        (("query", "-"), b"SELECT * { SERVICE <http://127.0.0.1/> {} }", "SERVICE"),
        (("query", "-"), b"\xff\xfe", "not UTF-8"),
        (("query", "-", "--format", "csv"), b"CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }", "cannot hold a graph"),
        (("--kb", "/no/such/folder", "ask"), b"", "no folder data/"),
        (("check", "--only", "everything"), b"", "choose from"),
        (("nonsense",), b"", "nonsense"),
        (("source", "add", "no-file.md", "--id", "x"), b"", "cannot read"),
        (("source", "verify", "nothing", "--text", "no-file.md"), b"", "no source 'nothing'"),
    ],
)
def test_wrong_use_gets_one_line(args: tuple[str, ...], stdin: bytes, words: str, parley: Run) -> None:
    done = parley(*args, stdin=stdin)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(os.geteuid() == 0 and not hasattr(os, "setuid"), reason="needs a user")
def test_an_unreadable_folder_gets_one_line(parley: Run, tmp_path: Path) -> None:
    (tmp_path / "kb").mkdir()
    (tmp_path / "kb" / "data").symlink_to("/proc/1/no-such-folder")
    done = parley("--kb", tmp_path / "kb", "ask", "who-invited-whom")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    (tmp_path / "kb" / "data").unlink()
    (tmp_path / "kb" / "data").mkdir()
    done = parley("--kb", tmp_path / "kb", "ask", "who-invited-whom")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_hostile_labels_cannot_rewrite_a_terminal(parley: Run, copy: Path) -> None:
    path = copy / "data" / "actors.ttl"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"Mullah Baradar"', '"Mullah \\u001B[2J\\u202EBaradar"'), encoding="utf-8")
    out = parley("--kb", copy, "ask", "who-invited-whom").stdout
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "\\u001b[2J\\u202eBaradar" in out


def test_prefixes_are_the_same_in_every_file() -> None:
    seen = 0
    for path in [*ROOT.glob("data/**/*.t*"), *ROOT.glob("ontology/**/*.*"), *ROOT.glob("queries/*.rq")]:
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("PREFIX"):
                _, prefix, iri = line.split()
                if prefix[:-1] in PREFIXES:
                    seen += 1
                    assert iri == f"<{PREFIXES[prefix[:-1]]}>", path
    assert seen > 50
