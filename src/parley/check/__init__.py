"""Check a knowledge base: each part lists what it finds as ``file:line: rule: what; what to do``."""

from parley.check.report import Finding, Part, Report, run

__all__ = ["Finding", "Part", "Report", "run"]
