"""After any closure, nothing of what is not accepted has gained a type, a role or a label."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store

from parley.check import closure
from parley.check.context import Context
from parley.namespaces import PREFIXES, RDF, RDFS, compact
from parley.project import Project
from tests.reasoning import GRAPH, WORLD, check, expand, need_java, told
from tests.test_border import build

OWL = PREFIXES["owl"]


@pytest.fixture(autouse=True, scope="module")
def _java() -> None:
    need_java()


def gained(before: Store, after: Store, nodes: Iterable[str]) -> set[str]:
    """Return what nodes are said to be, to do or to be called after a closure and were not before."""
    found = set()
    for name in nodes:
        node = NamedNode(name)
        for subject, object_ in ((node, None), (None, node)):
            old = {(q.subject, q.predicate, q.object) for q in before.quads_for_pattern(subject, None, object_, GRAPH)}
            for q in after.quads_for_pattern(subject, None, object_, GRAPH):
                trivial = q.object in (node, NamedNode(f"{RDFS}Resource"), NamedNode(f"{OWL}Thing"))
                if (q.subject, q.predicate, q.object) not in old and not (trivial and q.subject == node):
                    found.add(compact(name))
    return found


@pytest.mark.parametrize("semantics", ["RDFS_Semantics", "OWLRL_Semantics"])
def test_no_closure_of_the_real_data_crosses_the_border(semantics: str, store: Store) -> None:
    nodes = closure.unaccepted(store)
    assert len(nodes) >= 3
    after = expand(store.quads_for_pattern(None, None, None, GRAPH), semantics)
    types = NamedNode(f"{RDF}type")
    before = store.quads_for_pattern(None, types, None, GRAPH)
    assert len(list(after.quads_for_pattern(None, types, None, GRAPH))) > len(list(before))
    assert gained(store, after, nodes) == set()


def test_hermit_entails_nothing_of_what_is_not_accepted(project: Project) -> None:
    context = Context(project)
    assert list(closure.entailed(context, closure.unaccepted(context.store))) == []


CROSSINGS = {
    "topic has a range": "parley:topic rdfs:range parley:Occurrence .",
    "topic has a range that is no single class": """parley:topic rdfs:range parley:Either .
        parley:Either a owl:Class ; owl:equivalentClass parley:Pair .
        parley:Pair a owl:Class ; rdfs:subClassOf parley:Occurrence .""",
    "topic is a role": "parley:topic rdfs:subPropertyOf parley:participant .",
    "about has a range": "parley:about rdfs:range parley:Occurrence .",
    "about has an inverse with a domain": """parley:told a owl:ObjectProperty ; owl:inverseOf parley:about ;
        rdfs:domain parley:Occurrence .""",
}


@pytest.mark.parametrize("case", CROSSINGS)
def test_a_term_that_lets_an_allegation_in_is_found(case: str, tmp_path: Path) -> None:
    text = told("f", "Fact", "occ:f", "occ:f a parley:Invitation ; parley:topic occ:u .")
    text += told("u", "Possible", "occ:u", 'occ:u a parley:Meeting ; rdfs:label "u"@en .')
    extra = CROSSINGS[case]
    if case == "topic has a range":
        assert check(tmp_path / "sound", text, "closure") == []
    findings = check(tmp_path / "crossed", text + extra, "closure")
    assert any(re.search(r"trig:\d+: closure: occ:u gains a type or a role by OWL", each) for each in findings), (
        findings
    )
    assert any("by RDFS" in each for each in findings) == ("inverse" not in case)
    before = build(tmp_path / "again", WORLD + text + extra)
    quads = list(before.quads_for_pattern(None, None, None, GRAPH))
    assert "occ:u" in gained(before, expand(quads, "OWLRL_Semantics"), closure.unaccepted(before))
