"""What stands beside the data in a release: a JSON-LD context, the saved questions, and the data set's description."""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from pyoxigraph import Literal, NamedNode, Triple

from parley import __version__, queries
from parley.graph.release import VOID
from parley.namespaces import ASSERTED, BASE, ID, PARLEY, PREFIXES, RDF, XSD, compact
from parley.project import Project

__all__ = ["TERMS", "context", "dataset", "questions"]

TERMS = PREFIXES | {
    "dcat": "http://www.w3.org/ns/dcat#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "spdx": "http://spdx.org/rdf/terms#",
    "vann": "http://purl.org/vocab/vann/",
    "void": VOID,
}
_MEDIA = {
    "jsonld": "application/ld+json",
    "nq": "application/n-quads",
    "owl": "application/rdf+xml",
    "trig": "application/trig",
    "ttl": "text/turtle",
}
_ONTOLOGY = NamedNode(PARLEY[:-1])
_TERM_KINDS = {
    f"{PREFIXES['owl']}{kind}" for kind in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")
}


def context(asserted: Iterable[Triple]) -> bytes:
    """Return a JSON-LD 1.1 context: every prefix, and each class and property of the ontology by its own short name.

    A property whose values all have one datatype, or all a language, takes them as plain text.
    """
    kinds: dict[str, str] = {}
    datatypes: dict[str, set[str]] = defaultdict(set)
    for triple in asserted:
        if isinstance(triple.object, Literal):
            datatypes[triple.predicate.value].add(triple.object.datatype.value)
        elif _is_type(triple) and (kind := getattr(triple.object, "value", "")) in _TERM_KINDS:
            kinds[getattr(triple.subject, "value", "")] = kind
    terms: dict[str, object] = {"id": "@id", "type": "@type"}
    for name in ("rdfs:label", "skos:altLabel", "skos:definition"):
        terms[name.partition(":")[2]] = {"@id": name, "@container": "@language"}
    for iri, kind in sorted(kinds.items()):
        if iri.startswith(PARLEY):
            term = {"@id": compact(iri)}
            if kind.endswith(("#ObjectProperty", "#AnnotationProperty")):
                term["@type"] = "@id"
            elif datatypes[iri] == {f"{RDF}langString"}:
                term["@container"] = "@language"
            elif len(datatypes[iri]) == 1:
                term["@type"] = compact(*datatypes[iri])
            terms[iri.removeprefix(PARLEY)] = term
    return json.dumps({"@context": {"@version": 1.1, **PREFIXES, **terms}}, indent=1).encode() + b"\n"


def questions(project: Project) -> list[Triple]:
    """Describe each saved question as SHACL describes executables, and each prefix as a declaration."""
    prefixes = f"{BASE}prefixes"
    triples: list[Triple] = []
    for prefix, base in PREFIXES.items():
        node = f"{prefixes}#{prefix}"
        triples += _node(prefixes, {"sh:declare": NamedNode(node)})
        triples += _node(node, {"sh:prefix": prefix, "sh:namespace": _typed(base, "anyURI")}, "sh:PrefixDeclaration")
    for query in queries.listing(project):
        # A federated question cannot be run here, so its form is read from its words; SHACL knows no DESCRIBE.
        form = {"SELECT": "Select", "ASK": "Ask"}.get(queries.form(query.text), "Construct")
        node = f"{BASE}query/{query.name}"
        summary, text = Literal(query.summary, language="en"), {f"sh:{form.lower()}": query.text}
        triples += _node(node, text, "sh:SPARQLExecutable", f"sh:SPARQL{form}Executable")
        triples += _node(node, {"rdfs:label": query.name, "rdfs:comment": summary, "sh:prefixes": NamedNode(prefixes)})
        if query.description:
            triples += _node(node, {"dcterms:description": Literal(query.description, language="en")})
        for tag in query.tags:
            triples += _node(node, {"schema:keywords": tag})
    return sorted(triples, key=str)


def dataset(
    project: Project, asserted: Sequence[Triple], release: Iterable[Triple], files: Mapping[str, bytes]
) -> list[Triple]:
    """Describe the data set as VoID and DCAT do: counts by graph, class and property, and each file with its checksum.

    Classes and properties are counted in ``graph:asserted``.
    """
    node = f"{BASE}dataset"
    triples = [*release, *_header(project, node, asserted)]
    kinds = Counter(t.object.value for t in asserted if _is_type(t) and isinstance(t.object, NamedNode))
    properties = Counter(t.predicate.value for t in asserted)
    for what, counted, many in (("class", kinds, "entities"), ("property", properties, "triples")):
        for iri, number in counted.items():
            part = f"{node}#{what}-{quote(compact(iri), safe='')}"
            triples += _node(ASSERTED, {f"void:{what}Partition": NamedNode(part)})
            triples += _node(part, {f"void:{what}": NamedNode(iri), f"void:{many}": _typed(number)})
    facts: dict[str, str | NamedNode | Literal] = {
        "void:classes": _typed(len(kinds)),
        "void:properties": _typed(len(properties)),
        "void:distinctSubjects": _typed(len({str(t.subject) for t in asserted})),
        "void:distinctObjects": _typed(len({str(t.object) for t in asserted})),
        "void:uriSpace": ID,
        "void:vocabulary": _ONTOLOGY,
    }
    triples += _node(ASSERTED, facts, "void:Dataset")
    for name, data in files.items():
        triples += _node(node, {"dcat:distribution": NamedNode(f"{BASE}release/{name}")})
        triples += _file(f"{BASE}release/{name}", name, data)
    return sorted(triples, key=str)


def _header(project: Project, node: str, asserted: Iterable[Triple]) -> Iterator[Triple]:
    title = Literal("Parley knowledge base", language="en")
    yield from _node(node, {"dcterms:title": title, "dcat:version": __version__}, "void:Dataset", "dcat:Dataset")
    yield from _node(node, {"void:subset": NamedNode(ASSERTED)})
    # An ontology that lies beside the data speaks for both; the package's own says nothing of a stranger's data.
    beside = project.ontology.parent == project.data.parent
    rights = {PREFIXES["dcterms"] + name for name in ("creator", "license", "rightsHolder")}
    for t in asserted:
        if _is_type(t) and t.object == NamedNode(f"{PARLEY}Source"):
            yield Triple(NamedNode(node), NamedNode(f"{PREFIXES['dcterms']}source"), t.subject)
        if beside and t.subject == _ONTOLOGY and t.predicate.value in rights:
            yield Triple(NamedNode(node), t.predicate, t.object)


def _is_type(triple: Triple) -> bool:
    return triple.predicate.value == f"{RDF}type"


def _file(node: str, name: str, data: bytes) -> Iterator[Triple]:
    media = NamedNode(f"https://www.iana.org/assignments/media-types/{_MEDIA[name.rpartition('.')[2]]}")
    size, check = _typed(len(data), "nonNegativeInteger"), NamedNode(f"{node}#sha256")
    yield from _node(node, {"dcterms:title": name, "dcat:mediaType": media, "dcat:byteSize": size}, "dcat:Distribution")
    yield from _node(node, {"spdx:checksum": check})
    yield from _node(check.value, {"spdx:algorithm": NamedNode(f"{TERMS['spdx']}checksumAlgorithm_sha256")})
    value = _typed(hashlib.sha256(data).hexdigest(), "hexBinary")
    yield from _node(check.value, {"spdx:checksumValue": value}, "spdx:Checksum")


def _node(subject: str, values: Mapping[str, str | NamedNode | Literal], *kinds: str) -> Iterator[Triple]:
    """Yield a node's types and values, both named with prefixes."""

    def term(name: str) -> NamedNode:
        prefix, _, local = name.partition(":")
        return NamedNode(TERMS[prefix] + local)

    for kind in kinds:
        yield Triple(NamedNode(subject), NamedNode(f"{RDF}type"), term(kind))
    for name, value in values.items():
        yield Triple(NamedNode(subject), term(name), Literal(value) if isinstance(value, str) else value)


def _typed(value: object, datatype: str = "integer") -> Literal:
    return Literal(str(value), datatype=NamedNode(XSD + datatype))
