"""From contracts to names that stay."""

from __future__ import annotations

import re

from auditing import contract_of

from platform_core.audit import plan


def test_names() -> None:
    """Stable, of [a-z0-9_], and each of them once."""
    contract = contract_of(
        {"name": "Tail num", "logicalType": "string", "required": True, "primaryKey": True, "unique": True},
        {"name": "tail_num", "logicalType": "string", "required": True},
        {"name": "ÄÖ", "logicalType": "string", "required": True, "enum": [{"value": "a"}]},
        quality=[{"metric": "rowCount", "mustBe": 1, **name} for name in ({}, {}, {"name": "Row count!"})],
    )
    names = [check.name for check in plan(contract, "shop")]
    assert names == [
        *("schema_columns", "schema_types", "primary_key", "required_tail_num", "required_tail_num_2"),
        *("required", "enum", "row_count", "row_count_2", "row_count_3"),
    ]
    assert all(re.fullmatch("[a-z0-9_]+", name) for name in names)


def test_composite_primary_key() -> None:
    """Each of its columns is required; uniqueness belongs to all together, in the order of their positions."""
    contract = contract_of(
        {"name": "a", "logicalType": "string", "primaryKey": True, "primaryKeyPosition": 2, "unique": True},
        {"name": "b", "logicalType": "string", "primaryKey": True, "primaryKeyPosition": 1},
    )
    checks = {check.name: check for check in plan(contract, "shop")}
    assert checks["primary_key"].columns == ("b", "a")
    assert checks["primary_key"].scope == "dataset"
    assert {"required_a", "required_b", "unique_a"} <= set(checks)
