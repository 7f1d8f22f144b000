"""A model is judged by what it read, not by what the parsed project says that it reads."""

from __future__ import annotations

import pytest

from platform_core.components.dbt.undeclared import undeclared

PLACES = [("market", "orders"), ("market", "totals"), ("market", "best")]
COLUMNS = "customer, cast(amount as decimal(18, 2)) as amount"
ROGUES = {
    "by_a_variable": f"select {COLUMNS} from {{{{ ref(var('of', 'fallback')) }}}}",
    "written_out": f"-- depends_on: {{{{ ref('order_log') }}}}\nselect {COLUMNS} from market.order_totals",
}


@pytest.mark.parametrize("engine", ["duckdb_delta", "postgres"])
@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("select * from market.totals", []),
        ("select * from MARKET.Totals", []),
        ("with best as (select 1 as x) select * from best", []),
        ("select * from generate_series(1, 3) as n", []),
        ("select * from market.best", ["market.best"]),
        (
            "select * from market.totals where exists (select 1 from market__quarantine.totals)",
            ["market__quarantine.totals"],
        ),
        ("with t as (select * from market.orders) select * from t join market.totals on true", ["market.orders"]),
    ],
)
def test_tables_that_are_not_declared_are_found(query, read, engine):
    assert undeclared(query, [("market", "totals")], PLACES, engine) == read


def test_what_the_parser_does_not_know_must_not_name_another_model():
    query = "pivot market.{} on customer using sum(amount)"
    assert undeclared(query.format("totals"), [("market", "totals")], PLACES, "duckdb_delta") == []
    assert undeclared(query.format("best"), [("market", "totals")], PLACES, "duckdb_delta") == ["market.best"]


@pytest.mark.processes
def test_a_model_that_reads_a_refused_one_behind_dbts_back_is_not_published(market, edit):
    contract = (market.root / "contracts" / "best_customers.odcs.yaml").read_text("utf-8")
    for name, query in ROGUES.items():
        (market.dbt / "models" / f"{name}.sql").write_text(query)
        (market.root / "contracts" / f"{name}.odcs.yaml").write_text(contract.replace("best_customers", name))
    (market.dbt / "models" / "fallback.sql").write_text("select 1 as customer, 1.0 as amount")
    edit("src/market/defs/sales/defs.yaml", "project: dbt", "project: dbt\n  vars: {of: order_totals}")
    market.deliver((4, 2, "2026-02-01", "-500.00"))
    result = market.run(*ROGUES, "order_totals")
    (event,) = [event for event in result.all_events if event.is_step_failure]
    said = event.step_failure_data.user_failure_data.description
    assert market.announced(result) == set()
    for name in ROGUES:
        assert market.table(name).snapshot() is None
        assert f"{name} reads market.order_totals without saying so" in said
