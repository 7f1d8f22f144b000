"""A dbt project of a location on Postgres passes through the same door, on a real server."""

from __future__ import annotations

import pytest
from market_location import MODELS, PUBLISHED

pytestmark = [pytest.mark.postgres, pytest.mark.processes]


@pytest.fixture
def market(postgres_market):
    return postgres_market


def said(result):
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data.user_failure_data.description


def test_a_dbt_project_on_postgres_is_built_in_private_and_published_model_by_model(market):
    market.deliver()
    result = market.run(*MODELS)
    assert result.success, said(result)
    assert set(market.versions()) == set(PUBLISHED)
    assert market.rows("order_totals") == [(1, 2, 130.50), (2, 1, 5.00)]
    assert market.table("order_totals").engine == "postgres"
    assert market.table("stg_orders").snapshot() is None
    assert market.private() == []  # nothing is left of the build

    market.deliver((4, 2, "2026-02-01", "-500.00"), customers="1,PT\n2,NO\n")
    before = market.versions()
    result = market.run(*MODELS)
    assert "market/order_totals was refused because 1 row broke the rule range_amount" in said(result)
    assert "market/best_customers was discarded" in said(result)
    assert market.versions()["best_customers"] == before["best_customers"]
    assert market.rows("order_log", "order_id, seen_before") == [(1, 0), (2, 0), (3, 0), (4, 3)]
    history = market.rows("customers_history", "customer, country, dbt_valid_to IS NULL")
    assert history == [(1, "PT", True), (2, "NO", True), (2, "SE", False)]
    market.leave_behind()
    assert market.run("best_customers").success  # of the totals that are published
    assert market.rows("best_customers") == [(1, 130.50)]
    assert market.private() == []


def test_a_build_does_not_wait_for_ever_for_another_one(market, monkeypatch):
    import psycopg

    from platform_core.components.dbt import private_schema
    from platform_core.components.loading import load_datasets
    from platform_core.resources.postgres.layout import lock_key

    market.deliver()
    assert market.run("order_log").success
    place, (project,) = market.table("orders").place, load_datasets(market.package).projects
    monkeypatch.setattr(private_schema, "TURN_SECONDS", 1)
    with psycopg.connect(**place.address.arguments()) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (lock_key(f"dbt {place.dbt} {project.name}"),))
        result = market.run("order_log")
    (event,) = [event for event in result.all_events if event.is_step_failure]
    text = event.step_failure_data.error.to_string()
    assert "Busy: Another run has been building the dbt project sales for more than 1 seconds." in text
    assert market.run("order_log").success


ROGUES = {
    "reads_what_was_refused": "select customer, 1.0::numeric(18, 2) as amount from {refused}",
    "changes_what_is_published": '{{% do run_query("delete from {versions}.{published}; commit") %}}'
    " select 1 as customer, 1.0::numeric(18, 2) as amount",
    "tells_a_value": "select ('secret' || customer)::int as customer, 1.0::numeric(18, 2) as amount from {orders}",
}


@pytest.mark.slow
def test_what_a_model_reads_beside_its_inputs_is_not_published_and_no_value_is_told(market):
    market.deliver((4, 2, "2026-02-01", "-500.00"))
    models = market.dbt / "models"
    file = models / "models.yml"  # what a test keeps of failing rows goes with the run
    file.write_text(file.read_text("utf-8").replace("[not_null]", "[{not_null: {config: {store_failures: true}}}]"))
    assert "was refused" in said(market.run("order_totals"))
    assert market.private() == []
    (refusal,) = market.table("order_totals").refusals()
    schema, name = refusal.place.split(".")
    words = {"refused": f'{schema}."{name}"', "orders": "{{ source('market', 'orders') }}"}
    words["published"] = market.table("orders").place.version_table(0)
    words["versions"] = market.table("orders").place.versions
    contract = (market.root / "contracts" / "best_customers.odcs.yaml").read_text("utf-8")
    for name, query in ROGUES.items():
        (models / f"{name}.sql").write_text(query.format(**words))
        (market.root / "contracts" / f"{name}.odcs.yaml").write_text(contract.replace("best_customers", name))
    text = said(market.run(*ROGUES))
    assert "dbt could not build reads_what_was_refused: Runtime Error in model reads_what_was_refused" in text
    assert f"it names the schema {schema}, which the platform alone reads and writes" in text
    assert f"it names the schema {words['versions']}, which" in text
    assert "500.00" in str(market.rows("orders"))
    assert "an error while reading the data" in text
    assert "secret" not in text
    assert [market.table(name).snapshot() for name in ROGUES] == [None] * len(ROGUES)
