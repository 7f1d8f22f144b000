"""Relationships: thresholds, other locations, datasets that nobody has published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow
from auditing import WRITERS, contract_of, outcome, run

from platform_core.audit import plan
from platform_core.sql import Relation

TO_PLANES = {"to": "fleet.planes.tailnum"}


def _contract(**custom: Any) -> Any:
    properties = [{"property": name, "value": value} for name, value in custom.items()]
    relation = {**TO_PLANES, "customProperties": properties}
    return contract_of({"name": "tailnum", "logicalType": "string", "relationships": [relation]})


def _run(tmp_path: Path, contract: Any, tails: list[str | None], planes: list[str] | None) -> Any:
    staged = WRITERS["duckdb"](
        pyarrow.table({"tailnum": pyarrow.array(tails, pyarrow.string())}), tmp_path / "s.parquet"
    )
    references = {}
    if planes is not None:
        known = pyarrow.table({"tailnum": pyarrow.array(planes, pyarrow.string())})
        references["fleet/planes"] = WRITERS["pyarrow"](known, tmp_path / "p.parquet")
    return run(contract, staged, references=references)


def test_threshold_in_percent(tmp_path: Path) -> None:
    contract = _contract(platformSeverity="warning", platformThreshold=20, platformUnit="percent")
    tails: list[str | None] = ["N1"] * 8 + ["X1", "X2"] + [None] * 10
    good = outcome(_run(tmp_path, contract, tails, ["N1"]), "foreign_key_tailnum")
    assert (good.passed, good.violations, good.rows) == (True, 2, 20)
    assert good.message == "2 of 20 rows (10 %) break the rule: 'tailnum' must be in fleet.planes.tailnum; allowed 20 %"
    bad = _run(tmp_path, contract, ["N1", "X"], ["N1"])
    assert not outcome(bad, "foreign_key_tailnum").passed
    assert not bad.refused  # a warning


def test_threshold_in_rows(tmp_path: Path) -> None:
    contract = _contract(platformThreshold=1)
    assert not _run(tmp_path, contract, ["N1", "X"], ["N1"]).refused
    assert _run(tmp_path, contract, ["Y", "X"], ["N1"]).refused


def test_waiting_for_a_dataset_is_an_error_even_for_a_warning(tmp_path: Path) -> None:
    result = _run(tmp_path, _contract(platformSeverity="warning"), ["N1"], None)
    found = outcome(result, "foreign_key_tailnum")
    assert found.message == "waiting for fleet/planes: nothing is published there yet"
    assert found.waiting_for == result.waiting_for == ("fleet/planes",)
    assert result.refused
    assert found.severity == "error"


def test_published_empty_is_not_waiting(tmp_path: Path) -> None:
    staged = WRITERS["duckdb"](pyarrow.table({"tailnum": ["N1", None]}), tmp_path / "s.parquet")
    for empty in (Relation.of([]), Relation.of([], {"tailnum": "VARCHAR"})):
        found = outcome(run(_contract(), staged, references={"fleet/planes": empty}), "foreign_key_tailnum")
        assert (found.violations, found.error) == (1, "")


def test_a_reference_without_the_column_says_so(tmp_path: Path) -> None:
    staged = WRITERS["duckdb"](pyarrow.table({"tailnum": ["N1"]}), tmp_path / "s.parquet")
    planes = WRITERS["duckdb"](pyarrow.table({"tail": ["N1"]}), tmp_path / "p.parquet")
    found = outcome(run(_contract(), staged, references={"fleet/planes": planes}), "foreign_key_tailnum")
    assert found.message == "could not be checked: fleet/planes has no column tailnum"
    gone = Relation.of([tmp_path / "gone.parquet"])
    found = outcome(run(_contract(), staged, references={"fleet/planes": gone}), "foreign_key_tailnum")
    assert found.error
    assert found.refuses


def test_what_a_plan_reads() -> None:
    """Own datasets get the location; the dataset itself is no other dataset."""
    contract = contract_of(
        {"name": "a", "logicalType": "string", "relationships": [{"to": "x.k"}, {"to": "far.y.k"}, {"to": "orders.a"}]},
        quality=[{"type": "sql", "query": "SELECT count(*) FROM ${table} JOIN z USING (a)", "mustBe": 0}],
    )
    assert [check.reads for check in plan(contract, "shop")][2:] == [("shop/x",), ("far/y",), (), ("shop/z",)]


def test_a_relationship_that_nobody_can_follow_fails(tmp_path: Path) -> None:
    contract = contract_of(
        {"name": "a", "logicalType": "string", "relationships": [{"to": "schema/orders/properties/a"}]}
    )
    found = outcome(run(contract, pyarrow.table({"a": ["x"]})), "foreign_key_a")
    assert found.refuses
    assert "must point to <dataset>.<column>" in found.message


def test_a_key_in_a_nested_field(tmp_path: Path) -> None:
    field = {"name": "tail", "logicalType": "string", "relationships": [TO_PLANES]}
    items = {"logicalType": "string", "relationships": [TO_PLANES]}
    contract = contract_of(
        {"name": "plane", "logicalType": "object", "properties": [field]},
        {"name": "all", "logicalType": "array", "items": items},
    )
    planes = WRITERS["polars"](pyarrow.table({"tailnum": ["N1"]}), tmp_path / "p.parquet")
    rows = pyarrow.table({"plane": [{"tail": "N1"}, {"tail": "X"}, {"tail": None}, None], "all": [["N1"]] * 4})
    result = run(contract, rows, references={"fleet/planes": planes})
    found = outcome(result, "foreign_key_plane_tail")
    assert found.message == "1 of 4 rows (25 %) break the rule: 'plane.tail' must be in fleet.planes.tailnum"
    # What no engine can follow is not passed over in silence.
    assert outcome(result, "foreign_key_all_item").message.endswith("a key inside an array or a map cannot be audited")


def test_a_rule_in_sql_on_a_nested_field_says_why_not() -> None:
    rule = {"type": "sql", "query": "SELECT count(*) FROM ${table} WHERE ${column} = 'x'", "mustBe": 0}
    field = {"name": "tail", "logicalType": "string", "quality": [rule]}
    contract = contract_of({"name": "plane", "logicalType": "object", "properties": [field]})
    result = run(contract, pyarrow.table({"plane": [{"tail": "N1"}]}))
    assert "belongs to no column" in outcome(result, "sql_plane_tail").message
