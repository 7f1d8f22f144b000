"""What follows a publication, on a real daemon: each test leaves the deployment in order for the next."""

from __future__ import annotations

import pytest

from platform_core.names import AssetId

# Slow: minutes of a real daemon's clock. The main job shows the same path in the default run.
pytestmark = [pytest.mark.daemon, pytest.mark.slow]
CUSTOMERS = "customer,name,country,since\n1,Ana,PT,2025-01-01\n"
MONTHS = ("2026-01", "2026-02", "2026-03")


def rows(deployment, location, dataset):
    import duckdb

    files = list(deployment.table(location, dataset).snapshot().all_files)
    return sorted(duckdb.execute("SELECT * FROM read_parquet(?, hive_partitioning=false)", [files]).fetchall())


def test_what_is_delivered_is_published_and_followed_across_locations(deployment):
    for month in (1, 2, 3):
        deployment.orders(month)
    deployment.deliver("customers.csv", CUSTOMERS)
    for month in MONTHS:
        deployment.until_announced("board", "month_board", month, 0)
    deployment.wait(lambda: len(deployment.table("shop", "orders").current()) == 3, "three months of orders")
    deployment.until_announced("board", "all_time", None, 0)
    deployment.settle()
    assert set(deployment.table("board", "month_board").current()) == set(MONTHS)
    (total,) = rows(deployment, "board", "all_time")  # over the months there are, though the fourth is missing
    assert total[1] == 9


def test_a_late_correction_of_an_old_month_is_followed_and_touches_no_other(deployment):
    before = {month: deployment.announced("board", "month_board", month) for month in MONTHS}
    totals = deployment.announced("board", "all_time")
    deployment.orders(1, amount="20.00", rows=4)
    deployment.until_announced("board", "month_board", "2026-01", before["2026-01"])
    deployment.until_announced("board", "all_time", None, totals)
    deployment.settle()
    assert [deployment.announced("board", "month_board", month) for month in MONTHS[1:]] == [
        before[month] for month in MONTHS[1:]
    ]
    assert rows(deployment, "board", "all_time")[0][1] == 10


def test_a_first_ever_month_that_is_refused_holds_nothing_up_and_heals(deployment):
    table = deployment.table("shop", "orders")
    deployment.orders(4, amount="-1.00")
    deployment.wait(lambda: "2026-04" in table.standing_refusals(), "the refusal of 2026-04")
    (before,) = [deployment.announced("board", "month_board", "2026-02")]
    deployment.orders(2, rows=5)  # after the refusal, so that the latest check of the asset is a failed one
    deployment.until_announced("board", "month_board", "2026-02", before)
    assert deployment.announced("board", "month_board", "2026-04") == 0
    deployment.orders(4)
    deployment.until_announced("board", "month_board", "2026-04", 0)
    assert table.standing_refusals() == {}
    deployment.settle()


def test_refused_data_triggers_nothing_and_what_was_published_stands(deployment):
    board = [("month_board", "2026-03"), ("all_time", None)]
    before = [deployment.announced("board", *asset) for asset in board]
    orders = deployment.table("shop", "orders")
    standing = orders.current()["2026-03"]
    deployment.orders(3, amount="-5.00", rows=6)
    deployment.wait(lambda: "2026-03" in orders.standing_refusals(), "the refusal of 2026-03")
    deployment.settle()
    assert [deployment.announced("board", *asset) for asset in board] == before
    assert orders.current()["2026-03"] == standing
    assert len([refusal for refusal in orders.refusals() if refusal.partition == "2026-03"]) == 1  # asked for once
    deployment.orders(3, rows=6)
    deployment.until_announced("board", "month_board", "2026-03", before[0])
    deployment.settle()


def test_automation_outlives_a_reload_of_both_locations(deployment):
    query = deployment.root / "board" / "src" / "board" / "defs" / "all_time" / "all_time.sql"
    query.write_text("-- edited\n" + query.read_text())
    for name in ("shop", "board"):
        deployment.stop(name)
        deployment.serve(name)
    before = deployment.announced("board", "month_board", "2026-01"), deployment.announced("board", "all_time")
    deployment.orders(1, rows=2)
    deployment.until_announced("board", "month_board", "2026-01", before[0])
    deployment.until_announced("board", "all_time", None, before[1])
    deployment.settle()


def test_a_commit_whose_run_was_killed_is_announced_and_followed(deployment):
    orders = deployment.table("shop", "orders")
    version = orders.current()["2026-02"].version
    followed = deployment.announced("board", "month_board", "2026-02")
    deployment.kill_order.write_text(str(AssetId("shop", "orders")))
    deployment.orders(2, rows=7)
    deployment.wait(lambda: orders.current()["2026-02"].version > version, "the commit of 2026-02")
    deployment.wait(lambda: not deployment.kill_order.exists(), "the kill")
    deployment.until_announced("board", "month_board", "2026-02", followed)
    announcements = deployment.instance.fetch_materializations(orders_key(), limit=1).records
    assert announcements[0].asset_materialization.metadata["platform/announced_by"].value == "reconcile"
    assert sum(row[1] for row in rows(deployment, "board", "month_board")) == 2 + 7 + 6 + 3


def orders_key():
    import dagster as dg

    return dg.AssetKey(["shop", "orders"])
