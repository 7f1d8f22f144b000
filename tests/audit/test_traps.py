"""Traps that were measured: NaN in statistics, names that bite, rules that span partitions."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy
import pyarrow
import pytest
from auditing import CONNECTION, KEY, NAMES, WRITERS, as_table, contract_of, named_contract, outcome, run
from pyarrow import parquet

from platform_core.audit import plan
from platform_core.audit.duckdb import audit
from platform_core.sql import Relation

SHARE = {"name": "share", "logicalType": "number"}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("bounds", [{"minimum": 0, "maximum": 100}, {"minimum": 0}, {"maximum": 100}])
@pytest.mark.parametrize("kind", ["float32", "float64"])
def test_nan_is_not_pruned_away(writer: str, bounds: dict[str, int], kind: str, tmp_path: Path) -> None:
    """Other writers' row group statistics leave NaN out: a filter on them would skip the row group that holds it."""
    values = numpy.arange(300_000, dtype=kind) % 100
    values[200_000] = math.nan
    staged = WRITERS[writer](pyarrow.table({"share": values}), tmp_path / "a.parquet")
    result = run(contract_of({**SHARE, "logicalTypeOptions": bounds}), staged)
    assert outcome(result, "range_share").violations == 1


def test_statistics_of_a_small_row_group_do_not_hide_nan(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"share": [1.0, math.nan, 2.0]}), path, row_group_size=1)
    rules = [
        {"metric": "invalidValues", "arguments": {"validValues": [1, 2]}, "mustBe": 0},
        {"metric": "nullValues", "mustBe": 0},
    ]
    column = {**SHARE, "enum": [{"value": 1}, {"value": 2}], "logicalTypeOptions": {"multipleOf": 1}, "quality": rules}
    result = run(contract_of(column), Relation.of([path]))
    counts = {each.check.name: each.violations for each in result.outcomes if each.violations is not None}
    assert counts == {
        "enum_share": 1,
        "multiple_of_share": 1,
        "invalid_values_share": 1,
        "null_values_share": 0,
    }


@pytest.mark.parametrize("name", NAMES)
def test_names_are_quoted(name: str, tmp_path: Path) -> None:
    """A column may be called anything, and so may a field of it."""
    contract = named_contract(name)
    rows = pyarrow.table({name: [name], "nested": [{name: 1}]})
    other = WRITERS["duckdb"](pyarrow.table({name.replace(".", "_"): [name]}), tmp_path / f"{hash(name)}'\".parquet")
    for staged in (rows, WRITERS["pyarrow"](rows, tmp_path / "a.parquet")):
        result = run(contract, staged, references={"shop/other": other})
        assert [each.check.kind for each in result.outcomes if not each.passed] == ["range"]
        assert not [each.message for each in result.outcomes if each.error]


@pytest.mark.parametrize("files", [True, False])
def test_scopes(files: bool, tmp_path: Path) -> None:
    """Keys hold over the dataset; other rules over the delivery, unless the contract says otherwise."""
    first, second = pyarrow.table({"id": [3, 4]}), pyarrow.table({"id": [1, 3, 1]})
    if files:
        relations = WRITERS["duckdb"](first, tmp_path / "1.parquet"), WRITERS["polars"](second, tmp_path / "2.parquet")
    else:
        relations = as_table("first", first), as_table("second", second)
    result = run(KEY, *relations)
    verdicts = {each.check.name: (each.passed, each.violations) for each in result.outcomes[2:]}
    assert verdicts == {
        "unique_id": (False, 1),  # 3 was published before; the other 1 is not this delivery's fault
        "row_count": (True, None),
        "row_count_2": (True, None),
        "duplicate_values_id": (False, 2),
        "here": (True, 0),
        "sum": (True, None),
        "sums": (True, None),
    }


def test_declared_columns_of_other_files(tmp_path: Path) -> None:
    """Older partitions may lack a column, or hold a time as text: they are read as they are declared."""
    old = WRITERS["duckdb"](pyarrow.table({"id": [1], "at": ["10:00:00"]}), tmp_path / "1.parquet")
    new = WRITERS["duckdb"](pyarrow.table({"id": [2], "at": ["11:00:00"], "code": ["x"]}), tmp_path / "2.parquet")
    columns = {"id": "BIGINT", "at": "TIME", "code": "VARCHAR"}
    contract = contract_of(
        {"name": "id", "logicalType": "integer", "unique": True},
        {"name": "at", "logicalType": "time", "logicalTypeOptions": {"minimum": "10:30:00"}},
        {"name": "code", "logicalType": "string", "unique": True, "relationships": [{"to": "orders.code"}]},
    )
    relations = Relation.of(new.files, columns), Relation.of(old.files, columns)
    assert [each.message for each in run(contract, *relations).outcomes if not each.passed] == []
    assert outcome(run(contract, *reversed(relations)), "range_at").violations == 1
    assert outcome(run(contract, relations[1]), "schema_columns").message == "missing: code"


@pytest.mark.parametrize("name", [("other",), ("main", "other"), ("memory", "main", "other")])
def test_the_caller_gets_its_connection_back(name: tuple[str, ...]) -> None:
    """Rules in SQL over tables borrow the connection: afterwards it is where it was."""
    rule = {"type": "sql", "query": "SELECT count(*) FROM ${table} JOIN far.other USING (a)", "mustBe": 1}
    contract = contract_of({"name": "a", "logicalType": "string"}, quality=[rule])
    CONNECTION.execute("CREATE OR REPLACE TABLE other AS SELECT 'x' AS a")
    before = CONNECTION.execute(
        "SELECT current_catalog(), current_schema(), count(*) FROM duckdb_databases()"
    ).fetchall()
    references = {"far/other": Relation.table(*name)}
    result = run(contract, pyarrow.table({"a": ["x"]}), references=references)
    assert outcome(result, "sql").passed, outcome(result, "sql").message
    after = CONNECTION.execute(
        "SELECT current_catalog(), current_schema(), count(*) FROM duckdb_databases()"
    ).fetchall()
    assert before == after


def test_a_rule_in_sql_reads_nothing_else(tmp_path: Path) -> None:
    rows = pyarrow.table({"a": ["x"]})
    secret = WRITERS["duckdb"](rows, tmp_path / "secret.parquet")
    staged = WRITERS["duckdb"](rows, tmp_path / "staged.parquet")
    queries: list[Any] = [
        f"SELECT count(*) FROM '{secret.files[0]}'",
        f"SELECT count(*) FROM read_parquet('{secret.files[0]}')",
        "SELECT count(*) FROM undeclared",
    ]
    contract = contract_of(
        {"name": "a", "logicalType": "string"},
        quality=[{"type": "sql", "query": query, "mustBe": 1} for query in queries],
    )
    checks = plan(contract, "shop")
    result = audit(CONNECTION, checks, staged)
    assert [each.passed for each in result.outcomes[2:]] == [False] * 3
