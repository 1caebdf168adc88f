"""What a release says of itself: its graphs in one order, and ``graph:release`` with a count and digest of each."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, Store, Triple

from parley import __version__
from parley.errors import InputError
from parley.namespaces import ASSERTED, BASE, GRAPH, PREFIXES, RDF, XSD

__all__ = ["RELEASE", "VOID", "canonical", "describe", "digest"]

RELEASE = f"{GRAPH}release"
VOID = "http://rdfs.org/ns/void#"
_GENID = f"{BASE}.well-known/genid/"


def canonical(store: Store) -> dict[str, list[Triple]]:
    """Return the triples of each graph, graphs and triples sorted, blank nodes with their canonical labels (RDFC-1.0).

    Only the ontology's axioms have blank nodes, so that labels are unique though given graph by graph. Canonicalising
    is slow on blank nodes made to be slow: never call this on a stranger's data.

    :raises InputError: if a claim's graph has a blank node
    """
    graphs: dict[str, list[Quad]] = defaultdict(list)
    for quad in store:
        graphs[getattr(quad.graph_name, "value", "")].append(quad)
    return {name: sorted(_labelled(name, graphs[name]), key=_order) for name in sorted(graphs)}


def _labelled(name: str, quads: Iterable[Quad]) -> Iterator[Triple]:
    axioms = Dataset()
    for quad in quads:
        if isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode):
            if name != ASSERTED:
                raise InputError("a blank node", where=name, todo="name it")
            axioms.add(Quad(quad.subject, quad.predicate, quad.object))
        else:
            yield quad.triple
    axioms.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    yield from (quad.triple for quad in axioms)


def _order(triple: Triple) -> tuple[str, bool, str, str]:
    return str(triple.subject), triple.predicate.value != f"{RDF}type", str(triple.predicate), str(triple.object)


def digest(triples: Iterable[Triple]) -> str:
    """Return the digest of a graph in 64 hexadecimal digits, whatever the order of its triples.

    It is the sum, modulo 2 to the power of 256, of the SHA-256 of each triple as a line of N-Triples, a canonical blank
    node written as the name that a push gives it. It tells graphs apart; it does not withstand a forger.
    """

    def name(term: object) -> object:
        return NamedNode(_GENID + term.value) if isinstance(term, BlankNode) else term

    lines = (f"{name(t.subject)} {t.predicate} {name(t.object)} .\n" for t in triples)
    return f"{sum(int.from_bytes(hashlib.sha256(line.encode()).digest(), 'big') for line in lines) % (1 << 256):064x}"


def describe(total: int, graphs: Mapping[str, Sequence[Triple]]) -> list[Quad]:
    """Return ``graph:release``: the version, how many triples there are in all, each graph with count and digest."""
    release = NamedNode(RELEASE)

    def quad(subject: str, predicate: str, value: NamedNode | Literal) -> Quad:
        return Quad(NamedNode(subject), NamedNode(predicate), value, release)

    def number(value: int) -> Literal:
        return Literal(str(value), datatype=NamedNode(f"{XSD}integer"))

    quads = [quad(RELEASE, f"{PREFIXES['owl']}versionInfo", Literal(__version__))]
    quads.append(quad(RELEASE, f"{VOID}triples", number(total)))
    for name, triples in graphs.items():
        quads.append(quad(RELEASE, f"{PREFIXES['dcterms']}hasPart", NamedNode(name)))
        quads.append(quad(name, f"{VOID}triples", number(len(triples))))
        quads.append(quad(name, f"{PREFIXES['dcterms']}identifier", Literal(digest(triples))))
    return quads
