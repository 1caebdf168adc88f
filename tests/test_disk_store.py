"""Stores on disk: the same answers as in memory, nothing half there after a kill, nothing of a stranger's touched."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, RdfFormat, Store, parse, serialize

from parley.build import contents
from parley.graph.compiled import compile_store
from parley.graph.derive import bounds, derive
from parley.graph.disk import load_disk, open_disk
from parley.graph.read import parse_file
from parley.graph.release import RELEASE
from parley.namespaces import ASSERTED, PREFIXES
from parley.project import Project
from tests.bench.generate import write
from tests.conftest import ROOT, Run

PARLEY = str(Path(sys.executable).parent / "parley")
TRIPLES = 10_000


@pytest.fixture(scope="module")
def release(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release")
    for name, data in contents(project).items():
        (folder / name).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("raw") / "raw.nq"
    write(TRIPLES, path)
    return path


@pytest.fixture(scope="module")
def disk(project: Project, release: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("disk") / "store"
    load_disk(project, release, folder)
    return folder


def named(store: Store) -> set[Quad]:
    """All quads without blank nodes and without what a store says of itself."""
    own = NamedNode(RELEASE)
    return {q for q in store if q.graph_name != own and BlankNode not in (type(q.subject), type(q.object))}


def placed(quad: Quad, graph: NamedNode | DefaultGraph) -> Quad:
    return Quad(quad.subject, quad.predicate, quad.object, graph)


# ---- the same as in memory


def test_a_release_on_disk_holds_what_memory_holds(disk: Path, store: Store) -> None:
    found = open_disk(disk)
    assert named(found) == named(store)
    assert len(found) - len(list(found.quads_for_pattern(None, None, None, NamedNode(RELEASE)))) == len(store)


@pytest.mark.parametrize(
    "command",
    [
        ("ask", "who-invited-whom"),
        ("ask", "who-invited-whom", "--describe"),
        ("ask", "network", "--format", "turtle"),
        ("ask", "who-hosted-whom", "--bind", "host=Pakistan's foreign office", "--format", "csv"),
        ("show", "Mullah Baradar"),
        ("claims", "--factuality", "counterfact"),
        ("query", "-"),
    ],
    ids=" ".join,
)
def test_a_store_on_disk_answers_as_memory_does(parley: Run, disk: Path, command: tuple[str, ...]) -> None:
    text = b"PREFIX parley: <https://w3id.org/parley/ontology#>\nASK { GRAPH ?g { ?x a parley:Invitation } }"
    before = {path.name: path.stat().st_mtime_ns for path in disk.iterdir()}
    memory, found = (parley("--kb", ROOT, *command, *more, stdin=text) for more in ((), ("--store", disk)))
    assert (found.returncode, found.stdout, found.stderr) == (0, memory.stdout, "")
    assert len(found.stdout) > 3
    assert {path.name: path.stat().st_mtime_ns for path in disk.iterdir()} == before


def test_raw_data_is_derived_as_in_memory(project: Project, raw: Path, tmp_path: Path) -> None:
    memory = Store()
    memory.extend(parse(path=raw, format=RdfFormat.N_QUADS))
    ontology = parse_file(project.ontology / "parley.ttl")
    memory.extend(placed(quad, NamedNode(ASSERTED)) for quad in ontology)
    before = len(memory)
    derive(memory, project)
    assert len(memory) > before + 1000
    load_disk(project, raw, tmp_path / "store")
    assert named(open_disk(tmp_path / "store")) == named(memory)


def test_many_results_are_derived_as_few_are(
    project: Project, raw: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_disk(project, raw, tmp_path / "few")
    monkeypatch.setattr("parley.graph.derive._HELD", 50)
    load_disk(project, raw, tmp_path / "many")
    assert named(open_disk(tmp_path / "many")) == named(open_disk(tmp_path / "few"))


def test_hand_written_data_as_n_quads_gives_the_same_as_the_files(
    project: Project, store: Store, tmp_path: Path
) -> None:
    """What stands outside named graphs is asserted, the ontology comes once, and nothing is derived twice."""
    from parley.graph.read import read

    asserted = NamedNode(ASSERTED)
    quads = [placed(q, DefaultGraph()) if q.graph_name == asserted else q for q in read(project)]
    path = tmp_path / "raw.nq"
    serialize(quads, str(path), RdfFormat.N_QUADS)
    many = load_disk(project, path, tmp_path / "store")
    found = open_disk(tmp_path / "store")
    assert named(found) == named(store)
    assert many == len(store) + 2


def test_a_release_that_another_tool_wrote_is_known_as_built(project: Project, release: Path, tmp_path: Path) -> None:
    lines = (release / "parley.nq").read_text(encoding="utf-8").splitlines(keepends=True)
    random.Random(1).shuffle(lines)
    late = sorted(lines, key=lambda line: RELEASE in line)
    (tmp_path / "late.nq").write_text("".join(late), encoding="utf-8")
    assert load_disk(project, tmp_path / "late.nq", tmp_path / "store") == len(lines)


def test_a_plain_date_needs_no_library_and_gets_the_same_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    import re

    draw = random.Random(3)
    dates = [f"{draw.randrange(1, 9999):04}" for _ in range(20)] + ["1900-02", "2000-02", "2020-02", "0001-01-01"]
    dates += [f"{draw.randrange(1, 9999):04}-{draw.randrange(1, 13):02}" for _ in range(40)]
    dates += [f"{year}-{draw.randrange(1, 13):02}-{draw.randrange(1, 29):02}" for year in dates[:20]]
    quick = [bounds.__wrapped__(date) for date in dates]
    monkeypatch.setattr("parley.graph.derive._PLAIN", re.compile("(?!)"))
    assert [bounds.__wrapped__(date) for date in dates] == quick


# ---- whole or not at all


def test_loading_again_replaces_the_store(project: Project, release: Path, raw: Path, tmp_path: Path) -> None:
    target = tmp_path / "store"
    many = load_disk(project, release, target)
    assert load_disk(project, raw, target) != many
    assert load_disk(project, release, target) == many
    assert [path.name for path in tmp_path.iterdir()] == ["store"]
    target.rename(tmp_path / "moved")
    assert len(Store(str(tmp_path / "moved"))) == many


@pytest.mark.parametrize("held", [{"notes.txt": "mine"}, {"CURRENT": "MANIFEST-000001\n"}], ids=["files", "a database"])
def test_a_foreign_folder_is_left_alone(parley: Run, release: Path, tmp_path: Path, held: dict[str, str]) -> None:
    target = tmp_path / "store"
    target.mkdir()
    for name, text in held.items():
        (target / name).write_text(text, encoding="utf-8")
    for command in (("load", release, "--store", target), ("ask", "who-invited-whom", "--store", target)):
        done = parley("--kb", ROOT, *command)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
        assert "no store of Parley's" in done.stderr
    assert {path.name: path.read_text(encoding="utf-8") for path in target.iterdir()} == held


def test_a_stranger_s_oxigraph_store_is_left_alone(parley: Run, release: Path, tmp_path: Path) -> None:
    target = tmp_path / "store"
    theirs = Store(str(target))
    node = NamedNode("http://example.org/x")
    theirs.add(Quad(node, node, node))
    theirs.flush()
    del theirs
    before = {path.name: path.read_bytes() for path in target.iterdir()}
    done = parley("--kb", ROOT, "load", release, "--store", target)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert {path.name: path.read_bytes() for path in target.iterdir()} == before


def test_a_store_that_is_served_is_not_replaced(parley: Run, project: Project, release: Path, tmp_path: Path) -> None:
    target = tmp_path / "store"
    load_disk(project, release, target)
    serving = Store(str(target))
    done = parley("--kb", ROOT, "load", release, "--store", target)
    assert (done.returncode, done.stderr) == (2, f"parley: {target}: this store is in use; stop what serves it\n")
    assert len(serving) > 1000


def test_killed_at_any_point_the_former_store_answers(parley: Run, release: Path, raw: Path, tmp_path: Path) -> None:
    target = tmp_path / "store"
    many = {}
    for source in (raw, release):
        start = time.monotonic()
        assert parley("--kb", ROOT, "load", source, "--store", target).returncode == 0
        seconds = time.monotonic() - start
        many[len(open_disk(target))] = source
    assert len(many) == 2
    draw = random.Random(5)
    command = [PARLEY, "--kb", str(ROOT), "load", str(raw), "--store", str(target)]
    for _ in range(6):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        time.sleep(draw.uniform(0.2, 1.2) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(open_disk(target)) in many
    for left in tmp_path.glob("store.part-*"):
        os.utime(left, (0, 0))
    assert parley("--kb", ROOT, "load", release, "--store", target).returncode == 0
    assert [path.name for path in tmp_path.iterdir() if "store" in path.name] == ["store"]


@pytest.mark.parametrize("size", [4_000, 100_000])
def test_a_full_disk_leaves_the_former_store(project: Project, release: Path, tmp_path: Path, size: int) -> None:
    target = tmp_path / "store"
    many = load_disk(project, release, target)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    command = [PARLEY, "--kb", str(ROOT), "load", str(release), "--store", str(target)]
    done = subprocess.run(command, preexec_fn=limit, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
    assert "cannot write" in done.stderr
    assert len(open_disk(target)) == many
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


# ---- what cannot be loaded


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"<http://a.org/a> <http://a.org/b> <http://a.org/c> .\nx", ":2: "),
        (b'<http://a.org/a> <http://a.org/b> "\xff" .\n', "save it as UTF-8"),
        (b'<http://a.org/a> <https://w3id.org/parley/ontology#when> "soon" .\n', "'soon' is no EDTF date"),
    ],
    ids=["syntax", "encoding", "date"],
)
def test_a_bad_file_is_one_line_and_leaves_nothing(parley: Run, tmp_path: Path, text: bytes, says: str) -> None:
    (tmp_path / "bad.nq").write_bytes(text)
    done = parley("--kb", ROOT, "load", tmp_path / "bad.nq", "--store", tmp_path / "store")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert says in done.stderr
    assert not list(tmp_path.glob("store*"))


def test_a_file_that_is_missing_or_of_another_kind_is_one_line(parley: Run, release: Path, tmp_path: Path) -> None:
    for source, says in (
        (tmp_path / "none.nq", "no such file"),
        (tmp_path, "no parley.nq here; make a release with parley build"),
        (release / "parley.trig", "not N-Quads by its name"),
    ):
        done = parley("--kb", ROOT, "load", source, "--store", tmp_path / "store")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
        assert says in done.stderr


def test_a_release_that_was_cut_or_altered_is_refused(parley: Run, release: Path, tmp_path: Path) -> None:
    lines = (release / "parley.nq").read_bytes().splitlines(keepends=True)
    cut = tmp_path / "cut.nq"
    cut.write_bytes(b"".join(lines[:-7]))
    done = parley("--kb", ROOT, "load", cut, "--store", tmp_path / "store")
    assert done.returncode == 2
    assert " triples, of " in done.stderr
    folder = tmp_path / "altered"
    folder.mkdir()
    (folder / "SHA256SUMS").write_bytes((release / "SHA256SUMS").read_bytes())
    (folder / "parley.nq").write_bytes(b"".join(lines).replace(b"Doha", b"Dohb"))
    done = parley("--kb", ROOT, "load", folder, "--store", tmp_path / "store")
    assert done.returncode == 2
    assert "not what SHA256SUMS says" in done.stderr


# ---- the generator


def test_the_generator_gives_the_same_bytes_and_data_that_passes_the_check(
    parley: Run, raw: Path, tmp_path: Path
) -> None:
    again = tmp_path / "again.nq"
    command = [sys.executable, str(ROOT / "tests/bench/generate.py"), str(TRIPLES), str(again)]
    subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT)}, check=True)
    assert again.read_bytes() == raw.read_bytes()
    write(TRIPLES, again, seed=2)
    assert again.read_bytes() != raw.read_bytes()
    assert raw.read_bytes().count(b"\n") == TRIPLES
    asserted = NamedNode(ASSERTED)
    quads = list(parse(path=raw, format=RdfFormat.N_QUADS))
    assert len(set(quads)) == TRIPLES
    # The last sentence may be cut short.
    whole = parse(raw.read_bytes().rpartition(b"#Passage>")[0].rpartition(b"\n")[0], RdfFormat.N_QUADS)
    data = tmp_path / "kb/data/gen"
    data.mkdir(parents=True)
    quads = [placed(q, DefaultGraph()) if q.graph_name == asserted else q for q in whole]
    serialize(quads, str(data / "all.trig"), RdfFormat.TRIG, prefixes=PREFIXES)
    parts = [arg for part in ("syntax", "vocabulary", "border", "rules", "coverage") for arg in ("--only", part)]
    done = parley("--kb", tmp_path / "kb", "check", *parts)
    assert done.stdout.endswith("0 findings\n"), done.stdout
    store = compile_store(Project(tmp_path / "kb/data", ROOT / "ontology", ROOT / "queries"))
    assert [q for q in store if q.predicate.value.endswith("#hasMet")]
