"""The profile that dbt runs with: ours, never the team's, whose credentials and targets mean nothing here."""

from __future__ import annotations

import getpass
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = [
    "DATABASE",
    "DATABASE_FILE",
    "READABLE",
    "RELOCATION",
    "SECRET",
    "SPILL",
    "TARGET",
    "write_parsing_profile",
    "write_profile",
    "write_profile_of",
]

TARGET = "platform"
DATABASE = "memory"  # dbt-duckdb's name for the database of a profile without a file; the private file is named alike
RELOCATION = "PLATFORM_DBT_RELOCATION"
SECRET = "DBT_ENV_SECRET_PLATFORM_PASSWORD"  # noqa: S105 - the name of a variable, whose value hides for its name
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
    _write(folder, output)


def write_parsing_profile(folder: Path, location: str) -> None:
    """Write the profile that a project on PostgreSQL is parsed with: it is never connected to."""
    output = {"type": "postgres", "host": "none", "port": 5432, "user": "none", "password": "none"}
    _write(folder, {**output, "dbname": DATABASE, "schema": location, "threads": 1})


def write_profile_of(folder: Path, arguments: Mapping[str, Any], schema: str) -> None:
    """Write the profile of a run on PostgreSQL from psycopg's connection `arguments`; the password is not in it."""
    from psycopg.conninfo import conninfo_to_dict

    known = {
        **conninfo_to_dict(arguments["conninfo"]),
        **{key: arguments[key] for key in ("user",) if key in arguments},
    }
    output: dict[str, Any] = {
        "type": "postgres",
        "host": known.get("host", ""),
        "port": int(known.get("port") or 5432),
        "user": known.get("user") or getpass.getuser(),
        "password": f"{{{{ env_var('{SECRET}', '') }}}}",
        "dbname": known["dbname"],
        "schema": schema,
        "threads": 1,
        "connect_timeout": 10,
    }
    output |= {key: known[key] for key in ("sslmode", "sslcert", "sslkey", "sslrootcert") if key in known}
    _write(folder, output)


def _write(folder: Path, output: Mapping[str, Any]) -> None:
    profile = {TARGET: {"target": TARGET, "outputs": {TARGET: output}}}
    (folder / "profiles.yml").write_text(json.dumps(profile), "utf-8")  # JSON is YAML, and needs no care with quotes
