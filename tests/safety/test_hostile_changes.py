"""Any two contracts: their difference is told and judged, needs are drafted of them, and what is called safe is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hostile_contracts import SOUND, lintable, pairs
from hypothesis import HealthCheck, assume, given, settings

from platform_core.audit import Check, plan
from platform_core.audit.duckdb import audit
from platform_core.contracts import Contract
from platform_core.contracts.compatibility import UNKNOWN, judge
from platform_core.contracts.diff import diff
from platform_core.documents import read_document
from platform_core.errors import PlatformError
from platform_core.formats.findings import render
from platform_core.lineage.comparison import compare
from platform_core.lineage.drafting import drafted
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.impact import Reader
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.need_text import need_text
from platform_core.lineage.needs import parse_need
from platform_core.sql import Relation
from platform_core.testing.samples import made_up_references, synthesise

FEW = settings(max_examples=20, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=120)
Pair = tuple[dict[str, Any], dict[str, Any]]
# Whether all columns are there and point somewhere is for other rules: rows made of one contract cannot tell.
APART = {"schema_columns", "schema_types", "foreign_key", "sql", "unsupported", "row_count"}


def _both(pair: Pair) -> tuple[Contract, Contract]:
    old, new = (lintable(data) for data in pair)
    assume(old is not None and new is not None and old.dataset == new.dataset)
    assert old is not None and new is not None
    return old, new


def _plan(contract: Contract) -> list[Check]:
    return [replace(check, where=None) for check in plan(contract, "shop")]


def _told(pair: Pair) -> None:
    old, new = _both(pair)
    assert diff(old, old) == ()
    changes, back = diff(old, new), diff(new, old)
    assert changes == diff(old, new)
    assert bool(changes) == bool(back), "what is changed one way is changed the other way"
    if not changes:
        assert _plan(old) == _plan(new), "a rule changed, and nobody is told"
    verdict = judge(changes)
    assert not [judged.change.kind for judged in verdict.judged if judged.rule is UNKNOWN]
    columns = [column.name for column in old.columns]
    known = [
        Reader("r", "team:r", assets={"r/a": tuple(columns[:1])}),
        Reader("q", "team:q", assets={"q/a": None}, need=drafted(old, columns[-1:], "shop/orders")),
    ]
    for readers in (None, [], known):
        found = compare("shop/orders", "team:shop", old, new, readers=readers)
        assert isinstance(found.required_version, str)
        for form in ("text", "json", "markdown", "github"):
            render(found.findings, form).encode()
    assert compare("shop/orders", "team:shop", None, new).findings is not None
    assert compare("shop/orders", "team:shop", old, None).reader_safe is False


def _needed(pair: Pair) -> None:
    """What is drafted is met today, can be written down and read again, and says the same."""
    old, new = _both(pair)
    for columns in (None, [old.columns[0].name], []):
        need = drafted(old, columns, "shop/orders")
        assert unmet(need, old) == ()
        document = read_document(Path("shop.orders.yaml"), need_text(need).encode())
        assert [finding for finding in need_findings(document) if finding.level == "error"] == []
        again = parse_need(document)
        assert unmet(again, old) == ()
        assert {one.message for one in unmet(again, new)} == {one.message for one in unmet(need, new)}


def _kept(made_of: Contract, judged_by: Contract) -> list[str]:
    """Return the rules of one contract that rows made of the other break."""
    import duckdb

    rows = synthesise(made_of, 12, 1)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        beside: Mapping[str, Any] = {"staged": rows, **made_up_references(made_of, rows)}
        relations = {}
        for place, (name, table) in enumerate(beside.items()):
            connection.register(f"t{place}", table)
            relations[name] = Relation.table(f"t{place}")
        references = {name if "/" in name else f"shop/{name}": relation for name, relation in relations.items()}
        result = audit(connection, plan(judged_by, "shop"), relations["staged"], None, references)
    failed = [each for each in result.outcomes if each.refuses and each.check.kind not in APART]
    return [each.message for each in failed if "is missing" not in each.message]


def _sound(pair: Pair) -> None:
    """The differential test: verdicts are read from two texts, and here rows say whether they are true."""
    old, new = _both(pair)
    verdict = judge(diff(old, new))
    kinds = [judged.change.kind for judged in verdict.judged]
    try:
        if verdict.reader_safe:
            assert _kept(new, old) == [], kinds
        if verdict.writer_safe:
            assert _kept(old, new) == [], kinds
    except PlatformError:
        assume(False)  # no rows can be made of it


@FEW
@given(pairs())
def test_any_change_is_told(pair: Pair) -> None:
    _told(pair)


@FEW
@given(pairs())
def test_any_need_can_be_written(pair: Pair) -> None:
    _needed(pair)


@settings(FEW, max_examples=12)
@given(pairs())
def test_what_is_safe_is_safe(pair: Pair) -> None:
    _sound(pair)


def test_a_bound_beyond_the_type_is_no_value_of_a_sample() -> None:
    options = {"minimum": -1000, "maximum": 2359}
    column = {"name": "a", "logicalType": "integer", "physicalType": "TINYINT", "logicalTypeOptions": options}
    sound = next(data for data in SOUND if data["schema"][0]["name"] == "orders")
    schema = {"name": "orders", "properties": [column]}
    contract = lintable({**sound, "slaProperties": [], "schema": [schema]})
    assert contract is not None
    assert synthesise(contract, 200).num_rows == 200


@pytest.mark.slow
@MANY
@given(pairs())
def test_many_changes(pair: Pair) -> None:
    _told(pair)
    _needed(pair)
    _sound(pair)
