"""Every rule of the check passes on the real data and fails on data spoiled in one place."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from parley.check import report, run
from parley.errors import UsageError
from parley.project import find
from tests.conftest import ROOT, Run

PAKISTAN, CHINA = "data/mar2020/pakistan.trig", "data/mar2020/china.trig"
AUTHORS = "[ a parley:Attribution ; parley:agent actor:mar2020-authors ; parley:cue parley:Asserts ]"
CLAIM_101 = r"(claim:mar2020-101 a parley:Claim ;(?:.|\n)*?)"

# rule: (file, pattern, replacement); the first match is replaced.
TWINS: dict[str, list[tuple[str, str, str]]] = {
    "syntax": [(CHINA, r"\{", "")],
    "vocabulary": [
        (CHINA, r"parley:Contact", "parley:Kontact"),
        (CHINA, r"parley:counterpart", "parley:conterpart"),
        (CHINA, r"actor:china ;", "actor:chnia ;"),
        (CHINA, r"passage:mar2020-s62", "passage:mar2020-s99"),
        ("data/actors.ttl", r"skos:altLabel", "skos:alternative"),
    ],
    "literal": [
        (CHINA, r"parley:value 2", "parley:value 2.0"),
        (CHINA, r"parley:value 2", "parley:value 3000000000"),
        (CHINA, r"parley:value 2", 'parley:value "2"^^<http://www.w3.org/2001/XMLSchema#int>'),
        (CHINA, r"parley:value 2", 'parley:value "02"^^<http://www.w3.org/2001/XMLSchema#integer>'),
    ],
    "border": [
        (CHINA, r"(?=# -+ s63)", "occ:loose a parley:Meeting .\n"),
        (CHINA, r"(?=# -+ s63)", "occ:encouragement-china-talks parley:place place:china .\n"),
        ("data/links.ttl", r"occ:september-11-attacks", "occ:removal-taliban-regime"),
        ("data/links.ttl", r"occ:conference-moscow-2017", "occ:dialogues-murree-2015"),
        ("ontology/rules/10-accept.rq", r"parley:Fact", "parley:Possible"),
        (
            "ontology/rules/20-types.rq",
            r"GRAPH graph:asserted \{ \?node",
            "GRAPH ?anywhere { ?node",
        ),
    ],
    "claim-incomplete": [
        (PAKISTAN, CLAIM_101 + r"    parley:evidence .*\n", r"\1"),
        (PAKISTAN, CLAIM_101 + r"    rdfs:label .*\n", r"\1"),
        (PAKISTAN, CLAIM_101 + r"    parley:factuality .*\n", r"\1"),
        (PAKISTAN, CLAIM_101 + r"    parley:about .*\n", r"\1"),
        (PAKISTAN, CLAIM_101 + r" ;\n    parley:attribution .*\n", r"\1 .\n"),
    ],
    "claim-twice": [(PAKISTAN, CLAIM_101 + r"parley:factuality ", r"\1parley:factuality parley:Possible , ")],
    "claim-without-graph": [(PAKISTAN, r"claim:mar2020-101 \{(.|\n)*?\n\}\n", "")],
    "graph-without-claim": [(PAKISTAN, CLAIM_101 + r"\] \.\n", "")],
    "claim-off-topic": [(PAKISTAN, r"occ:relations-pakistan-taliban a", "occ:shift-pakistan-links-again a")],
    "claim-about-nothing": [(PAKISTAN, CLAIM_101 + r"occ:relations-pakistan-taliban", r"\1occ:invitation-murree-2015")],
    "node-without-type": [(CHINA, r"occ:efforts-china-peace a parley:Situation ;\n", "occ:efforts-china-peace\n")],
    "attribution-incomplete": [
        (PAKISTAN, r" ; parley:cue parley:Asserts \]", " ]"),
        (PAKISTAN, r"parley:agent actor:mar2020-authors ; ", ""),
    ],
    "attribution-outermost": [(PAKISTAN, r"parley:agent actor:mar2020-authors", "parley:agent actor:iran")],
    "fact-by-neutral-cue": [(PAKISTAN, r"parley:cue parley:Asserts", "parley:cue parley:Claims")],
    "unverified-by-authors": [(PAKISTAN, r"parley:factuality parley:Fact", "parley:factuality parley:Unverified")],
    "fact-by-layer": [
        (PAKISTAN, r"parley:cue parley:Asserts \]", "parley:cue parley:Asserts ; parley:factuality parley:Possible ]")
    ],
    "evidence-no-passage": [(PAKISTAN, r"passage:mar2020-s33", "place:doha")],
    "passage-cited-and-marked": [(CHINA, r"(?=# -+ s63)", 'passage:mar2020-s62 parley:noClaim "none"@en .\n')],
    "derived-by-hand": [
        (CHINA, r"parley:manner concept:increasing ;", "parley:manner concept:increasing ; parley:hasMet actor:iran ;")
    ],
    "link-incomplete": [
        ("data/links.ttl", r" ; parley:verifiedBy [^;]*", ""),
        ("data/links.ttl", r"parley:item wd:Q148", "parley:item wd:Q149"),
        ("data/links.ttl", r"actor:china owl:sameAs wd:Q148 \.", ""),
    ],
    "link-unrecorded": [
        ("data/links.ttl", r"actor:china owl:sameAs wd:Q148", "actor:china owl:sameAs wd:Q148 , wd:Q149"),
        ("data/links.ttl", r"actor:china owl:sameAs", "actor:china skos:closeMatch"),
        ("data/links.ttl", r"actor:zamir-kabulov parley:no", "actor:china parley:no"),
    ],
    "coverage": [(PAKISTAN, r"passage:mar2020-s39", "passage:mar2020-s40")],
}
# The parts that reason have red twins of their own (test_owl, test_closure), and take longer than all others together.
WITHOUT_REASONING = [name for name in report._PARTS if name not in ("closure", "owl")]
CASES = [(rule, number) for rule, edits in TWINS.items() for number in range(len(edits))]


def spoil(folder: Path, file: str, pattern: str, replacement: str) -> None:
    path = folder / file
    text, count = re.subn(pattern, replacement, path.read_text(encoding="utf-8"), count=1)
    assert count == 1, "the edit found nothing to spoil"
    path.write_text(text, encoding="utf-8")


def test_the_real_data_has_no_finding() -> None:
    done = run(find(ROOT))
    assert done.violations == []
    accepted = next(part.note for part in done.parts if part.name == "border")
    assert int(accepted.split()[0]) > 150


def test_each_rule_has_a_red_twin() -> None:
    from tests.test_mutations import MUTATIONS

    folders = [files("parley").joinpath("check", name) for name in ("rules", "style")]
    names = {file.name[:-3] for folder in folders for file in folder.iterdir() if file.name.endswith(".rq")}
    assert len(names) >= 30
    assert names <= set(TWINS) | {mutation.rule for mutation in MUTATIONS.values()}


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_a_spoiled_copy_is_found(rule: str, number: int, copy: Path) -> None:
    spoil(copy, *TWINS[rule][number])
    findings = run(find(copy), WITHOUT_REASONING).findings
    assert rule in {finding.rule for finding in findings}, findings
    for finding in findings:
        assert re.match(r".+\.(ttl|trig|rq):\d+$|.*\.(ttl|trig|rq)$", finding.where)
        assert "\n" not in str(finding)


def test_a_finding_names_file_and_line(copy: Path) -> None:
    spoil(copy, CHINA, r"parley:value 2", "parley:value 2.0")
    (finding,) = (finding for finding in run(find(copy)).findings if finding.rule == "literal")
    text = (copy / CHINA).read_text(encoding="utf-8").splitlines()
    line = int(finding.where.rpartition(":")[2])
    assert text[line - 1].lstrip().startswith("measure:visits-taliban-china a parley:Measurement")


def test_parts_are_chosen_timed_and_counted(parley: Run) -> None:
    done = parley("--kb", ROOT, "check", "--only", "coverage")
    assert done.returncode == 0
    assert re.search(r"^coverage +\d+\.\d\d s  \d+ passages cited or marked", done.stdout, re.MULTILINE)
    assert "border" not in done.stdout
    assert done.stdout.endswith("0 findings\n")


def test_findings_give_exit_code_one(parley: Run, copy: Path) -> None:
    spoil(copy, CHINA, r"parley:Contact", "parley:Kontact")
    done = parley("--kb", copy, "check")
    assert (done.returncode, done.stderr) == (1, "")
    assert "vocabulary: parley:Kontact is no term of the ontology; correct or declare it" in done.stdout


def test_an_unknown_part_is_refused() -> None:
    with pytest.raises(UsageError, match="choose from"):
        run(find(ROOT), ["nothing"])
