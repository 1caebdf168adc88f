"""Shapes: what is accepted, and what is merely quoted, is well formed (W3C SHACL, through pyshacl)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, cast

from pyoxigraph import NamedNode, Quad

from parley.check.context import Context, Finding
from parley.errors import InputError, NotInstalled
from parley.graph.read import parse_file
from parley.namespaces import ASSERTED, PREFIXES, compact

if TYPE_CHECKING:
    from rdflib import Graph
    from rdflib.term import Node

__all__ = ["Result", "shapes", "to_graph", "validate"]


@dataclass(frozen=True, order=True)
class Result:
    """Hold one validation result: the shape's name, the node and the value that do not conform, and the message."""

    shape: str
    focus: str
    value: str
    message: str
    warning: bool


def shapes(context: Context) -> tuple[list[Finding], str]:
    """Validate ``graph:asserted`` alone, then a copy that unites it with every quoted graph.

    :raises NotInstalled: if pyshacl is missing
    :raises InputError: if ``ontology/shapes.ttl`` cannot be read or is no shapes graph
    """
    if find_spec("pyshacl") is None:
        raise NotInstalled("not run: pyshacl not installed", todo="pip install 'parley-kb[check]'")
    file = context.project.ontology / "shapes.ttl"
    rules = to_graph(parse_file(file))
    data = to_graph(context.store.quads_for_pattern(None, None, None, NamedNode(ASSERTED)))
    try:
        found = set(validate(data, rules))
        to_graph(context.store, data)
        only = {_local(shape) for shape in rules.subjects(_node("shape", "acceptedOnly"))}
        found |= {result for result in validate(data, rules) if result.shape not in only}
    except ValueError as error:
        raise InputError(str(error), where=file, todo="mend the shapes") from None
    findings = [finding for result in sorted(found) for finding in _findings(context, rules, data, result)]
    return findings, f"{len(shape_names(rules))} shapes, {len(data)} triples"


def validate(data: Graph, rules: Graph) -> list[Result]:
    """Validate one graph; neither graph is altered, and no inference is made.

    :raises ValueError: if the shapes are malformed
    """
    import logging

    import pyshacl
    import rdflib
    from pyshacl.errors import ReportableRuntimeError

    log = logging.getLogger("pyshacl-validate")  # which says on standard error what is raised too
    before = rdflib.NORMALIZE_LITERALS, log.disabled
    try:
        log.disabled = True
        _, report, _ = pyshacl.validate(data, shacl_graph=rules)
    except ReportableRuntimeError as error:
        raise ValueError(str(error)) from None
    finally:
        rdflib.NORMALIZE_LITERALS, log.disabled = before  # the former pyshacl sets for the whole process
    if not isinstance(report, rdflib.Graph):
        raise ValueError(str(report))
    results = []
    for node in report.objects(None, _node("sh", "result")):
        shape, focus, value, message, severity = (
            report.value(node, _node("sh", name))
            for name in ("sourceShape", "focusNode", "value", "resultMessage", "resultSeverity")
        )
        warning = severity == _node("sh", "Warning")
        results.append(Result(_local(shape), str(focus), str(value or ""), str(message), warning))
    return results


def to_graph(quads: Iterable[Quad], graph: Graph | None = None) -> Graph:
    """Add the triples of some quads, whatever graph they stand in, to a new graph or the one that is given."""
    import rdflib
    from oxrdflib._converter import from_ox

    graph = rdflib.Graph() if graph is None else graph
    convert = cache(from_ox)
    for quad in quads:
        graph.add(cast("tuple[Node, Node, Node]", tuple(map(convert, quad.triple))))
    return graph


def shape_names(rules: Graph) -> set[str]:
    """List the names of the shapes of a shapes graph."""
    from rdflib import RDF, URIRef

    kinds = (_node("sh", "NodeShape"), _node("sh", "PropertyShape"))
    return {_local(node) for kind in kinds for node in rules.subjects(RDF.type, kind) if isinstance(node, URIRef)}


def _findings(context: Context, rules: Graph, data: Graph, result: Result) -> Iterator[Finding]:
    """Yield one finding for the node, or for each node that points at it where the shape targets objects."""
    what, _, todo = result.message.partition("; ")
    shape = _node("shape", result.shape)
    roles = set(rules.objects(shape, _node("sh", "targetObjectsOf")))
    pairs = {(str(s), str(o)) for role in roles for s, o in data.subject_objects(role) if str(o) == result.focus}
    for subject, value in sorted(pairs) or [(result.focus, result.value)]:
        shown = f": {compact(value)}" if value not in ("", subject) else ""
        yield context.finding(subject, result.shape, what + shown, todo, warning=result.warning)


def _node(prefix: str, name: str) -> Node:
    from rdflib import URIRef

    return URIRef(PREFIXES[prefix] + name)


def _local(node: Node | None) -> str:
    return str(node).rpartition("#")[2]
