"""Every file parses, every term is declared, every literal survives a triple store, every date is read."""

from __future__ import annotations

import re

from pyoxigraph import Literal, NamedNode, Quad, Triple

from parley.check.context import Context, Finding
from parley.errors import InputError, ParleyError
from parley.graph.derive import bounds
from parley.graph.read import parse_file
from parley.namespaces import EDTF, ID, PARLEY, RDF, RDFS, WD, XSD, compact

__all__ = ["dates", "syntax", "vocabulary"]

_FOREIGN = (RDF, RDFS, "http://www.w3.org/2002/07/owl#", XSD, WD)
# The forms that come back unchanged from every store that was measured.
_PORTABLE = {
    f"{XSD}string": r".*",
    f"{RDF}langString": r".*",
    f"{XSD}integer": r"0|-?[1-9]\d{0,9}",
    f"{XSD}decimal": r"-?(0|[1-9]\d*)\.\d{0,14}[1-9]",
    f"{XSD}boolean": r"true|false",
    f"{XSD}date": r"(?!0000)\d{4}-\d\d-\d\d",
    f"{XSD}anyURI": r"\S+",
    EDTF: r"[\x21-\x7e]+",
}


def syntax(context: Context) -> tuple[list[Finding], str]:
    """Parse every file strictly."""
    findings = []
    paths = [*context.paths, *context.beside]
    for path in paths:
        try:
            parse_file(path)
        except ParleyError as error:
            where = error.where.replace(str(path), context.short(path))
            findings.append(Finding(where, "syntax", error.what, error.todo))
    return findings, f"{len(paths)} files"


def vocabulary(context: Context) -> tuple[list[Finding], str]:
    """Look for terms that are not declared, nodes that nothing describes, and literals that a store would change."""
    declared = {q.subject.value for q in _ontology(context) if isinstance(q.subject, NamedNode)}
    quads = [quad for path in context.paths[1:] for quad in context.quads[path]]
    described = {q.subject.value for q in quads if isinstance(q.subject, NamedNode)}
    findings: dict[str, Finding] = {}
    for quad in quads:
        for term in (quad.subject, quad.predicate, quad.object):
            if isinstance(term, Literal):
                if problem := _unportable(term):
                    key = str(getattr(quad.subject, "value", quad.subject))
                    findings[str(term)] = context.finding(key, "literal", problem, "write a portable form")
            elif isinstance(term, Triple):
                findings[str(term)] = Finding(str(quad.subject), "vocabulary", "a quoted triple", "use a claim")
            elif isinstance(term, NamedNode) and (problem := _undeclared(term.value, declared, described)):
                findings[term.value] = context.finding(term.value, "vocabulary", problem, "correct or declare it")
    for iri in sorted(_aligned(context) - declared):
        what = f"{compact(iri)} is no term of the ontology"
        findings[iri] = context.finding(iri, "vocabulary", what, "correct or declare it")
    return list(findings.values()), f"{len(declared)} terms, {len(described)} nodes"


def dates(context: Context) -> tuple[list[Finding], str]:
    """Read each date with the library that derives its bounds."""
    findings, read = [], set()
    for quad in (quad for path in context.paths[1:] for quad in context.quads[path]):
        if quad.predicate.value != f"{PARLEY}when":
            continue
        subject = str(getattr(quad.subject, "value", quad.subject))
        try:
            if not isinstance(quad.object, Literal):
                raise InputError(f"{quad.object} is no date", todo="write an EDTF literal")
            bounds(quad.object.value)
            read.add(quad.object.value)
        except InputError as error:
            findings.append(context.finding(subject, "date", error.what, error.todo))
    return findings, f"{len(read)} different dates"


def _aligned(context: Context) -> set[str]:
    """Return our terms in the alignments."""
    quads = [quad for path in context.beside for quad in parse_file(path)]
    terms = [term.value for q in quads for term in (q.subject, q.object) if isinstance(term, NamedNode)]
    return {iri for iri in terms if iri.startswith(PARLEY)}


def _ontology(context: Context) -> list[Quad]:
    return [quad for quad in context.quads[context.paths[0]] if quad.predicate.value == f"{RDF}type"]


def _undeclared(iri: str, declared: set[str], described: set[str]) -> str:
    if iri.startswith(ID):
        return "" if iri in described else f"{compact(iri)} is described nowhere"
    if iri.startswith(_FOREIGN) or iri in declared:
        return ""
    if iri.startswith(PARLEY) or compact(iri) != iri:
        return f"{compact(iri)} is no term of the ontology"
    return ""


def _unportable(literal: Literal) -> str:
    if literal.language:
        return (
            "" if literal.language == literal.language.lower() else f"language tag {literal.language} is not lower-case"
        )
    pattern = _PORTABLE.get(literal.datatype.value)
    if pattern is None:
        return f"datatype {compact(literal.datatype.value)} does not survive every store"
    fits = re.fullmatch(pattern, literal.value, re.DOTALL) and "\0" not in literal.value
    large = literal.datatype.value == f"{XSD}integer" and abs(int(literal.value)) > 2_147_483_647 if fits else False
    return "" if fits and not large else f"{literal} does not survive every store"
