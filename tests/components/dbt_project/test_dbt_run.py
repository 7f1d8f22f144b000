"""What comes of a run of a dbt project: real builds, through the door."""

from __future__ import annotations

import pytest
from market_location import MODELS, PUBLISHED

pytestmark = pytest.mark.processes


def said(result) -> str:
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data.user_failure_data.description


def outcomes(result, dataset: str) -> dict[str, bool]:
    found = result.get_asset_check_evaluations()
    return {item.check_name: item.passed for item in found if item.asset_key.path[-1] == dataset}


def test_models_under_contract_are_published_with_what_they_were_made_of(market):
    assert set(market.versions()) == set(PUBLISHED)
    assert market.rows("order_totals") == [(1, 2, 130.50), (2, 1, 5.00)]
    assert market.table("stg_orders").snapshot() is None  # internal: built, and gone
    record = market.table("order_totals").current()[None]
    # The orders through an internal model; the customers, because a dbt test reads them.
    assert set(record.inputs) == {"market/orders", "market/customers"}
    assert set(market.table("best_customers").current()[None].inputs) == {"market/order_totals"}
    assert market.table("countries").current()[None].inputs == {}
    assert {check.name for check in record.checks} >= {"delivery", "primary_key", "dbt_not_null_order_totals_customer"}
    stages = market.root / ".platform" / "local" / "warehouse" / "_stage"
    assert [path for path in stages.rglob("*") if path.is_file()] == []  # no private build is left


def test_incremental_models_and_snapshots_go_on_from_what_is_published(market):
    history = market.rows("customers_history", "customer, country, dbt_valid_to IS NULL")
    assert history == [(1, "PT", True), (2, "SE", True)]
    market.deliver((4, 2, "2026-02-01", "1.00"), customers="1,PT\n2,NO\n")
    assert market.run("order_log", "customers_history").success
    assert market.rows("order_log", "order_id, seen_before") == [(1, 0), (2, 0), (3, 0), (4, 3)]
    history = market.rows("customers_history", "customer, country, dbt_valid_to IS NULL")
    assert history == [(1, "PT", True), (2, "NO", True), (2, "SE", False)]


@pytest.mark.slow
def test_a_full_refresh_builds_from_nothing(market):
    market.deliver((4, 2, "2026-02-01", "1.00"))
    assert market.run("order_log").success
    assert market.run("order_log", tags={"platform/full_refresh": "true"}).success
    assert market.rows("order_log", "order_id, seen_before") == [(1, 0), (2, 0), (3, 0), (4, 0)]


def test_a_full_refresh_leaves_a_history_and_what_says_so(market, edit):
    market.deliver((4, 2, "2026-02-01", "1.00"), customers="1,PT\n2,NO\n")
    edit("dbt/models/order_log.sql", "unique_key='order_id'", "unique_key='order_id', full_refresh=false")
    assert market.run("order_log", "customers_history", tags={"platform/full_refresh": "true"}).success
    assert market.rows("order_log", "order_id, seen_before") == [(1, 0), (2, 0), (3, 0), (4, 3)]
    history = market.rows("customers_history", "customer, country, dbt_valid_to IS NULL")
    assert history == [(1, "PT", True), (2, "NO", True), (2, "SE", False)]


MUTUAL = """
version: 2
models:
  - name: order_totals
    columns: [{name: customer, data_tests: [{relationships: {arguments: {to: ref('order_log'), field: order_id}}}]}]
  - name: order_log
    columns: [{name: order_id, data_tests: [{relationships: {arguments: {to: ref('order_totals'), field: orders}%s}}]}]
"""


@pytest.mark.slow
def test_tests_of_two_models_may_read_each_other_where_one_only_warns(market):
    (market.dbt / "models" / "models.yml").write_text(MUTUAL % ", config: {severity: warn}")
    assert market.announced(market.run("order_log", "order_totals")) == {"order_log", "order_totals"}
    # Either would be published for rows of the other that may be refused.
    (market.dbt / "models" / "models.yml").write_text(MUTUAL % "")
    market.deliver((4, 2, "2026-02-01", "1.00"))
    result = market.run("order_log", "order_totals", "countries")
    assert market.announced(result) == {"countries"}
    assert "which is judged after it" in said(result)


def test_what_stands_downstream_of_a_refused_model_is_discarded(market):
    before = market.versions()
    market.deliver((4, 2, "2026-02-01", "-500.00"), (5, 1, "2026-02-01", "50.00"))
    result = market.run(*MODELS)
    assert not result.success
    assert market.announced(result) == {"countries", "customers_history", "order_log"}
    after = market.versions()
    assert {name for name in before if before[name] != after[name]} == {"countries", "customers_history", "order_log"}
    text = said(result)
    assert "market/order_totals was refused because 1 row broke the rule range_amount. It lies in" in text
    assert "market/best_customers was discarded, for it is made of market/order_totals" in text
    assert "-500" not in text
    assert not outcomes(result, "order_totals")["range_amount"]
    assert outcomes(result, "best_customers") == {}  # nothing was judged
    (refusal,) = market.table("order_totals").refusals()
    assert [rule.name for rule in refusal.rules] == ["range_amount"]
    assert market.table("best_customers").refusals() == []


def test_models_that_are_not_selected_are_read_as_they_are_published(market):
    day = "2026-02-01"
    market.deliver((4, 2, day, "500.00"), (5, 1, day, "1.00"), (6, 1, day, "1.00"))
    assert market.run("best_customers").success
    assert market.rows("best_customers") == [(1, 130.50)]  # of the totals that stand, not of the new orders
    version = market.table("order_totals").snapshot().version
    assert market.table("best_customers").current()[None].inputs == {"market/order_totals": version}
    result = market.run("order_totals", "best_customers")
    assert result.success
    assert market.rows("best_customers") == [(1, 132.50), (2, 505.00)]
    warned = "dbt_accepted_values_order_totals_orders_false_1_2_3"  # four orders of one customer: it only warns
    assert outcomes(result, "order_totals")[warned] is False
    assert outcomes(result, "stg_orders") == {"dbt_not_null_stg_orders_order_id": True}  # built on the way


def test_a_failed_dbt_test_refuses_its_model(market):
    market.deliver((4, 7, "2026-02-01", "500.00"))  # customer 7 is nobody
    result = market.run("order_totals", "best_customers", "order_log")
    assert market.announced(result) == {"order_log"}
    name = "dbt_relationships_order_totals_customer_customer_ref_known_customers"
    assert outcomes(result, "order_totals")[name] is False
    assert f"1 row broke the rule {name}" in said(result)


def test_models_that_cannot_be_built_or_wait_leave_the_others_and_no_value_is_said(market, edit):
    edit("dbt/models/order_log.sql", "    amount,", "    cast('secret ' || amount as decimal(10,2)) as amount,")
    edit(
        "dbt/models/sources.yml",
        "      - name: orders\n",
        "      - {name: orders}\n      - {name: returns, meta: {platform: {asset: shop/returns}}}\n",
    )
    edit("dbt/models/best_customers.sql", "ref('order_totals')", "source('market', 'returns')")
    market.deliver((4, 2, "2026-02-01", "1.00"))
    result = market.run("order_log", "order_totals", "best_customers")
    assert market.announced(result) == {"order_totals"}
    assert "market/best_customers: waiting for shop/returns: not published yet" in said(result)
    assert "dbt could not build order_log" in said(result)
    assert "Conversion Error while reading the data" in said(result)
    assert "secret" not in said(result)
