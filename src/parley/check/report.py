"""Run the parts of a check, time them and gather their findings."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from parley.check import border, closure, owl, rules, shapes, style, syntax
from parley.check.context import Context, Finding
from parley.errors import NotInstalled, ParleyError, UsageError
from parley.project import Project

__all__ = ["Finding", "Part", "Report", "run"]

_Check = Callable[[Context], tuple[list[Finding], str]]
_PARTS: dict[str, _Check] = {
    "syntax": syntax.syntax,
    "vocabulary": syntax.vocabulary,
    "dates": syntax.dates,
    "border": border.border,
    "rules": rules.rules,
    "coverage": rules.coverage,
    "shapes": shapes.shapes,
    "style": style.style,
    "closure": closure.closure,
    "owl": owl.owl,
}
# Without these there is nothing to check: they always run, and what they find ends the run.
_GATES = ("syntax", "dates")


@dataclass(frozen=True)
class Part:
    """Tell what one part did: its name, how long it took in seconds, and a note."""

    name: str
    seconds: float
    note: str


@dataclass(frozen=True)
class Report:
    """Hold the parts that ran and all that they found."""

    parts: list[Part] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def violations(self) -> list[Finding]:
        """What must be mended: the findings that are no warnings."""
        return [finding for finding in self.findings if not finding.warning]


def run(project: Project, only: Iterable[str] = ()) -> Report:
    """Run all parts, or only those named; a file that does not parse or a date that cannot be read ends the run.

    :raises UsageError: if a part is unknown, or one that is named needs what is not installed
    """
    wanted = list(only)
    for name in wanted:
        if name not in _PARTS:
            raise UsageError(f"no part {name!r}", where="--only", todo=f"choose from: {', '.join(_PARTS)}")
    report = Report()
    context = Context(project)
    for name, part in _PARTS.items():
        if wanted and name not in wanted and name not in _GATES:
            continue
        start = time.perf_counter()
        try:
            findings, note = part(context)
        except NotInstalled as error:
            if name in wanted:
                raise
            findings, note = [], str(error)
        except UsageError:
            raise
        except ParleyError as error:
            findings, note = [Finding(error.where, name, error.what, error.todo or "mend it")], "stopped"
        report.parts.append(Part(name, time.perf_counter() - start, note))
        report.findings.extend(findings)
        if findings and name in _GATES:
            break
    return report
