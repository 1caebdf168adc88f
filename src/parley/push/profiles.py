"""What Parley knows of each kind of store: where it takes queries, updates and graphs, and how it may be written to."""

from __future__ import annotations

from dataclasses import dataclass

from parley.errors import UsageError

__all__ = ["PROFILES", "Profile", "recognise"]


@dataclass(frozen=True)
class Profile:
    """Describe one kind of store; paths are added to the address that the user gives.

    :param query: where queries go (SPARQL 1.1 Protocol §2.1)
    :param update: where updates go (§2.2)
    :param graphs: where a graph is put, with the parameter that names it; "" where there is no Graph Store Protocol
    :param staged: whether a graph is put beside its place, counted and then moved, since neither an update of several
        operations nor a PUT is atomic
    :param tested: whether tests run against the real store; where they do not, it is tried on a scratch graph first
    :param most: how large an update may grow, in bytes before encoding, which at worst trebles it
    """

    query: str
    update: str
    graphs: str = ""
    staged: bool = False
    tested: bool = False
    most: int = 8 << 20


# Those that are not tested are written from their makers' documentation. An update of several operations has to be one
# transaction; the trial on a scratch graph proves it before anything is sent.
# Fuseki: jena.apache.org/documentation/fuseki2/fuseki-data-access. GraphDB: graphdb.ontotext.com/documentation, "Using
# the RDF4J REST API". Blazegraph: github.com/blazegraph/database/wiki/REST_API; its PUT is no Graph Store Protocol.
# Stardog: docs.stardog.com/developing/http-api. Neptune: docs.aws.amazon.com/neptune, "Using the SPARQL 1.1 Graph Store
# HTTP Protocol" and "Transaction Isolation Levels"; requests are not signed, so IAM authentication has to be off.
PROFILES = {
    # Refuses a body over 128 MiB.
    "oxigraph": Profile("/query", "/update", "/store?graph=", tested=True, most=40 << 20),
    "virtuoso": Profile("/sparql", "/sparql-auth", "/sparql-graph-crud-auth?graph-uri=", staged=True, tested=True),
    "fuseki": Profile("/query", "/update", "/data?graph="),
    "graphdb": Profile("", "/statements", "/rdf-graphs/service?graph="),
    "blazegraph": Profile("/sparql", "/sparql"),
    "stardog": Profile("/query", "/update", "?graph="),
    "neptune": Profile("/sparql", "/sparql", "/sparql/gsp/?graph="),
    "sparql": Profile("", ""),
}


def recognise(named: str, url: str, server: str) -> str:
    """Tell the kind of a store: the name that the user gives, else by its ``Server`` header or address.

    A store that nobody knows is ``sparql``, one address for queries and updates.

    :raises UsageError: if there is no such profile
    """
    if named and named not in PROFILES:
        raise UsageError(f"no {named!r}", where="--profile", todo=f"choose from: {'; '.join(PROFILES)}")
    hints = {"neptune.amazonaws": "neptune", "/repositories/": "graphdb", "/namespace/": "blazegraph"}
    by_server = (name for name in PROFILES if name in server.lower())
    return named or next(by_server, "") or next((hints[hint] for hint in hints if hint in url), "sparql")
