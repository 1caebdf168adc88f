"""The network page."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from parley.serve.pages import Table

__all__ = ["pages"]


def pages(table: Table) -> dict[str, Callable[[], bytes]]:
    """Return the page and its files by path."""
    return {}
