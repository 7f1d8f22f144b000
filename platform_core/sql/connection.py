"""A DuckDB connection that can read exactly the files it was given, and change nothing about that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from platform_core.sql.relation import Relation, quoted_table

if TYPE_CHECKING:
    import duckdb

__all__ = ["guarded_connection"]


def guarded_connection(
    inputs: Mapping[str, Relation],
    location: str = "",
    *,
    writable: Iterable[str | Path] = (),
    temp_directory: str | Path | None = None,
) -> duckdb.DuckDBPyConnection:
    """Open an in-memory database with one view for each input, and lock it.

    `inputs` maps `location/dataset` to its files; the view is `location.dataset`, and the datasets of `location` itself
    can be named without it. Nothing else can be read: no file, network, environment variable or Python variable.
    `writable` are the only files that can be written (a stage that the door copies to). Without `temp_directory` (a
    private one, since files there can be written) nothing spills to disk.
    """
    import duckdb

    config: dict[str, Any] = {
        "allow_community_extensions": False,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "temp_directory": str(temp_directory) if temp_directory else "",
    }
    connection = duckdb.connect(":memory:", config=config)
    connection.execute("SET TimeZone = 'UTC'")  # the same rows wherever it runs; it cannot be set after the lock
    for schema in sorted({name.split("/")[0] for name in inputs} | ({location} if location else set())):
        connection.execute(exp.Create(this=quoted_table(schema), kind="SCHEMA").sql("duckdb"))
    for name, relation in inputs.items():
        view = exp.Create(
            this=quoted_table(*name.split("/")), kind="VIEW", expression=_everything(relation.bound(connection))
        )
        connection.execute(view.sql("duckdb"))
    if location:
        own = exp.to_identifier(location, quoted=True).sql("duckdb")
        connection.execute(f"SET search_path = {exp.Literal.string(own).sql('duckdb')}")
    files = [file for relation in inputs.values() for file in relation.files]
    files += [str(Path(file).absolute()) for file in writable]
    _lock(connection, files)
    return connection


def _lock(connection: duckdb.DuckDBPyConnection, files: list[str]) -> None:
    # Paths one by one: a directory would also open unpublished files in it, and let them be written.
    paths = exp.array(*(exp.Literal.string(file) for file in files), dialect="duckdb").sql("duckdb")
    connection.execute(f"SET allowed_paths = {paths}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _everything(relation: Relation) -> exp.Select:
    return exp.select("*").from_(relation.source())
