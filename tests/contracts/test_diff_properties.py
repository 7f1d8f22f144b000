"""Changes of any two contracts: nothing is lost, nothing is made up, and the way back mirrors the way there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from any_contract import changed_contracts, contracts
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.contracts import Contract, parse_contract
from platform_core.contracts.compatibility import judge, load_rules
from platform_core.contracts.diff import diff
from platform_core.documents import Document

RULES = load_rules()


def _turned(value: Any) -> Any:
    """The same data with the keys of every mapping in the other order."""
    if isinstance(value, dict):
        return {key: _turned(value[key]) for key in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@settings(max_examples=25, deadline=None)
@given(contracts())
def test_a_contract_does_not_differ_from_itself(contract: Contract) -> None:
    assert diff(contract, contract) == ()
    same = parse_contract(Document(contract.document.path, _turned(contract.data)))
    assert diff(contract, same) == ()


@settings(max_examples=60, deadline=None)
@given(changed_contracts())
def test_contracts_that_differ_have_changes_and_each_has_a_rule(pair: tuple[Contract, Contract]) -> None:
    old, new = pair
    changes = diff(old, new)
    assert bool(changes) == (old.hash != new.hash)
    assert all(change.kind in RULES and RULES[change.kind].area == change.area for change in changes)
    assert changes == diff(old, new)
    columns = {column.name for column in (*old.columns, *new.columns)}
    assert all(change.column in columns | {""} for change in changes)


@settings(max_examples=60, deadline=None)
@given(changed_contracts())
def test_the_way_back_mirrors_the_way_there(pair: tuple[Contract, Contract]) -> None:
    old, new = pair
    there, back = judge(diff(old, new)), judge(diff(new, old))
    if any(judged.rule.waiver for judged in (*there.judged, *back.judged)):
        return
    assert (there.reader_safe is True) == (back.writer_safe is True)
    assert (there.writer_safe is True) == (back.reader_safe is True)


@settings(max_examples=30, deadline=None)
@given(contracts(), contracts())
def test_contracts_that_have_nothing_to_do_with_each_other(old: Contract, new: Contract) -> None:
    assert bool(diff(old, new)) == (old.hash != new.hash)
    removed = {column.name for column in old.columns} - {column.name for column in new.columns}
    assert judge(diff(old, new)).reader_safe is not True or not removed


_VALUES: list[Any] = [None, *range(-4, 8), *("a", "b", "c", "ab", "abc", "abcd", "")]


@st.composite
def _columns(draw: Any) -> dict[str, Any]:
    options: dict[str, Any] = {}
    column: dict[str, Any] = {"name": "a", "required": draw(st.booleans())}
    if draw(st.booleans()):
        for name in ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum"):
            if draw(st.booleans()):
                options[name] = draw(st.integers(-3, 6))
        options |= draw(st.sampled_from([{}, {"multipleOf": 2}, {"multipleOf": 4}, {"format": "u8"}]))
        return {**column, "logicalType": "integer", "logicalTypeOptions": options}
    options |= draw(st.sampled_from([{}, {"pattern": "[ab]+"}, {"pattern": "[a-c]*"}, {"pattern": "a.*"}]))
    options |= draw(st.sampled_from([{}, {"minLength": 1}, {"maxLength": 2}, {"minLength": 2, "maxLength": 3}]))
    values = draw(st.sampled_from([[], ["a"], ["a", "b"], ["b", "abc"]]))
    enum = {"enum": [{"value": value} for value in values]} if values else {}
    return {**column, "logicalType": "string", "logicalTypeOptions": options, **enum}


def _keeps(column: dict[str, Any], value: Any) -> bool:
    """Say whether a value keeps what a column promises, in the plainest way to say it."""
    if value is None:
        return not column["required"]
    if isinstance(value, str) != (column["logicalType"] == "string"):
        return False
    options = column["logicalTypeOptions"]
    if isinstance(value, str):
        known = not column.get("enum") or value in [entry["value"] for entry in column["enum"]]
        long = options.get("minLength", 0) <= len(value) <= options.get("maxLength", 99)
        return known and long and re.fullmatch(options.get("pattern", ".*"), value) is not None
    return all(
        (
            value >= options.get("minimum", -99),
            value > options.get("exclusiveMinimum", -99),
            value <= options.get("maximum", 99),
            value < options.get("exclusiveMaximum", 99),
            value % options.get("multipleOf", 1) == 0,
            options.get("format") != "u8" or value >= 0,
        )
    )


def _of(column: dict[str, Any]) -> Contract:
    data = {"version": "1.0.0", "schema": [{"name": "orders", "properties": [column]}]}
    return parse_contract(Document(Path("orders.odcs.yaml"), data))


@settings(max_examples=200, deadline=None)
@given(_columns(), _columns())
def test_what_is_called_safe_is_safe_for_every_value(old: dict[str, Any], new: dict[str, Any]) -> None:
    """Reader-safe: all that may come now could come before. Writer-safe: all that was there may stay."""
    verdict = judge(diff(_of(old), _of(new)))
    before, after = ({value for value in _VALUES if _keeps(column, value)} for column in (old, new))
    assert verdict.reader_safe is not True or after <= before
    assert verdict.writer_safe is not True or before <= after
