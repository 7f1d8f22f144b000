"""Rules about columns: all that are declared, none that is not, each of its type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from platform_core.audit.check import Check
from platform_core.audit.outcome import Outcome
from platform_core.audit.types import same_type
from platform_core.contracts.types import duckdb_type

__all__ = ["columns_declared", "types_declared"]


class Stored(Protocol):
    """An audit under way, on any engine."""

    def types(self) -> Mapping[str, str]:
        """Return the columns of the delivery and their types in the words of DuckDB."""


def columns_declared(session: Stored, check: Check) -> Outcome:
    """Compare the names of the columns, in any order."""
    declared = [column.name for column in check.arguments["columns"]]
    stored = list(session.types())
    missing = [name for name in declared if name not in stored]
    extra = [name for name in stored if name not in declared]
    parts = [f"missing: {', '.join(missing)}"] if missing else []
    parts += [f"not in the contract: {', '.join(extra)}"] if extra else []
    return Outcome(check, not parts, "; ".join(parts) or f"{len(declared)} columns, as declared")


def types_declared(session: Stored, check: Check) -> Outcome:
    """Compare the types of the columns that are there."""
    stored = session.types()
    present = [column for column in check.arguments["columns"] if column.name in stored]
    wrong = [
        f"'{column.name}' is {stored[column.name]}, declared {duckdb_type(column)}"
        for column in present
        if not same_type(column, stored[column.name])
    ]
    return Outcome(check, not wrong, "; ".join(wrong) or f"{len(present)} columns have their types")
