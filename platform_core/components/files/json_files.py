"""JSON (one array of objects) and NDJSON (one object a line)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.components.files.spec import FileSpec
from platform_core.components.files.unreadable import Unreadable, column_findings
from platform_core.findings import FindingsError
from platform_core.sql.quoting import one_file, quoted, text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["select"]

_NESTED = ("STRUCT", "MAP", "[]")


def select(connection: DuckDBPyConnection, spec: FileSpec, path: Path, columns: Mapping[str, str]) -> str:
    """Return a SELECT of the file's objects, plain values as text. Raises FindingsError when its keys differ.

    A key that some objects lack is a missing value there; one that all lack is a missing column.
    """
    import duckdb

    shape = "newline_delimited" if spec.format == "ndjson" else "array"
    keys = f"SELECT DISTINCT unnest(json_keys(json)) FROM read_json_objects({one_file(path)}, format='{shape}')"
    try:
        given = sorted(row[0] for row in connection.execute(keys).fetchall())
    except duckdb.Error as error:
        if shape == "array":
            raise Unreadable(path.name, 0, "it is not an array of JSON objects.") from error
        raise Unreadable(path.name, _broken_line(path), "it is not one JSON object a line.") from error
    if given and (findings := column_findings(path.name, given, columns)):
        raise FindingsError("The delivery cannot be read:", findings)
    types = ", ".join(f"{text(name)}: '{_read_as(kind)}'" for name, kind in columns.items())
    names = ", ".join(_value(name, kind, spec) for name, kind in columns.items())
    return f"SELECT {names} FROM read_json({one_file(path)}, format='{shape}', columns={{{types}}})"


def _broken_line(path: Path) -> int:
    """Return the first line that is no JSON object; the engine does not count them reliably."""
    with path.open("rb") as stream:
        for number, line in enumerate(stream, 1):
            try:
                if line.strip() and not isinstance(json.loads(line), dict):
                    return number
            except ValueError:
                return number
    return 0


def _read_as(kind: str) -> str:
    return "JSON" if kind.startswith(_NESTED[:2]) or kind.endswith(_NESTED[2]) else "VARCHAR"


def _value(name: str, kind: str, spec: FileSpec) -> str:
    markers = [value for value in spec.null_values if value]
    if not markers or _read_as(kind) == "JSON":
        return quoted(name)
    listed = ", ".join(text(value) for value in markers)
    return f"CASE WHEN {quoted(name)} IN ({listed}) THEN NULL ELSE {quoted(name)} END AS {quoted(name)}"
