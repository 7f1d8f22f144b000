"""What may be handed over: SQL, a DuckDB relation, Arrow, Polars, pandas. Each becomes a name SQL can read twice."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError
from platform_core.sql.syntax import selected

__all__ = ["readable"]


@contextmanager
def readable(connection: Any, source: Any, folder: Path) -> Iterator[tuple[Any, str]]:
    """Give a way to run SQL over `source`, and the name to select from; it can be read more than once."""
    import duckdb

    if isinstance(source, str):
        yield _runner(connection), selected(source)
        return
    view = f"delivery_{secrets.token_hex(4)}"
    if isinstance(source, duckdb.DuckDBPyRelation):
        # A relation lives on its own connection, which only the relation itself can reach.
        run = _relation_runner(source, view)
        try:
            yield run, view
        finally:
            run(f"DROP VIEW {view}")
        return
    connection.register(view, _arrow(source, folder))
    try:
        yield _runner(connection), view
    finally:
        connection.unregister(view)


def _runner(connection: Any) -> Any:
    return lambda sql: connection.execute(sql).fetchall()


def _relation_runner(relation: Any, view: str) -> Any:
    def run(sql: str) -> list[tuple[Any, ...]]:
        result = relation.query(view, sql)  # this makes the view, too
        return result.fetchall() if result is not None else []

    return run


def _arrow(source: Any, folder: Path) -> Any:
    """Turn what a team's function returned into something Arrow that can be read twice."""
    import pyarrow as pa

    module = type(source).__module__.split(".")[0]
    if module == "polars":
        return (source.collect() if hasattr(source, "collect") else source).to_arrow()
    if module == "pandas":
        return _from_pandas(source)
    if isinstance(source, pa.RecordBatchReader):
        return _spooled(source, folder)
    if isinstance(source, (pa.Table, pa.RecordBatch)):
        return source
    raise PlatformError(
        f"A {type(source).__module__}.{type(source).__qualname__} cannot be published.",
        hint="Return a DuckDB relation, an Arrow table or record batch reader, or a Polars or pandas data frame.",
    )


def _from_pandas(frame: Any) -> Any:
    import pyarrow as pa

    with suppress(pa.ArrowInvalid, pa.ArrowTypeError):
        return pa.Table.from_pandas(frame, preserve_index=False)
    # Not raised from Arrow's error, which quotes the value.
    raise PlatformError(
        "A column of the data frame mixes types.", hint="Give each column one type before you return the frame."
    )


def _spooled(reader: Any, folder: Path) -> Any:
    """Keep a stream on disk: it can be read only once, and a refusal needs a second look to count."""
    from pyarrow import dataset, parquet

    path = folder / "spool.parquet"
    with parquet.ParquetWriter(path, reader.schema, compression="lz4") as writer:
        for batch in reader:
            writer.write_batch(batch)
    return dataset.dataset(path)
