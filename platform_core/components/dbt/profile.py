"""The profile that dbt runs with: ours, never the team's, whose credentials and targets mean nothing here."""

from __future__ import annotations

import json
from pathlib import Path

__all__ = ["DATABASE", "DATABASE_FILE", "READABLE", "SPILL", "TARGET", "write_profile"]

TARGET = "platform"
DATABASE = "memory"  # dbt-duckdb's name for the database of a profile without a file; the private file is named alike
DATABASE_FILE, READABLE, SPILL = "PLATFORM_DBT_DATABASE", "PLATFORM_DBT_READABLE", "PLATFORM_DBT_SPILL"


def write_profile(folder: Path, location: str) -> None:
    """Write profiles.yml into `folder`, for DuckDB: models lie in the schema `location`.

    It must not differ from run to run: dbt would parse the whole project again.
    """
    output = {
        "type": "duckdb",
        "path": ":memory:",
        "database": DATABASE,
        "schema": location,
        "threads": 1,
        "plugins": [{"module": "platform_core.components.dbt.enclosure"}],
    }
    profile = {TARGET: {"target": TARGET, "outputs": {TARGET: output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile), "utf-8")  # JSON is YAML, and needs no care with quotes
