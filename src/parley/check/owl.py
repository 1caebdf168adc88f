"""OWL: the asserted graph lies within OWL 2 DL, every class can have an instance, and nothing contradicts the rest."""

from __future__ import annotations

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from pyoxigraph import Literal, NamedNode, Quad, Triple

from parley.check import hermit
from parley.check.context import Context, Finding
from parley.errors import InputError
from parley.namespaces import ASSERTED, ID, PREFIXES, RDF, RDFS, XSD

__all__ = ["copy", "explain", "owl"]

_OWL = PREFIXES["owl"]
# W3C OWL 2 Structural Specification, section 4; plain strings and tagged ones come under rdf:PlainLiteral.
_NUMBERS = "decimal integer nonNegativeInteger nonPositiveInteger positiveInteger negativeInteger long int short byte"
_NUMBERS += " unsignedLong unsignedInt unsignedShort unsignedByte double float"
_TEXTS = "string normalizedString token language Name NCName NMTOKEN boolean hexBinary base64Binary anyURI"
_DATATYPES = {f"{XSD}{name}" for name in f"{_NUMBERS} {_TEXTS} dateTime dateTimeStamp".split()}
_DATATYPES |= {f"{_OWL}real", f"{_OWL}rational", f"{RDFS}Literal"}
_DATATYPES |= {f"{RDF}{name}" for name in ("PlainLiteral", "XMLLiteral", "langString")}
_CONTENT = tuple(PREFIXES[name] for name in ("occ", "policy", "measure", "claim"))
_SECONDS = 20.0
_MOST = 5


def owl(context: Context) -> tuple[list[Finding], str]:
    """Check ontology and asserted graph, whole: the profile by OWLAPI, consistency and empty classes by HermiT.

    Names that differ are taken to name different things where a functional property would else make them one.

    :raises NotInstalled: if Java is missing
    """
    triples = copy(context)
    ontology, left = context.owl
    findings = [
        _finding(context, "owl-profile", f"{kind}: {axiom}", "declare the term, or say it within OWL 2 DL", axiom)
        for kind, axiom in hermit.violations(ontology)
    ]
    for triple in left:
        findings.append(_finding(context, "owl-profile", f"says nothing in OWL: {triple}", "mend the axiom", triple))
    axioms = hermit.logical(ontology) | _different(triples)
    note = f"{len(axioms)} axioms by HermiT, {len(triples)} triples by OWLAPI"
    try:
        return findings + _contradictions(context, axioms), note
    except InputError as error:
        # What HermiT refuses is outside OWL 2 DL, so mostly found already.
        return findings or [_finding(context, "owl-profile", error.what, "say it within OWL 2 DL")], note


def copy(context: Context) -> list[Triple]:
    """Return ``graph:asserted`` without the literals that are not in the OWL 2 datatype map, which HermiT refuses."""
    quads = context.store.quads_for_pattern(None, None, None, NamedNode(ASSERTED))
    return [Triple(q.subject, q.predicate, q.object) for q in quads if _mapped(q)]


def _mapped(quad: Quad) -> bool:
    return not isinstance(quad.object, Literal) or quad.object.datatype.value in _DATATYPES


def _different(triples: list[Triple]) -> set[hermit.Axiom]:
    """Return axioms that the values of a functional property, or the owners of an inverse functional one, differ."""
    kinds = {
        kind: {t.subject for t in triples if t.object == NamedNode(f"{_OWL}{kind}")}
        for kind in ("FunctionalProperty", "InverseFunctionalProperty")
    }
    groups = defaultdict(set)
    for t in triples:
        if isinstance(t.subject, NamedNode) and isinstance(t.object, NamedNode):
            if t.predicate in kinds["FunctionalProperty"]:
                groups[t.subject, t.predicate].add(t.object.value)
            if t.predicate in kinds["InverseFunctionalProperty"]:
                groups[t.predicate, t.object].add(t.subject.value)
    make = hermit.factory()
    return {
        make.getOWLDifferentIndividualsAxiom([make.getOWLNamedIndividual(hermit.iri(name)) for name in sorted(names)])
        for names in groups.values()
        if len(names) > 1
    }


def _contradictions(context: Context, axioms: set[hermit.Axiom]) -> list[Finding]:
    reasoner = hermit.reasoner(axioms)
    if reasoner.isConsistent():
        empty = reasoner.getUnsatisfiableClasses().getEntitiesMinusBottom()
        return [
            _finding(context, "owl-unsatisfiable", f"{name} can have no instance", "mend its axioms", name)
            for name in sorted(hermit.render(each) for each in empty)
        ]
    until = time.monotonic() + _SECONDS
    above = {hermit.render(axiom.getSuperClass()) for axiom in axioms if hasattr(axiom, "getSuperClass")}
    # What the rules derived follows from the rest, so that it is no reason of its own where the rest suffices.
    written = {axiom for axiom in axioms if not _derived(hermit.render(axiom), above)}
    return list(_reasons(context, written, until)) or list(_reasons(context, axioms, until))


def _reasons(context: Context, axioms: set[hermit.Axiom], until: float) -> Iterator[Finding]:
    denied = _denied(context)
    for _ in range(_MOST):
        if hermit.consistent(axioms):
            return
        reason, minimal = explain(axioms, until)
        said = sorted(hermit.render(axiom) for axiom in reason if hermit.is_data(axiom))
        by = sorted(hermit.render(axiom) for axiom in reason if not hermit.is_data(axiom))
        if not minimal:
            what = f"{len(said)} statements contradict each other; no closer in {_SECONDS:.0f} s"
            yield _finding(context, "owl-inconsistent", what, "look at what was last added")
            return
        what = f"cannot all be so: {', '.join([*(denied.get(each, each) for each in said), *by])}"
        todo = "withdraw or correct one of them" if said else "mend the ontology"
        yield _finding(context, "owl-inconsistent", what, todo, *said, *by)
        axioms = axioms - {axiom for axiom in reason if hermit.is_data(axiom) or not said}


def _denied(context: Context) -> dict[str, str]:
    """Return each negative assertion as HermiT words it, and with the claim that denies added."""
    words = {}
    for quad in context.store.quads_for_pattern(None, None, NamedNode(f"{_OWL}NegativePropertyAssertion"), None):
        said = {q.predicate.value: q.object for q in context.store.quads_for_pattern(quad.subject, None, None, None)}
        terms = (said[f"{_OWL}{name}"] for name in ("assertionProperty", "sourceIndividual", "targetIndividual"))
        text = hermit.render(f"NegativeObjectPropertyAssertion({' '.join(map(str, terms))})")
        words[text] = f"{text} by {hermit.render(quad.subject).partition('/')[0]}"
    return words


def explain(axioms: Iterable[hermit.Axiom], until: float) -> tuple[list[hermit.Axiom], bool]:
    """Return a smallest set of axioms that contradict each other; all together must do so.

    QuickXplain (Junker, AAAI 2004): first over the data with the whole ontology beside it, then over the ontology, in
    which a disjointness of many classes counts as one of each pair.

    :param until: when to give up, on the clock of :func:`time.monotonic`
    :return: the axioms, and whether the set is minimal; if not, it is merely all the data
    """
    data = sorted((axiom for axiom in axioms if hermit.is_data(axiom)), key=str)
    ontology = [axiom for axiom in axioms if not hermit.is_data(axiom)]

    def fails(part: Sequence[hermit.Axiom]) -> bool:
        if time.monotonic() > until:
            raise TimeoutError
        return not hermit.consistent(part)

    try:
        said = [] if fails(ontology) else _smallest(ontology, data, fails)
        by: list[hermit.Axiom] = []
        for axiom in sorted(hermit.module(ontology, said) if said else ontology, key=str):
            by += axiom.asPairwiseAxioms() if hasattr(axiom, "asPairwiseAxioms") else [axiom]
        return said + _smallest(said, by, fails), True
    except TimeoutError:
        return data, False


def _smallest(
    kept: list[hermit.Axiom], parts: list[hermit.Axiom], fails: Callable[[Sequence[hermit.Axiom]], bool]
) -> list[hermit.Axiom]:
    """Return the least of ``parts``, early ones preferred, that fails with ``kept``; all together must fail."""

    def narrow(kept: list[hermit.Axiom], changed: bool, parts: list[hermit.Axiom]) -> list[hermit.Axiom]:
        if changed and fails(kept):
            return []
        if len(parts) == 1:
            return parts
        half = len(parts) // 2
        late = narrow(kept + parts[:half], True, parts[half:])
        early = narrow(kept + late, bool(late), parts[:half])
        return early + late

    return narrow(kept, True, parts) if parts else []


def _derived(axiom: str, above: set[str]) -> bool:
    if match := re.match(r"ClassAssertion\((\S+) ", axiom):
        return match[1] in above
    return axiom.startswith("ObjectPropertyAssertion(parley:has")


def _finding(context: Context, rule: str, what: str, todo: str, *axioms: str) -> Finding:
    """Build a finding about the first occurrence, policy or claim named, else about an individual, else a term."""
    names = [name for axiom in axioms for name in re.findall(r"[A-Za-z][\w-]*:[^\s()<>,\"]+", axiom)]
    full = [
        PREFIXES[prefix] + rest for prefix, _, rest in (name.partition(":") for name in names) if prefix in PREFIXES
    ]
    if not full:
        return Finding(context.short(context.paths[0]), rule, what, todo)
    focus = min(full, key=lambda name: (not name.startswith(_CONTENT), not name.startswith(ID)))
    return context.finding(focus, rule, what, todo)
