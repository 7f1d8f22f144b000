"""Runs inside dbt on PostgreSQL: everything it would read and write gets the name that it has for this run alone.

dbt is given a parsed project (its own interface for programs), so the profile it parses with can stay the same for
every run, and the team's schemas, sources and aliases need not be touched. What is private lies in one schema.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from platform_core.components.dbt.fencing import fence

__all__ = ["run_relocated"]


def run_relocated(instructions: Path, arguments: list[str]) -> int:
    """Parse the project, rename its relations, run `arguments`; return dbt's exit code.

    `instructions` is a JSON file: `parse` (arguments), `database`, `schema`, `names` (unique id -> schema and name),
    `tests` (unique id -> name), and `closed` and `live` (see `fencing`).
    """
    from dbt.cli.main import dbtRunner

    told = json.loads(instructions.read_text("utf-8"))
    parsed = dbtRunner().invoke(told["parse"])
    if not parsed.success:
        return _code(parsed)
    manifest: Any = parsed.result
    for nodes in (manifest.nodes, manifest.sources):
        for unique_id, node in nodes.items():
            place = told["names"].get(unique_id)
            if place is not None:
                _rename(node, told["database"], *place)
            elif hasattr(node, "schema"):  # tests, which may keep the rows that fail
                node.database, node.schema = told["database"], told["schema"]
                node.alias = told["tests"].get(unique_id, node.alias)
                if node.relation_name:
                    _rename(node, told["database"], told["schema"], node.alias)
    fence(told["closed"], told["live"])
    return _code(dbtRunner(manifest=manifest).invoke(arguments))


def _rename(node: Any, database: str, schema: str, name: str) -> None:
    node.database, node.schema = database, schema
    if hasattr(node, "identifier") and str(node.resource_type) == "source":
        node.identifier = name
    else:
        node.alias = name
    parts = (part.replace('"', '""') for part in (database, schema, name))
    node.relation_name = ".".join(f'"{part}"' for part in parts)


def _code(result: Any) -> int:
    if result.success:
        return 0
    if result.exception is not None:
        print(f"{type(result.exception).__name__}: {result.exception}")  # noqa: T201 - read by who started this
        return 2
    return 1
