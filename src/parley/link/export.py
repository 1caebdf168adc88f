"""Write what sources support and Wikidata can hold as QuickStatements, version 1, for a person to read and send."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import NamedNode, QuerySolutions, Store

from parley.link.links import read_links, values
from parley.namespaces import ASSERTED, PARLEY, RDF, RDFS, WD

__all__ = ["export"]

# Nature of statement (P5102), by what the source commits itself to. What is denied or forecast is not exported at all.
_HEDGES = {"Fact": [], "Probable": ["Q56644435"], "Possible": ["Q30230067"], "Unverified": ["Q32188232"]}
_DISPUTED, _CIRCA = "Q18912752", "Q5727902"
_DATE = r"(\d{4})(?:-(0[1-9]|1[0-2]))?(?:-(\d\d))?(~?)"


def export(store: Store, *, close: bool = False) -> Iterator[str]:
    """Yield a line for each statement, tab-separated, with its hedges as qualifiers and its source as "stated in".

    A source without an item gets the lines that make one, and no statement until it is linked. What is a ``Fact`` but
    not accepted, and what is denied or forecast, is left out.

    :param close: whether to add what is said of items that are a close match only
    """
    linked = {link.linked for link in read_links(store)}
    for quad in store.quads_for_pattern(
        None, NamedNode(f"{RDF}type"), NamedNode(f"{PARLEY}Source"), NamedNode(ASSERTED)
    ):
        source = str(quad.subject)[1:-1]
        if source not in linked:
            (title, *_) = values(store, source, f"{RDFS}label")
            quoted = '"' + title.replace('"', "'") + '"'
            yield from ("CREATE", f"LAST\tLen\t{quoted}", f"LAST\tP1476\ten:{quoted}")
            for when in values(store, source, f"{PARLEY}when"):
                yield from (f"LAST\t{time}".replace("P585", "P577") for time in _times(when))
    result = store.query(Path(__file__).with_name("export.rq").read_text(encoding="utf-8"))
    assert isinstance(result, QuerySolutions)
    allowed = ("sameAs", "closeMatch") if close else ("sameAs",)
    for row in result:
        item, property_, value, when, match, factuality, accepted, disputed, source = (
            getattr(term, "value", "").removeprefix(WD) for term in row
        )
        level = factuality.removeprefix(PARLEY)
        if match.endswith(allowed) and level in _HEDGES and (level != "Fact" or accepted == "true"):
            hedges = [f"P5102\t{hedge}" for hedge in _HEDGES[level] + [_DISPUTED] * (disputed == "true")]
            for line in _statements(item, property_, value, when):
                yield "\t".join([line, *hedges, "S248", source])


def _statements(item: str, property_: str, value: str, when: str) -> Iterator[str]:
    """Yield a statement with its times as qualifiers, or one statement for each time."""
    if property_:
        yield "\t".join([item, property_, value, *_times(when)])
    else:
        yield from (f"{item}\t{time}" for time in _times(when))


def _times(edtf: str) -> Iterator[str]:
    r"""Yield property and value for what both EDTF and Wikidata can say; else nothing.

    An approximate end of an interval is a bound in our data and no date, so it is left out.

    >>> list(_times("2020-02"))
    ['P585\t+2020-02-00T00:00:00Z/10']
    >>> list(_times("1996/2001~"))
    ['P580\t+1996-00-00T00:00:00Z/9']
    """
    start, interval, end = edtf.partition("/")
    for name, date in (("P580", start), ("P582", end)) if interval else (("P585", edtf),):
        match = re.fullmatch(_DATE, date)
        if match and not (interval and match[4]):
            precision = 11 if match[3] else 10 if match[2] else 9
            circa = f"\tP1480\t{_CIRCA}" if match[4] else ""
            yield f"{name}\t+{match[1]}-{match[2] or '00'}-{match[3] or '00'}T00:00:00Z/{precision}{circa}"
