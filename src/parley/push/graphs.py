"""Each graph that is pushed: its triples as N-Triples, as often as they are needed, its size, and a digest of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, Store

from parley import __version__
from parley.errors import InputError
from parley.namespaces import ASSERTED, BASE, GRAPH, ID, PREFIXES, XSD

__all__ = ["CLAIM", "RELEASE", "STAGING", "Blocks", "Graph", "Sum", "line", "read_graphs", "release"]

CLAIM = f"{ID}claim/"
RELEASE = f"{GRAPH}release"
STAGING = f"{GRAPH}staging/"
_GENID = f"{BASE}.well-known/genid/"
_VOID = "http://rdfs.org/ns/void#"


@dataclass
class Sum:
    """Add up triples to a count, a size in bytes and a digest in whatever order they come.

    The digest is the sum of the SHA-256 of each triple in N-Triples, modulo 2 to the power of 256: it needs no sorting,
    and so no memory. It tells graphs apart; it does not withstand one who wants two graphs to look alike.
    """

    triples: int = 0
    size: int = 0
    _digest: int = 0

    def add(self, line: bytes) -> None:
        """Take in one triple, in N-Triples."""
        self.triples += 1
        self.size += len(line)
        self._digest = (self._digest + int.from_bytes(hashlib.sha256(line).digest())) % (1 << 256)

    @property
    def digest(self) -> str:
        """The digest in 64 hexadecimal digits."""
        return f"{self._digest:064x}"


@dataclass(frozen=True)
class Graph:
    """Hold one graph of a store; iterate over it for its lines, each time anew."""

    name: str
    store: Store = field(repr=False)
    sum: Sum = field(default_factory=Sum)
    named: tuple[bytes, ...] = field(repr=False, default=())

    def __post_init__(self) -> None:
        for triple in self:
            self.sum.add(triple)

    def __iter__(self) -> Iterator[bytes]:
        yield from self.named
        for quad in self.store.quads_for_pattern(None, None, None, NamedNode(self.name)):
            if not _is_blank(quad):
                yield line(quad.subject, quad.predicate, quad.object)


@dataclass(frozen=True)
class Blocks:
    """Iterate over a graph in blocks of some 64 KiB, as a body is sent, and tell how far it is."""

    graph: Graph
    progress: Callable[[str], None]

    def __iter__(self) -> Iterator[bytes]:
        block = bytearray()
        for count, triple in enumerate(self.graph):
            block += triple
            if len(block) >= 1 << 16:
                self.progress(f"sent {count} of {self.graph.sum.triples} triples of {self.graph.name}")
                yield bytes(block)
                block.clear()
        yield bytes(block)


def line(subject: object, predicate: object, value: object) -> bytes:
    """Write a triple as a line of N-Triples."""
    return f"{subject} {predicate} {value} .\n".encode()


def read_graphs(store: Store, *, asserted_only: bool = False) -> dict[str, Graph]:
    """Return what is pushed of a derived knowledge base: ``graph:asserted`` and, unless told otherwise, every claim.

    Blank nodes, which only the ontology's axioms have, get names (RDF 1.1 §3.5) from their canonical labels (RDFC-1.0):
    no store keeps a blank node's own.

    :raises InputError: if a graph has a name by which it could not be told from a stranger's
    """
    named = [node.value for node in store.named_graphs() if isinstance(node, NamedNode)]
    graphs = {}
    for name in sorted(named):
        if name != ASSERTED and not name.startswith(CLAIM):
            raise InputError(
                "a graph of this name could not be told from a stranger's", where=name, todo=f"name it {CLAIM}..."
            )
        if name == ASSERTED or not asserted_only:
            graphs[name] = Graph(name, store, named=_named(store) if name == ASSERTED else ())
    return graphs


def _is_blank(quad: Quad) -> bool:
    return isinstance(quad.subject, BlankNode) or isinstance(quad.object, BlankNode)


def _named(store: Store) -> tuple[bytes, ...]:
    quads = filter(_is_blank, store.quads_for_pattern(None, None, None, NamedNode(ASSERTED)))
    axioms = Dataset([Quad(quad.subject, quad.predicate, quad.object) for quad in quads])
    axioms.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)

    def name(term: object) -> object:
        return NamedNode(_GENID + term.value) if isinstance(term, BlankNode) else term

    return tuple(line(name(quad.subject), quad.predicate, name(quad.object)) for quad in axioms)


def release(graphs: Iterable[Graph]) -> Graph:
    """Return ``graph:release``: the version, how many triples in all, and each graph with its count and digest."""
    store, node = Store(), NamedNode(RELEASE)

    def add(subject: str, predicate: str, value: NamedNode | Literal) -> None:
        store.add(Quad(NamedNode(subject), NamedNode(predicate), value, node))

    def number(value: int) -> Literal:
        return Literal(str(value), datatype=NamedNode(f"{XSD}integer"))

    total = 0
    for graph in graphs:
        total += graph.sum.triples
        add(RELEASE, f"{PREFIXES['dcterms']}hasPart", NamedNode(graph.name))
        add(graph.name, f"{_VOID}triples", number(graph.sum.triples))
        add(graph.name, f"{PREFIXES['dcterms']}identifier", Literal(graph.sum.digest))
    add(RELEASE, f"{PREFIXES['owl']}versionInfo", Literal(__version__))
    add(RELEASE, f"{_VOID}triples", number(total))
    return Graph(RELEASE, store)
