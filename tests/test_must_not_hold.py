"""Conclusions that a sloppy reading would draw are false in graph:asserted and in its OWL 2 RL closure."""

from __future__ import annotations

from pathlib import Path

import owlrl
import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, QueryBoolean, RdfFormat, Store, parse
from rdflib import Graph, URIRef

from parley.namespaces import ASSERTED, PREFIXES
from tests.conftest import ROOT

FILES = sorted((ROOT / "tests" / "must_not_hold").glob("*.rq"))
HEAD = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())
GRAPH = NamedNode(ASSERTED)


@pytest.fixture(scope="session")
def closure(store: Store) -> Store:
    """graph:asserted with all that OWL 2 RL entails, literals left out since no rule that matters here needs them."""
    graph = Graph()
    for quad in store.quads_for_pattern(None, None, None, GRAPH):
        if not isinstance(quad.object, Literal):
            graph.parse(data=f"{quad.subject} {quad.predicate} {quad.object} .", format="nt")
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    # The closure also holds statements about literals and with blank predicates, which are no RDF.
    rows = (
        f"{s.n3()} {p.n3()} {o.n3()} ."
        for s, p, o in graph
        if isinstance(p, URIRef) and not isinstance(s, rdflib.Literal)
    )
    closed = Store()
    closed.load("\n".join(rows), RdfFormat.N_TRIPLES, to_graph=GRAPH)
    return closed


def test_there_are_enough() -> None:
    assert len(FILES) >= 25


def holds(path: Path, store: Store) -> bool:
    result = store.query(path.read_text(encoding="utf-8"))
    assert isinstance(result, QueryBoolean)
    return bool(result)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_does_not_hold(path: Path, store: Store) -> None:
    assert not holds(path, store)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_does_not_follow(path: Path, closure: Store) -> None:
    assert not holds(path, closure)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_would_be_seen(path: Path, store: Store) -> None:
    """The twin, the triples of the sloppy reading, makes the question true."""
    twin = path.read_text(encoding="utf-8").splitlines()[1].removeprefix("#+ twin: ")
    sloppy = Store()
    sloppy.extend(store)
    sloppy.extend(
        Quad(q.subject, q.predicate, q.object, GRAPH) for q in parse((HEAD + twin).encode(), RdfFormat.TURTLE)
    )
    assert holds(path, sloppy)


def test_the_closure_holds_more_than_the_graph(closure: Store, store: Store) -> None:
    """It did run: a role entails the roles above it, which graph:asserted does not spell out."""
    invitation, participant = (
        NamedNode(f"{PREFIXES['occ']}invitation-murree-2015"),
        NamedNode(f"{PREFIXES['parley']}participant"),
    )
    taliban = NamedNode(f"{PREFIXES['actor']}taliban")
    assert Quad(invitation, participant, taliban, GRAPH) in closure
    assert Quad(invitation, participant, taliban, GRAPH) not in store
