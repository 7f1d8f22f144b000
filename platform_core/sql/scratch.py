"""A DuckDB connection for a while: an in-memory database that a thread keeps, as opening one takes ten milliseconds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

__all__ = ["scratch_connection"]

_kept = threading.local()


@contextmanager
def scratch_connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """Connect to this thread's empty in-memory database, without any guard.

    Leave it as it was found: no tables, no views, no settings. After an error it is thrown away.
    """
    import duckdb

    database = getattr(_kept, "database", None)
    if database is None:
        database = _kept.database = duckdb.connect(":memory:")
    try:
        with database.cursor() as connection:
            yield connection
    except BaseException:
        _kept.database = None
        database.close()
        raise
