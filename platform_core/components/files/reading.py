"""Reads the rows of a delivery. What cannot be read is counted and placed, never guessed and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.components.files import csv_files, json_files
from platform_core.components.files.spec import FileSpec
from platform_core.components.files.unreadable import Unreadable, column_findings
from platform_core.contracts.utf8 import NotEncodedError, copy_as_utf8
from platform_core.findings import Finding, FindingsError
from platform_core.sql.quoting import one_file

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["explain", "read_delivery"]


def read_delivery(
    connection: DuckDBPyConnection, spec: FileSpec, paths: list[Path], columns: Mapping[str, str], scratch: Path
) -> str:
    """Return a SELECT over the files of one delivery.

    `columns` are the contract's, name -> DuckDB type. Values of text files stay text: the stage casts them and counts
    those that do not fit. `scratch` is a folder for copies in UTF-8 of files in other encodings.
    Raises FindingsError naming each file that is empty, wrongly encoded, or has other columns.
    """
    selects: list[str] = []
    findings: list[Finding] = []
    for path in paths:
        try:
            selects.append(_select(connection, spec, path, columns, scratch))
        except FindingsError as error:
            findings += error.findings
    if findings:
        raise FindingsError("The delivery cannot be read:", findings)
    return "\nUNION ALL BY NAME\n".join(selects)


def explain(connection: DuckDBPyConnection, spec: FileSpec, paths: list[Path], scratch: Path) -> list[Finding]:
    """Say where the rows of text files are broken (ragged, unclosed quotes, bytes of another encoding), counted.

    To be asked after a read failed: it reads everything once more.
    """
    if spec.format not in ("csv", "tsv"):
        return []
    found = []
    for path in paths:
        readable = path if spec.encoding == "utf-8" else scratch / path.name
        found += csv_files.broken_lines(connection, spec, readable, path.name)
    return found


def _select(
    connection: DuckDBPyConnection, spec: FileSpec, path: Path, columns: Mapping[str, str], scratch: Path
) -> str:
    try:
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(path.name, 0, f"the file cannot be read: {error.strerror}.") from error
    if size == 0:
        raise Unreadable(path.name, 0, "the file is empty.", "Deliver it again, whole.")
    if spec.format == "parquet":
        return _parquet(connection, path, columns)
    if spec.encoding != "utf-8":
        path = _transcoded(path, spec.encoding, scratch / path.name)
    if spec.format in ("csv", "tsv"):
        return csv_files.select(spec, path, columns)
    return json_files.select(connection, spec, path, columns)


def _parquet(connection: DuckDBPyConnection, path: Path, columns: Mapping[str, str]) -> str:
    import duckdb

    source = f"SELECT * FROM read_parquet({one_file(path)}, hive_partitioning=false)"
    try:
        given = [row[0] for row in connection.execute(f"DESCRIBE {source}").fetchall()]
    except duckdb.Error as error:
        raise Unreadable(path.name, 0, "it is not a complete Parquet file.", "Deliver it again, whole.") from error
    if findings := column_findings(path.name, given, columns):
        raise FindingsError("The delivery cannot be read:", findings)
    return source


def _transcoded(path: Path, encoding: str, target: Path) -> Path:
    """Copy a text file as UTF-8. Strict: a byte that means nothing in the encoding is an error, with its line."""
    try:
        return copy_as_utf8(path, encoding, target)
    except NotEncodedError as error:
        message = f"bytes that are not {encoding}."
        raise Unreadable(path.name, error.line, message, "Correct encoding in defs.yaml, or the file.") from None
