"""Reading a file into DuckDB, once: its columns are called c0, c1, ... there, so no name of its reaches a query."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from platform_core.contracts.infer.unreadable import explained, not_encoded
from platform_core.contracts.lint.structure import RESERVED_COLUMN
from platform_core.contracts.places import shown
from platform_core.contracts.utf8 import NotEncodedError, copy_as_utf8
from platform_core.contracts.variables import variables
from platform_core.errors import PlatformError, Where

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["FORMATS", "Reading", "Source", "format_of", "read_source"]

FORMATS = {
    **{".csv": "csv", ".tsv": "tsv", ".parquet": "parquet", ".pq": "parquet"},
    **{".json": "json", ".ndjson": "ndjson", ".jsonl": "ndjson"},
}
_HEADER = 1 << 20  # a longer first line is no header
_CSV = (
    "SELECT * FROM read_csv(?, columns=?, auto_detect=false, header=true, delim=?, quote='\"', escape='\"', "
    "nullstr=?, strict_mode=true, null_padding=false, encoding='utf-8')"
)
# Formats that no text has keep DuckDB from reading dates by itself: they are judged here, as in CSV.
_JSON = (
    "SELECT * FROM read_json(?, format=?, auto_detect=true, records='true', sample_size=-1, maximum_depth=-1, "
    "maximum_object_size=67108864, dateformat='as text', timestampformat='as text')"
)


@dataclass(frozen=True)
class Reading:
    """How to read a file: its format, and for text what stands for no value, the encoding and the delimiter."""

    format: str
    null_values: tuple[str, ...] = ()
    encoding: str = "utf-8"
    delimiter: str = ","

    @property
    def is_text(self) -> bool:
        return self.format in ("csv", "tsv")


@dataclass(frozen=True)
class Source:
    """A file read into the table `data` with columns c0, c1, ...: their names in the file, and their DuckDB types."""

    names: tuple[str, ...]
    types: tuple[str, ...]
    rows: int
    text: bool  # a format that knows no types, so that text may be anything


def format_of(path: Path) -> str:
    """Return csv, tsv, parquet, json, ndjson or delta. Raises PlatformError for anything else."""
    if (path / "_delta_log").is_dir():
        return "delta"
    if path.is_dir():
        raise PlatformError("is a folder, and no Delta table.", Where(path), "Name a file in it.")
    if not path.exists():
        raise PlatformError("there is no such file.", Where(path))
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        known = ", ".join(sorted(FORMATS))
        hint = f"Read are {known} and folders of Delta tables; unpack an archive first, or say --format."
        raise PlatformError(f"the suffix {shown(suffix)} names no known format.", Where(path), hint)
    return FORMATS[suffix]


def read_source(connection: DuckDBPyConnection, path: Path, reading: Reading) -> Source:
    """Read the file into the table `data` of `connection`.

    Raises PlatformError when it is unreadable, empty, ragged, in another encoding, or its columns cannot be named.
    """
    import duckdb

    if path.is_file() and path.stat().st_size == 0:
        raise PlatformError("the file is empty.", Where(path), "Name a file with a header and rows.")
    try:
        with TemporaryDirectory() as scratch:
            if reading.is_text:
                names = _read_csv(connection, _as_utf8(path, reading.encoding, Path(scratch)), path, reading)
            else:
                typed = reading.format in ("parquet", "delta")
                file = path if typed else _as_utf8(path, reading.encoding, Path(scratch))
                names = _read_typed(connection, file, path, reading)
    except OSError as error:
        raise PlatformError(f"cannot be read: {error.strerror or error}.", Where(path)) from error
    except duckdb.Error as error:
        raise explained(path, reading.format, str(error)) from None
    described = connection.execute("DESCRIBE data").fetchall()
    rows = connection.execute("SELECT count(*) FROM data").fetchall()[0][0]
    if not rows:
        raise PlatformError("the file has no rows.", Where(path), "A contract can be inferred from data only.")
    return Source(tuple(names), tuple(str(row[1]) for row in described), rows, reading.is_text)


def _read_csv(connection: DuckDBPyConnection, file: Path, path: Path, reading: Reading) -> list[str]:
    names = _header(file, path, reading.delimiter)
    _check_names(path, names)
    columns = {f"c{place}": "VARCHAR" for place in range(len(names))}
    nulls = list(dict.fromkeys(["", *reading.null_values]))
    connection.execute(f"CREATE TABLE data AS {_CSV}", [_literal(file), columns, reading.delimiter, nulls])
    return names


def _header(file: Path, path: Path, delimiter: str) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        try:
            start = stream.read(_HEADER)
        except UnicodeDecodeError as error:
            raise not_encoded(path, "utf-8", 0) from error
    if "\0" in start:
        raise PlatformError("is no text: it holds NUL bytes.", Where(path), "Is the suffix right, or the encoding?")
    names = next(csv.reader(io.StringIO(start), delimiter=delimiter), [])
    if len(names) == 1:
        for other, option in ((";", "';'"), ("\t", "$'\\t' (or call the file .tsv)"), ("|", "'|'")):
            if other in names[0]:
                hint = f"Say --delimiter {option}."
                raise PlatformError("the first line has one column; is it cut by another sign?", Where(path, 1), hint)
    if names and all(re.fullmatch(r"[+-]?[0-9]*\.?[0-9]+", name) for name in names):
        hint = "Add a first line with the names of the columns."
        raise PlatformError("the first line holds numbers, not names of columns.", Where(path, 1), hint)
    return names


def _read_typed(connection: DuckDBPyConnection, file: Path, path: Path, reading: Reading) -> list[str]:
    values: list[str | list[str]]
    format = reading.format
    if format == "delta":
        query, values = "SELECT * FROM read_parquet(?, hive_partitioning=false, union_by_name=true)", [_delta(path)]
    elif format == "parquet":
        query, values = "SELECT * FROM read_parquet(?, hive_partitioning=false)", [_literal(path)]
    else:
        query = _JSON
        values = [_literal(file), "newline_delimited" if format == "ndjson" else "array"]
    described = connection.execute(f"DESCRIBE {query}", values).fetchall()
    names = [str(row[0]) for row in described]
    _check_names(path, names)
    columns = ", ".join(f"c{place}" for place in range(len(names)))
    connection.execute(f"CREATE TABLE data AS SELECT * FROM ({query}) AS source({columns})", values)
    if reading.null_values and query is _JSON:
        for place, type_ in enumerate(row[1] for row in described):
            if type_ == "VARCHAR":
                column = f"c{place}"
                marked = f"UPDATE data SET {column} = NULL WHERE {column} IN (SELECT unnest(?))"
                connection.execute(marked, [list(reading.null_values)])
    return names


def _delta(path: Path) -> list[str]:
    from deltalake import DeltaTable
    from deltalake.exceptions import DeltaError

    try:
        table = DeltaTable(path)
    except (DeltaError, OSError) as error:
        raise PlatformError("is no Delta table that can be read.", Where(path)) from error
    outside = [name for name in table.metadata().partition_columns if name != RESERVED_COLUMN]
    if outside:
        message = f"is partitioned by {shown(', '.join(outside))}, which its data files do not hold."
        raise PlatformError(message, Where(path), "Write it to one Parquet file, and name that.")
    features = {"deletionVectors", "columnMapping"} & set(table.protocol().reader_features or ())
    if features or table.metadata().configuration.get("delta.columnMapping.mode", "none") != "none":
        message = "keeps deleted rows or other names of columns in its data files."
        raise PlatformError(message, Where(path), "Write it to one Parquet file, and name that.")
    files = [_literal(Path(name)) for name in table.file_uris()]
    if not files:
        raise PlatformError("the table has no rows.", Where(path), "A contract can be inferred from data only.")
    return files


def _literal(path: Path) -> str:
    """DuckDB takes * ? [ in a file name for a pattern; in brackets they stand for themselves."""
    return "".join(f"[{char}]" if char in "*?[" else char for char in str(path))


def _as_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    try:
        name = codecs.lookup(encoding).name
    except LookupError:
        hint = "Write utf-8, latin-1, cp1252, utf-16 ..."
        raise PlatformError(f"the encoding {shown(encoding)} is not known.", None, hint) from None
    if name in ("utf-8", "ascii"):
        return path  # DuckDB refuses what is no UTF-8
    try:
        return copy_as_utf8(path, name, scratch / "utf8")
    except NotEncodedError as error:
        raise not_encoded(path, name, error.line) from None


def _check_names(path: Path, names: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for place, name in enumerate(names, 1):
        hint = "Mend the header: the contract and every reader use these names."
        if not name.strip():
            raise PlatformError(f"column {place} has no name.", Where(path, 1), hint)
        odd = name != name.strip() or not name.isprintable() or len(name) > 255 or bool(variables(name))
        if odd or name.lower() == RESERVED_COLUMN:
            raise PlatformError(f"column {place}: the name {shown(name)} cannot be used.", Where(path, 1), hint)
        if name.lower() in seen:
            raise PlatformError(f"column {place}: the name {shown(name)} stands twice.", Where(path, 1), hint)
        seen[name.lower()] = name
    if not names:
        raise PlatformError("the file has no columns.", Where(path))
