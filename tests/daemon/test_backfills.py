"""Many partitions at once, partitions of different grain and those that file names make, on a real daemon."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.daemon, pytest.mark.slow]
JANUARY = ["2026-01-30", "2026-01-31"]
FEBRUARY = [f"2026-02-{day:02}" for day in range(1, 29)]


def day(deployment, key, *, value=1, rows=2):
    first = int(key.replace("-", "")) * 100
    lines = "".join(f"{first + n},{value}\n" for n in range(rows))
    deployment.deliver(f"days-{key}.csv", f"id,value\n{lines}", "grain")


def announced(deployment, dataset, *keys):
    return [deployment.announced("grain", dataset, key) for key in keys]


def test_a_month_of_days_is_one_run_of_which_the_good_are_published_and_the_month_waits_for_the_last(deployment):
    for key in (*JANUARY, *FEBRUARY):
        day(deployment, key, value=-1 if key == "2026-02-10" else 1)
    days = deployment.table("grain", "days")
    deployment.wait(lambda: "2026-02-10" in days.standing_refusals(), "the refusal of one day")
    deployment.until_announced("grain", "months", "2026-01", 0)
    deployment.until_announced("grain", "months_so_far", "2026-02", 0)
    deployment.settle()
    assert set(days.current()) == {*JANUARY, *FEBRUARY} - {"2026-02-10"}
    assert announced(deployment, "days", *FEBRUARY[:3], "2026-02-10") == [1, 1, 1, 0]
    assert len(deployment.runs("grain", "days")) <= 3  # as many as looks in which files came to rest, not thirty
    assert announced(deployment, "months", "2026-02") == [0]
    day(deployment, "2026-02-10")
    deployment.until_announced("grain", "months", "2026-02", 0)
    deployment.settle()
    assert deployment.table("grain", "months").current()["2026-02"].inputs["grain/days"] == days.snapshot().version


def test_a_late_correction_of_one_day_makes_its_month_anew_and_no_other(deployment):
    before = announced(deployment, "months", "2026-01", "2026-02")
    day(deployment, "2026-01-31", rows=5)
    deployment.until_announced("grain", "months", "2026-01", before[0])
    deployment.settle()
    assert announced(deployment, "months", "2026-01", "2026-02") == [before[0] + 1, before[1]]


def test_a_backfill_of_scattered_days_is_a_run_a_range_and_one_that_is_refused_stops_no_other(deployment):
    day(deployment, "2026-02-20", value=-1)
    days = deployment.table("grain", "days")
    deployment.wait(lambda: "2026-02-20" in days.standing_refusals(), "the refusal of 2026-02-20")
    deployment.settle()
    runs, keys = len(deployment.runs("grain", "days")), ["2026-02-03", "2026-02-19", "2026-02-20", "2026-02-21"]
    before = announced(deployment, "days", *keys)
    status = deployment.until_backfilled(deployment.backfill({"grain/days": keys}))
    assert status == "COMPLETED_FAILED"
    assert len(deployment.runs("grain", "days")) == runs + 2
    assert announced(deployment, "days", *keys) == [before[0] + 1, before[1] + 1, before[2], before[3] + 1]
    assert days.current()["2026-02-20"].rows == 2  # what stood stands
    day(deployment, "2026-02-20")
    deployment.settle()


def test_a_backfill_across_locations_makes_the_input_first(deployment):
    deployment.deliver("customers.csv", "customer,name,country,since\n1,Ana,PT,2025-01-01\n")
    for month in (1, 2, 3):
        deployment.orders(month)
    months = ["2026-01", "2026-02", "2026-03"]
    for month in months:
        deployment.until_announced("board", "month_board", month, 0)
    deployment.settle()
    before = [deployment.announced("board", "month_board", month) for month in months]
    wanted = ["2026-01", "2026-03"]
    status = deployment.until_backfilled(deployment.backfill({"shop/orders": wanted, "board/month_board": wanted}))
    assert status == "COMPLETED_SUCCESS"
    deployment.settle()
    after = [deployment.announced("board", "month_board", month) for month in months]
    assert [new - old for new, old in zip(after, before, strict=True)] == [1, 0, 1]  # the automation adds none


def test_file_names_make_partitions_that_are_followed_and_a_misnamed_file_leaves_none_behind(deployment):
    for number, key in enumerate(("A17", "B2")):
        deployment.deliver(f"scans-{key}.csv", f"id,value\n{number},1\n", "grain")
    for key in ("A17", "B2"):
        deployment.until_announced("grain", "spots", key, 0)
    deployment.deliver("scans-C 3.csv", "id,value\n10,1\n", "grain")
    deployment.until_announced("grain", "spots", "C 3", 0)
    deployment.settle()
    assert set(deployment.instance.get_dynamic_partitions("grain/scans")) == {"A17", "B2", "C 3"}
    status = deployment.until_backfilled(deployment.backfill({"grain/scans": ["A17", "C 3"]}))
    assert status == "COMPLETED_SUCCESS"
    deployment.settle()
    (deployment.landing / "grain" / "scans-A17.csv").unlink()
    deployment.settle()
    assert set(deployment.table("grain", "spots").current()) == {"A17", "B2", "C 3"}
