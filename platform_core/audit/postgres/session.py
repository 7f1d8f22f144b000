"""One audit under way: the connection, the relations, and what is already known about them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from platform_core.audit.postgres.reading import Source, described
from platform_core.audit.underway import Compared
from platform_core.errors import PlatformError
from platform_core.sql.relation import Relation

__all__ = ["Session", "reading"]

# Nothing is left to the server, the database, the role or the caller. `row_security` off is an error where a policy
# would hide rows. Functions and operators are PostgreSQL's own, whatever schemas hold.
_SETTINGS = {
    "transaction_read_only": "on",
    "search_path": "pg_catalog, pg_temp",
    "row_security": "off",
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "standard_conforming_strings": "on",
    "extra_float_digits": "1",
    "jit": "off",  # it compiles longer than these conditions run
}
_WORK_MEMORY = "256MB"  # keys of 5 million rows are sorted in 200 MB; a small delivery takes none of it


@contextmanager
def reading(connection: Any) -> Iterator[None]:
    """Read under settings of our own, in the caller's transaction or one of our own; nothing of it stays.

    Raises PlatformError when the database is not in UTF-8.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding not in (None, "UTF8"):  # lengths and patterns would be of bytes, or of other characters
        raise PlatformError(
            f"The database is in {encoding}.", hint="Make it anew: CREATE DATABASE ... ENCODING 'UTF8'."
        )
    with connection.transaction(force_rollback=True):
        settings = ", ".join(f"set_config('{name}', '{value}', true)" for name, value in _SETTINGS.items())
        memory = f"set_config('work_mem', greatest(pg_size_bytes('{_WORK_MEMORY}'), {_NOW}) / 1024 || 'kB', true)"
        connection.execute(f"SELECT {settings}, {memory}")
        yield


_NOW = "pg_size_bytes(current_setting('work_mem'))"


@dataclass
class Session(Compared[Source]):
    """`staged` is the delivery, `rest` the other published partitions, `published` other datasets by name.

    Neither of the last two is looked at before a check needs it: what is wrong there fails that check alone.
    """

    connection: Any
    staged: Source
    rest: Relation | None = None
    published: Mapping[str, Relation] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)  # what the pass over the delivery told, by name
    _sources: dict[str, Source] = field(default_factory=dict)
    _counts: dict[int, int] = field(default_factory=dict)

    @property
    def others(self) -> Source | None:
        """The dataset's other published partitions, where there are any."""
        if self.rest is None or not (self.rest.places or self.rest.files):
            return None
        if "" not in self._sources:
            self._sources[""] = described(self.connection, self.rest)
        return self._sources[""]

    def reference(self, name: str) -> Source:
        """Return another dataset, in its declared columns and types."""
        if name not in self._sources:
            self._sources[name] = described(self.connection, self.published[name])
        return self._sources[name]

    def types(self) -> Mapping[str, str]:
        """Return the columns of the delivery and their DuckDB types."""
        return self.staged.types

    def one(self, query: exp.Query, ordered: bool = False) -> tuple[Any, ...]:
        """Return the first row of a query. `ordered`: sort rather than hash, for groups that are mostly one row.

        In a savepoint, so that a query that fails leaves the transaction as it was.
        """
        with self.connection.transaction(force_rollback=True):
            if ordered:
                self.connection.execute("SET LOCAL enable_hashagg = off")
            row: tuple[Any, ...] = self.connection.execute(query.sql("postgres")).fetchall()[0]
        return row

    def count(self, source: Source | None = None) -> int:
        """Return the rows of a relation (the delivery, unless given)."""
        source = source or self.staged
        if id(source) not in self._counts:
            self._counts[id(source)] = int(self.one(exp.select(exp.Count(this=exp.Star())).from_(source.rows()))[0])
        return self._counts[id(source)]

    def counted(self, rows: int) -> None:
        """Remember how many rows the delivery has."""
        self._counts[id(self.staged)] = rows
