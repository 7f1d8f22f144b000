"""Brings what DuckDB reads into a table: as CSV, through a file, by COPY."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.contracts.model import Contract
from platform_core.contracts.physical import split_type
from platform_core.findings import Finding, FindingsError
from platform_core.resources.postgres.errors import said
from platform_core.resources.warehouse.write import export
from platform_core.sql.quoting import quoted

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["copy_in", "export_csv"]

_CHUNK = 1 << 20
_NESTED = ("STRUCT", "MAP", "LIST")
# Quoted always: an empty text is not NULL, and a text may be \. alone on its line.
_OPTIONS = "FORMAT csv, HEADER false, FORCE_QUOTE *, NULLSTR ''"


def export_csv(connection: Any, source: Any, contract: Contract, path: Path) -> dict[str, str]:
    """Write `source` to the file `path` as COPY reads it; return the declared columns. See `engine.Stage.write`."""
    return export(connection, source, contract, path, options=_OPTIONS, shaped=_shaped)


def copy_in(connection: Connection[Any], table: str, columns: Mapping[str, str], path: Path, contract: Contract) -> int:
    """Add the rows of a CSV file to `table` (quoted); return how many.

    Raises FindingsError for values that the database cannot hold.
    """
    import psycopg

    names = ", ".join(quoted(name) for name in columns)
    statement = f"COPY {table} ({names}) FROM STDIN (FORMAT csv)".encode()
    failed = None
    with connection.cursor() as cursor:
        try:
            with cursor.copy(statement) as copy, path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    copy.write(chunk)
        except psycopg.DataError as error:
            failed = error
        if failed is None:
            return cursor.rowcount
    raise _not_held(failed, contract, path)


def _shaped(value: str, declared: str) -> str:
    """Return what PostgreSQL reads of a value of a declared type."""
    base, _ = split_type(declared)
    if base in _NESTED:
        plain = f"CAST(to_json({value}) AS VARCHAR)"
        return _finite(plain) if "FLOAT" in declared or "DOUBLE" in declared else plain
    if base == "BLOB":
        return f"'\\x' || hex({value})"
    if base in ("DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE"):
        return f"replace(CAST({value} AS VARCHAR), '(BC)', 'BC')"
    return value


def _finite(json: str) -> str:
    """Write NaN and Infinity, for which JSON has no words, as texts. Sought outside of texts, where they may stand."""
    without = f"""regexp_replace({json}, '"(?:[^"\\\\]|\\\\.)*"', '', 'g')"""
    named = f"""regexp_replace({json}, '([\\[:,])(NaN|-?Infinity)', '\\1"\\2"', 'g')"""
    return f"CASE WHEN regexp_matches({without}, 'NaN|Infinity') THEN {named} ELSE {json} END"


def _not_held(error: Any, contract: Contract, path: Path) -> FindingsError:
    """Say in which column a value is that the database cannot hold, such as a NUL character; never the value."""
    named = str(error.diag.context or "").partition(", column ")[2].partition(":")[0].strip()
    counts = _nul_characters(path, [column.name for column in contract.columns]) if not named else {}
    found = {column.name: column for column in contract.columns if column.name == named or counts.get(column.name)}
    findings = [
        Finding(
            "wrong-type",
            "error",
            contract.dataset,
            f"column '{name}': {f'{counts[name]:,} with a NUL character' if name in counts else 'a value'}, "
            f"which PostgreSQL cannot hold ({said(error)}).",
            fix="Correct the delivery: a text may hold no NUL character, dates lie between 4713 BC and 294276.",
            where=contract.where(*column.keys),
        )
        for name, column in found.items()
    ]
    if not findings:
        message = f"a value that PostgreSQL cannot hold ({said(error)})."
        findings = [Finding("wrong-type", "error", contract.dataset, message, fix="Correct the delivery.")]
    return FindingsError(f"The delivery does not fit the contract of {contract.dataset}:", findings)


def _nul_characters(path: Path, names: list[str]) -> dict[str, int]:
    """Count the values of each column that hold a NUL character: the database says only that there is one."""
    mark, counts = "\ufdd0", dict.fromkeys(names, 0)
    csv.field_size_limit(sys.maxsize)
    with path.open(encoding="utf-8", errors="replace", newline="") as file:
        for row in csv.reader(line.replace("\0", mark) for line in file):  # older readers stop at the character itself
            for name, value in zip(names, row, strict=False):
                counts[name] += mark in value
    return {name: count for name, count in counts.items() if count}
