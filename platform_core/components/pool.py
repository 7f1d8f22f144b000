"""The pool of a dataset: a shared system that only so many runs may use at once.

Pools and what they can take stand in the workspace's platform.yaml; a dataset names one. Its runs wait in Dagster's
queue for a place, and the rest of the location goes on.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from platform_core.names import POOL as POOL_NAME

__all__ = ["POOL", "pool_problem"]

POOL: Any = Field(
    default="", description="A shared system of platform.yaml (pools) that only so many runs may use at once."
)


def pool_problem(pool: str) -> tuple[str, str] | None:
    """Return what is wrong with the name of a pool and what to write; None when it is one, or empty."""
    if not pool or (isinstance(pool, str) and POOL_NAME.match(pool)):
        return None
    return f"pool: {str(pool)[:80]!r} is no name.", "Lower case letters, digits and underscores, as in warehouse_db."
