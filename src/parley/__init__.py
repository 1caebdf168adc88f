"""Parley: who dealt with whom, who says so, how sure they are, and where it is written.

>>> import parley
>>> kb = parley.load()
>>> len(kb.ask("who-invited-whom")) > 0
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from parley.graph.knowledge import KnowledgeBase as KnowledgeBase
    from parley.graph.knowledge import load as load

__all__ = ["KnowledgeBase", "__version__", "load"]

__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in {"KnowledgeBase", "load"}:
        from parley.graph import knowledge

        return getattr(knowledge, name)
    raise AttributeError(f"module 'parley' has no attribute {name!r}")
