"""What is unsafe to run again: it says so, and nothing runs it again by itself."""

from __future__ import annotations

import json
from typing import Any

import dagster as dg
import pytest
from shop_location import CUSTOMERS, asked, failure

from platform_core.adapters.graph import graph_of
from platform_core.components.landing import take_look
from platform_core.components.loading import load_datasets
from platform_core.components.reconcile import FOLLOW_SECONDS, reconcile
from platform_core.components.requests import RETRY_SECONDS
from platform_core.findings import FindingsError
from platform_core.lineage import Graph
from platform_core.resources.catalog import Catalog

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together

WHY = "Each run is billed."
TOTALS = "src/shop/defs/order_totals/defs.yaml"
UNSAFE = f"attributes:\n  rerun: unsafe\n  reason: {WHY}\n"


@pytest.fixture
def unsafe(edit: Any) -> None:
    edit(TOTALS, "attributes:\n", UNSAFE)
    edit("src/shop/defs/orders/defs.yaml", "attributes:\n", UNSAFE)


def problems(shop: Any) -> dict[str, str]:
    with pytest.raises(FindingsError) as refused:
        load_datasets(shop.package)
    return {finding.id: f"{finding.where}: {finding.message} {finding.fix}" for finding in refused.value.findings}


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("  rerun: unsafe\n", "rerun: unsafe needs a reason."),
        ("  rerun: unsafe\n  reason: '  '\n", "rerun: unsafe needs a reason."),
        ("  reason: Because.\n", "a reason stands only beside rerun: unsafe."),
        (f"  rerun: unsafe\n  reason: {'x' * 301}\n", "the reason is longer than 300 characters."),
    ],
)
@pytest.mark.parametrize("dataset", ["orders", "order_totals"])
def test_what_is_said_of_a_rerun_must_make_sense(shop: Any, edit: Any, dataset: str, said: str, message: str) -> None:
    edit(f"src/shop/defs/{dataset}/defs.yaml", "attributes:\n", f"attributes:\n{said}")
    (told,) = problems(shop).values()
    assert message in told and f"{dataset}/defs.yaml:{3 + (len(said) > 300)}: " in told


def test_a_function_says_it_too(shop: Any, edit: Any) -> None:
    path = "src/shop/defs/loyal_customers/loyal_customers.py"
    edit(path, '@dataset(inputs={"orders": "orders"})', '@dataset(inputs={"orders": "orders"}, rerun="unsafe")')
    assert "needs a reason" in problems(shop)["python-dataset"]
    edit(path, 'rerun="unsafe")', f'rerun="unsafe", reason="{WHY}")')
    dataset = next(one for one in load_datasets(shop.package).datasets if one.asset.dataset == "loyal_customers")
    assert dataset.unsafe == WHY


def test_a_query_that_moves_must_say_that_a_rerun_is_unsafe(shop: Any, edit: Any) -> None:
    query = "src/shop/defs/order_totals/order_totals.sql"
    edit(query, "    count(*) AS orders,", "    count(*) + year(current_date) - year(now()) AS orders,")
    told = problems(shop)["sql-not-repeatable"]
    assert "order_totals.sql:3:" in told and "write rerun: unsafe and a reason into defs.yaml" in told
    edit(TOTALS, "attributes:\n", UNSAFE)
    assert load_datasets(shop.package)


@pytest.mark.usefixtures("unsafe")
def test_it_is_stamped_on_the_asset_and_stands_in_the_graph(shop: Any) -> None:
    definitions = shop.definitions
    spec = definitions.resolve_asset_graph().get(dg.AssetKey(["shop", "orders"]))
    assert spec.tags["platform/rerun"] == "unsafe"
    assert spec.metadata["platform/rerun_reason"] == WHY
    assert spec.backfill_policy == dg.BackfillPolicy.multi_run(1)
    data = json.loads(json.dumps(graph_of(definitions, "shop").as_data()))
    assert {key: one["unsafe"] for key, one in data["assets"].items() if one["unsafe"]} == {
        "shop/orders": WHY,
        "shop/order_totals": WHY,
    }
    for one in data["assets"].values():
        del one["unsafe"]  # as an earlier release wrote it
    assert Graph.from_data(data).assets["shop/orders"].unsafe == ""


@pytest.mark.usefixtures("unsafe")
def test_what_stands_is_not_computed_again_unless_somebody_asks_for_that(shop: Any, edit: Any) -> None:
    shop.deliver("customers.csv", CUSTOMERS)
    shop.run("customers")
    shop.orders(1), shop.orders(2)
    assert shop.run("orders", "2026-01").success
    again = shop.run("orders", "2026-01", "2026-02")  # February is new
    assert not again.success
    assert f"shop/orders (2026-01) was computed from these very inputs already, and a re-run is unsafe: {WHY}" in str(
        failure(again).description
    )
    assert set(shop.table("orders").current()) == {"2026-01", "2026-02"}
    assert len(shop.materializations("orders")) == 2
    run = shop.instance.get_run_by_id(again.run_id)
    assert run.tags["dagster/max_retries"] == "0"
    tagged = shop.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        asset_selection=[dg.AssetKey(["shop", "orders"])],
        partition_key="2026-01",
        instance=shop.instance,
        tags={"platform/rerun": "again"},
    )
    assert tagged.success
    shop.orders(1, rows=4)  # a new delivery is no re-run, and neither is what follows from it
    assert shop.run("orders", "2026-01").success
    assert shop.run("order_totals", "2026-01").success
    assert not shop.run("order_totals", "2026-01").success
    edit("src/shop/defs/order_totals/order_totals.sql", "count(*) AS orders", "count(*) + 0 AS orders")
    assert shop.run("order_totals", "2026-01").success  # another query


def asks(shop: Any, cursor: str | None, later: float) -> tuple[list[tuple[str, str]], str]:
    import time

    datasets = [one for one in load_datasets(shop.package).datasets if one.asset.dataset in ("orders", "order_totals")]
    done = reconcile(datasets, Catalog.from_environment(shop.root), shop.instance, cursor, time.time() + later)
    for event in done.events:
        shop.instance.report_runless_asset_event(event)
    return [asked(request) for request in done.requests], done.cursor


@pytest.mark.usefixtures("unsafe")
def test_reconcile_asks_for_what_no_run_ever_tried_and_for_nothing_else(shop: Any) -> None:
    shop.deliver("customers.csv", CUSTOMERS)
    shop.run("customers")
    shop.orders(1), shop.orders(2)
    assert shop.run("orders", "2026-01", "2026-02").success
    record = shop.instance.create_run_for_job(
        shop.definitions.resolve_implicit_global_asset_job_def(),
        tags={"dagster/partition": "2026-01"},
        asset_selection=frozenset({dg.AssetKey(["shop", "order_totals"])}),
    )
    shop.instance.report_run_failed(record)
    found, cursor = asks(shop, None, FOLLOW_SECONDS + 5)
    assert found == [("order_totals", "2026-02")]
    assert asks(shop, cursor, FOLLOW_SECONDS + RETRY_SECONDS * 9)[0] == []


@pytest.mark.usefixtures("unsafe")
def test_landing_asks_once_and_each_partition_alone(shop: Any) -> None:
    shop.deliver("customers.csv", CUSTOMERS)
    shop.run("customers")
    shop.orders(1), shop.orders(2)
    files = [one for one in load_datasets(shop.package).datasets if one.asset.dataset == "orders"]
    catalog, cursor, now, requests = Catalog.from_environment(shop.root), None, 1000.0, []
    for _ in range(6):
        now += 10_000
        found = take_look(files, catalog, shop.instance, cursor, now)
        cursor, requests = found.cursor, [*requests, *map(asked, found.requests)]
    assert requests == [("orders", "2026-01"), ("orders", "2026-02")]
    assert any("1 run ended without a verdict; see the logs. It is not asked for again" in note for note in found.notes)
