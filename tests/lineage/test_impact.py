"""Whom a change hurts, and the proof where it hurts nobody."""

from pathlib import Path
from typing import Any

import pytest

from platform_core.contracts.compatibility import judge
from platform_core.contracts.diff import diff
from platform_core.contracts.model import Contract, parse_contract
from platform_core.documents import Document
from platform_core.lineage.impact import Impact, Reader, impact
from platform_core.lineage.needs import Need, parse_need

COLUMNS = {"id": {"required": True}, "kind": {"enum": [{"value": "a"}]}, "note": {}}


def contract(columns: dict[str, dict[str, Any]], version: str = "1.0.0", **more: Any) -> Contract:
    properties = [{"name": name, "logicalType": "string", **about} for name, about in columns.items()]
    data = {"version": version, "status": "active", "schema": [{"name": "orders", "properties": properties}], **more}
    return parse_contract(Document(Path("orders.odcs.yaml"), data))


def need(*columns: str, **more: Any) -> Need:
    data = {"dataset": "shop/orders", "properties": [{"name": name} for name in columns], **more}
    return parse_need(Document(Path("shop.orders.yaml"), data))


def judged(old: Contract, new: Contract, *readers: Reader) -> Impact:
    return impact(judge(diff(old, new)), old, new, readers, "shop/orders")


def reader(name: str, columns: tuple[str, ...] | None, written: Need | None = None) -> Reader:
    return Reader(name, f"team:{name}", f"#{name}", {f"{name}/days": columns}, written)


OLD = contract(COLUMNS)
WITHOUT_NOTE = contract({name: COLUMNS[name] for name in ("id", "kind")})


def test_a_column_that_none_of_three_uses_goes_with_the_proof() -> None:
    found = judged(OLD, WITHOUT_NOTE, reader("c", ("id",)), reader("a", ("kind",)), reader("b", ()))
    assert (found.hurt, found.reader_safe, found.bump) == ((), True, "minor")
    [acquittal] = found.acquitted
    assert acquittal.proof == "3 locations read it (a, b, c); none uses the column 'note'."


def test_without_readers_everything_is_acquitted() -> None:
    found = judged(OLD, WITHOUT_NOTE)
    assert [one.proof for one in found.acquitted] == ["nobody reads it."]
    assert (found.reader_safe, found.bump) == (True, "minor")


@pytest.mark.parametrize(
    ("columns", "written", "hurt"),
    [
        (("note",), None, True),
        (None, None, True),  # a Python function without a file reads all
        (None, need("id"), False),  # with one, what the file says
        (("note",), need("id"), True),  # a query tells more than a file that forgot it
        (("id",), need("id", "note"), True),  # and a file more than a query
        (("id",), need("id"), False),
    ],
)
def test_queries_and_needs_together_say_what_is_used(
    columns: tuple[str, ...] | None, written: Need | None, hurt: bool
) -> None:
    found = judged(OLD, WITHOUT_NOTE, reader("board", columns, written))
    assert bool(found.hurt) is hurt
    if hurt:
        assert {one.columns for one in found.hurt} == {("note",)}
        assert (found.reader_safe, found.bump) == (False, "major")


def test_only_the_assets_that_use_the_column_are_named() -> None:
    both = Reader("board", "team:board", "", {"board/days": ("id",), "board/notes": ("note", "id")})
    [hurt] = judged(OLD, WITHOUT_NOTE, both).hurt
    assert hurt.assets == ("board/notes",)


def test_a_new_value_hurts_who_fails_on_it_and_not_who_goes_on() -> None:
    new = contract({**COLUMNS, "kind": {"enum": [{"value": "a"}, {"value": "b"}]}})
    careful = need("kind", properties=[{"name": "kind", "enum": [{"value": "a"}], "onUnknown": "ignore"}])
    strict = need("kind", properties=[{"name": "kind", "enum": [{"value": "a"}]}])
    found = judged(OLD, new, reader("careful", ("kind",), careful), reader("strict", ("kind",), strict))
    assert [one.reader.location for one in found.hurt] == ["strict"]
    assert [one.kind for one in found.hurt[0].unmet] == ["enum"]


def test_each_of_two_changes_is_judged_by_itself() -> None:
    new = contract({"id": {}, "kind": COLUMNS["kind"]})  # id may be null, and note is gone
    found = judged(OLD, new, reader("board", ("id",)))
    assert [one.judged.change.column for one in found.hurt if one.judged] == ["id"]
    assert [one.judged.change.column for one in found.acquitted] == ["note"]


def test_freshness_is_relied_on_unless_the_file_says_otherwise() -> None:
    def levels(hours: int) -> dict[str, Any]:
        return {"slaProperties": [{"property": "latency", "value": hours, "unit": "h"}]}

    old, new = contract(COLUMNS, **levels(2)), contract(COLUMNS, **levels(20))
    found = judged(old, new, reader("hasty", ("id",)), reader("calm", ("id",), need("id")))
    assert [one.reader.location for one in found.hurt] == ["hasty"]


def test_a_version_that_a_need_forbids_is_a_break_by_itself() -> None:
    new = contract(COLUMNS, "2.0.0")
    found = judged(OLD, new, reader("pinned", ("id",), need("id", version="^1")), reader("free", ("id",), need("id")))
    [hurt] = found.hurt
    assert (hurt.reader.location, hurt.judged, [one.kind for one in hurt.unmet]) == ("pinned", None, ["version"])
    assert found.reader_safe is False


def test_a_column_that_comes_is_told_to_who_passes_all_of_them_on() -> None:
    star = Reader("board", "team:board", "", {"board/days": ("id",)}, None, ("board/days",))
    found = judged(OLD, contract({**COLUMNS, "more": {}}), star, reader("calm", ("id",)))
    assert (found.hurt, found.reader_safe, found.bump) == ((), True, "minor")
    [(one, readers)] = found.touched
    assert (one.rule.id, [each.location for each in readers]) == ("column-added", ["board"])
