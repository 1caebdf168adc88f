"""Ask Wikidata politely: a named agent, batches, a time-out, bounded retries, and ``Retry-After`` obeyed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, TypeVar

from pyoxigraph import Literal, NamedNode

from parley import __version__, remote
from parley.errors import Unreachable

__all__ = ["Service", "agent", "persist"]

T = TypeVar("T")
_TRIES, _LONGEST, _BATCH = 4, 300, 40
# Statuses after which the same request may succeed; 0 is no answer, or one that breaks off.
_PASSING = {0, 429, 500, 502, 503, 504}


def agent(library: str) -> str:
    """Return the User-Agent that Wikimedia's policy asks for: name/version (address; contact) library/version.

    ``PARLEY_CONTACT`` adds an e-mail address or a page of whoever runs the command.
    """
    contact = "".join(c for c in os.environ.get("PARLEY_CONTACT", "") if c.isascii() and c.isprintable())
    return f"parley/{__version__} (https://w3id.org/parley/{'; ' + contact if contact else ''}) {library}"


def persist(call: Callable[[], T], sleep: Callable[[float], None] = time.sleep) -> T:
    """Call until it succeeds, at most four times, after waits as long as the server asks, else twice as long.

    :raises Unreachable: if it fails for good: at once where a retry would not help, or the wait is too long
    """
    for attempt in range(1, _TRIES + 1):
        try:
            return call()
        except Unreachable as error:
            wait = _asked(error.retry_after)
            what, todo = error.what, ""
            if error.status == 403:
                todo = "set PARLEY_CONTACT to your address, and wait a day"
            elif wait is not None and wait > _LONGEST:
                todo = f"run it again after the {wait:.0f} s that the server asks for"
            elif attempt == _TRIES and error.status in _PASSING:
                what, todo = f"{what}, {_TRIES} times", "run it again later"
            elif error.status in _PASSING:
                sleep(wait if wait is not None else (15.0 if error.status == 429 else 1.0) * 2 ** (attempt - 1))
                continue
            raise Unreachable(what, where=error.where, todo=todo) from None
    raise AssertionError


def _asked(header: str) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110, section 10.2.3: a number or a date), if it does."""
    if header.isdigit():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max((moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds(), 0.0)


@dataclass(frozen=True)
class Service:
    """Name a SPARQL endpoint shaped like the Wikidata Query Service, and the seconds to wait for an answer."""

    endpoint: str
    seconds: int = 65
    sleep: Callable[[float], None] = time.sleep

    def ask(self, file: Path, rows: Iterable[Sequence[NamedNode | Literal]]) -> Iterator[Any]:
        """Yield the rows or the triples that a query file gives, in batches within the service's limits.

        Its empty ``VALUES`` are filled in: that of ``?item`` with the first term of each row, that of several
        variables with whole rows. The terms are written by the RDF library.

        :raises Unreachable: as :func:`persist`
        """
        given: dict[str, list[str]] = {}
        for row in rows:
            given.setdefault(str(row[0]), []).append(f"({' '.join(map(str, row))})")
        text, items = file.read_text(encoding="utf-8"), list(given)
        for start in range(0, len(items), _BATCH):
            batch = items[start : start + _BATCH]
            whole = " ".join(row for item in batch for row in given[item])
            query = text.replace(" ?item { }", f" ?item {{ {' '.join(batch)} }}").replace(") { }", f") {{ {whole} }}")
            yield from persist(lambda query=query: self._run(query), self.sleep)  # type: ignore[misc]

    def _run(self, query: str) -> list[Any]:
        return list(remote.run(self.endpoint, query, seconds=self.seconds, agent=agent("SPARQLWrapper/2")))  # type: ignore[arg-type]
