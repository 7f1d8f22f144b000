"""Writes a delivery as Parquet, in the types its contract declares. A value that does not fit is counted, not shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platform_core.contracts.model import Contract
from platform_core.errors import PlatformError
from platform_core.findings import Finding, FindingsError
from platform_core.resources.warehouse.casts import cast_findings, column_findings, misfit, stored
from platform_core.resources.warehouse.deliveries import readable
from platform_core.resources.warehouse.refused import DiskFull
from platform_core.sql.quoting import quoted, text

__all__ = ["declared_columns", "export", "parquet_rows", "write_source"]

_QUOTED = re.compile(r"(['\"]).*\1|['\"].*", re.DOTALL)
_NUMBER = re.compile(r"(?<![\w(,])[-+]?\d[\w.,:+-]*")  # bare ones
ROW_GROUP_ROWS = 122_880  # DuckDB's own: pruning is per row group, threads work on one each


def declared_columns(contract: Contract) -> dict[str, str]:
    """Return the contract's columns and their DuckDB types."""
    from platform_core.contracts.types import duckdb_type

    return {column.name: duckdb_type(column) for column in contract.columns}


def write_source(connection: Any, source: Any, contract: Contract, path: Path) -> tuple[dict[str, str], int]:
    """Write `source` to `path` as Parquet; return the declared columns and the number of rows. See `Stage.write`."""
    # zstd at level 1 takes the CPU of snappy and half the room (5M rows: 63 to 134 MB); level 3 takes 20% more CPU.
    options = f"FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE {ROW_GROUP_ROWS}"
    return export(connection, source, contract, path, options=options), parquet_rows([path])


def export(
    connection: Any,
    source: Any,
    contract: Contract,
    path: Path,
    *,
    options: str,
    shaped: Callable[[str, str], str] = lambda value, kind: value,
) -> dict[str, str]:
    """Write `source` to a file with DuckDB's COPY; return the declared columns.

    `shaped` gets the expression of each column, cast to what stores its declared type, and that type.
    """
    columns = declared_columns(contract)
    with readable(connection, source, path.parent) as (run, name), _in_utc(run):
        given = {row[0]: row[1] for row in _guarded(run, f"DESCRIBE SELECT * FROM {name}")}
        _refuse(contract, column_findings(contract, columns, given))
        values = ", ".join(
            f"{shaped(stored(column, kind, given[column]), kind)} AS {quoted(column)}"
            for column, kind in columns.items()
        )
        failed = _attempt(run, f"COPY (SELECT {values} FROM {name}) TO {text(str(path))} ({options})")[1]
        if failed is not None:
            if isinstance(failed, _value_errors()):
                _refuse(contract, cast_findings(_counts(run, name, columns, given), contract, columns))
            raise _explained(failed)  # every value fits: the query itself fails
    return columns


def _counts(run: Any, name: str, columns: Mapping[str, str], given: Mapping[str, str]) -> dict[str, int]:
    """Count, for each column, the values that do not fit. Read again only after a failure."""
    counted = ", ".join(f"count(*) FILTER ({misfit(column, kind, given[column])})" for column, kind in columns.items())
    return dict(zip(columns, _guarded(run, f"SELECT {counted} FROM {name}")[0], strict=True))


def _refuse(contract: Contract, findings: list[Finding]) -> None:
    if findings:
        raise FindingsError(f"The delivery does not fit the contract of {contract.dataset}:", findings)


def _guarded(run: Any, sql: str) -> list[tuple[Any, ...]]:
    found, failed = _attempt(run, sql)
    if failed is not None:
        raise _explained(failed)
    return found


def _attempt(run: Any, sql: str) -> tuple[list[tuple[Any, ...]], Exception | None]:
    """Run a statement and return its error, if any: raised while it is handled, ours would carry DuckDB's along."""
    import duckdb

    try:
        return run(sql), None
    except duckdb.Error as error:
        return [], error


def _value_errors() -> tuple[type[Exception], ...]:
    import duckdb

    return (duckdb.ConversionException, duckdb.OutOfRangeException, duckdb.InvalidInputException)


def _explained(error: Exception) -> PlatformError:
    """Say what DuckDB said, without the values it quotes."""
    text = str(error)
    if "No space left on device" in text or "File too large" in text:
        return DiskFull()
    kind, _, rest = text.partition(": ")
    # From the first quote to the last, for a value may hold quotes and lines; and what is said of it, not what is wrong
    # with it: after another colon stands a pattern as it was given.
    said = _QUOTED.sub("...", rest.partition("\n\nLINE ")[0]).split(": ")[0]
    if kind == "Invalid Input Error" and not said.startswith("More than one row"):
        said = "a function was given a value that it cannot use"  # such as a format, repeated without quotes
    first = f"{kind}: {_NUMBER.sub('...', said.splitlines()[0])}" if said else type(error).__name__
    return PlatformError(f"The delivery could not be written: {first}")


@contextmanager
def _in_utc(run: Any) -> Iterator[None]:
    """Cast between times with and without zone in UTC, wherever the process runs."""
    zone = run("SELECT current_setting('TimeZone')")[0][0]
    if zone == "UTC":
        yield
        return
    _guarded(run, "SET TimeZone = 'UTC'")
    try:
        yield
    finally:
        run(f"SET TimeZone = '{zone}'")


def parquet_rows(paths: list[Path]) -> int:
    """Return the number of rows in Parquet files, from their footers.

    Raises PlatformError when one of them is not a complete Parquet file.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        return sum(parquet.read_metadata(path).num_rows for path in paths)
    except (OSError, pa.ArrowInvalid) as error:
        raise PlatformError("A staged file is not a complete Parquet file.", hint="Run the asset again.") from error
