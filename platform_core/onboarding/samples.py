"""The sample of a new dataset as a file: made from its contract, never from a team's data."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from platform_core.contracts import Contract

if TYPE_CHECKING:
    import pyarrow

__all__ = ["sample_file"]

_ROWS = 20


def sample_file(contract: Contract, suffix: str) -> tuple[str, bytes]:
    """Return the name below the location's root and the content of a synthesised sample.

    `suffix` is csv, ndjson or parquet; a table that CSV cannot hold (nested or binary columns) becomes Parquet.
    Raises FindingsError when the contract's rules leave no rows.
    """
    import pyarrow as pa

    from platform_core.testing.samples import synthesise

    table = synthesise(contract, rows=_ROWS)
    nested = any(pa.types.is_nested(field.type) for field in table.schema)
    binary = any("binary" in str(field.type) for field in table.schema)
    if suffix == "ndjson" and not binary:
        return f"tests/samples/{contract.dataset}.ndjson", _copied(table, "FORMAT json")
    if suffix != "csv" or nested or binary:
        return f"tests/samples/{contract.dataset}.parquet", _parquet(table)
    return f"tests/samples/{contract.dataset}.csv", _copied(table, "FORMAT csv, HEADER")


def _parquet(table: pyarrow.Table) -> bytes:
    import pyarrow.parquet

    sink = io.BytesIO()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue()


def _copied(table: pyarrow.Table, options: str) -> bytes:
    """Let DuckDB write it: it reads its own spelling of every type back."""
    import tempfile
    from pathlib import Path

    import duckdb

    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        path = Path(folder) / "sample"
        connection.register("sample", table)
        connection.execute(f"COPY sample TO '{str(path).replace(chr(39), chr(39) * 2)}' ({options})")
        return path.read_bytes()
