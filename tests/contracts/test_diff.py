"""Changes of contracts: every key of the standard counts, each change once, and with its place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from platform_core.contracts import Contract, lint_paths, parse_contract
from platform_core.contracts.compatibility import load_rules
from platform_core.contracts.diff import Change, diff
from platform_core.documents import Document, Keys, load_document

CASES = Path(__file__).parents[1] / "cases"
WHOLE = parse_contract(load_document(CASES / "whole_contract" / "orders.odcs.yaml"))
RULES = load_rules()

# Without them there is no contract, or nothing to compare: the lint refuses it.
_NEEDED = {"version", "schema", "name", "logicalType", "property", "value", "key", "kind"}
# What says the same as the key that is left out, or stands for nothing but an order that is kept.
_DEFAULTS = {
    *(("logicalType", "object"), ("severity", "error"), ("elementType", "float32"), ("unit", "percent"), ("mustBe", 0)),
    *((key, place) for key in ("primaryKeyPosition", "partitionKeyPosition") for place in (1, 2)),
}


# Whether the last day is known was said by something else.
_EITHER = {
    "dataset-undeprecated": "dataset-deprecated-without-end",
    "column-undeprecated": "column-deprecated-without-end",
}


def _at(data: Any, keys: Keys) -> Any:
    for key in keys:
        data = data[key]
    return data


def _places(value: Any, keys: Keys = ()) -> Iterator[Keys]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield (*keys, key)
        yield from _places(inner, (*keys, key))


def _leaving() -> Iterator[Keys]:
    """Yield everything that a contract can do without."""
    yield from (keys for keys in _places(WHOLE.data) if keys[-1] not in _NEEDED and keys != ("schema", 0))


def _edited(keys: Keys, **to: Any) -> Contract:
    data = copy.deepcopy(WHOLE.data)
    parent = _at(data, keys[:-1])
    if to:
        parent[keys[-1]] = to["value"]
    else:
        del parent[keys[-1]]
    return parse_contract(Document(WHOLE.document.path, data))


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, (int, float)) else f"{value}x"


def _kinds(changes: tuple[Change, ...]) -> set[str]:
    return {change.kind for change in changes}


def test_the_whole_contract_is_one_the_linter_takes() -> None:
    found = lint_paths([WHOLE.document.path])
    assert {finding.id for finding in found} <= {"unknown-target", "not-run"}


def test_every_value_counts() -> None:
    """Whichever value of a contract changes, a rule that knows the key judges it."""
    seen = set()
    for keys in _places(WHOLE.data):
        value = _at(WHOLE.data, keys)
        known = keys[-1] in ("logicalType", "kind", "property") or str(keys[-1]).endswith("KeyPosition")
        if isinstance(value, (dict, list)) or known:
            continue
        changes = diff(WHOLE, _edited(keys, value=_other(value)))
        kinds = _kinds(changes)
        if (keys[-1], value) != ("unit", "percent"):
            assert kinds, keys
            assert not kinds & {"contract-respelled", "other-changed"}, keys
        assert kinds <= set(RULES)
        seen |= kinds
    assert len(seen) > 60


def test_every_key_that_goes_counts() -> None:
    for keys in _leaving():
        value = _at(WHOLE.data, keys)
        kinds = _kinds(diff(WHOLE, _edited(keys)))
        assert kinds, keys
        if isinstance(value, (dict, list)) or (keys[-1], value) not in _DEFAULTS:
            assert not kinds & {"contract-respelled", "other-changed"}, keys


def test_every_key_that_comes_is_judged_by_the_mirror() -> None:
    """What is put back is the way back of what went: no rule fires only in one direction."""
    for keys in _leaving():
        less = _edited(keys)
        back = _kinds(diff(less, WHOLE))
        for kind in _kinds(diff(WHOLE, less)):
            mirror = RULES[kind].mirror
            assert not mirror or {mirror, _EITHER.get(kind, mirror)} & back, (keys, kind, back)


def test_places_are_in_the_files() -> None:
    """Findings say file and line: no place lies beyond the end of a list, and most lead to what changed."""
    exact = 0
    for keys in _leaving():
        changed = _edited(keys)
        for change in diff(WHOLE, changed):
            if change.old_keys:
                exact += _leads(WHOLE.data, change.old_keys)
            if change.new_keys:
                _leads(changed.data, change.new_keys)
    assert exact > 200


def _leads(data: Any, keys: Keys) -> bool:
    """Say whether there is something at `keys`; a key may have come or gone, an index may not."""
    for key in keys:
        if isinstance(data, dict) and key not in data:
            return False
        data = data[key]
    return True


def _contract(*columns: dict[str, Any], **more: Any) -> Contract:
    data = {"version": "1.0.0", "schema": [{"name": "orders", "properties": list(columns), **more}]}
    return parse_contract(Document(Path("orders.odcs.yaml"), data))


def _text(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "logicalType": "string", **more}


def _said(old: Contract, new: Contract) -> list[tuple[str, str]]:
    return [(change.kind, change.path) for change in diff(old, new)]


def test_a_rename_is_one_change_when_ids_say_so() -> None:
    old = _contract(_text("a", id="c1"), _text("b", id="c2"))
    new = _contract(_text("a", id="c1"), _text("c", id="c2"))
    assert _said(old, new) == [("column-renamed", "b")]
    (change,) = diff(old, new)
    assert (change.before, change.after, change.column) == ("b", "c", "b")
    assert old.where(*change.old_keys or ()).path.name == "orders.odcs.yaml"


def test_without_ids_it_is_two() -> None:
    old, new = _contract(_text("a"), _text("b")), _contract(_text("a"), _text("c"))
    assert _said(old, new) == [("column-removed", "b"), ("column-added", "c")]


def test_names_that_swap_are_two_renames() -> None:
    old = _contract(_text("a", id="c1"), _text("b", id="c2"))
    new = _contract(_text("b", id="c1"), _text("a", id="c2"))
    assert _said(old, new) == [("column-renamed", "a"), ("column-renamed", "b")]


def test_another_case_of_letters_is_a_rename() -> None:
    assert _said(_contract(_text("Amount")), _contract(_text("amount"))) == [("column-renamed", "Amount")]


def test_a_key_follows_its_renamed_column() -> None:
    key = {"primaryKey": True, "id": "c1"}
    assert _said(_contract(_text("a", **key)), _contract(_text("b", **key))) == [("column-renamed", "a")]


def test_a_key_is_unique_whether_it_says_so_or_not() -> None:
    unique, key = _text("a", unique=True, required=True), _text("a", primaryKey=True)
    assert _said(_contract(unique), _contract(key)) == [("primary-key-added", "")]
    assert _kinds(diff(_contract(key), _contract(key | {"unique": True}))) == {"contract-respelled"}
    assert _said(_contract(unique), _contract(_text("a", required=True))) == [("unique-removed", "a")]
    fields = (
        {"name": "o", "logicalType": "object", "properties": [each]} for each in (_text("a", unique=True), _text("a"))
    )
    old, new = (_contract(_text("a", primaryKey=True), each) for each in fields)
    assert _said(old, new) == [("unique-removed", "o.a")]


def test_references_follow_renamed_columns_and_may_move_in_the_file() -> None:
    old = _contract(_text("a", id="c1", relationships=[{"to": "others.x"}]))
    new = _contract(_text("b", id="c1"), relationships=[{"from": "orders.b", "to": "others.x"}])
    assert _kinds(diff(old, new)) == {"column-renamed"}
    pairs = [
        {"from": ["orders.a", "orders.b"], "to": ["o.x", "o.y"]},
        {"from": ["orders.b", "orders.a"], "to": ["o.y", "o.x"]},
    ]
    old, new = (_contract(_text("a"), _text("b"), relationships=[pair]) for pair in pairs)
    found = diff(old, new)
    assert _kinds(found) == {"contract-respelled"}


def test_the_own_location_may_be_named_or_not() -> None:
    old, new = (_contract(_text("a", relationships=[{"to": to}])) for to in ("others.x", "shop.others.x"))
    assert {change.kind for change in diff(old, new, location="shop")} == {"contract-respelled"}
    assert _kinds(diff(old, new)) == {change.kind for change in diff(old, new, location="crm")}
    assert _kinds(diff(old, new)) == {"relationship-retargeted"}
    old, new = (_contract(_text("a", relationships=[{"to": to}])) for to in ("shop.x", "x.x"))
    assert {change.kind for change in diff(old, new, location="shop")} == {"relationship-retargeted"}


def test_references_go_with_their_columns() -> None:
    old = _contract(_text("a"), _text("b", relationships=[{"to": "others.x"}]))
    assert _said(old, _contract(_text("a"))) == [("column-removed", "b")]
    assert _said(_contract(_text("a")), old) == [("column-added", "b")]
    assert _said(old, _contract(_text("a"), _text("b"))) == [("relationship-removed", "b")]


def test_paths_of_what_is_nested() -> None:
    def nested(**inner: Any) -> dict[str, Any]:
        field = {"name": "street", "logicalType": "string", **inner}
        item = {"logicalType": "object", "properties": [field]}
        value = {"logicalType": "array", "items": item}
        return {"name": "places", "logicalType": "map", "map": {"key": {"logicalType": "string"}, "value": value}}

    (change,) = diff(_contract(nested()), _contract(nested(required=True)))
    assert (change.kind, change.path, change.column) == ("column-made-required", "places{value}[].street", "places")


def test_what_a_list_holds_is_text_unless_it_is_said() -> None:
    bare = {"name": "tags", "logicalType": "array"}
    assert _kinds(diff(_contract(bare), _contract({**bare, "items": {"logicalType": "string"}}))) == {
        "contract-respelled"
    }
    whole = {**bare, "items": {"logicalType": "integer"}}
    assert _said(_contract(bare), _contract(whole)) == [("type-changed", "tags[]")]


def test_limits_of_an_old_type_are_not_compared_with_a_new_one() -> None:
    old = {"name": "a", "logicalType": "date", "logicalTypeOptions": {"minimum": "2020-01-01"}}
    new = {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"minimum": 3}}
    assert _said(_contract(old), _contract(new)) == [("type-changed", "a")]


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ({"mustBe": 0}, {"mustBeLessThan": 1}, "contract-respelled"),
        ({"mustBe": 0}, {"mustBe": 0, "unit": "percent"}, "contract-respelled"),
        ({"mustBe": 0}, {"mustBeLessThan": 2, "unit": "percent"}, "quality-threshold-loosened"),
        ({"mustBeLessThan": 2, "unit": "percent"}, {"mustBe": 0}, "quality-threshold-tightened"),
        ({"mustBeLessThan": 9}, {"mustBeLessThan": 9, "unit": "percent"}, "quality-threshold-moved"),
        ({"mustBeBetween": [1, 5]}, {"mustBeBetween": [1, 9]}, "quality-threshold-loosened"),
        ({"mustNotBe": 3}, {"mustNotBeBetween": [2, 4]}, "quality-threshold-tightened"),
        ({"mustNotBeBetween": [0, 4]}, {"mustBeGreaterThan": 4}, "contract-respelled"),
        ({"mustBeGreaterOrEqualTo": 5}, {"mustBeGreaterThan": 4}, "contract-respelled"),
        ({"mustBeGreaterThan": 4}, {"mustBeLessThan": 4}, "quality-threshold-moved"),
        ({"severity": "warning", "mustBe": 0}, {"severity": "info", "mustBe": 0}, "annotation-changed"),
        ({"metric": "nullValues"}, {"metric": "missingValues"}, "quality-rule-changed"),
    ],
)
def test_thresholds(old: dict[str, Any], new: dict[str, Any], kind: str) -> None:
    rule = {"name": "rule", "metric": "nullValues"}
    found = diff(_contract(_text("a", quality=[rule | old])), _contract(_text("a", quality=[rule | new])))
    assert _kinds(found) == {kind}


@pytest.mark.parametrize(
    ("metric", "old", "new", "kind"),
    [
        ("missingValues", {"missingValues": ["", "-"]}, {"missingValues": ["", "-", "n/a"]}, "quality-rule-tightened"),
        ("missingValues", {}, {"missingValues": [None, ""]}, "contract-respelled"),
        ("invalidValues", {"validValues": ["a", "b"]}, {"validValues": ["b", "a"]}, "contract-respelled"),
        ("invalidValues", {"pattern": "[a-c]"}, {"pattern": "[a-d]"}, "quality-rule-loosened"),
        ("invalidValues", {"validValues": ["a"]}, {"validValues": ["a"], "pattern": "a"}, "quality-rule-changed"),
        ("duplicateValues", {"properties": ["a"]}, {"properties": ["a", "b"]}, "quality-rule-loosened"),
    ],
)
def test_arguments(metric: str, old: dict[str, Any], new: dict[str, Any], kind: str) -> None:
    def contract(arguments: dict[str, Any]) -> Contract:
        return _contract(_text("a", quality=[{"name": "r", "metric": metric, "mustBe": 0, "arguments": arguments}]))

    assert _kinds(diff(contract(old), contract(new))) == {kind}


def test_what_must_be_many_is_not_loosened_by_counting_more() -> None:
    def contract(values: list[str]) -> Contract:
        rule = {"name": "r", "metric": "missingValues", "mustBeGreaterThan": 5, "arguments": {"missingValues": values}}
        return _contract(_text("a", quality=[rule]))

    assert _kinds(diff(contract(["x"]), contract(["x", "y"]))) == {"quality-rule-changed"}


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (None, None, set()),
        ({"type": "daily", "start_date": "2013-01-01"}, {"type": "daily", "start_date": "2013-01-01"}, set()),
        (None, {"type": "daily", "start_date": "2013-01-01"}, {"partitions-changed"}),
        (
            {"type": "daily", "start_date": "2013-01-01"},
            {"type": "daily", "start_date": "2014-01-01"},
            {"partitions-shortened"},
        ),
        ({"type": "static", "keys": ["a"]}, {"type": "static", "keys": ["a", "b"]}, {"partitions-extended"}),
        ({"type": "static", "keys": ["a"]}, {"type": "static", "keys": ["b"]}, {"partitions-changed"}),
        (
            {"type": "daily", "start_date": "2013-01-01", "end_date": "2014-01-01"},
            {"type": "daily", "start_date": "2012-01-01", "end_date": "2013-06-01"},
            {"partitions-changed"},
        ),
    ],
)
def test_partitions(old: Any, new: Any, kind: set[str]) -> None:
    contract = _contract(_text("a"))
    assert _kinds(diff(contract, contract, (old, new))) == kind
