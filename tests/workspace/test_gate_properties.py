"""Who uses nothing of a change is never in its way, and who relies on what goes away always is."""

from typing import Any

from gate_cases import registered
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.contracts.versions import required_version
from platform_core.findings import Finding
from platform_core.lineage.fulfilment import unmet
from platform_core.workspace.gate import World, gate
from platform_core.workspace.gate.changing import contract_changes
from platform_core.workspace.terms import contract_of, need_of

NAMES = ("a", "b", "c", "d", "e")
TYPES = ("integer", "string", "number", "boolean", "date")
VALUES = ("x", "y", "z")


@st.composite
def columns(draw: st.DrawFn, names: tuple[str, ...] = NAMES) -> dict[str, dict[str, Any]]:
    """Columns, each with a type and, now and then, promises."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        about: dict[str, Any] = {"logicalType": draw(st.sampled_from(TYPES))}
        about |= draw(st.sampled_from(({}, {"required": True}, {"unique": True, "required": True})))
        if about["logicalType"] == "string" and draw(st.booleans()):
            values = draw(st.lists(st.sampled_from(VALUES), min_size=1, unique=True))
            about["enum"] = [{"value": value} for value in values]
        found[name] = about
    return found


@st.composite
def changed(draw: st.DrawFn, of: dict[str, dict[str, Any]], names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """The columns with some of `names` gone, other, or new, in whatever order."""
    after = {name: about for name, about in of.items() if name not in names}
    after |= {name: about for name, about in draw(columns(names)).items() if draw(st.booleans())}
    if draw(st.booleans()):
        after["new"] = {"logicalType": "string"}
    return after


@st.composite
def met(draw: st.DrawFn, of: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """What relies on some of what the columns promise, and on nothing else."""
    found = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)):
        kept = {key: value for key, value in of[name].items() if draw(st.booleans())}
        if "enum" in kept and draw(st.booleans()):
            kept["enum"] = [*kept["enum"], {"value": "handled too"}]
        found.append({"name": name, **kept})
    return found


def shop(of: dict[str, dict[str, Any]], version: str = "1.4.2") -> dict[str, Any]:
    return {"name": "shop", "datasets": {"orders": {"columns": of, "version": version}}}


def board(used: tuple[str, ...] | None, needs: dict[str, Any] | None = None) -> dict[str, Any]:
    reads = {"shop/orders": None if used is None else list(used)}
    files = {"shop.orders": {"dataset": "shop/orders", **needs}} if needs is not None else {}
    return {"name": "board", "datasets": {"days": {"reads": reads}}, "needs": files}


def judged(before: dict[str, Any], after: dict[str, Any], reader: dict[str, Any], raised: bool = True) -> list[Finding]:
    """The errors on `after`, with its version raised as the evidence demands, or to the next major all the same."""
    registry = {one.name: one for one in map(registered, (before, reader))}
    new = registered(after)
    for change in contract_changes(new, registry["shop"], World({**registry, "shop": new})):
        bump = change.required_bump if raised else "major"
        new = registered(shop(after["datasets"]["orders"]["columns"], required_version("1.4.2", bump)))
    return [finding for finding in gate(new, registry) if finding.level == "error"]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_change_of_what_nobody_uses_is_never_blocked(data: st.DataObject) -> None:
    before = data.draw(columns())
    used = tuple(data.draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True)))
    # A key of other columns is relied on, too, by who joins: it is another property.
    others = tuple(name for name in NAMES if name not in used and not before[name].get("unique"))
    after = data.draw(changed(before, others))
    written = data.draw(st.sampled_from((None, {"properties": [{"name": name} for name in used]})))
    assert judged(shop(before), shop(after), board(used, written)) == []


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_change_that_breaks_a_need_that_was_met_is_always_blocked(data: st.DataObject) -> None:
    before = data.draw(columns())
    after = data.draw(changed(before, NAMES))
    need = {"properties": data.draw(met(before))}
    # Of a Python function nobody knows what it reads; its file says it.
    used = data.draw(st.sampled_from((None, tuple(one["name"] for one in need["properties"]))))
    reader = board(used, need)
    one = need_of(registered(reader), "shop.orders")
    old, new = (contract_of(registered(shop(state)), "orders") for state in (before, after))
    assert one is not None
    assert old is not None
    assert new is not None
    assert not unmet(one, old)
    errors = judged(shop(before), shop(after), reader, raised=False)
    if unmet(one, new):
        assert errors
        assert all("team:board" in finding.message for finding in errors), errors


@settings(max_examples=15, deadline=None)
@given(st.data())
def test_without_a_needs_file_all_that_is_promised_of_what_is_read_is_kept(data: st.DataObject) -> None:
    before = data.draw(columns())
    used = tuple(data.draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True)))
    gone = data.draw(st.sampled_from(used))
    after = {name: about for name, about in before.items() if name != gone} or {"new": {"logicalType": "string"}}
    found = judged(shop(before), shop(after), board(used), raised=False)
    [removal] = [finding for finding in found if finding.id in ("column-removed", "required-column-removed")]
    assert f"board/days uses {gone} (board, team:board, #board)" in removal.message


def test_a_need_that_was_never_met_stands_in_nobodys_way() -> None:
    before = {"a": {"logicalType": "integer"}, "b": {"logicalType": "string"}}
    reader = board(("a",), {"properties": [{"name": "a", "required": True}, {"name": "gone"}]})
    assert judged(shop(before), shop({"a": before["a"]}), reader) == []
    own = gate(registered(reader), {"shop": registered(shop(before))})
    assert [finding.id for finding in own if finding.level == "error"] == ["need-not-met", "need-not-met"]
