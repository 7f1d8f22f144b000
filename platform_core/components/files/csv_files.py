"""CSV and TSV: the header decides the columns, every value stays text until the stage casts it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.components.files.spec import FileSpec
from platform_core.components.files.unreadable import Unreadable, column_findings, file_finding
from platform_core.findings import Finding, FindingsError
from platform_core.sql.quoting import one_file, quoted, text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["broken_lines", "header", "select"]

_LONGEST_LINE = 2 << 20  # DuckDB's own limit
_BROKEN = {
    "TOO MANY COLUMNS": "more values than the header has columns",
    "MISSING COLUMNS": "fewer values than the header has columns",
    "UNQUOTED VALUE": "a quote that is not closed, or stands inside a value",
    "INVALID ENCODING": "bytes that are not UTF-8",
    "LINE SIZE OVER MAXIMUM": "a line longer than 2 MB",
}


def select(spec: FileSpec, path: Path, columns: Mapping[str, str]) -> str:
    """Return a SELECT of the file's rows, all values as text. Raises FindingsError when its columns differ."""
    names = header(path, spec.delimiter)
    if findings := column_findings(path.name, names, columns):
        raise FindingsError("The delivery cannot be read:", findings)
    # An empty field of a number or a date is no value, whatever marks a missing text.
    values = [quoted(name) if columns[name] == "VARCHAR" else f"NULLIF({quoted(name)}, '')" for name in names]
    shown = ", ".join(f"{value} AS {quoted(name)}" for name, value in zip(names, values, strict=True))
    return f"SELECT {shown} FROM {_reader(spec, path, names)}"


def header(path: Path, delimiter: str) -> list[str]:
    """Return the names in the first line of a UTF-8 file."""
    try:
        # The rest of the file is none of this function's business: what cannot be decoded there is placed later.
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            first = next(csv.reader(_lines(stream.readline), delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        raise Unreadable(path.name, 1, f"the header cannot be read: {error}.") from None
    if any("\ufffd" in name for name in first):
        raise Unreadable(path.name, 1, "bytes that are not UTF-8.", "Set encoding in defs.yaml, as in latin-1.")
    if not any(name.strip() for name in first):
        raise Unreadable(path.name, 1, "there is no header.", "The first line must name the columns.")
    return first


def _lines(read: Callable[[int], str]) -> Iterator[str]:
    while line := read(_LONGEST_LINE):
        yield line


def broken_lines(connection: DuckDBPyConnection, spec: FileSpec, path: Path, name: str) -> list[Finding]:
    """Count the broken lines of a file by what is wrong with them, each with the first line."""
    import duckdb

    try:
        names = header(path, spec.delimiter)
        reader = _reader(spec, path, names, ", store_rejects=true, rejects_limit=0, rejects_table='broken_lines'")
        connection.execute(f"SELECT count(COLUMNS(*)) FROM {reader}").fetchall()
        found = connection.execute(
            "SELECT error_type::VARCHAR, count(DISTINCT line), min(line) FROM broken_lines GROUP BY 1 ORDER BY 3"
        ).fetchall()
    except (duckdb.Error, FindingsError):
        return []
    finally:
        connection.execute("DROP TABLE IF EXISTS broken_lines; DROP TABLE IF EXISTS reject_scans")
    return [
        file_finding(name, line, f"{_lines_of(count)}: {_BROKEN.get(kind, kind.lower())}.", "Correct the file.")
        for kind, count, line in found
    ]


def _lines_of(count: int) -> str:
    return "1 line" if count == 1 else f"{count:,} lines, from here on"


def _reader(spec: FileSpec, path: Path, names: Sequence[str], more: str = "") -> str:
    types = ", ".join(f"{text(name)}: 'VARCHAR'" for name in names)
    nulls = ", ".join(text(value) for value in spec.null_values)
    return (
        f"read_csv({one_file(path)}, auto_detect=false, header=true, delim={text(spec.delimiter)}, "
        f"quote='\"', escape='\"', columns={{{types}}}, nullstr=[{nulls}], encoding='utf-8', strict_mode=true, "
        f"null_padding=false{more})"
    )
