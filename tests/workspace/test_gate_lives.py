"""Ends of datasets by the calendar, and what is told before anything is written."""

import datetime

import pytest
from gate_cases import registered

from platform_core.findings import FindingsError
from platform_core.formats.notices import notice_lines
from platform_core.workspace import init_workspace
from platform_core.workspace.deprecation import Deprecation
from platform_core.workspace.gate import gate
from platform_core.workspace.gate.noticing import notices
from platform_core.workspace.layout import find_workspace

TODAY = datetime.date(2026, 3, 1)


def shop(status="active", version="1.0.0", columns=("id", "note"), **more):
    about = {"status": status, "version": version, "columns": dict.fromkeys(columns, "string"), **more}
    return registered({"name": "shop", "datasets": {"orders": about}})


def board(*columns):
    return registered({"name": "board", "datasets": {"days": {"reads": {"shop/orders": list(columns)}}}})


def errors(new, *others, today=TODAY, **options):
    found = gate(new, {one.name: one for one in others}, today=today, **options)
    return [finding.id for finding in found if finding.level == "error"]


@pytest.mark.parametrize(
    ("before", "days", "grace", "found"),
    [
        ("active", 90, Deprecation(), []),
        ("active", 89, Deprecation(), ["grace-too-short"]),
        ("draft", 30, Deprecation(), []),
        ("proposed", 29, Deprecation(), ["grace-too-short"]),
        ("active", 7, Deprecation(7, 1), []),
        ("active", 6, Deprecation(7, 1), ["grace-too-short"]),
    ],
)
def test_the_grace_depends_on_what_the_dataset_was(before, days, grace, found):
    ending = shop("deprecated", "1.1.0", ends=TODAY + datetime.timedelta(days=days))
    assert errors(ending, shop(before), board("id"), deprecation=grace) == found
    assert errors(ending, shop(before), deprecation=grace) == []  # nobody reads it


def test_an_end_may_move_later_or_be_taken_back():
    ending = shop("deprecated", "1.1.0", ends="2026-09-01")
    assert errors(shop("deprecated", "1.2.0", ends="2026-10-01"), ending, board("id")) == []
    assert errors(shop("active", "1.2.0"), ending, board("id")) == []
    earlier = shop("deprecated", "1.2.0", ends="2026-08-31")
    assert errors(earlier, ending, board("id")) == ["end-moved-earlier"]
    assert errors(earlier, ending) == ["end-moved-earlier"]  # a promise to people, who may sit elsewhere


def test_who_uses_a_column_on_its_way_out_is_told_until_when():
    columns = {"id": "string", "gate": {"logicalType": "string", "deprecated": True}}
    ends = {"property": "endOfLife", "value": "2026-09-30", "element": "orders.gate"}
    about = {"columns": columns, "levels": [ends]}
    ending = registered({"name": "shop", "datasets": {"orders": about}})

    def told(*used):
        found = gate(board(*used), {"shop": ending}, today=TODAY)
        return [(one.level, one.subject, one.message) for one in found if one.id == "deprecated-upstream"]

    said = "the column 'gate' of shop/orders is deprecated: it lives until 2026-09-30, and board/days uses it."
    assert told("id", "gate") == [("warning", "shop/orders.gate", said)]
    assert told("id") == []


def test_a_dataset_goes_after_its_end_and_when_nobody_reads_it():
    ending, gone = shop("deprecated", "1.1.0", ends="2026-03-01"), registered({"name": "shop", "datasets": {}})
    after = TODAY + datetime.timedelta(days=1)
    assert errors(gone, ending, board("id"), today=TODAY) == ["dataset-in-use", "removed-before-end"]
    assert errors(gone, ending, board("id"), today=after) == ["dataset-in-use"]
    assert errors(gone, ending, today=TODAY) == ["removed-before-end"]
    assert errors(gone, ending, today=after) == []
    assert errors(gone, shop()) == []  # no end was ever announced


def test_a_dataset_that_is_published_no_more_is_gone_for_its_readers():
    hidden = registered({"name": "shop", "datasets": {"orders": {"internal": True, "contract": False}}})
    assert errors(hidden, shop(), board("id")) == ["dataset-in-use"]


def test_who_reads_an_ended_dataset_is_asked_to_leave_and_nobody_new_comes():
    ending = shop("deprecated", "1.1.0", ends="2026-03-01")
    after = TODAY + datetime.timedelta(days=1)
    assert errors(board("id"), ending, board("id"), today=after) == []
    assert errors(board("id"), ending, today=after) == ["ended-upstream"]
    assert errors(board("id"), ending, today=TODAY) == []


def test_what_changes_for_others_is_told_before_anything_is_written():
    before, desk = (
        shop(),
        registered({"name": "desk", "contact": "", "datasets": {"x": {"reads": {"shop/orders": None}}}}),
    )
    new = shop(version="1.1.0", columns=("id",))
    registry = {one.name: one for one in (before, board("id"), desk)}
    assert list(notice_lines(notices(new, registry))) == [
        "~ contract shop/orders: 1.0.0 -> 1.1.0, breaks readers",
        "! tell board (team:board, #board): it reads shop/orders",
        "! tell desk (team:desk): it reads shop/orders; it would be hurt by shop/orders",
    ]
    del registry["desk"]
    [contract] = notices(new, registry).contracts
    assert contract.why == ("1 location reads it (board); it does not use the column 'note'.",)
    first = next(iter(notice_lines(notices(new, registry))))
    assert first == "~ contract shop/orders: 1.0.0 -> 1.1.0, safe for its readers, minor (1.1.0)"

    need = {"shop.orders": {"dataset": "shop/orders", "properties": [{"name": "id"}]}}
    reader = registered({"name": "board", "needs": need, "datasets": {"days": {"reads": {"shop/orders": ["id"]}}}})
    assert list(notice_lines(notices(reader, registry))) == ["+ need of shop/orders"]
    assert list(notice_lines(notices(before, registry))) == []
    gone = notices(registered({"name": "shop", "datasets": {}}), registry)
    assert [(one.kind, one.key) for one in gone.contracts] == [("removed", "shop/orders")]
    assert [one.location for one in gone.told] == ["board"]


def test_the_grace_is_a_setting_of_the_workspace(tmp_path):
    root = init_workspace(tmp_path / "ws").root
    assert find_workspace(root).settings.deprecation == Deprecation(90, 30)
    text = (root / "platform.yaml").read_text()
    (root / "platform.yaml").write_text(text + "deprecation: {active_days: 14}\n")
    assert find_workspace(root).settings.deprecation == Deprecation(14, 30)
    (root / "platform.yaml").write_text(text + "deprecation: {active_days: soon, draft: 1}\n")
    with pytest.raises(FindingsError) as caught:
        find_workspace(root)
    assert [finding.message for finding in caught.value.findings] == [
        "unknown key 'draft' in deprecation.",
        "deprecation.active_days must be a whole number of days, 0 to 3650.",
    ]
