"""From the type delivered to the type declared to the type stored: nothing is lost silently."""

from __future__ import annotations

from collections.abc import Mapping

from platform_core.contracts.model import Contract
from platform_core.findings import Finding
from platform_core.resources.warehouse.storage import quoted, storage_type

__all__ = ["cast_findings", "column_findings", "misfit", "stored"]

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}


def column_findings(contract: Contract, declared: Mapping[str, str], given: Mapping[str, str]) -> list[Finding]:
    """Find the columns that are declared and missing, or delivered and not declared. Names are case-sensitive."""
    subject = contract.dataset
    found = [
        Finding(
            "missing-column",
            "error",
            subject,
            f"column '{name}' ({declared[name]}) is missing from the delivery.",
            fix=f"Deliver it, or remove it from the contract. Delivered: {', '.join(given) or 'nothing'}.",
            where=contract.where(*_place(contract, name)),
        )
        for name in declared
        if name not in given
    ]
    fix = "Add it to the contract, or leave it out of the delivery."
    return found + [
        Finding("extra-column", "error", subject, f"column '{name}' ({kind}) is not in the contract.", fix=fix)
        for name, kind in given.items()
        if name not in declared
    ]


def cast_findings(counts: Mapping[str, int], contract: Contract, declared: Mapping[str, str]) -> list[Finding]:
    """Say, for each column, how many values do not fit its declared type."""
    return [
        Finding(
            "wrong-type",
            "error",
            contract.dataset,
            f"column '{name}': {count:,} {'value is' if count == 1 else 'values are'} not {declared[name]}.",
            fix="Correct the delivery, or the type in the contract; markers of a missing value go to null_values.",
            where=contract.where(*_place(contract, name)),
        )
        for name, count in counts.items()
        if count
    ]


def stored(name: str, declared: str, given: str) -> str:
    """Return the expression that makes of a delivered column what is stored; it fails on a value that does not fit."""
    value, lossy, kept = quoted(name), _lossy(name, declared, given), storage_type(declared)
    if lossy:
        # Casting this text fails: DuckDB would round 1.5 to 2 without a word.
        value = (
            f"CASE WHEN {lossy} THEN CAST('not whole: ' || {value} AS {declared}) ELSE CAST({value} AS {declared}) END"
        )
    elif given != declared:
        value = f"CAST({value} AS {declared})"
    return value if kept == declared else f"CAST({value} AS {kept})"


def misfit(name: str, declared: str, given: str) -> str:
    """Return the condition under which a delivered value does not fit its declared type."""
    value, lossy = quoted(name), _lossy(name, declared, given)
    failed = f"TRY_CAST(TRY_CAST({value} AS {declared}) AS {storage_type(declared)}) IS NULL"
    return f"WHERE {value} IS NOT NULL AND ({failed}{f' OR {lossy}' if lossy else ''})"


def _lossy(name: str, declared: str, given: str) -> str:
    value = quoted(name)
    if declared not in _INTEGERS:
        return ""
    if given in {"FLOAT", "DOUBLE"} or given.startswith("DECIMAL"):
        return f"{value} <> trunc({value})"
    if given == "VARCHAR":
        return f"TRY_CAST({value} AS DOUBLE) <> trunc(TRY_CAST({value} AS DOUBLE))"
    return ""


def _place(contract: Contract, name: str) -> tuple[str | int, ...]:
    return next((column.keys for column in contract.columns if column.name == name), ("schema", 0))
