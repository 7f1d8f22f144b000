"""What a query or an audit reads: Parquet files, tables of a PostgreSQL database, or a table of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sqlglot import exp

if TYPE_CHECKING:
    import duckdb

__all__ = ["Relation", "quoted_table"]


def quoted_table(*parts: str) -> exp.Table:
    """Return a table by the parts of its name (schema, table), each quoted."""
    names = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(("this", "db", "catalog"), names, strict=False)))


@dataclass(frozen=True)
class Relation:
    """Parquet files, or tables of a database, that together make one relation; or one that a connection knows.

    `files` are paths; `places` the (schema, table) of tables on PostgreSQL; `identifier` the parts of the name of a
    table or view of the connection that reads it. `engine` says where they can be read.
    `columns` maps names to the DuckDB types that are declared: files may hold less than that (a TIME lies there as
    text, a column added later not at all), and a relation of no files is an empty one with these columns. Without
    `columns` files are read as they are.
    """

    files: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict, compare=False)
    identifier: tuple[str, ...] = ()
    stored: Mapping[str, str] | None = field(default=None, compare=False)  # what the files hold, once that is known
    places: tuple[tuple[str, str], ...] = ()
    engine: str = "duckdb_delta"
    home: object = field(default=None, compare=False, repr=False)  # the address of the database of `places`

    @classmethod
    def of(cls, files: Iterable[str | Path], columns: Mapping[str, str] | None = None) -> Relation:
        """Return the relation of these Parquet files, each made absolute."""
        # Not resolved: the allowed paths of a connection compare text, and a link may be what the warehouse means.
        return cls(
            tuple(file if str(file)[:1] == "/" else str(Path(file).absolute()) for file in map(str, files)),
            columns or {},
        )

    @classmethod
    def table(cls, *identifier: str) -> Relation:
        """Return a table or view by the parts of its name, as in `Relation.table("main", "flights")`."""
        return cls(identifier=identifier)

    @classmethod
    def tables(
        cls, *places: tuple[str, str], columns: Mapping[str, str] | None = None, home: object = None
    ) -> Relation:
        """Return the rows of these tables of a PostgreSQL database together, each as (schema, table).

        An older one may lack some of `columns`. `home` is the address of the database. Read it through
        `resources.bridge` where DuckDB needs it.
        """
        return cls(places=tuple(places), columns=columns or {}, engine="postgres", home=home)

    @property
    def is_parquet(self) -> bool:
        return not self.identifier and self.engine == "duckdb_delta"

    def bound(self, connection: duckdb.DuckDBPyConnection, as_stored: bool = False) -> Relation:
        """Return this relation knowing what its files hold, so that `source` gives the declared columns and types.

        `as_stored` keeps the set of columns that the files have, and only casts: a delivery is judged by what it is.
        """
        if not self.columns or not self.files or self.stored is not None:
            return self
        described = connection.execute("DESCRIBE " + exp.select("*").from_(self._read()).sql("duckdb")).fetchall()
        stored = {row[0]: row[1] for row in described}
        if as_stored:
            return replace(
                self, columns={name: self.columns.get(name, kind) for name, kind in stored.items()}, stored=stored
            )
        return replace(self, stored=stored)

    def source(self) -> exp.Expr:
        """Return the expression that stands after FROM, for the dialect of DuckDB."""
        if self.identifier:
            return quoted_table(*self.identifier)
        if not self.files:
            return self._empty()
        if self.stored is None or list(self.stored.items()) == list(self.columns.items()):
            return self._read()  # nothing to cast: the plain scan
        wanted = [self._column(name, kind, self.stored) for name, kind in self.columns.items()]
        return exp.select(*wanted).from_(self._read()).subquery("declared")

    def _read(self) -> exp.Expr:
        # Without hive_partitioning=false, DuckDB would add a column for every `name=value` folder in a path.
        options = {"hive_partitioning": exp.false()}
        if len(self.files) > 1:
            # A column added later is NULL in older files. It is also what lets DuckDB skip row groups by their count
            # of nulls: reading several files without it, IS NULL reads the whole column.
            options["union_by_name"] = exp.true()
        paths = exp.array(*(exp.Literal.string(file) for file in self.files), dialect="duckdb")
        named = [exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()]
        return exp.Table(this=exp.Anonymous(this="read_parquet", expressions=[paths, *named]))

    def _column(self, name: str, kind: str, stored: Mapping[str, str]) -> exp.Expr:
        value: exp.Expr = exp.column(exp.to_identifier(name, quoted=True)) if name in stored else exp.null()
        if stored.get(name) != kind:
            value = exp.cast(value, kind, dialect="duckdb")
        return exp.alias_(value, name, quoted=True)

    def _empty(self) -> exp.Expr:
        typed = [self._column(name, kind, {}) for name, kind in self.columns.items()]
        return exp.select(*(typed or [exp.alias_(exp.null(), "no_columns")])).where(exp.false()).subquery("empty")
