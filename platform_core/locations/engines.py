"""The engines a location's datasets can be published on, by the names that location.yaml and platform.yaml use."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

__all__ = ["DUCKDB_DELTA", "ENGINES", "POSTGRES", "engine_fix"]

DUCKDB_DELTA = "duckdb_delta"
POSTGRES = "postgres"
ENGINES = (DUCKDB_DELTA, POSTGRES)
_MEANT = {"duckdb": DUCKDB_DELTA, "delta": DUCKDB_DELTA, "deltalake": DUCKDB_DELTA, "postgresql": POSTGRES}


def engine_fix(engine: Any) -> str:
    """Return what to write instead of a name that is no engine."""
    known = " or ".join(ENGINES)
    near = _MEANT.get(str(engine).lower()) or next(iter(get_close_matches(str(engine), ENGINES, 1)), "")
    return f"Did you mean {near}? Known: {known}." if near else f"Write {known}."
