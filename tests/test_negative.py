"""A denial becomes a negative fact where that says no more than it, and then contradicts who says otherwise."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pyoxigraph import NamedNode, Store

from parley.namespaces import PREFIXES, RDF
from tests.reasoning import GRAPH, WORLD, check, need_java, told
from tests.test_border import build, local

OWL = PREFIXES["owl"]

LISTING = "occ:x a parley:Listing ; parley:recipient actor:b ; parley:onList list:l ."
SUPPORT = "occ:x a parley:Support ; parley:supporter actor:a ; parley:supported actor:b ."
CONFERENCE = told("c", "Fact", "occ:k", "occ:k a parley:Conference .")
ABSENT = told("x", "Counterfact", "occ:k", "occ:k parley:attendee actor:b .")


def denied(graph: str, more: str = "") -> str:
    return told("x", "Counterfact", "occ:x", graph) + more


# What is claimed, and what may be denied of it without saying more.
DENIALS: dict[str, tuple[str, set[str]]] = {
    "never listed": (denied(LISTING), {"b hasBeenListedOn l"}),
    "never listed by who keeps the list": (
        denied(LISTING + "occ:x parley:initiator actor:office ."),
        {"b hasBeenListedOn l"},
    ),
    "not listed by one who does not keep the list": (denied(LISTING + "occ:x parley:initiator actor:c ."), set()),
    "never supported": (denied(SUPPORT), {"a hasSupported b"}),
    "never opposed by force of any kind": (
        denied("occ:x a parley:Hostility ; parley:opposer actor:a ; parley:opposed actor:b ."),
        {"a hasOpposed b"},
    ),
    "an attack denied is no war denied": (
        denied("occ:x a parley:Attack ; parley:opposer actor:a ; parley:opposed actor:b ."),
        set(),
    ),
    "never agreed": (denied("occ:x a parley:Agreement ; parley:signatory actor:a , actor:b ."), {"a hasAgreedWith b"}),
    "three did not all agree": (
        denied("occ:x a parley:Agreement ; parley:signatory actor:a , actor:b , actor:c ."),
        set(),
    ),
    "never invited": (
        denied("occ:x a parley:Invitation ; parley:inviter actor:a ; parley:invitee actor:b ."),
        {"a hasInvited b"},
    ),
    "never visited": (
        denied("occ:x a parley:Visit ; parley:visitor actor:b ; parley:host actor:a ."),
        {"b hasVisited a"},
    ),
    "a meeting denied leaves a negotiation": (
        denied("occ:x a parley:Meeting ; parley:party actor:a , actor:b ."),
        set(),
    ),
    "not at that time": (denied(SUPPORT + 'occ:x parley:when "2015"^^edtf:EDTF .'), set()),
    "not in that place": (denied(SUPPORT + "occ:x parley:place place:p ."), set()),
    "not the one that another claim narrows": (
        denied(SUPPORT, told("y", "Possible", "occ:x", 'occ:x parley:when "2015"^^edtf:EDTF .')),
        set(),
    ),
    "not both together": (denied(SUPPORT + "occ:x parley:supporter actor:c ."), set()),
    "disputed": (denied(SUPPORT, told("y", "Fact", "occ:x", SUPPORT)), set()),
    "not until the source came out": (
        denied(
            SUPPORT,
            told("y", "Fact", "occ:y", SUPPORT.replace("occ:x", "occ:y") + 'occ:y parley:when "2021"^^edtf:EDTF .'),
        ),
        set(),
    ),
    "contradicted by what came before the source": (
        denied(
            SUPPORT,
            told(
                "y", "Fact", "occ:y", SUPPORT.replace("occ:x", "occ:y") + 'occ:y parley:when "[2019,2021]"^^edtf:EDTF .'
            ),
        ),
        {"a hasSupported b"},
    ),
    "absent from a conference": (CONFERENCE + ABSENT, {"b hasAttended k", "k attendee b"}),
    "absent from a conference that is not accepted": (ABSENT, set()),
    "a detail that is no relation between things": (
        CONFERENCE + told("x", "Counterfact", "occ:k", 'occ:k rdfs:label "K"@en .'),
        set(),
    ),
    "a detail at what is not accepted": (
        CONFERENCE + told("x", "Counterfact", "occ:k", "occ:k parley:before occ:no ."),
        set(),
    ),
    "merely unverified": (told("x", "Unverified", "occ:x", SUPPORT), set()),
    "a policy": (told("x", "Counterfact", "policy:x", "policy:x a parley:Objective ; parley:holder actor:a ."), set()),
}


def negatives(store: Store) -> dict[str, str]:
    nodes = store.quads_for_pattern(None, NamedNode(f"{RDF}type"), NamedNode(f"{OWL}NegativePropertyAssertion"), GRAPH)
    found = {}
    for node in (quad.subject for quad in nodes):
        said = {local(q.predicate): local(q.object) for q in store.quads_for_pattern(node, None, None, GRAPH)}
        assert set(said) == {"type", "sourceIndividual", "assertionProperty", "targetIndividual"}
        found[local(node)] = f"{said['sourceIndividual']} {said['assertionProperty']} {said['targetIndividual']}"
    return found


@pytest.mark.parametrize("case", DENIALS)
def test_a_denial_says_no_more_than_its_claim(case: str, tmp_path: Path) -> None:
    text, expected = DENIALS[case]
    found = negatives(build(tmp_path, WORLD + text))
    assert set(found.values()) == expected
    for name, words in found.items():
        assert name == "not-" + words.replace(" ", "-")


CONTRARY = {
    "listed": (denied(LISTING), LISTING.replace("occ:x", "occ:y")),
    "taken off the list": (denied(LISTING), LISTING.replace("occ:x a parley:Listing", "occ:y a parley:Delisting")),
    "supported by an organ": (denied(SUPPORT), SUPPORT.replace("occ:x", "occ:y").replace("actor:a", "actor:office")),
    "sat in it through a delegation": (CONFERENCE + ABSENT, "occ:k parley:attendee actor:sent ."),
}


@pytest.mark.parametrize("case", CONTRARY)
def test_a_second_source_that_asserts_the_contrary_makes_the_reasoner_complain(case: str, tmp_path: Path) -> None:
    need_java()
    denial, contrary = CONTRARY[case]
    node = contrary.split()[0]
    second = "actor:sent a parley:Delegation ; parley:actsFor actor:b .\n" + told("second", "Fact", node, contrary)
    assert check(tmp_path / "first", denial) == []
    assert check(tmp_path / "second", CONFERENCE + second) == []
    (finding,) = check(tmp_path / "both", CONFERENCE + denial + second)
    assert re.search(r"owl-inconsistent: .*NegativeObjectPropertyAssertion\(\S+ \S+ \S+\) by claim:x", finding)
    assert check(tmp_path / "hedged", CONFERENCE + denial + second.replace("parley:Fact", "parley:Unverified")) == []
