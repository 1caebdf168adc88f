"""The border between fact and allegation, recomputed apart from the rules and compared with what they let in."""

from __future__ import annotations

import re
from collections import defaultdict

from pyoxigraph import DefaultGraph, NamedNode, Quad

from parley.check.context import Context, Finding
from parley.namespaces import ASSERTED, PARLEY, PREFIXES, RDF, compact

__all__ = ["border"]

_TYPE = f"{RDF}type"
_CONTENT = tuple(PREFIXES[name] for name in ("occ", "policy", "measure"))
_DERIVED = {PARLEY + "earliest", PARLEY + "latest", _TYPE}
# What is written of an accepted node outside its claims: which item of Wikidata it is, if any.
_LINKS = {f"{PREFIXES['owl']}sameAs", *(f"{PREFIXES['skos']}{kind}Match" for kind in ("close", "related"))}
_LINKS |= {PARLEY + "noWikidataItem"}


def border(context: Context) -> tuple[list[Finding], str]:
    """Compare ``graph:asserted`` with the acceptance rule, written a second time and without SPARQL.

    What is accepted must be in; of what a claim describes, nothing else may be in; and something must be accepted.
    """
    quads = [quad for path in context.paths[1:] for quad in context.quads[path]]
    expected = _accepted(quads)
    found = {
        (str(q.subject), q.predicate.value, str(q.object))
        for q in context.store.quads_for_pattern(None, None, None, NamedNode(ASSERTED))
    }
    findings = [
        context.finding(s[1:-1], "border", f"{_words(s, p, o)} is accepted but not asserted", "mend ontology/rules")
        for s, p, o in sorted(expected - found)
    ]
    typed = {s for s, p, _ in expected if p == _TYPE}
    constructed = _constructed(context)
    for s, p, o in sorted(found - expected):
        if s[1:].startswith(_CONTENT) and not (p in _DERIVED | _LINKS and s in typed):
            todo = "state it in a claim's graph, and as Fact if the source stands by it"
            findings.append(context.finding(s[1:-1], "border", f"{_words(s, p, o)} is asserted but not accepted", todo))
    findings += [
        context.finding(
            str(getattr(q.subject, "value", "")),
            "derived-by-hand",
            f"{compact(q.predicate.value)} is written",
            "delete it; it is derived",
        )
        for q in quads
        if isinstance(q.graph_name, DefaultGraph) and q.predicate.value in constructed
    ]
    if not expected:
        findings.append(
            Finding(context.short(context.project.data), "border", "nothing is accepted", "look at the claims")
        )
    return findings, f"{len(expected)} triples accepted"


def _constructed(context: Context) -> set[str]:
    """Collect the properties that the rules construct."""
    texts = [path.read_text(encoding="utf-8") for path in context.project.rule_files()]
    heads = [text.partition("CONSTRUCT")[2].partition("WHERE")[0] for text in texts]
    return {PARLEY + name for head in heads for name in re.findall(r"parley:(\w+)", head)} | _DERIVED - {_TYPE}


def _words(*terms: str) -> str:
    return " ".join(compact(term.strip("<>")) for term in terms)


def _accepted(quads: list[Quad]) -> set[tuple[str, str, str]]:
    level = {
        str(q.subject): q.object.value.removeprefix(PARLEY)
        for q in quads
        if q.predicate.value == f"{PARLEY}factuality" and isinstance(q.object, NamedNode)
    }
    held: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for q in quads:
        held[level.get(str(q.graph_name), "")].add((str(q.subject), q.predicate.value, str(q.object)))
    denied_nodes = {s for s, p, _ in held["Counterfact"] if p == _TYPE}
    typed = {s for s, p, _ in held["Fact"] if p == _TYPE} - denied_nodes
    return {triple for triple in held["Fact"] if triple[0] in typed} - held["Counterfact"]
