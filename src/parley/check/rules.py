"""Rules on claims as queries, one a file: a row is a finding, none is a pass."""

from __future__ import annotations

from pathlib import Path

from pyoxigraph import QuerySolutions

from parley.check.context import Context, Finding

__all__ = ["coverage", "query_all", "rules"]


def rules(context: Context) -> tuple[list[Finding], str]:
    """Run each query of ``check/rules``; its rows are findings about ``?focus``."""
    return query_all(context, "rules")


def query_all(context: Context, folder: str) -> tuple[list[Finding], str]:
    """Run each query of a folder of ``check`` on the derived store; its rows are findings about ``?focus``."""
    findings = []
    queries = sorted(Path(__file__).with_name(folder).glob("*.rq"))
    for file in queries:
        text = file.read_text(encoding="utf-8")
        todo = text.splitlines()[0].removeprefix("# To do: ")
        result = context.store.query(text)
        assert isinstance(result, QuerySolutions)
        for row in result:
            findings.append(context.finding(row["focus"].value, file.stem, row["what"].value, todo))
    return findings, f"{len(queries)} rules"


def coverage(context: Context) -> tuple[list[Finding], str]:
    """Count, by section, the passages that a claim cites or that are marked as holding none."""
    text = Path(__file__).parent.with_name("sparql").joinpath("coverage.rq").read_text(encoding="utf-8")
    result = context.store.query(text)
    assert isinstance(result, QuerySolutions)
    findings, done, waiting = [], 0, 0
    for row in result:
        covered = row["covered"].value == "true"
        done += covered
        if not covered and row["encoded"].value == "true":
            what = f"sentence {row['ordinal'].value} of {row['section'].value!r} is neither cited nor marked"
            findings.append(context.finding(row["passage"].value, "coverage", what, "cite it or give parley:noClaim"))
        waiting += not covered and row["encoded"].value != "true"
    if done + waiting + len(findings) == 0:
        findings.append(Finding(context.short(context.project.data), "coverage", "no passage", "add a source"))
    return findings, f"{done} passages cited or marked, {waiting} not yet encoded, {len(findings)} missing"
