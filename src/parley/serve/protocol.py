"""Read a request as the SPARQL 1.1 Protocol says (section 2.1), and describe the service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from pyoxigraph import RdfFormat, parse, serialize

from parley.serve.negotiate import GRAPHS, SHORT

__all__ = ["MOST_BODY", "Query", "Refusal", "describe", "read"]

MOST_BODY = 256 << 10
_MOST_FIELDS = 200
_FORM, _DIRECT, _UPDATE = (
    "application/x-www-form-urlencoded",
    "application/sparql-query",
    "application/sparql-update",
)
_Fields = dict[str, list[str]]


class Refusal(Exception):
    """Carry the status and the sentence with which a request is refused."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status, self.sentence = status, sentence
        super().__init__(sentence)


@dataclass(frozen=True)
class Query:
    """Hold a query with the dataset and the format that the request names; no text means that none was sent."""

    text: str | None = None
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    accept: str = ""


def read(method: str, query_string: bytes, headers: Mapping[str, str], body: bytes) -> Query:
    """Return the query of a GET, a POST of a form, or a POST of the query itself.

    :raises Refusal: 400 for what is no single query in UTF-8, 403 for an update, 415 for another content type
    """
    fields = _fields(query_string)
    text: str | None
    if method != "POST":
        if "update" in fields:
            raise Refusal(400, "an update is not sent by GET, and this endpoint only reads")
        text = _query(fields)
        if text is None and query_string:
            raise Refusal(400, "no query: send it as the parameter 'query'")
    else:
        media = _media(headers.get("content-type", ""))
        if media == _UPDATE:
            raise Refusal(403, "this endpoint only reads; an update is refused")
        if media == _FORM:
            fields = _merge(fields, _fields(body))
            if "update" in fields:
                raise Refusal(403, "this endpoint only reads; an update is refused")
            text = _query(fields)
        elif "query" in fields or "update" in fields:
            raise Refusal(400, "two queries: one in the address and one in the body")
        else:
            text = _decode(body)
        if not text:
            raise Refusal(400, "no query: send it as the parameter 'query', or as the body")
    return Query(
        text,
        tuple(fields.get("default-graph-uri", ())),
        tuple(fields.get("named-graph-uri", ())),
        _accept(fields, headers.get("accept", "")),
    )


def _accept(fields: _Fields, accept: str) -> str:
    wanted = fields.get("format", [])
    if not wanted:
        return accept
    if len(wanted) > 1 or wanted[0] not in SHORT:
        raise Refusal(400, f"no such format; choose from {', '.join(SHORT)}")
    return SHORT[wanted[0]]


def _query(fields: _Fields) -> str | None:
    if len(found := fields.get("query", [])) > 1:
        raise Refusal(400, "two queries; send one")
    return found[0] if found else None


def _media(content_type: str) -> str:
    """Return the media type of a body, in UTF-8.

    :raises Refusal: if it is none that may hold a query
    """
    media, *parameters = (part.strip().lower() for part in content_type.split(";"))
    charset = next((p.partition("=")[2].strip('" ') for p in parameters if p.startswith("charset=")), "utf-8")
    if media not in {_FORM, _DIRECT, _UPDATE} or charset not in {"utf-8", "utf8"}:
        raise Refusal(415, f"send {_DIRECT} or {_FORM}, in UTF-8")
    return media


def _decode(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(400, "the query is not UTF-8") from None


def _fields(raw: bytes) -> _Fields:
    fields: _Fields = {}
    try:
        text = raw.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=_MOST_FIELDS)
    except UnicodeDecodeError:
        raise Refusal(400, "a parameter is not UTF-8") from None
    except ValueError:
        raise Refusal(400, f"more than {_MOST_FIELDS} parameters") from None
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


def _merge(one: _Fields, other: _Fields) -> _Fields:
    return {name: [*one.get(name, []), *other.get(name, [])] for name in {**one, **other}}


def describe(address: str, media: str) -> bytes:
    """Describe the endpoint at an address in one of the graph formats (SPARQL 1.1 Service Description).

    :raises Refusal: 400 if the address is no IRI
    """
    if not re.fullmatch(r"https?://[\w.:\[\]-]+/[\w./-]*", address):
        raise Refusal(400, "the Host header is malformed")
    template = Path(__file__).with_name("templates") / "service.ttl"
    quads = parse(template.read_bytes(), RdfFormat.TURTLE, base_iri=address)
    prefixes = {"dcterms": "http://purl.org/dc/terms/", "sd": "http://www.w3.org/ns/sparql-service-description#"}
    return serialize(quads, format=GRAPHS[media], prefixes=prefixes) or b""
