"""An inferred contract is what the door asks of the same file: read, staged, audited, published."""

import csv
from pathlib import Path

import duckdb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inferring import inferred
from test_infer_properties import CSV, JSON, PARQUET, tables

from platform_core.audit import plan
from platform_core.audit.duckdb import audit
from platform_core.components.files.reading import read_delivery
from platform_core.components.files.spec import FileSpec
from platform_core.contracts import Contract
from platform_core.resources.warehouse import declared_columns
from platform_core.resources.warehouse.stage import open_stage
from platform_core.sql import Relation

SETTINGS = settings(derandomize=True, max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def _refused(contract: Contract, path: Path, folder: Path) -> list[str]:
    columns = declared_columns(contract)
    with duckdb.connect() as connection, open_stage(folder / "stages", None, "run", None) as stage:
        spec = FileSpec(path.name, path.suffix[1:])  # type: ignore[arg-type]
        stage.write(connection, read_delivery(connection, spec, [path], columns, folder), contract)
        result = audit(connection, plan(contract, "shop"), Relation.of(stage.files, columns))
        return [f"{outcome.check.name}: {outcome.message}" for outcome in result.outcomes if not outcome.passed]


@SETTINGS
@given(tables(CSV))
def test_csv(tmp_path: Path, table: tuple[list[str], list[list[str]]]) -> None:
    path = tmp_path / "things.csv"
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerows([table[0], *zip(*table[1], strict=True)])
    assert _refused(inferred(path), path, tmp_path) == []


@SETTINGS
@given(tables(JSON))
def test_ndjson(tmp_path: Path, table: tuple[list[str], list[list[object]]]) -> None:
    import json

    path = tmp_path / "things.ndjson"
    rows = [json.dumps(dict(zip(table[0], row, strict=True))) for row in zip(*table[1], strict=True)]
    path.write_text("\n".join(rows), encoding="utf-8")
    assert _refused(inferred(path), path, tmp_path) == []


@SETTINGS
@given(st.lists(st.sampled_from(PARQUET), min_size=1, max_size=6), st.integers(1, 60))
def test_parquet(tmp_path: Path, expressions: list[str], rows: int) -> None:
    path = tmp_path / "things.parquet"
    columns = ", ".join(f"{expression} AS c{place}" for place, expression in enumerate(expressions))
    with duckdb.connect() as connection:
        connection.execute(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (FORMAT parquet)")
    assert _refused(inferred(path), path, tmp_path) == []
