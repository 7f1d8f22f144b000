"""What the reconcile sensor does: it announces what was published untold, and asks again for what did not follow."""

from __future__ import annotations

import time

import dagster as dg
import pytest
from shop_location import CUSTOMERS, asked

from platform_core.components.loading import load_datasets
from platform_core.components.reconcile import FOLLOW_SECONDS, GRACE_SECONDS, Reconciled, reconcile
from platform_core.components.requests import MAX_TRIES
from platform_core.resources.catalog import Catalog

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together


class Reconciler:
    """The reconcile sensor of a shop; each look is some seconds after the real time."""

    def __init__(self, shop) -> None:
        self.shop, self.cursor = shop, None

    def look(self, later: float) -> Reconciled:
        datasets = load_datasets(self.shop.package).datasets
        catalog = Catalog.from_environment(self.shop.root)
        done = reconcile(datasets, catalog, self.shop.instance, self.cursor, time.time() + later)
        self.cursor = done.cursor
        for event in done.events:
            self.shop.instance.report_runless_asset_event(event)
        return done

    def asks(self, later: float) -> list[tuple[str, str]]:
        return sorted(asked(request) for request in self.look(later).requests)


@pytest.fixture
def reconciler(shop):
    shop.deliver("customers.csv", CUSTOMERS)
    return Reconciler(shop)


def untold(shop, *runs: tuple[str, ...]) -> None:
    """Run without Dagster hearing of it, as when the process is killed between commit and event."""
    heard, shop.instance = shop.instance, dg.DagsterInstance.ephemeral()
    for run in runs:
        assert shop.run(*run).success
    shop.instance = heard


def test_a_commit_without_its_event_is_announced_once_after_a_grace(shop, reconciler):
    untold(shop, ("customers",))
    shop.orders(1), shop.orders(2)
    untold(shop, ("orders", "2026-01", "2026-02"))
    assert reconciler.look(0).events == []
    done = reconciler.look(GRACE_SECONDS + 1)
    told = [(event.asset_key.path[-1], event.partition) for event in done.events]
    assert told == [("customers", None), ("orders", "2026-01"), ("orders", "2026-02")]
    assert done.events[1].metadata["platform/announced_by"].value == "reconcile"
    assert done.events[1].metadata["dagster/partition_row_count"].value == 3
    assert [reconciler.look(GRACE_SECONDS + later).events for later in (20, 40)] == [[], []]
    assert len(shop.materializations("orders")) == 2


def test_what_a_run_announced_itself_is_left_alone(shop, reconciler):
    assert shop.run("customers").success
    assert [reconciler.look(later).events for later in (0, 100, 200)] == [[], [], []]


def test_a_run_still_under_way_speaks_for_itself(shop, reconciler):
    untold(shop, ("customers",))
    job = shop.definitions.resolve_implicit_global_asset_job_def()
    run = shop.instance.create_run_for_job(
        job, status=dg.DagsterRunStatus.STARTED, asset_selection=frozenset({dg.AssetKey(["shop", "customers"])})
    )
    assert reconciler.look(1000).events == []
    shop.instance.report_run_canceled(run)
    assert len(reconciler.look(1000).events) == 1


def test_an_announcement_without_a_commit_is_flagged_once(shop, reconciler):
    ghost = dg.AssetMaterialization(dg.AssetKey(["shop", "customers"]), metadata={"platform/version": 7})
    shop.instance.report_runless_asset_event(ghost)
    (flag,) = reconciler.look(0).events
    assert isinstance(flag, dg.AssetObservation)
    assert "Version 7 was announced" in flag.metadata["platform/warning"].value
    assert reconciler.look(100).events == []


def test_what_did_not_follow_its_inputs_is_asked_for_again_a_few_times(shop, reconciler):
    assert shop.run("customers").success
    shop.orders(1), shop.orders(2), shop.orders(4)
    assert shop.run("orders", "2026-01", "2026-02").success
    assert shop.run("orders", "2026-04").success
    assert reconciler.asks(FOLLOW_SECONDS - 30) == []
    wanted = [
        ("grand_total", ""),
        ("loyal_customers", ""),
        ("order_totals", "2026-01..2026-02"),
        ("order_totals", "2026-04"),
    ]
    assert reconciler.asks(FOLLOW_SECONDS + 1) == wanted
    assert reconciler.asks(FOLLOW_SECONDS + 30) == []
    assert shop.run("order_totals", "2026-04").success
    later = [reconciler.asks(1000 * n) for n in range(1, 10)]
    assert [wish for wish in later if wish] == [wanted[:3]] * (MAX_TRIES - 1)


def test_what_followed_or_was_refused_for_these_inputs_is_not_asked_for(shop, reconciler, edit):
    assert shop.run("customers").success
    shop.orders(1)
    assert shop.run("orders", "2026-01").success
    assert shop.run("grand_total").success
    assert shop.run("loyal_customers").success
    edit("src/shop/defs/order_totals/order_totals.sql", "count(*) AS orders", "0 AS orders")
    assert not shop.run("order_totals", "2026-01").success
    assert shop.table("order_totals").refusals()
    assert reconciler.asks(1000) == []
    shop.orders(1, rows=5)
    assert shop.run("orders", "2026-01").success
    assert [name for name, _ in reconciler.asks(2000)] == ["grand_total", "loyal_customers", "order_totals"]


def test_a_held_rollback_is_left_alone_until_new_input(shop, reconciler):
    assert shop.run("customers").success
    for rows in (3, 4):
        shop.orders(1, rows=rows)
        assert shop.run("orders", "2026-01").success
        assert shop.run("grand_total").success
    shop.run("loyal_customers"), shop.run("order_totals", "2026-01")
    total = shop.table("grand_total")
    total.rollback(None, by="somebody", contract=("1.0.0", total.current()[None].contract_hash), audit=lambda *_: ())
    assert total.current()[None].held
    done = reconciler.look(1000)
    assert [event.asset_key.path[-1] for event in done.events] == ["grand_total"]  # the rollback itself is announced
    assert done.requests == []
    shop.orders(1, rows=5)
    assert shop.run("orders", "2026-01").success
    assert "grand_total" in [name for name, _ in reconciler.asks(2000)]


def test_a_released_rollback_follows_its_inputs_again_at_once(shop, reconciler):
    assert shop.run("customers").success
    for rows in (3, 4):
        shop.orders(1, rows=rows)
        assert shop.run("orders", "2026-01").success
        assert shop.run("grand_total").success
    shop.run("loyal_customers"), shop.run("order_totals", "2026-01")
    total = shop.table("grand_total")
    total.rollback(None, by="somebody", contract=("1.0.0", total.current()[None].contract_hash), audit=lambda *_: ())
    assert reconciler.asks(40) == []
    total.release(None, by="somebody")
    assert reconciler.asks(40) == [("grand_total", "")]
    assert shop.run("grand_total").success
    assert total.current()[None].kind == "publish"
    assert reconciler.asks(1000) == []
