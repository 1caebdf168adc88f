"""Derive what a question needs: accepted facts, types, relations, depths, and the bounds of dates."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from itertools import chain, islice
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from parley.errors import InputError
from parley.namespaces import ASSERTED, PARLEY, XSD
from parley.project import Project

__all__ = ["bounds", "derive"]

_ASSERTED = NamedNode(ASSERTED)
_HELD = 20_000
_PLAIN = re.compile(r"(?!0000)(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|1\d|2[0-8]))?)?")


def derive(store: Store, project: Project) -> None:
    """Run each rule of ``ontology/rules`` in order and add what it constructs to ``graph:asserted``, then the dates.

    :raises InputError: if a rule is no valid query, or a date no valid EDTF
    """
    for path in project.rule_files():
        _run(store, path)
    _add(store, _dates(store))


def _run(store: Store, path: Path) -> None:
    try:
        result = store.query(path.read_text(encoding="utf-8"))
    except (SyntaxError, OSError, UnicodeDecodeError) as error:
        raise InputError(str(error), where=path) from None
    _add(store, (Quad(t.subject, t.predicate, t.object, _ASSERTED) for t in result))  # type: ignore[union-attr]


def _add(store: Store, quads: Iterator[Quad]) -> None:
    """Add few quads in one transaction; many as they come, without holding them."""
    held = list(islice(quads, _HELD))
    if len(held) < _HELD:
        store.extend(held)
    else:
        store.bulk_extend(chain(held, quads))


def _dates(store: Store) -> Iterator[Quad]:
    """Yield bounds for accepted nodes, and for each claim those of the node that it is about."""
    for row in store.query(files("parley").joinpath("sparql/dates.rq").read_text(encoding="utf-8")):  # type: ignore[union-attr]
        node, when = row
        if not isinstance(when, Literal):
            raise InputError(f"{when} is no date", where=str(node), todo="write an EDTF literal")
        for name, day in zip(("earliest", "latest"), bounds(when.value), strict=True):
            if day:
                yield Quad(node, NamedNode(PARLEY + name), Literal(day, datatype=NamedNode(f"{XSD}date")), _ASSERTED)


@lru_cache(maxsize=65_536)
def bounds(edtf: str) -> tuple[str, str]:
    """Return the first and the last day that an EDTF date allows, each as ``YYYY-MM-DD`` or "" where there is none.

    Levels 0 to 2 of the EDTF specification (Library of Congress, 2019; ISO 8601-2) as far as the library ``edtf``
    reads them, with strict bounds: a date marked approximate is taken as it stands. A plain year, month or day needs no
    library, which takes 9 ms for each.

    :raises InputError: if it is no EDTF date

    >>> bounds("2015")
    ('2015-01-01', '2015-12-31')
    >>> bounds("[..2000]")
    ('', '2000-12-31')
    """
    if plain := _PLAIN.fullmatch(edtf):
        year, month, day = plain.groups()
        last = day or monthrange(int(year), int(month or 12))[1]
        return f"{year}-{month or '01'}-{day or '01'}", f"{year}-{month or '12'}-{last}"
    from edtf import EDTFObject, parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

    try:
        date: EDTFObject = parse_edtf(edtf)
    except EDTFParseException:
        raise InputError(f"{edtf!r} is no EDTF date", todo="see the guide in data/README.md") from None
    # An unknown start or end of an interval is written as nothing; the library pads it by ten years.
    open_start, open_end = edtf.startswith(("/", "..", "[..", "{..")), edtf.endswith(("/", "..", "..]", "..}"))
    return ("" if open_start else _day(date, "lower_strict")), ("" if open_end else _day(date, "upper_strict"))


def _day(date: object, bound: str) -> str:
    moment = getattr(date, bound)()
    if isinstance(moment, float):
        return ""
    year, month, day = tuple(moment)[:3]
    # Years outside four digits are no portable xsd:date.
    return f"{year:04}-{month:02}-{day:02}" if 1 <= year <= 9999 else ""
