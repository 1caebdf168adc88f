"""What every request to another's server shares: who we say we are, who lets us in, and what a refusal means."""

from __future__ import annotations

import base64
import os
import re
from dataclasses import dataclass, field
from netrc import NetrcParseError, netrc
from urllib.parse import urlsplit

from parley import __version__
from parley.errors import Unreachable, UsageError

__all__ = ["AGENT", "TRIES", "Credentials", "address", "credentials", "pause", "printable", "refusal"]

AGENT = f"parley/{__version__} (https://w3id.org/parley/)"
TRIES = 3
_TODO = {
    401: "set PARLEY_USER and PARLEY_PASSWORD, or PARLEY_TOKEN, or give the host a line in your netrc",
    403: "the account may not do this: ask whoever runs the store",
    404: "check the address: it ends in the name of a database or repository with most stores",
    413: "raise the store's limit on a request, or load the built N-Quads with its own bulk loader",
    429: "try again later",
    503: "try again later",
}
_WORDS = {
    401: "not let in", 403: "forbidden", 404: "nothing here", 413: "the request is too large",
    429: "too many requests", 500: "the server failed", 503: "the server is not available",
}  # fmt: skip


@dataclass(frozen=True)
class Credentials:
    """Hold what lets us in; neither secret is ever shown."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    def hide(self, text: str) -> str:
        """Blank out the secrets in a text that a server sent."""
        basic = base64.b64encode(f"{self.user}:{self.password}".encode()).decode() if self.password else ""
        for secret in (self.password, self.token, basic):
            text = text.replace(secret, "***") if secret else text
        return text


def address(url: str, where: str) -> str:
    """Return a web address as it is.

    :param where: the option or argument that it stands in
    :raises UsageError: if it is none, or holds a password
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  (raises where it is no number)
    except ValueError:
        raise UsageError("no web address", where=where, todo="give http://... or https://...") from None
    if parts.username is not None or parts.password is not None:
        raise UsageError("a password in an address ends up in logs", where=where, todo=_TODO[401])
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise UsageError("no web address", where=f"{where} {url}", todo="give http://... or https://...")
    return url


def credentials(url: str) -> Credentials:
    """Find what lets us in at an address: ``PARLEY_TOKEN``, ``PARLEY_USER`` with ``PARLEY_PASSWORD``, else the netrc
    (``NETRC`` or ``~/.netrc``), where a host may have a line.

    :raises UsageError: if the netrc is malformed
    """
    token, user = os.environ.get("PARLEY_TOKEN", ""), os.environ.get("PARLEY_USER", "")
    if token or user:
        return Credentials(user, os.environ.get("PARLEY_PASSWORD", ""), token)
    path = os.environ.get("NETRC") or os.path.expanduser("~/.netrc")
    try:
        found = netrc(path).authenticators(urlsplit(url).hostname or "")
    except OSError:
        return Credentials()
    except (NetrcParseError, UnicodeDecodeError) as error:
        # The parser's own message may quote a password.
        raise UsageError("malformed netrc", where=path, line=getattr(error, "lineno", None)) from None
    return Credentials(found[0], found[2] or "") if found else Credentials()


def pause(header: str | None, tries: int) -> float:
    """Return how many seconds to wait before another try: ``Retry-After`` (RFC 9110 §10.2.3) in seconds, else 1, 2, 4.

    A date in the header counts as none: clocks differ.
    """
    return float(header) if header and re.fullmatch(r"\d{1,9}", header.strip()) else 2.0**tries


def printable(text: str) -> str:
    """Drop what could drive a terminal from a text that a server sent."""
    return "".join(character for character in text if character.isprintable())


def refusal(
    status: int, where: str, *, kind: str = "", body: str = "", location: str = "", wait: str = ""
) -> Unreachable:
    """Say in one line what a status means that is no success (RFC 9110 §15).

    :param kind: the reply's content type
    :param body: the reply's text, of which the first line is quoted if it is plain text
    :param location: where a redirect points, ``Location``
    :param wait: the ``Retry-After``
    """
    if 300 <= status < 400:
        target = printable(location.partition("?")[0])
        what, todo = f"moved ({status}) to {target or 'nowhere'}", "give that address if you trust it"
        return Unreachable(what, where=where, todo=todo)
    quoted = printable(body.strip().partition("\n")[0])[:200] if "html" not in kind and status not in {401, 404} else ""
    what = f"{_WORDS.get(status, 'refused')} ({status}){': ' + quoted if quoted else ''}"
    todo = f"try again in {wait.strip()} s" if wait.strip().isdigit() else _TODO.get(status, "")
    failure = Unreachable(what, where=where, todo=todo)
    failure.status, failure.retry_after = status, wait
    return failure
