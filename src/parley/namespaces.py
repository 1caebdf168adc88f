"""The IRIs that are fixed, and the prefixes that Parley reads and writes."""

from __future__ import annotations

__all__ = ["ASSERTED", "EDTF", "ID", "PARLEY", "PREFIXES", "WD", "WIKIDATA", "compact"]

BASE = "https://w3id.org/parley/"
PARLEY = f"{BASE}ontology#"
ID = f"{BASE}id/"
GRAPH = f"{BASE}graph/"
ASSERTED = f"{GRAPH}asserted"
WIKIDATA = f"{GRAPH}wikidata"
WD = "http://www.wikidata.org/entity/"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"
XSD = "http://www.w3.org/2001/XMLSchema#"

PREFIXES: dict[str, str] = {
    "actor": f"{ID}actor/",
    "claim": f"{ID}claim/",
    "concept": f"{ID}concept/",
    "dcterms": "http://purl.org/dc/terms/",
    "edtf": "http://id.loc.gov/datatypes/edtf/",
    "graph": GRAPH,
    "link": f"{ID}link/",
    "list": f"{ID}list/",
    "measure": f"{ID}measurement/",
    "oa": "http://www.w3.org/ns/oa#",
    "occ": f"{ID}occurrence/",
    "office": f"{ID}office/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "parley": PARLEY,
    "passage": f"{ID}passage/",
    "place": f"{ID}place/",
    "policy": f"{ID}policy/",
    "rdf": RDF,
    "rdfs": RDFS,
    "sh": "http://www.w3.org/ns/shacl#",
    "shape": f"{BASE}shape#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "source": f"{ID}source/",
    "wd": WD,
    "xsd": XSD,
}


def compact(iri: str) -> str:
    """Shorten an IRI to ``prefix:name`` where a prefix of :data:`PREFIXES` fits, else return it as it is.

    >>> compact("https://w3id.org/parley/id/actor/taliban")
    'actor:taliban'
    """
    fitting = [(len(base), prefix, base) for prefix, base in PREFIXES.items() if iri.startswith(base)]
    if not fitting:
        return iri
    _, prefix, base = max(fitting)
    return f"{prefix}:{iri[len(base) :]}"
