"""Brings rows to DuckDB, on whatever engine they lie: a Python function's inputs, and copies between engines."""

from __future__ import annotations

from pathlib import Path

from platform_core.locations.engines import POSTGRES
from platform_core.sql.relation import Relation

__all__ = ["local"]


def local(relation: Relation, folder: Path) -> Relation:
    """Return the same rows as Parquet files; those of a database are copied into `folder`, made when needed.

    The relation's declared columns hold. Raises PlatformError when it cannot be read.
    """
    if relation.engine != POSTGRES:
        return relation
    from platform_core.resources.postgres.bringing import bring

    return bring(relation, folder)
