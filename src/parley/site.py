"""Write every page of the explorer, and the release, as files for any web host, under any address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

from parley.build import contents
from parley.errors import NotInstalled
from parley.folder import SUMS, holds_only_its_own, replacing
from parley.graph.compiled import open_store
from parley.namespaces import BASE
from parley.project import Project

__all__ = ["site"]

_FIRST = "index.html"


def site(project: Project, folder: Path, url: str = BASE) -> int:
    """Write the site into a folder, whole or not at all, the same bytes each time, and return the number of its files.

    :param folder: a new or empty folder, or one that holds a site and nothing else, which is replaced
    :param url: where it will be published, which only the sitemap (sitemaps.org, 0.9) needs to know
    :raises UsageError: if a library is missing, or the folder holds anything else, or cannot be written
    :raises InputError: if a file of the knowledge base is malformed
    """
    sums: dict[str, str] = {}
    with replacing(folder, lambda held: holds_only_its_own(held, _FIRST), "site of Parley's") as part:
        for name, data in _files(project, url):
            (part / name).parent.mkdir(parents=True, exist_ok=True)
            (part / name).write_bytes(data)
            sums[name] = hashlib.sha256(data).hexdigest()
        (part / SUMS).write_text("".join(f"{sums[name]}  {name}\n" for name in sorted(sums)), encoding="utf-8")
    return len(sums) + 1


def _files(project: Project, url: str) -> Iterator[tuple[str, bytes]]:
    try:
        import jinja2  # noqa: F401

        from parley.serve.pages import Table
    except ImportError as error:
        raise NotInstalled(f"needs {error.name}", where="site", todo="pip install 'parley-kb[serve]'") from None
    table = Table(open_store(project), project, static=True)
    for path in table:
        yield path, table[path]
    for name, data in contents(project).items():
        yield f"data/{name}", data
    yield "404.html", table.render("404.html", "404.html", home=url)
    yield ".nojekyll", b""  # GitHub Pages would leave out what it takes for templates
    pages = sorted(path for path in table if path.endswith(".html"))
    places = "".join(f"<url><loc>{escape(url + path)}</loc></url>\n" for path in pages)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    yield (
        "sitemap.xml",
        f'<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="{space}">\n{places}</urlset>\n'.encode(),
    )
