"""The ontology's own style: every term is complete, well named, defined without a circle, and used."""

from __future__ import annotations

import re
from pathlib import Path

from pyoxigraph import NamedNode, Quad

from parley.check.context import Context, Finding
from parley.check.rules import query_all
from parley.namespaces import PARLEY, RDF, RDFS

__all__ = ["style"]

_TERM = re.compile(r"\bparley:([A-Za-z]\w*)")


def style(context: Context) -> tuple[list[Finding], str]:
    """Run the queries of ``check/style``, look for terms that nothing uses, and for names that are no terms."""
    findings, note = query_all(context, "style")
    own = context.quads[context.paths[0]]
    terms = {_local(q.subject) for q in own if q.predicate.value == f"{RDF}type" and _is_term(q.subject)}
    texts = _texts(context)
    for path, text in texts.items():
        for match in _TERM.finditer(text):
            if match[1] not in terms:
                where = f"{context.short(path)}:{text.count(chr(10), 0, match.start()) + 1}"
                findings.append(Finding(where, "no-such-term", f"{match[0]} is no term of the ontology", "correct it"))
    for term in sorted(terms - _used(context, own, texts)):
        what, todo = f"no data, shape, rule or question uses parley:{term}", "use it or take it out"
        findings.append(context.finding(PARLEY + term, "orphan-term", what, todo, warning=_unfinished(context)))
    return findings, f"{note}, {len(terms)} terms"


def _used(context: Context, own: list[Quad], texts: dict[Path, str]) -> set[str]:
    """Collect what is used directly, and what stands above it: a class by its members, a property by its kinds."""
    used = {name for text in texts.values() for name in _TERM.findall(text)}
    data = (q for path in context.paths[1:] for q in context.quads[path])
    used |= {_local(term) for q in data for term in (q.subject, q.predicate, q.object) if _is_term(term)}
    above = {f"{RDFS}subClassOf", f"{RDFS}subPropertyOf", f"{RDF}type"}
    steps = [(_local(q.subject), _local(q.object)) for q in own if q.predicate.value in above and _is_term(q.object)]
    while more := {upper for lower, upper in steps if lower in used} - used:
        used |= more
    return used


def _unfinished(context: Context) -> bool:
    """Tell whether a passage is neither cited nor marked: what is not yet encoded may need the term."""
    quads = [q for path in context.paths[1:] for q in context.quads[path]]
    done = {q.object for q in quads if q.predicate.value == f"{PARLEY}evidence"}
    done |= {q.subject for q in quads if q.predicate.value == f"{PARLEY}noClaim"}
    return any(q.subject not in done for q in quads if q.predicate.value == f"{PARLEY}sha256")


def _texts(context: Context) -> dict[Path, str]:
    """Read the shapes, the rules, the queries of the check and the saved questions."""
    project = context.project
    own = Path(__file__).parent.parent
    paths = [project.ontology / "shapes.ttl", *project.rule_files(), *sorted(project.queries.glob("*.rq"))]
    paths += sorted([*own.glob("check/*/*.rq"), *own.glob("sparql/*.rq")])
    return {path: path.read_text(encoding="utf-8") for path in paths if path.is_file()}


def _is_term(node: object) -> bool:
    return isinstance(node, NamedNode) and node.value.startswith(PARLEY)


def _local(node: object) -> str:
    return str(getattr(node, "value", "")).removeprefix(PARLEY)
