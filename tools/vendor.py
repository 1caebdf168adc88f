"""Fetch the browser assets that ``assets.json`` names, check them, and record where each byte comes from.

For a maintainer, with npm and the network: ``python tools/vendor.py``. To move to another version, change it in
``assets.json`` and remove the entry's ``integrity``. What is not written by hand there, this writes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parent.parent / "src/parley/explorer/assets"
_SOURCE_MAP = re.compile(rb"\n//# sourceMappingURL=\S+\s*\Z")
_LICENCE = re.compile(r"licen[cs]e(-\w+)?(\.(md|txt))?", re.IGNORECASE)
_MIT = """Copyright (c) {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated
documentation files (the "Software"), to deal in the Software without restriction, including without limitation the
rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit
persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the
Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE
WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR
COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR
OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""


def main() -> None:
    """Refresh every entry of the list, and the list."""
    path = ASSETS / "assets.json"
    entries = json.loads(path.read_text())
    (ASSETS / "licences").mkdir(exist_ok=True)
    for entry in entries:
        _refresh(entry)
    path.write_text(json.dumps(entries, indent=2, ensure_ascii=False) + "\n")


def _refresh(entry: dict[str, Any]) -> None:
    """Copy the files and the licences of one package, and record them in its entry."""
    content, integrity = _fetch(entry["name"], entry["version"])
    if entry.setdefault("integrity", integrity) != integrity:
        raise SystemExit(f"{entry['name']}: the integrity is {integrity}, not what the list says")
    entry["files"] = [_copy(content[file["from"]], file) for file in entry["files"]]
    text, entry["licence_source"] = _licence(content)
    for bundled in entry.get("bundles", []):
        inner, bundled["integrity"] = _fetch(bundled["name"], bundled["version"])
        bundled["licence"] = json.loads(inner["package.json"])["license"]
        words, bundled["licence_source"] = _licence(inner)
        text += f"\n{'-' * 80}\n{bundled['name']} {bundled['version']} ({bundled['licence']}), part of it:\n\n{words}"
    entry["licence"] = json.loads(content["package.json"])["license"]
    entry["licence_text"] = f"licences/{entry['name'].lstrip('@').replace('/', '-')}.txt"
    head = f"{entry['name']} {entry['version']} ({entry['licence']})\n\n"
    (ASSETS / entry["licence_text"]).write_text(head + text)


def _fetch(name: str, version: str) -> tuple[dict[str, bytes], str]:
    """Return the files of a package by path, and its integrity, which is the one that npm knows it by."""
    spec = f"{name}@{version}"
    known = _npm("view", spec, "dist.integrity").strip()
    with tempfile.TemporaryDirectory() as folder:
        _npm("pack", spec, "--silent", "--pack-destination", folder)
        packed = next(Path(folder).glob("*.tgz"))
        found = f"sha512-{base64.b64encode(hashlib.sha512(packed.read_bytes()).digest()).decode()}"
        if found != known:
            raise SystemExit(f"{spec}: the integrity of what came is {found}, not {known}")
        with tarfile.open(packed) as archive:
            members = [member for member in archive.getmembers() if member.isfile()]
            content = {m.name.partition("/")[2]: file.read() for m in members if (file := archive.extractfile(m))}
    return content, found


def _npm(*args: str) -> str:
    return subprocess.run(["npm", *args], check=True, capture_output=True, text=True).stdout  # noqa: S603, S607


def _copy(raw: bytes, file: dict[str, str]) -> dict[str, str]:
    """Write one file, and return what is recorded of it: its hash, and what was changed in it, if anything was."""
    record = {"name": file["from"].rpartition("/")[2], "from": file["from"]}
    kept = _SOURCE_MAP.sub(b"\n", raw)
    (ASSETS / record["name"]).write_bytes(kept)
    record["sha256"] = hashlib.sha256(kept).hexdigest()
    if kept != raw:
        record["upstream_sha256"] = hashlib.sha256(raw).hexdigest()
        record["change"] = "the last line, which names a source map that is not here, was taken out"
    return record


def _licence(content: dict[str, bytes]) -> tuple[str, str]:
    """Return a package's licence text, and whence it is: a file of it, or else the standard text for its author."""
    names = sorted(name for name in content if _LICENCE.fullmatch(name))
    if names:
        return "\n".join(content[name].decode().replace("\r\n", "\n") for name in names), ", ".join(names)
    about = json.loads(content["package.json"])
    if "MIT" not in re.split(r"\W+", about["license"]):
        raise SystemExit(f"{about['name']}: no licence file, and no text here for {about['license']}")
    author = about.get("author")
    holder = author if isinstance(author, str) else f"the authors of {about['name']}, {about['homepage']}"
    of = "for the author that package.json names" if author else "for its authors, whom package.json does not name"
    return _MIT.format(holder=holder), f"none in the package: the standard text of MIT, {of}"


if __name__ == "__main__":
    main()
