"""What the browser is given that others wrote: each file is listed with its source, hash and licence, and ships."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pyoxigraph as ox
import pytest

from parley.explorer import ASSETS
from parley.project import Project
from parley.serve.pages import Table
from tests.conftest import ROOT

LIST: list[dict[str, Any]] = json.loads((ASSETS / "assets.json").read_text())
FILES = [(entry, file) for entry in LIST for file in entry["files"]]
SHA512 = re.compile(r"sha512-[A-Za-z0-9+/]{86}==")


def shipped() -> set[str]:
    return {path.relative_to(ASSETS).as_posix() for path in ASSETS.rglob("*") if path.is_file()}


def test_what_is_listed_is_there_and_what_is_there_is_listed() -> None:
    listed = {"assets.json", *(file["name"] for _, file in FILES), *(entry["licence_text"] for entry in LIST)}
    assert shipped() == listed
    assert {entry["name"] for entry in LIST} == {"cytoscape", "@zazuko/yasqe", "oxigraph"}


@pytest.mark.parametrize(("entry", "file"), FILES, ids=[file["name"] for _, file in FILES])
def test_each_file_is_the_one_recorded(entry: dict[str, Any], file: dict[str, str]) -> None:
    content = (ASSETS / file["name"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == file["sha256"]
    assert b"sourceMappingURL" not in content, "a browser's tools would ask for a file that is not here"
    assert ("change" in file) == ("upstream_sha256" in file)
    if "change" in file:
        line = f"//# sourceMappingURL={file['name']}.map".encode()
        assert hashlib.sha256(content + line).hexdigest() == file["upstream_sha256"], "that is all that was changed"


@pytest.mark.parametrize("entry", LIST, ids=[entry["name"] for entry in LIST])
def test_each_package_has_version_integrity_and_licence(entry: dict[str, Any]) -> None:
    text = (ASSETS / entry["licence_text"]).read_text()
    assert text.startswith(f"{entry['name']} {entry['version']} ({entry['licence']})\n")
    for part in (entry, *entry.get("bundles", ())):
        assert re.fullmatch(r"\d+\.\d+\.\d+", part["version"])
        assert SHA512.fullmatch(part["integrity"])
        assert f"{part['name']} {part['version']} ({part['licence']})" in text
        assert re.search(r"MIT|Apache-2\.0", part["licence"])
        assert part["licence_source"]
    assert len(re.findall(r"^Permission is hereby granted", text, re.MULTILINE)) >= sum(
        "MIT" in part["licence"] for part in (entry, *entry.get("bundles", ()))
    )


def test_they_are_served_and_are_in_the_wheel(store: ox.Store, project: Project, tmp_path: Path) -> None:
    table = Table(store, project, static=True)
    for name in shipped():
        assert table[f"assets/{name}"] == (ASSETS / name).read_bytes()
    args = ["-q", "--no-deps", "--disable-pip-version-check", "-w", str(tmp_path), str(ROOT)]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *args], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as packed:
        inside = {name.partition("explorer/assets/")[2] for name in packed.namelist() if "explorer/assets/" in name}
    assert inside == shipped()
