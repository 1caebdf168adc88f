"""From Python: an rdflib dataset, answers as terms; from a wheel, an editable install and a checkout alike."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rdflib import Dataset, Literal, URIRef
from rdflib.term import Node

import parley
from parley.errors import NameUnknown, UsageError
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def kb() -> parley.KnowledgeBase:
    return parley.load(ROOT)


def test_it_is_an_rdflib_dataset_with_sparql_on_oxigraph(kb: parley.KnowledgeBase) -> None:
    assert isinstance(kb, Dataset)
    query = "SELECT ?who WHERE { GRAPH graph:asserted { occ:invitation-murree-2015 parley:invitee ?who } }"
    bindings = [{str(name): term for name, term in row.items()} for row in kb.query(query).bindings]
    assert bindings == [{"who": URIRef("https://w3id.org/parley/id/actor/taliban")}]


def test_ask_returns_rows_of_terms(kb: parley.KnowledgeBase) -> None:
    answer = kb.ask("who-invited-whom", invitee="Mullah Baradar")
    assert not isinstance(answer, bool)
    assert answer.columns[:2] == ("inviter", "invitee")
    (row,) = answer
    assert row[0] is None
    assert row[1] == URIRef("https://w3id.org/parley/id/actor/mullah-baradar")
    (plain,) = answer.to_dicts()
    assert (plain["inviter"], plain["when"], plain["sentence"]) == (None, "2019", 37)


def test_ask_takes_terms_too(kb: parley.KnowledgeBase) -> None:
    node: Node = URIRef("https://w3id.org/parley/id/actor/taliban")
    answer = kb.ask("who-invited-whom", invitee=node, sentence=Literal(36))
    assert not isinstance(answer, bool)
    assert len(answer) == 1


def test_ask_refuses_what_it_cannot_honour(kb: parley.KnowledgeBase) -> None:
    with pytest.raises(NameUnknown):
        kb.ask("who-invited-who")
    with pytest.raises(UsageError, match="no column"):
        kb.ask("who-invited-whom", colour="red")


def test_loading_imports_nothing_heavy_before_it_is_asked() -> None:
    code = "import sys, parley; print(sorted({'rdflib', 'pyoxigraph', 'edtf', 'pyshacl'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_warm_question_imports_neither_rdflib_nor_edtf(tmp_path: Path) -> None:
    code = (
        "import sys; from parley.cli import main; sys.argv = ['parley', 'ask', 'who-invited-whom']\n"
        "try: main()\n"
        "except SystemExit as done: print(done.code, {'rdflib', 'edtf', 'pyshacl', 'owlready2'} & set(sys.modules))"
    )
    env = {"XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=ROOT, check=True
        ).stdout
        for _ in range(2)
    ]
    assert outputs[1].endswith("0 set()\n")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    args = ["-q", "--no-deps", "--disable-pip-version-check", "-w", str(folder), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *args], check=True)
    (path,) = folder.glob("*.whl")
    return path


def test_the_wheel_works_from_any_folder(wheel: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    args = ["-q", "--no-deps", "--disable-pip-version-check", "--target", str(site), str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", "install", *args], check=True)
    ask = "sys.argv[1:] = ['ask', 'who-invited-whom']"
    code = f"import parley, parley.cli, sys; print(parley.__file__); {ask}; parley.cli.main()"
    env = {"PYTHONPATH": str(site), "XDG_CACHE_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path, check=True
    )
    assert done.stdout.startswith(str(site))
    assert "Mullah Baradar" in done.stdout
    refused = "sys.argv[1:] = ['source', 'add', 'x.md', '--id', 'x']"
    code = code.replace(ask, refused)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=env, cwd=tmp_path, check=False
    )
    assert "installed package" in done.stderr
