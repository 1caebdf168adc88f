"""The errors that Parley raises: each carries its facts, renders one line and knows its exit code."""

from __future__ import annotations

from pathlib import Path

__all__ = ["Finding", "InputError", "NameUnknown", "NotInstalled", "ParleyError", "Unreachable", "UsageError"]


class ParleyError(Exception):
    """Report one thing that went wrong in one line: where, what, and what to do.

    :param what: what is wrong, in a few words
    :param where: a file, an address or an option; the line is added to a file as ``file:line``
    :param todo: what the reader can do about it
    """

    exit_code = 2

    def __init__(self, what: str, *, where: str | Path = "", line: int | None = None, todo: str = "") -> None:
        self.what = " ".join(what.split())
        self.where = f"{where}:{line}" if line else str(where)
        self.todo = " ".join(todo.split())
        super().__init__(str(self))

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else self.what
        return f"{head}; {self.todo}" if self.todo else head


class UsageError(ParleyError):
    """Say that a command or a function was called wrongly."""


class NotInstalled(UsageError):
    """Say that an optional dependency is missing, and the line that installs it."""


class InputError(ParleyError):
    """Say that a file given to Parley cannot be used as it is."""


class NameUnknown(ParleyError):
    """Say that a name means nothing or several things, and list the candidates."""

    def __init__(self, name: str, kind: str, candidates: list[str], *, ambiguous: bool = False) -> None:
        self.name, self.candidates = name, candidates
        what = f"{name!r} could be several: {'; '.join(candidates)}" if ambiguous else f"no {kind} {name!r}"
        nearest = f"nearest: {'; '.join(candidates)}" if candidates and not ambiguous else ""
        super().__init__(what, todo="give the IRI" if ambiguous else nearest)


class Unreachable(ParleyError):
    """Say that something outside this process could not be reached or gave no usable answer.

    :ivar status: the HTTP status, 0 where no answer came
    :ivar retry_after: the header of this name (RFC 9110, section 10.2.3), or ""
    """

    exit_code = 3
    status = 0
    retry_after = ""


class Finding(ParleyError):
    """Say that a check found something."""

    exit_code = 1
