"""The acceptance rule, case by case, on small data with invented actors."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store, parse

from parley.check.border import _accepted
from parley.errors import InputError
from parley.graph.compiled import compile_store
from parley.graph.derive import bounds
from parley.namespaces import ASSERTED, PARLEY, PREFIXES
from parley.project import Project, find
from tests.conftest import ROOT

HEAD = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in PREFIXES.items())


def claim(name: str, level: str, about: str, graph: str) -> str:
    return (
        f"claim:{name} {{ {graph} }}\n"
        f"claim:{name} a parley:Claim ; parley:about {about} ; parley:factuality parley:{level} .\n"
    )


def build(folder: Path, text: str) -> Store:
    data = folder / "kb" / "data"
    data.mkdir(parents=True)
    (data / "x.trig").write_text(HEAD + text, encoding="utf-8")
    return compile_store(find(folder / "kb"))


def local(term: object) -> str:
    return str(term).strip("<>").rpartition("/")[2].rpartition("#")[2]


def asserted(store: Store, node: str) -> set[str]:
    quads = store.quads_for_pattern(NamedNode(f"{PREFIXES['occ']}{node}"), None, None, NamedNode(ASSERTED))
    return {f"{local(q.predicate)} {local(q.object)}" for q in quads}


TYPE = "occ:m a parley:Meeting ; parley:party actor:a ."
DETAIL = "occ:m parley:party actor:b ."

CASES = {
    "a fact is in": ([("Fact", TYPE)], {"type Meeting", "party a"}),
    "a detail of a typed node is in": ([("Fact", TYPE), ("Fact", DETAIL)], {"type Meeting", "party a", "party b"}),
    "a detail of an untyped node is out": ([("Fact", DETAIL)], set()),
    "a detail of a merely possible node is out": ([("Possible", TYPE), ("Fact", DETAIL)], set()),
    "possible is out": ([("Possible", TYPE)], set()),
    "probable is out": ([("Probable", TYPE)], set()),
    "unverified is out": ([("Unverified", TYPE)], set()),
    "anticipated is out": ([("Anticipated", TYPE)], set()),
    "a hedged detail is out, its node in": ([("Fact", TYPE), ("Possible", DETAIL)], {"type Meeting", "party a"}),
    "a denial of the node takes every detail": ([("Fact", TYPE), ("Fact", DETAIL), ("Counterfact", TYPE)], set()),
    "a denial by another class takes the node too": (
        [("Fact", TYPE), ("Counterfact", "occ:m a parley:Visit .")],
        set(),
    ),
    "a denial of a detail takes it alone": (
        [("Fact", TYPE), ("Fact", DETAIL), ("Counterfact", DETAIL)],
        {"type Meeting", "party a"},
    ),
    "a denial of what nobody claims takes nothing": (
        [("Fact", TYPE), ("Counterfact", "occ:m parley:party actor:c .")],
        {"type Meeting", "party a"},
    ),
    "a denial alone is out": ([("Counterfact", TYPE)], set()),
}


@pytest.mark.parametrize("case", CASES)
def test_acceptance(case: str, tmp_path: Path) -> None:
    claims, expected = CASES[case]
    text = "".join(claim(f"x-{i}", level, "occ:m", graph) for i, (level, graph) in enumerate(claims))
    found = {
        fact for fact in asserted(build(tmp_path, text), "m") if fact not in {"type Engagement", "type Occurrence"}
    }
    assert found == expected


@pytest.mark.parametrize("case", CASES)
def test_the_check_recomputes_the_same(case: str, tmp_path: Path) -> None:
    claims, expected = CASES[case]
    text = "".join(claim(f"x-{i}", level, "occ:m", graph) for i, (level, graph) in enumerate(claims))
    found = {f"{local(p)} {local(o)}" for _, p, o in _accepted(list(parse((HEAD + text).encode(), RdfFormat.TRIG)))}
    assert found == expected


def test_types_go_up_the_class_tree(tmp_path: Path) -> None:
    store = build(tmp_path, claim("x-1", "Fact", "occ:m", "occ:m a parley:Attack ."))
    assert asserted(store, "m") == {"type Attack", "type Hostility", "type Engagement", "type Occurrence"}


def test_disputed_claims_are_joined_and_both_stay_quoted(tmp_path: Path) -> None:
    text = claim("x-1", "Fact", "occ:m", TYPE) + claim("x-2", "Counterfact", "occ:m", TYPE)
    store = build(tmp_path, text)
    disputed = list(store.quads_for_pattern(None, NamedNode(f"{PARLEY}disputedBy"), None))
    assert [(local(q.subject), local(q.object)) for q in disputed] == [("x-1", "x-2")]
    assert len(list(store.quads_for_pattern(None, None, None, NamedNode(f"{PREFIXES['claim']}x-1")))) == 2
    assert len(list(store.quads_for_pattern(None, None, None, NamedNode(f"{PREFIXES['claim']}x-2")))) == 2


def test_derived_relations_lift_an_act_to_the_whole_and_never_to_a_part(tmp_path: Path) -> None:
    text = """
        actor:office a parley:StateBody ; parley:actsFor actor:state .
        actor:faction a parley:ArmedGroup ; parley:partOf actor:movement .
    """ + claim(
        "x-1",
        "Fact",
        "occ:s",
        "occ:s a parley:Support ; parley:supporter actor:office ; parley:supported actor:faction .",
    )
    store = build(tmp_path, text)
    pairs = {
        (local(q.subject), local(q.object))
        for q in store.quads_for_pattern(None, NamedNode(f"{PARLEY}hasSupported"), None)
    }
    assert pairs == {("office", "faction"), ("state", "faction")}


def test_what_is_not_accepted_feeds_no_relation(tmp_path: Path) -> None:
    graph = "occ:s a parley:Support ; parley:supporter actor:x ; parley:supported actor:y ; parley:against actor:z ."
    for level in ("Possible", "Probable", "Unverified", "Anticipated", "Counterfact"):
        store = build(tmp_path / level, claim("x-1", level, "occ:s", graph))
        assert not list(store.quads_for_pattern(None, NamedNode(f"{PARLEY}hasSupported"), None))
    store = build(tmp_path / "Fact", claim("x-1", "Fact", "occ:s", graph))
    assert len(list(store.quads_for_pattern(None, NamedNode(f"{PARLEY}hasSupported"), None))) == 1


@pytest.mark.parametrize(
    ("edtf", "first", "last"),
    [
        ("2015", "2015-01-01", "2015-12-31"),
        ("2019-06", "2019-06-01", "2019-06-30"),
        ("2020-37", "2020-01-01", "2020-04-30"),
        ("199X", "1990-01-01", "1999-12-31"),
        ("1996/2001", "1996-01-01", "2001-12-31"),
        ("2010~/2020~", "2010-01-01", "2020-12-31"),
        ("[2018-12,2019-02]", "2018-12-01", "2019-02-28"),
        ("[..2000]", "", "2000-12-31"),
        ("../2000", "", "2000-12-31"),
        ("/2001", "", "2001-12-31"),
        ("2001/", "2001-01-01", ""),
        ("[2001-09-11..]", "2001-09-11", ""),
        ("../..", "", ""),
        ("Y-170000002", "", ""),
    ],
)
def test_bounds(edtf: str, first: str, last: str) -> None:
    assert bounds(edtf) == (first, last)


@pytest.mark.parametrize("text", ["early 2020", "2019-13", "", "2019-02-30x"])
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="no EDTF"):
        bounds(text)


def test_the_shared_examples_stay_on_their_side_of_the_border(store: Store, project: Project) -> None:
    assert project.data == ROOT / "data"
    everything = {
        str(q.subject) for q in store.quads_for_pattern(None, NamedNode(f"{PARLEY}inviter"), None, NamedNode(ASSERTED))
    }
    assert f"<{PREFIXES['occ']}invitation-murree-2015>" in everything
    assert asserted(store, "dialogues-murree-2015") == set()
