"""Derive what a question needs: accepted facts, types, relations, depths, and the bounds of dates."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Quad, Store

from parley.errors import InputError
from parley.namespaces import ASSERTED, PARLEY, XSD
from parley.project import Project

__all__ = ["bounds", "derive"]

_ASSERTED = NamedNode(ASSERTED)


def derive(store: Store, project: Project) -> None:
    """Run each rule of ``ontology/rules`` in order and add what it constructs to ``graph:asserted``, then the dates.

    :raises InputError: if a rule is no valid query, or a date no valid EDTF
    """
    for path in project.rule_files():
        _run(store, path)
    store.extend(list(_dates(store)))


def _run(store: Store, path: Path) -> None:
    try:
        result = store.query(path.read_text(encoding="utf-8"))
    except (SyntaxError, OSError, UnicodeDecodeError) as error:
        raise InputError(str(error), where=path) from None
    store.extend([Quad(t.subject, t.predicate, t.object, _ASSERTED) for t in result])  # type: ignore[union-attr]


def _dates(store: Store) -> Iterator[Quad]:
    """Yield bounds for accepted nodes, and for each claim those of the node that it is about."""
    when, about = NamedNode(f"{PARLEY}when"), NamedNode(f"{PARLEY}about")
    for quad in list(store.quads_for_pattern(None, when, None)):
        if not isinstance(quad.object, Literal):
            raise InputError(f"{quad.object} is no date", where=str(quad.subject), todo="write an EDTF literal")
        subject = quad.subject
        if quad.graph_name != _ASSERTED:
            if not isinstance(quad.graph_name, NamedNode):
                continue
            if Quad(quad.graph_name, about, subject, _ASSERTED) not in store:
                continue
            subject = quad.graph_name
        for name, day in zip(("earliest", "latest"), bounds(quad.object.value), strict=True):
            if day:
                yield Quad(subject, NamedNode(PARLEY + name), Literal(day, datatype=NamedNode(f"{XSD}date")), _ASSERTED)


@cache
def bounds(edtf: str) -> tuple[str, str]:
    """Return the first and the last day that an EDTF date allows, each as ``YYYY-MM-DD`` or "" where there is none.

    Levels 0 to 2 of the EDTF specification (Library of Congress, 2019; ISO 8601-2) as far as the library ``edtf``
    reads them, with strict bounds: a date marked approximate is taken as it stands.

    :raises InputError: if it is no EDTF date

    >>> bounds("2015")
    ('2015-01-01', '2015-12-31')
    >>> bounds("[..2000]")
    ('', '2000-12-31')
    """
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
