"""Violations on purpose: cases of every kind of rule, with rows that keep it and rows that break it.

What is `clean` must pass; beside it, each row of `broken` must be counted once. Cases about many rows at once say
`rows` and how many `violations` there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow
import yaml
from auditing import CONNECTION, contract_of

from platform_core.contracts import Contract
from platform_core.sql.quoting import quoted

__all__ = ["EDGES", "Case", "cases"]

FOLDER = Path(__file__).parents[1] / "cases" / "seeded"
# Each must be seeded somewhere: a list that only grows.
EDGES = frozenset(
    {"nan", "infinity", "negative-zero", "empty-text", "newline", "whitespace", "case", "unicode", "zero-width"}
    | {"long-text", "null-in-enum", "null-in-key", "two-partitions", "integer-64", "decimal-38", "decimal-scale"}
    | {"date-ends", "zone", "leap-second"}
)


@dataclass(frozen=True)
class Case:
    """One rule. `violations` is None where rows are not what it counts; `besides` are checks that break too."""

    kind: str
    label: str
    edges: frozenset[str]
    contract: Contract
    check: str
    clean: pyarrow.Table
    seeded: pyarrow.Table
    violations: int | None
    tolerated: int = 0  # violations in the clean rows, for rules that allow some
    others: pyarrow.Table | None = None
    references: Mapping[str, pyarrow.Table] = field(default_factory=dict)
    besides: tuple[str, ...] = ()
    never_clean: bool = False


def cases() -> list[Case]:
    """Return all cases, in the order of their files."""
    found = []
    for path in sorted(FOLDER.glob("*.yaml")):
        found += [_case(path.stem, entry) for entry in yaml.safe_load(path.read_text("utf-8"))]
    return found


def _case(stem: str, entry: Mapping[str, Any]) -> Case:
    kind = entry.get("kind", stem)
    columns = entry.get("columns") or {"value": entry["type"]}
    properties = entry.get("properties") or [{"name": "value", **entry["property"]}]
    clean, broken = entry["clean"], entry.get("broken", [])
    listed = "rows" in entry
    places = entry.get("references")
    return Case(
        kind,
        entry["label"],
        frozenset(entry.get("edges", ())),
        contract_of(*properties, quality=entry.get("quality") or []),
        entry.get("check") or f"{kind}_value",
        _table(entry.get("clean_columns") or columns, clean),
        _table(columns, entry["rows"] if listed else [*clean, *broken]),
        entry.get("violations") if listed else len(broken),
        entry.get("tolerated", 0),
        _table(columns, entry["others"]) if "others" in entry else None,
        {"shop/others": _table({"value": places["type"]}, places["rows"])} if places else {},
        tuple(entry.get("besides", ())),
        entry.get("never_clean", False),
    )


def _table(columns: Mapping[str, str], rows: Sequence[Any]) -> pyarrow.Table:
    """Return a table of DuckDB types; each row is a text as DuckDB reads it, or a list of them."""
    texts = [[_text(value) for value in (row if isinstance(row, list) else [row])] for row in rows]
    names = [f"c{place}" for place in range(len(columns))]
    filled = {name: [row[place] for row in texts] for place, name in enumerate(names)}
    table = pyarrow.table({name: pyarrow.array(values, pyarrow.string()) for name, values in filled.items()})
    CONNECTION.register("seeded_texts", table)
    pairs = zip(names, columns.items(), strict=True)
    listed = ", ".join(f"CAST({name} AS {type_}) AS {quoted(column)}" for name, (column, type_) in pairs)
    return CONNECTION.sql(f"SELECT {listed} FROM seeded_texts").to_arrow_table()


def _text(value: Any) -> str | None:
    if isinstance(value, dict):
        return str(value["repeat"]) * value["times"] + value.get("then", "")
    return None if value is None else str(value)
