"""The planner's shortcuts change no answer: every count equals that of a naive reading in Python."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow
import pytest
from auditing import LOCATION, WRITERS, as_table, contract_of, outcome, run
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from platform_core.audit import Check
from platform_core.audit.duckdb import references, session
from platform_core.sql import Relation

QUIET = {"derandomize": True, "deadline": None, "database": None}
SCHEMA = pyarrow.schema(
    {"id": pyarrow.int64(), "code": pyarrow.string(), "share": pyarrow.float64(), "parent": pyarrow.int32()}
)
CONTRACT = contract_of(
    {"name": "id", "logicalType": "integer", "required": True, "unique": True}
    | {"logicalTypeOptions": {"minimum": -5, "exclusiveMaximum": 20, "multipleOf": 3}},
    {"name": "code", "logicalType": "string", "enum": [{"value": value} for value in ("a", "bb", "ccc")]}
    | {"logicalTypeOptions": {"minLength": 2, "pattern": "[a-c]+"}, "required": True},
    {"name": "share", "logicalType": "number", "logicalTypeOptions": {"minimum": 0, "maximum": 1}},
    {"name": "parent", "logicalType": "integer", "relationships": [{"to": "parents.key"}, {"to": "orders.id"}]},
    quality=[
        {"metric": "duplicateValues", "arguments": {"properties": ["code", "parent"]}, "mustBe": 0},
        {"metric": "rowCount", "mustBe": 3},
    ],
    relationships=[{"from": ["orders.code", "orders.parent"], "to": ["pairs.left", "pairs.right"]}],
)

whole = st.one_of(st.none(), st.integers(-8, 24), st.sampled_from([-(2**63), 2**63 - 1]))
row = st.fixed_dictionaries(
    {
        "id": whole,
        "code": st.one_of(st.none(), st.sampled_from(["a", "bb", "ccc", "", "B", "é"])),
        "share": st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0, -0.1, 1.1, math.nan, math.inf])),
        "parent": st.one_of(st.none(), st.integers(-3, 12)),
    }
)
rows = st.lists(row, max_size=12)
Row = dict[str, Any]


def expected(name: str, staged: list[Row], others: list[Row], parents: set[int], pairs: set[Any]) -> int:
    """Count as one would by hand."""
    ids, known = [each["id"] for each in staged], {each["id"] for each in others} - {None}
    filled = [value for value in ids if value is not None]
    keys = [(each["code"], each["parent"]) for each in [*staged, *others]]
    whole_keys = [key for key in keys if None not in key]
    shares = [each["share"] for each in staged if each["share"] is not None]
    codes = [each["code"] for each in staged if each["code"] is not None]
    found = [each["parent"] for each in staged if each["parent"] is not None]
    own = set(filled) | known
    counts = {
        "required_id": ids.count(None),
        "unique_id": len(filled) - len(set(filled)) + len(set(filled) & known),
        "range_id": sum(not -5 <= value < 20 for value in filled),
        "multiple_of_id": sum(value % 3 != 0 for value in filled),
        "required_code": len(staged) - len(codes),
        "enum_code": sum(code not in ("a", "bb", "ccc") for code in codes),
        "length_code": sum(len(code) < 2 for code in codes),
        "pattern_code": sum(not re.fullmatch("[a-c]+", code) for code in codes),
        "range_share": sum(not 0 <= share <= 1 for share in shares),
        "foreign_key_parent": sum(value not in parents for value in found),
        "foreign_key_parent_2": sum(value not in own for value in found),
        "foreign_key_code_parent": sum(None not in key and key not in pairs for key in keys[: len(staged)]),
        "duplicate_values_code_parent": len(whole_keys) - len(set(whole_keys)),
    }
    return counts[name]


def _table(content: list[Row]) -> pyarrow.Table:
    return pyarrow.Table.from_pylist(content, schema=SCHEMA)


def _files(folder: Path, name: str, parts: list[list[Row]]) -> Relation:
    paths = []
    for number, part in enumerate(parts):
        path = folder / f"{name}-{number}.parquet"
        parquet.write_table(_table(part), path, row_group_size=3)
        paths.append(path)
    return Relation.of(paths)


def _references(parents: set[int], pairs: set[tuple[str, int]], folder: Path) -> dict[str, Relation]:
    keys = pyarrow.table({"key": pyarrow.array(sorted(parents), pyarrow.int32())})
    both = pyarrow.table(
        {
            "left": pyarrow.array([left for left, _ in pairs], pyarrow.string()),
            "right": pyarrow.array([right for _, right in pairs], pyarrow.int64()),
        }
    )
    return {
        f"{LOCATION}/parents": WRITERS["polars"](keys, folder / "parents.parquet"),
        f"{LOCATION}/pairs": WRITERS["duckdb"](both, folder / "pairs.parquet"),
    }


def _compare(result: Any, staged: list[Row], others: list[Row], parents: set[int], pairs: set[Any]) -> None:
    counted: list[Check] = [each.check for each in result.outcomes if each.violations is not None]
    assert len(counted) == 13
    for check in counted:
        found = outcome(result, check.name)
        assert found.violations == expected(check.name, staged, others, parents, pairs), check.name
        assert found.passed == (found.violations == 0)
    assert outcome(result, "row_count").passed == (len(staged) == 3)
    assert result.rows == len(staged)


PARENTS = st.sets(st.integers(-3, 12))
PAIRS = st.sets(st.tuples(st.sampled_from(["a", "bb", ""]), st.integers(-3, 12)))


def _check_files(parts: list[list[Row]], others: list[Row], parents: set[int], pairs: set[Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        staged = [each for part in parts for each in part]
        references = _references(parents, pairs, folder)
        relation = _files(folder, "staged", parts)
        result = run(CONTRACT, relation, _files(folder, "others", [others]) if others else None, references)
        _compare(result, staged, others, parents, pairs)


@pytest.fixture(params=["guessed", "always", "never"], scope="module")
def shortcuts(request: pytest.FixtureRequest) -> Iterator[None]:
    """The guesses that choose between ways of counting, all turned to one side: no way may count differently."""
    few, many = {"guessed": (0.5, 5), "always": (1.0, 0), "never": (-1.0, 10**9)}[request.param]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(session, "_FEW", few)
        patch.setattr(references, "_MANY", many)
        yield


@settings(max_examples=15, **QUIET)
@given(st.lists(rows, min_size=1, max_size=3), rows, PARENTS, PAIRS)
def test_files(shortcuts: None, parts: list[list[Row]], others: list[Row], parents: set[int], pairs: set[Any]) -> None:
    _check_files(parts, others, parents, pairs)


@pytest.mark.slow
@settings(max_examples=250, **QUIET)
@given(st.lists(st.lists(row, max_size=60), min_size=1, max_size=4), rows, PARENTS, PAIRS)
def test_many_files(
    shortcuts: None, parts: list[list[Row]], others: list[Row], parents: set[int], pairs: set[Any]
) -> None:
    _check_files(parts, others, parents, pairs)


@settings(max_examples=15, **QUIET)
@given(rows, rows, PARENTS, PAIRS)
def test_tables(shortcuts: None, staged: list[Row], others: list[Row], parents: set[int], pairs: set[Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        references = _references(parents, pairs, Path(name))
        relations = as_table("staged", _table(staged)), as_table("others", _table(others))
        _compare(run(CONTRACT, *relations, references), staged, others, parents, pairs)
