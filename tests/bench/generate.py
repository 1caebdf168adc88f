"""Write a large knowledge base of invented actors in Parley's own model, as N-Quads that nothing is derived from yet.

Run: python tests/bench/generate.py TRIPLES FILE [SEED]. The same arguments give the same bytes on every machine.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from parley.namespaces import ASSERTED, EDTF, PARLEY, PREFIXES, RDF, RDFS

__all__ = ["quads", "write"]

# Class, and the two roles that its actors take; each, and each factuality, about as often as in the encoded article.
_KINDS = (
    *(("Position", "holder", "toward"),) * 6,
    *(("Concern", "holder", "toward"),) * 3,
    *(("Contact", "counterpart", "counterpart"),) * 3,
    *(("Statement", "speaker", "addressee"),) * 2,
    *(("Visit", "visitor", "host"),) * 2,
    ("Meeting", "party", "party"),
    ("Negotiation", "party", "party"),
    ("Support", "supporter", "supported"),
    ("Attack", "opposer", "opposed"),
    ("Agreement", "signatory", "signatory"),
    ("Invitation", "inviter", "invitee"),
)
_LEVELS = (
    *(("Fact", "Asserts"),) * 14,
    *(("Anticipated", "Says"),) * 2,
    ("Unverified", "Claims"),
    ("Possible", "Assesses"),
    ("Probable", "Assesses"),
    ("Counterfact", "Asserts"),
)
_ACTORS = ("State", "Government", "StateBody", "ArmedGroup", "PoliticalGroup", "Person")
_VAGUE = ("2010~/2020~", "2020-37", "[2018-12,2019-02]", "[..2000]", "../2000", "2010~/..")
_SENTENCES = 500


def quads(seed: int = 1) -> Iterator[str]:
    """Yield lines of N-Quads without end: one source after another, each with its actors, passages and claims."""
    draw = random.Random(seed).random  # the one method whose values no version of Python has changed
    number = 0
    while True:
        number += 1
        yield from _source(f"gen{number:04}", draw)


def _source(name: str, draw: Callable[[], float]) -> Iterator[str]:
    """Yield a source of five hundred sentences: about eight thousand triples."""
    authors = _id("actor", f"{name}-authors")
    dated = (f"<{PARLEY}when> {_literal('2020', EDTF)}",)
    yield _quad(_id("source", name), "a", "Source", "author", authors, label=f"source {name}", more=dated)
    yield _quad(authors, "a", "Collective", label=f"the authors of {name}")
    actors = [_id("actor", f"{name}-{n}") for n in range(60)]
    known = actors + [actor.replace(name, "gen0001", 1) for actor in actors]  # of whom every source speaks
    for n, actor in enumerate(actors):
        whole = ("actsFor", actors[n // 7]) if n % 7 == 6 else ()
        yield _quad(actor, "a", _ACTORS[n % len(_ACTORS)], *whole, label=f"actor {n} of {name}")
    places = [_id("place", f"{name}-{n}") for n in range(20)]
    for n, place in enumerate(places):
        yield _quad(place, "a", "Place", label=f"place {n} of {name}")
    for n in range(1, _SENTENCES + 1):
        passage = _id("passage", f"{name}-s{n:03}")
        fixed = f"<{PARLEY}ordinal> {_literal(str(n), PREFIXES['xsd'] + 'integer')}"
        where = f"<{PREFIXES['oa']}hasSource> {_id('source', name)}"
        digest = f'<{PARLEY}sha256> "{int(draw() * 2**52):064x}"'
        more = (where, fixed, digest, f'<{PARLEY}section> "Section {n // 50}"@en', f'<{PARLEY}fragment> "words%20{n}"')
        yield _quad(passage, "a", "Passage", more=more)
        yield from _claim(f"{name}-{n:03}", passage, authors, known, places, draw)


def _claim(
    name: str, passage: str, authors: str, actors: list[str], places: list[str], draw: Callable[[], float]
) -> Iterator[str]:
    """Yield a claim that says that something is so and, of every fifth fact, one that adds where."""

    def pick(values: list[str]) -> str:
        return values[int(draw() ** 2 * len(values))]  # some are spoken of more than others

    kind, one, other = _KINDS[int(draw() * len(_KINDS))]
    node = _id("policy" if one == "holder" else "occurrence", name)
    first, when = pick(actors), _when(draw)
    second = pick([actor for actor in actors if actor != first])
    dated = (f"<{PARLEY}when> {_literal(when, EDTF)}",) if when else ()
    graph, level = _id("claim", name), _level(draw)
    yield _quad(node, "a", kind, one, first, other, second, label=f"node {name}", more=dated, graph=graph)
    yield from _description(graph, node, passage, authors, pick(actors), level)
    if one != "holder" and level[0] == "Fact" and draw() < 0.2:
        graph = _id("claim", f"{name}-2")
        yield _quad(node, "place", pick(places), graph=graph)
        yield from _description(graph, node, passage, authors, pick(actors), _level(draw))


def _description(
    claim: str, node: str, passage: str, authors: str, other: str, level: tuple[str, str]
) -> Iterator[str]:
    factuality, cue = level
    layer = f"{claim[:-1]}/attribution>"
    about = ("about", node, "evidence", passage, "factuality", factuality, "attribution", layer)
    yield _quad(claim, "a", "Claim", *about, label=f"what {claim.rpartition('/')[2][:-1]} says")
    if factuality == "Unverified":
        outer = f"{layer[:-1]}/relayedBy>"
        yield _quad(layer, "a", "Attribution", "agent", other, "cue", cue, "relayedBy", outer)
        layer, cue = outer, "Reports"
    yield _quad(layer, "a", "Attribution", "agent", authors, "cue", cue)


def _level(draw: Callable[[], float]) -> tuple[str, str]:
    return _LEVELS[int(draw() * len(_LEVELS))]


def _when(draw: Callable[[], float]) -> str:
    """Draw a year, a month, a day, a vague date or, most often, none."""
    form, year, month, day = draw(), 1996 + int(draw() * 25), 1 + int(draw() * 12), 1 + int(draw() * 28)
    forms = (f"{year}", f"{year}-{month:02}", f"{year}-{month:02}-{day:02}", _VAGUE[day % len(_VAGUE)])
    return forms[int(form * 10)] if form < 0.4 else ""


def _id(kind: str, slug: str) -> str:
    return f"<https://w3id.org/parley/id/{kind}/{slug}>"


def _literal(text: str, datatype: str) -> str:
    return f'"{text}"^^<{datatype}>'


def _quad(subject: str, *pairs: str, label: str = "", more: tuple[str, ...] = (), graph: str = f"<{ASSERTED}>") -> str:
    """Write a node: pairs of a Parley property and a value, which is an IRI in brackets or a Parley term."""
    ends = [
        f"<{RDF}type> <{PARLEY}{value}>"
        if name == "a"
        else f"<{PARLEY}{name}> {value if value[0] == '<' else f'<{PARLEY}{value}>'}"
        for name, value in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    ends += [f'<{RDFS}label> "{label}"@en'] if label else []
    return "".join(f"{subject} {end} {graph} .\n" for end in (*ends, *more))


def write(triples: int, path: Path, seed: int = 1) -> None:
    """Write a file of exactly so many lines, the last claim perhaps cut short."""
    lines = (line for block in quads(seed) for line in block.splitlines(keepends=True))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(islice(lines, triples))


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
