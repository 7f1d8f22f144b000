"""The guarded connection: behind the guard, the engine itself refuses what was not given."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow
import pytest

from platform_core.sql import Relation, guarded_connection


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    found = {name: tmp_path / f"{name}.parquet" for name in ("published", "other", "unpublished", "stage")}
    for number, (name, path) in enumerate(found.items()):
        if name != "stage":
            duckdb.from_arrow(pyarrow.table({"a": [number, 7]})).write_parquet(str(path))
    return found


@pytest.fixture
def connection(files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> duckdb.DuckDBPyConnection:
    monkeypatch.setenv("SECRET", "hidden")
    inputs = {"shop/orders": Relation.of([files["published"]]), "far/other": Relation.of([files["other"]])}
    return guarded_connection(inputs, "shop", writable=[files["stage"]])


def test_inputs_have_their_names(connection: duckdb.DuckDBPyConnection) -> None:
    query = "SELECT sum(a) FROM (FROM orders UNION ALL FROM shop.orders UNION ALL FROM far.other)"
    assert connection.execute(query).fetchall() == [(7 + 7 + 8,)]
    with pytest.raises(duckdb.CatalogException):
        connection.execute("SELECT * FROM other")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM '{unpublished}'",
        "SELECT * FROM read_parquet(['{published}', '{unpublished}'])",
        "SELECT * FROM read_parquet('{folder}/*.parquet')",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/etc/*')",
        "SELECT getenv('SECRET')",
        "COPY (SELECT 1) TO '{folder}/new.parquet'",
        "COPY orders TO '{unpublished}'",
        "EXPORT DATABASE '{folder}/export'",
        "ATTACH '{folder}/new.duckdb'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM 'https://example.org/x.parquet'",
        "SELECT * FROM files",
        "SET enable_external_access = true",
        "SET allowed_paths = ['/etc/passwd']",
        "SET lock_configuration = false",
        "RESET enable_external_access",
        "SET threads = 8",
        "SET temp_directory = '/tmp'",
    ],
)
def test_escapes_fail(query: str, connection: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> None:
    names = {name: str(path) for name, path in files.items()} | {"folder": str(files["stage"].parent)}
    before = sorted(files["stage"].parent.iterdir())
    with pytest.raises(duckdb.Error):
        connection.execute(query.format(**names)).fetchall()
    assert sorted(files["stage"].parent.iterdir()) == before


def test_the_stage_can_be_written(connection: duckdb.DuckDBPyConnection, files: dict[str, Path]) -> None:
    connection.execute(f"COPY (SELECT * FROM orders) TO '{files['stage']}' (FORMAT parquet)")
    assert duckdb.read_parquet(str(files["stage"])).fetchall() == [(0,), (7,)]


def test_declared_columns(files: dict[str, Path]) -> None:
    """Inputs are read as they are declared, whatever their files hold; published empty is a table without rows."""
    columns = {"a": "VARCHAR", "later": "TIMESTAMP WITH TIME ZONE"}
    inputs = {"x/y": Relation.of([files["published"]], columns), "x/empty": Relation.of([], {"a": "STRUCT(b INTEGER)"})}
    connection = guarded_connection(inputs)
    assert connection.execute("DESCRIBE x.y").fetchall()[1][:2] == ("later", "TIMESTAMP WITH TIME ZONE")
    assert connection.execute("SELECT a, later FROM x.y").fetchall() == [("0", None), ("7", None)]
    assert connection.execute("SELECT count(*) FROM x.empty").fetchall() == [(0,)]
    assert connection.execute("SELECT current_setting('TimeZone')").fetchall() == [("UTC",)]
