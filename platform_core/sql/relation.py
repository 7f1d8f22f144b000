"""What a query or an audit reads: a list of Parquet files, or a table of a connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlglot import exp

__all__ = ["Relation", "quoted_table"]


def quoted_table(*parts: str) -> exp.Table:
    """Return a table by the parts of its name (schema, table), each quoted."""
    names = [exp.to_identifier(part, quoted=True) for part in reversed(parts)]
    return exp.Table(**dict(zip(("this", "db", "catalog"), names, strict=False)))


@dataclass(frozen=True)
class Relation:
    """Parquet files that together make one relation, or a table or view that a connection knows.

    `files` are paths; `identifier` the parts of a table's name. `columns` maps names to DuckDB types: only a relation
    of no files needs it, to be an empty relation with a schema (a dataset that was published empty).
    """

    files: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict, compare=False)
    identifier: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: Iterable[str | Path], columns: Mapping[str, str] | None = None) -> Relation:
        """Return the relation of these Parquet files, each made absolute."""
        # Not resolved: the allowed paths of a connection compare text, and a link may be what the warehouse means.
        return cls(tuple(str(Path(file).absolute()) for file in files), columns or {})

    @classmethod
    def table(cls, *identifier: str) -> Relation:
        """Return a table or view by the parts of its name, as in `Relation.table("main", "flights")`."""
        return cls(identifier=identifier)

    @property
    def is_parquet(self) -> bool:
        return not self.identifier

    def source(self) -> exp.Expression:
        """Return the expression that stands after FROM, for the dialect of DuckDB."""
        if self.identifier:
            return quoted_table(*self.identifier)
        if not self.files:
            return self._empty()
        # Without hive_partitioning=false, DuckDB would add a column for every `name=value` folder in a path.
        options = {"hive_partitioning": exp.false()}
        if len(self.files) > 1:
            options["union_by_name"] = exp.true()  # a column added later is NULL in older files
        return exp.Table(
            this=exp.Anonymous(
                this="read_parquet",
                expressions=[
                    exp.array(*(exp.Literal.string(file) for file in self.files), dialect="duckdb"),
                    *(exp.EQ(this=exp.to_identifier(key), expression=value) for key, value in options.items()),
                ],
            )
        )

    def _empty(self) -> exp.Expression:
        typed = [
            exp.alias_(exp.cast(exp.null(), kind, dialect="duckdb"), name, quoted=True)
            for name, kind in self.columns.items()
        ]
        return exp.select(*(typed or [exp.alias_(exp.null(), "no_columns")])).where(exp.false()).subquery("empty")
