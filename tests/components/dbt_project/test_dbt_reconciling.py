"""What did not follow its inputs is asked for again: the models of one project in one run."""

from __future__ import annotations

import time

import pytest

from platform_core.components.loading import load_datasets
from platform_core.components.reconcile import FOLLOW_SECONDS, reconcile

pytestmark = pytest.mark.processes


def asked(market, cursor: str | None, later: float) -> tuple[list[set[str]], str]:
    datasets = load_datasets(market.package).datasets
    done = reconcile(datasets, market.catalog, market.instance, cursor, time.time() + later)
    return [{key.path[-1] for key in request.asset_selection or ()} for request in done.requests], done.cursor


@pytest.mark.slow
def test_stale_models_of_a_project_are_asked_for_in_one_run_and_an_unsafe_one_alone(market, edit):
    market.deliver((4, 2, "2026-02-01", "500.00"))
    assert asked(market, None, 0)[0] == []
    found, cursor = asked(market, None, FOLLOW_SECONDS + 1)
    assert found == [{"customers_history", "order_log", "order_totals"}]
    assert asked(market, cursor, FOLLOW_SECONDS + 2)[0] == []  # once, for a while
    assert market.run(*sorted(found[0])).success  # what is asked for can be run
    assert asked(market, cursor, FOLLOW_SECONDS + 3)[0] == [{"best_customers"}]  # of the totals that are new now
    unsafe = "  - name: order_totals\n    meta: {platform: {rerun: unsafe, reason: Each build is billed.}}\n"
    edit("dbt/models/models.yml", "  - name: order_totals\n", unsafe)
    market.deliver((4, 2, "2026-02-01", "500.00"), (5, 2, "2026-02-01", "1.00"))
    found, _ = asked(market, cursor, FOLLOW_SECONDS + 300)
    assert {frozenset(names) for names in found} >= {frozenset({"order_totals"})}
    assert any("order_log" in names and "order_totals" not in names for names in found)
