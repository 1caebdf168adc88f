"""The pages an analyst looks at, beside the one of each resource: the table of pages takes them all by path."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from parley.explorer import lists, network, questions, reading, timeline

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["POLICY", "TEMPLATES", "pages", "ways"]

TEMPLATES = Path(__file__).with_name("templates")
ASSETS = Path(__file__).with_name("assets")
# What a page without our server allows itself; the same as serve's header, and WebAssembly for queries in the browser.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'"
)


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return the explorer's pages and the files that they need: path to what makes the bytes."""
    files = {
        path.name: path.read_bytes for path in sorted(TEMPLATES.iterdir()) if path.suffix in {".css", ".js", ".svg"}
    }
    assets = {f"assets/{path.name}": path.read_bytes for path in sorted(ASSETS.glob("*.*"))}
    return {
        "index.html": partial(lists.home, table),
        "about.html": partial(lists.about, table),
        **files,
        **assets,
        **lists.pages(table),
        **network.pages(table),
        **questions.pages(table),
        **reading.pages(table),
        **timeline.pages(table),
    }


def ways(table: Table) -> list[tuple[str, str]]:
    """Return what every page's navigation leads to: path and name."""
    found = [
        ("index.html", "Parley"),
        ("network.html", "Network"),
        ("timeline.html", "Timeline"),
        ("engagements.html", "Engagements"),
        ("policies.html", "Policies"),
        ("questions.html", "Questions"),
        ("sparql.html" if table.static else "sparql", "SPARQL"),
        ("ontology.html", "Ontology"),
        ("search.html", "Search"),
    ]
    return [*found, *((f"text/{source}.html", "Text") for source in sorted(table.texts))]
