"""Fetch what Wikidata knows of the linked items into ``graph:wikidata``, in a file apart from all that sources say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from pyoxigraph import Literal, NamedNode, RdfFormat, Triple, serialize

from parley.errors import Unreachable, UsageError
from parley.graph.compiled import open_store
from parley.link.links import read_links
from parley.link.wikidata import Service
from parley.namespaces import PREFIXES, WD, WIKIDATA, XSD
from parley.project import Project, write_text

__all__ = ["enrich"]

_PROV = "http://www.w3.org/ns/prov#"


def enrich(project: Project, service: Service) -> tuple[Path, int]:
    """Fetch the linked items and write ``wikidata/wikidata.ttl`` beside the data, whole or not at all.

    :return: the file, and how many triples it holds
    :raises UsageError: if the knowledge base is the copy in an installed package
    :raises Unreachable: if the service gives no answer, or nothing of any item; the file then stays as it was
    """
    if project.shipped:
        raise UsageError("the copy in the installed package is not written to", todo="name a folder with --kb")
    items = sorted({link.item for link in read_links(open_store(project))})
    found = set(service.ask(Path(__file__).with_name("enrich.rq"), ((NamedNode(WD + item),) for item in items)))
    if not found:
        raise Unreachable(f"nothing is known there of the {len(items)} linked items", where=service.endpoint)
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    origin: dict[str, NamedNode | Literal] = {
        f"{_PROV}wasDerivedFrom": NamedNode(service.endpoint),
        f"{_PROV}generatedAtTime": Literal(now, datatype=NamedNode(f"{XSD}dateTime")),
        f"{PREFIXES['dcterms']}license": NamedNode("https://creativecommons.org/publicdomain/zero/1.0/"),
    }
    found |= {Triple(NamedNode(WIKIDATA), NamedNode(name), value) for name, value in origin.items()}
    body = serialize(sorted(found, key=str), format=RdfFormat.N_TRIPLES) or b""
    write_text(project.wikidata, "# Fetched by parley link enrich; the next run replaces this file.\n" + body.decode())
    return project.wikidata, len(found)
