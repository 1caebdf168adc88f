"""Wrong edits to the real data, one at a time, each of another kind: the check finds each, by the right rule.

What no check can find without the source is no mutation here: a firmer or softer word where the voice allows both,
another actor of the same kind, a valid date that is not the source's, a detail left out. The expected results of the
saved questions and a reader's eye guard those.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from parley.check import run
from parley.project import find
from tests.conftest import ROOT
from tests.test_check import CHINA, PAKISTAN, spoil

ACTORS, PASSAGES, SOURCE = "data/actors.ttl", "data/mar2020/passages.ttl", "data/mar2020/source.ttl"
ONTOLOGY, SHAPES, CONCEPTS = "ontology/parley.ttl", "ontology/shapes.ttl", "data/concepts.ttl"
AFTER_S62 = r"(?=# -+ s63)"
VISIT = r"(occ:visit-taliban-china-2019-06 a (?:.|\n)*?)"
AUTHORS = "[ a parley:Attribution ; parley:agent actor:mar2020-authors ; parley:cue parley:Asserts ]"


class Mutation(NamedTuple):
    """Name the part and the rule that find an edit, and the edit: a pattern's first match in a file is replaced."""

    part: str
    rule: str
    file: str
    pattern: str
    replacement: str


def claim(number: int) -> str:
    """Match the description of a claim up to what is to be edited."""
    return rf"(claim:mar2020-{number} a parley:Claim ;(?:.|\n)*?)"


def graph(number: int) -> str:
    """Match the graph of a claim up to what is to be edited."""
    return rf"(claim:mar2020-{number} {{(?:.|\n)*?)"


M = Mutation
MUTATIONS = {
    # files and terms
    "a graph is not closed": M("syntax", "syntax", CHINA, r"\n\}\n", "\n"),
    "a prefix is unknown": M("syntax", "syntax", CHINA, r"actor:china ;", "aktor:china ;"),
    "a class is misspelt": M("vocabulary", "vocabulary", CHINA, r"a parley:Visit", "a parley:Vsit"),
    "a property is misspelt": M("vocabulary", "vocabulary", CHINA, r"parley:host ", "parley:hots "),
    "an actor is misspelt": M("vocabulary", "vocabulary", CHINA, r"host actor:china", "host actor:chnia"),
    "a passage that is not there is cited": M("vocabulary", "vocabulary", CHINA, r"mar2020-s62 ;", "mar2020-s620 ;"),
    "a literal does not survive a store": M("vocabulary", "literal", CHINA, r"parley:value 2 ", "parley:value 2.0 "),
    # time
    "a month that is none": M("dates", "date", CHINA, r'"2019-06"', '"2019-13"'),
    "a date in words": M("dates", "date", CHINA, r'"2019-06"', '"June2019"'),
    "a date that is an actor": M("dates", "date", CHINA, r'"2019-06"\^\^edtf:EDTF', "actor:china"),
    "a date without its datatype": M("shapes", "edtf", CHINA, r'"2019-06"\^\^edtf:EDTF', '"2019-06"'),
    "a date that begins with a slash": M("shapes", "edtf", PAKISTAN, r'"\.\./2001~"', '"/2001~"'),
    "two accepted dates": M(
        "shapes", "one-accepted-date", CHINA, r'("2019-06"\^\^edtf:EDTF)', r'\1 , "2018"^^edtf:EDTF'
    ),
    "an actor is dated": M(
        "shapes", "dated", SOURCE, r"(actor:abbas-farasoo a parley:Person ;)", r'\1 parley:when "2020"^^edtf:EDTF ;'
    ),
    # the border
    "a quoted detail leaves its graph": M(
        "border", "border", CHINA, AFTER_S62, "occ:encouragement-china-talks parley:place place:china .\n"
    ),
    "a quoted type leaves its graph": M(
        "border", "border", CHINA, AFTER_S62, "occ:encouragement-china-talks a parley:Request .\n"
    ),
    "what is possible is accepted": M(
        "border", "border", "ontology/rules/10-accept.rq", r"parley:Fact ", "parley:Anticipated "
    ),
    "nothing is accepted": M("border", "border", "ontology/rules/10-accept.rq", r"parley:Fact ", "parley:About "),
    "a derived relation is written": M(
        "border", "derived-by-hand", ACTORS, r"(actor:china a )", r"\1parley:State ; parley:hasMet actor:iran ; a "
    ),
    "a derived relation is quoted": M(
        "rules", "derived-by-hand", CHINA, VISIT + r"parley:host", r"\1parley:hasVisited actor:china ; parley:host"
    ),
    "a depth is written": M("border", "derived-by-hand", CHINA, r"(\[ a parley:Attribution ;)", r"\1 parley:depth 3 ;"),
    # claims
    "an attribution is dropped": M(
        "rules", "claim-incomplete", PAKISTAN, claim(101) + r" ;\n    parley:attribution .*\n", r"\1 .\n"
    ),
    "an evidence is dropped": M("rules", "claim-incomplete", PAKISTAN, claim(101) + r"    parley:evidence .*\n", r"\1"),
    "a factuality is dropped": M(
        "rules", "claim-incomplete", PAKISTAN, claim(101) + r"    parley:factuality .*\n", r"\1"
    ),
    "a claim is about nothing": M("rules", "claim-incomplete", PAKISTAN, claim(101) + r"    parley:about .*\n", r"\1"),
    "a claim has two factualities": M(
        "rules", "claim-twice", PAKISTAN, claim(101) + r"parley:Fact", r"\1parley:Fact , parley:Possible"
    ),
    "a claim has two attributions": M(
        "rules", "claim-twice", PAKISTAN, claim(101) + r"parley:attribution", rf"\1parley:attribution {AUTHORS} , "
    ),
    "a claim quotes nothing": M("rules", "claim-without-graph", CHINA, r"claim:mar2020-228 \{(?:.|\n)*?\n\}\n", ""),
    "a graph has no claim": M("rules", "graph-without-claim", CHINA, claim(228) + r"\] \.\n", ""),
    "a graph describes another node": M(
        "rules",
        "claim-off-topic",
        CHINA,
        r"claim:mar2020-228 \{\n    occ:efforts",
        "claim:mar2020-228 {\n    occ:forts",
    ),
    "a claim is about another node": M(
        "rules",
        "claim-about-nothing",
        CHINA,
        claim(228) + r"occ:efforts-china-peace",
        r"\1occ:request-afghan-government-china",
    ),
    "a node loses its type": M("rules", "node-without-type", CHINA, r"a parley:Situation ;\n +rdfs", "rdfs"),
    "a layer loses its cue": M("rules", "attribution-incomplete", PAKISTAN, r" ; parley:cue parley:Asserts \]", " ]"),
    "a layer loses its agent": M(
        "rules", "attribution-incomplete", PAKISTAN, r"parley:agent actor:shah-mehmood-qureshi ; ", ""
    ),
    "the outer layer is dropped": M(
        "rules", "attribution-outermost", PAKISTAN, r" ;\n        parley:relayedBy \[.*\] \]", " ]"
    ),
    "the layers are swapped": M(
        "rules",
        "attribution-outermost",
        PAKISTAN,
        r"actor:shah-mehmood-qureshi ; parley:cue parley:Says ;(\n.*)actor:mar2020-authors",
        r"actor:mar2020-authors ; parley:cue parley:Says ;\1actor:shah-mehmood-qureshi",
    ),
    "what is relayed becomes a fact": M(
        "rules", "fact-by-neutral-cue", PAKISTAN, claim(121) + r"parley:Unverified", r"\1parley:Fact"
    ),
    "what is wished becomes a fact": M(
        "rules", "fact-by-neutral-cue", CHINA, claim(226) + r"parley:Anticipated", r"\1parley:Fact"
    ),
    "a plain fact becomes hearsay": M(
        "rules", "unverified-by-authors", CHINA, claim(223) + r"parley:Fact", r"\1parley:Unverified"
    ),
    "a fact has a hedged layer": M(
        "rules", "fact-by-layer", CHINA, claim(223) + r"Asserts \]", r"\1Asserts ; parley:factuality parley:Possible ]"
    ),
    "a fact becomes possible, its detail stays": M(
        "rules", "fact-without-node", PAKISTAN, claim(114) + r"parley:Fact", r"\1parley:Possible"
    ),
    "a fact becomes denied, its detail stays": M(
        "rules", "fact-without-node", PAKISTAN, claim(114) + r"parley:Fact", r"\1parley:Counterfact"
    ),
    "a denial of a result becomes one of the node": M(
        "rules", "fact-without-node", CHINA, graph(228) + r"parley:result", r"\1a parley:Situation ; parley:result"
    ),
    "the evidence is a place": M("rules", "evidence-no-passage", CHINA, r"passage:mar2020-s62 ;", "place:doha ;"),
    "a claim is named after another source": M(
        "rules", "claim-of-another-source", CHINA, r"claim:mar2020-221 a", "claim:other-221 a"
    ),
    "a detail repeats the type": M(
        "rules", "detail-repeats", PAKISTAN, graph(115) + r"parley:host", r"\1a parley:Visit ; parley:host"
    ),
    "a detail repeats the label": M(
        "rules", "detail-repeats", PAKISTAN, graph(115) + r"parley:host", r'\1rdfs:label "visit"@en ; parley:host'
    ),
    "a representative of another side": M(
        "rules", "representative-of-nobody", CHINA, r"actor:taliban-delegation-china", "actor:us-delegation-doha-2020"
    ),
    "an order goes in a circle": M(
        "rules",
        "in-a-circle",
        PAKISTAN,
        graph(110) + r"parley:invitee",
        r"\1parley:before occ:detention-baradar ; parley:invitee",
    ),
    "a whole is part of its part": M(
        "rules",
        "in-a-circle",
        ACTORS,
        r"(actor:islamic-state a parley:ArmedGroup)",
        r"\1 ; parley:partOf actor:islamic-state-khorasan",
    ),
    "a claim expresses itself": M(
        "rules", "in-a-circle", PAKISTAN, r"parley:expresses claim:mar2020-121", "parley:expresses claim:mar2020-120"
    ),
    # coverage, passages, sources
    "a sentence is left out": M("coverage", "coverage", PAKISTAN, r"passage:mar2020-s39 ;", "passage:mar2020-s40 ;"),
    "a cited sentence is marked as empty": M(
        "rules", "passage-cited-and-marked", CHINA, AFTER_S62, 'passage:mar2020-s62 parley:noClaim "none"@en .\n'
    ),
    "an encoded section is misspelt": M("rules", "section-unknown", SOURCE, r'"China"@en', '"Chnia"@en'),
    "two passages have one place": M("rules", "passage-twice", PASSAGES, r"parley:ordinal 2 ", "parley:ordinal 1 "),
    "a digest is cut": M("shapes", "passage-digest", PASSAGES, r'(parley:sha256 "\w{60})\w{4}', r"\1"),
    "a passage has no source": M("shapes", "passage-source", PASSAGES, r"    oa:hasSource source:mar2020 ;\n", ""),
    "a source has no author": M("shapes", "author", SOURCE, r"    parley:author .*\n", ""),
    # actors
    "an actor is of two disjoint kinds": M(
        "rules", "kind-twice", ACTORS, r"a parley:ArmedGroup", "a parley:ArmedGroup , parley:Government"
    ),
    "an actor has no leaf class": M("rules", "kind-missing", ACTORS, r"a parley:ArmedGroup", "a parley:NonStateActor"),
    "an event is of two kinds": M("rules", "kind-twice", CHINA, r"a parley:Visit", "a parley:Visit , parley:Meeting"),
    "an actor has no label": M(
        "shapes", "one-label", ACTORS, r'(actor:iran a parley:State) ; rdfs:label "Iran"@en', r"\1"
    ),
    "an actor has two labels": M("shapes", "one-label", ACTORS, r'"Iran"@en', '"Iran"@en , "Persia"@en'),
    "a label has no language": M("shapes", "tagged-label", ACTORS, r'"Iran"@en', '"Iran"'),
    "an actor is named as a place": M(
        "shapes", "actor-name", ACTORS, r"actor:women a", "<https://w3id.org/parley/id/place/women> a"
    ),
    "an actor acts for a place": M(
        "shapes",
        "tied-actor",
        ACTORS,
        r"parley:actsFor actor:pakistan ",
        "parley:actsFor <https://w3id.org/parley/id/place/pakistan> ",
    ),
    "a state heads a government": M(
        "shapes", "headed-by", ACTORS, r"parley:headedBy actor:donald-trump", "parley:headedBy actor:united-states"
    ),
    "a delegation is sent by nobody": M(
        "shapes", "delegation-sender", ACTORS, r'(delegation to China"@en) ; parley:actsFor actor:taliban', r"\1"
    ),
    "a part also acts for the whole": M(
        "shapes",
        "acts-for-or-part",
        ACTORS,
        r"(?<=some Taliban factions\"@en) ;",
        " ; parley:actsFor actor:taliban ;",
    ),
    "a concept has no label": M("shapes", "one-label", CONCEPTS, r' ; rdfs:label "symbolic"@en', ""),
    # roles
    "a visit has no host": M("shapes", "visit-host", CHINA, VISIT + r"        parley:host actor:china ;\n", r"\1"),
    "a visit has no visitor": M(
        "shapes", "visit-visitor", CHINA, VISIT + r"        parley:visitor actor:taliban ;\n", r"\1"
    ),
    "a visit has neither": M("shapes", "visit-someone", CHINA, VISIT + r"        parley:visitor .*\n.*\n", r"\1"),
    "a host of a support": M(
        "shapes",
        "host-of-talks",
        PAKISTAN,
        r"parley:supporter actor:pakistan ;",
        "parley:supporter actor:pakistan ; parley:host actor:pakistan ;",
    ),
    "who is invited attends": M(
        "shapes", "roles-of-conference", PAKISTAN, r"parley:invitee actor:taliban", "parley:attendee actor:taliban"
    ),
    "who is invited comes": M(
        "shapes", "roles-of-visit", PAKISTAN, r"parley:invitee actor:taliban", "parley:visitor actor:taliban"
    ),
    "who invites receives": M("shapes", "host-of-talks", PAKISTAN, r"parley:inviter ", "parley:host "),
    "a support by a general role": M(
        "shapes", "own-roles", PAKISTAN, r"parley:supporter actor", "parley:initiator actor"
    ),
    "an actor visits itself": M(
        "shapes", "not-its-own-host", CHINA, r"parley:visitor actor:taliban", "parley:visitor actor:china"
    ),
    "a territory receives": M("shapes", "role-filler", CHINA, r"parley:host actor:china", "parley:host place:china"),
    "a delegation as principal": M(
        "shapes", "principal", CHINA, r"parley:visitor actor:taliban", "parley:visitor actor:taliban-delegation-china"
    ),
    "a voice without a name takes part": M(
        "shapes", "voice-only", CHINA, r"parley:host actor:china", "parley:host actor:unnamed-reports"
    ),
    "a community is said to act": M(
        "shapes",
        "acting-party",
        CHINA,
        AFTER_S62,
        "claim:mar2020-999 { occ:x a parley:Repression ; parley:opposer actor:women ; parley:opposed actor:iran }\n",
    ),
    "office and holder are swapped": M(
        "shapes",
        "tenure-holder",
        PAKISTAN,
        r"parley:officeHolder (\S+) ;\n( +)parley:office (\S+)",
        r"parley:officeHolder \3 ;\n\2parley:office \1",
    ),
    "a tenure has no office": M(
        "shapes", "tenure-office", PAKISTAN, r"        parley:office office:pakistan-foreign-minister ;\n", ""
    ),
    "a statement has no speaker": M("shapes", "statement-speaker", PAKISTAN, r"        parley:speaker .*\n", ""),
    "a shift of nobody's policy": M(
        "shapes", "shift-initiator", PAKISTAN, r"(PolicyShift ;\n.*\n)        parley:initiator .*\n", r"\1"
    ),
    # details and policies
    "an event takes place at an actor": M(
        "shapes", "place", CHINA, r"parley:place place:china", "parley:place actor:china"
    ),
    "an event comes before an actor": M(
        "shapes", "other-occurrence", PAKISTAN, r"parley:before occ:\S+", "parley:before actor:iran"
    ),
    "a manner that is an actor": M(
        "shapes", "manner", CHINA, r"parley:manner concept:increasing", "parley:manner actor:iran"
    ),
    "a topic that is a claim": M(
        "shapes", "topic", CHINA, r"parley:topic concept:peace-talks", "parley:topic claim:mar2020-228"
    ),
    "a content that is no claim": M(
        "shapes",
        "content",
        PAKISTAN,
        r"parley:expresses claim:mar2020-121",
        "parley:expresses policy:objective-pakistan-dialogue",
    ),
    "a visit expresses a claim": M(
        "shapes", "bearer", CHINA, VISIT + r"parley:host", r"\1parley:expresses claim:mar2020-225 ; parley:host"
    ),
    "a position has no stance": M("shapes", "stance-unsaid", PAKISTAN, r"        parley:stance .*\n", ""),
    "a stance that is a factuality": M(
        "shapes", "position-stance", PAKISTAN, r"parley:stance parley:InFavour", "parley:stance parley:Possible"
    ),
    "a policy is nobody's": M("shapes", "holder-required", PAKISTAN, r"        parley:holder .*\n", ""),
    "holder and topic are swapped": M(
        "shapes",
        "holder",
        PAKISTAN,
        r"parley:holder actor:pakistan ;\n( +)parley:topic (\S+)",
        r"parley:holder \2 ;\n\1parley:topic actor:pakistan",
    ),
    "a shift starts from an event": M(
        "shapes", "shift-policies", PAKISTAN, r"parley:from policy:\S+", "parley:from occ:mainstay-pakistan-taliban"
    ),
    # measurements
    "a measurement has two values": M("shapes", "value", CHINA, r"parley:value 2 ", "parley:value 2 , 3 "),
    "a count is negative": M("shapes", "value", CHINA, r"parley:value 2 ", "parley:value -2 "),
    "a unit is a measure": M("shapes", "unit", CHINA, r"parley:unit parley:Visit", "parley:unit parley:Visits"),
    "a bound is dropped": M(
        "shapes",
        "bound",
        PAKISTAN,
        r"parley:unit parley:Year ;\n        parley:bound parley:MoreThan",
        "parley:unit parley:Year",
    ),
    # closed vocabularies of claims
    "a factuality that is a cue": M(
        "shapes", "factuality", CHINA, r"parley:factuality parley:Fact", "parley:factuality parley:Asserts"
    ),
    "a cue that is a factuality": M("shapes", "cue", CHINA, r"parley:cue parley:Asserts", "parley:cue parley:Fact"),
    "a place speaks": M(
        "shapes", "agent", PAKISTAN, r"parley:agent actor:shah-mehmood-qureshi", "parley:agent place:kabul"
    ),
    "a claim contrasts with an event": M(
        "shapes",
        "joined-claim",
        CHINA,
        r"parley:contrastsWith claim:mar2020-225",
        "parley:contrastsWith occ:contact-taliban-china",
    ),
    "a claim is about an actor": M(
        "shapes", "about", CHINA, r"parley:about occ:contact-taliban-china", "parley:about actor:taliban"
    ),
    # the ontology's style
    "a term loses its definition": M(
        "style", "term-incomplete", ONTOLOGY, r'    skos:definition "An actor formed by .*\n', ""
    ),
    "a term has two definitions": M(
        "style",
        "term-twice",
        ONTOLOGY,
        r'(skos:definition "An actor formed by)',
        r'skos:definition "An actor."@en ; \1',
    ),
    "two terms share a label": M(
        "style", "label-shared", ONTOLOGY, r'rdfs:label "visit"@en', 'rdfs:label "meeting"@en'
    ),
    "a class is cased as a property": M(
        "style", "term-name", ONTOLOGY, r"parley:Coalition a owl:Class", "parley:coalition a owl:Class"
    ),
    "a definition lacks its genus": M(
        "style", "definition-genus", ONTOLOGY, r'"An actor formed by', '"Something formed by'
    ),
    "a definition uses its own term": M(
        "style", "definition-circular", ONTOLOGY, r'"An actor formed by', '"An actor that is a coalition formed by'
    ),
    "a class stands alone": M(
        "style",
        "class-adrift",
        ONTOLOGY,
        r"(An actor formed by(?:.|\n)*?) ;\n    rdfs:subClassOf parley:Actor \.",
        r"\1 .",
    ),
    "a term is used by nothing": M("style", "orphan-term", ONTOLOGY, r"parley:Consistently a", "parley:Never a"),
    "a shape names no term": M("style", "no-such-term", SHAPES, r"parley:visitor", "parley:visitors"),
    "a question names no term": M(
        "style", "no-such-term", "queries/what-changed.rq", r"parley:initiator", "parley:inititor"
    ),
}


def test_there_are_kinds_enough() -> None:
    assert len(MUTATIONS) >= 100
    assert len({mutation.rule for mutation in MUTATIONS.values()}) >= 60
    assert len({mutation[2:] for mutation in MUTATIONS.values()}) == len(MUTATIONS)


def reduce(folder: Path) -> Path:
    """Leave only the two sections that are edited, so that one run is short however much is encoded."""
    for path in (folder / "data" / "mar2020").glob("*.trig"):
        if path.name not in (Path(CHINA).name, Path(PAKISTAN).name):
            path.unlink()
    return folder


def said(folder: Path, part: str) -> Counter[tuple[str, str]]:
    return Counter((finding.rule, finding.what) for finding in run(find(folder), [part]).findings)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Counter[tuple[str, str]]]:
    """Tell what a part finds where nothing is spoiled: sections that are taken out, terms that only they use."""
    folder = tmp_path_factory.mktemp("before")
    for name in ("data", "ontology", "queries"):
        shutil.copytree(ROOT / name, folder / name)
    reduce(folder)
    return cache(lambda part: said(folder, part))


@pytest.mark.parametrize("kind", MUTATIONS)
def test_a_wrong_edit_is_found_by_the_right_rule(
    kind: str, copy: Path, before: Callable[[str], Counter[tuple[str, str]]]
) -> None:
    part, rule, file, pattern, replacement = MUTATIONS[kind]
    spoil(reduce(copy), file, pattern, replacement)
    new = said(copy, part) - before(part)
    assert rule in {found for found, _ in new}, new
