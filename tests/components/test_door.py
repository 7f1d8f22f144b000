"""What comes of a run: publication, refusal, waiting; every check answered, and nothing announced that is not so."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dagster as dg
import duckdb
import pytest
from shop_location import CUSTOMERS, HEAD, failure, outcomes

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together


@pytest.fixture
def open_shop(shop):
    """The shop with customers and one month of orders published."""
    shop.deliver("customers.csv", CUSTOMERS)
    shop.orders(1)
    assert shop.run("customers").success
    assert shop.run("orders", "2026-01").success
    return shop


def test_a_publication_is_announced_with_counts_and_versions(open_shop):
    (told,) = open_shop.materializations("orders")
    assert told.partition == "2026-01"
    values = {key: entry.value for key, entry in told.metadata.items()}
    assert values["dagster/partition_row_count"] == 3
    assert values["platform/version"] == open_shop.table("orders").current()["2026-01"].version
    assert values["platform/inputs"] == {"shop/customers": open_shop.table("customers").snapshot().version}
    assert values["platform/file"] == "orders-2026-01.csv"
    publication = open_shop.table("orders").current()["2026-01"]
    assert {check.name for check in publication.checks} >= {"delivery", "not_empty", "primary_key"}


def test_a_refusal_answers_every_check_announces_nothing_and_says_why(open_shop):
    open_shop.orders(1, rows=5, amount="-1.00")
    result = open_shop.run("orders", "2026-01")
    assert not result.success
    asset = open_shop.definitions.resolve_asset_graph().get(dg.AssetKey(["shop", "orders"]))
    found = outcomes(result)
    assert set(found) == {key.name for key in asset.check_keys}
    (broken,) = [check for check in found.values() if not check.passed]
    assert broken.metadata["violations"].value == 5
    assert broken.metadata["partition"].value == "2026-01"
    assert len(open_shop.materializations("orders")) == 1
    said = failure(result)
    (refusal,) = open_shop.table("orders").refusals()
    assert "5 rows" in said.description
    assert "team:shop" in said.description
    assert str(refusal.folder) in said.description
    assert said.metadata["platform/refused"].value == {"2026-01": {broken.check_name: 5}}
    assert open_shop.table("orders").snapshot().rows == 3  # what stood stands
    assert refusal.rows == 5


def test_a_refused_delivery_of_a_dataset_never_published(shop):
    shop.deliver("customers.csv", CUSTOMERS.replace("1,Ana", "2,Ana"))
    assert not shop.run("customers").success
    assert shop.materializations("customers") == []
    assert shop.table("customers").snapshot() is None
    assert [rule.name for rule in shop.table("customers").refusals()[0].rules] == ["primary_key"]


def test_a_key_repeated_in_another_month_is_refused(open_shop):
    open_shop.deliver("orders-2026-02.csv", HEAD + "100,1,2026-02-01,1.00,web\n201,1,2026-02-01,1.00,web\n")
    found = outcomes(open_shop.run("orders", "2026-02"))
    assert [name for name, check in found.items() if not check.passed] == ["primary_key"]


def test_of_many_partitions_the_good_are_published_and_the_run_fails(open_shop):
    for month in (1, 2, 3):
        open_shop.orders(month, rows=4, customer=9 if month == 2 else 1)
    result = open_shop.run("orders", "2026-01", to="2026-03")
    assert not result.success
    assert "2 other partitions" in failure(result).description
    assert [told.partition for told in open_shop.materializations("orders")][1:] == ["2026-01", "2026-03"]
    foreign_key = outcomes(result)["foreign_key_customer"]
    assert (foreign_key.passed, foreign_key.metadata["partition"].value) == (False, "2026-02")
    open_shop.orders(2)
    assert open_shop.run("orders", "2026-01", to="2026-03").success
    last = open_shop.materializations("orders")[-3:]
    assert [(told.partition, told.metadata["dagster/partition_row_count"].value) for told in last] == [
        ("2026-01", 4),
        ("2026-02", 3),
        ("2026-03", 4),
    ]


def test_waiting_is_no_refusal(shop):
    shop.orders(1)
    for dataset, partition, needed in (
        ("orders", "2026-01", "shop/customers"),
        ("order_totals", "2026-01", "shop/orders"),
        ("grand_total", None, "shop/customers, shop/orders"),
    ):
        result = shop.run(dataset, partition)
        assert f"waiting for {needed}" in failure(result).description
        assert outcomes(result) == {}
        assert shop.table(dataset).refusals() == []


def test_a_month_waits_for_its_own_month(open_shop):
    assert "waiting for shop/orders (2026-02)" in failure(open_shop.run("order_totals", "2026-02")).description
    assert open_shop.run("order_totals", "2026-01").success


def test_a_total_reads_all_months_there_are_and_remembers_their_version(open_shop):
    open_shop.orders(3, rows=2)
    assert open_shop.run("orders", "2026-03").success
    assert open_shop.run("grand_total").success
    assert [row[:2] for row in open_shop.rows("grand_total")] == [("PT", 5)]
    publication = open_shop.table("grand_total").current()[None]
    assert publication.inputs["shop/orders"] == open_shop.table("orders").snapshot().version


def test_an_empty_delivery_is_refused_unless_the_contract_allows_it(shop, edit):
    shop.deliver("customers.csv", "customer,name,country,since\n")
    found = outcomes(shop.run("customers"))
    assert [name for name, check in found.items() if not check.passed] == ["not_empty"]
    allow = "status: active\ncustomProperties:\n  - {property: platformAllowEmpty, value: true}"
    edit("contracts/customers.odcs.yaml", "status: active", allow)
    assert shop.run("customers").success
    assert shop.table("customers").current()[None].rows == 0


def test_an_exception_in_the_audit_fails_closed(open_shop, monkeypatch):
    def broken(*_: object) -> None:
        raise RuntimeError("the auditor fell over")

    monkeypatch.setattr("platform_core.audit.duckdb.audit", broken)
    open_shop.orders(1, rows=4)
    assert not open_shop.run("orders", "2026-01").success
    assert open_shop.table("orders").snapshot().rows == 3
    assert len(open_shop.materializations("orders")) == 1


@pytest.mark.parametrize(
    ("annotation", "body"),
    [
        ("pyarrow.Table", "orders.select(['customer']).append_column('orders', pyarrow.nulls(3).fill_null(1))"),
        ("duckdb.DuckDBPyRelation", "orders.aggregate('customer, count(*) AS orders')"),
        ("polars.DataFrame", "orders.group_by('customer').agg(polars.len().alias('orders'))"),
        ("polars.LazyFrame", "orders.group_by('customer').agg(polars.len().alias('orders'))"),
        ("pandas.DataFrame", "orders.groupby('customer', as_index=False).agg(orders=('order_id', 'count'))"),
    ],
)
def test_a_function_takes_and_returns_any_of_these(open_shop, annotation, body):
    if "nulls" in body:
        body = "orders.group_by('customer').aggregate([('order_id', 'count')]).rename_columns(['customer', 'orders'])"
    (open_shop.package / "defs" / "loyal_customers" / "loyal_customers.py").write_text(
        f"import {annotation.split('.')[0]}\nfrom platform_core import dataset\n\n\n"
        f'@dataset(inputs={{"orders": "orders"}})\ndef loyal_customers(orders: {annotation}):\n    return {body}\n'
    )
    assert open_shop.run("loyal_customers").success
    assert open_shop.rows("loyal_customers") == [(1, 3)]


def test_a_function_cannot_read_files_through_its_relation(open_shop):
    secret = open_shop.root / "secret.csv"
    secret.write_text("customer,orders\n1,1\n")
    (open_shop.package / "defs" / "loyal_customers" / "loyal_customers.py").write_text(
        "import duckdb\nfrom platform_core import dataset\n\n\n"
        '@dataset(inputs={"orders": "orders"})\ndef loyal_customers(orders: duckdb.DuckDBPyRelation):\n'
        f"    return orders.query('o', \"SELECT * FROM read_csv('{secret}')\")\n"
    )
    assert not open_shop.run("loyal_customers").success
    assert open_shop.table("loyal_customers").snapshot() is None


def test_columns_that_do_not_fit_refuse_a_query_too(open_shop, edit):
    edit("src/shop/defs/order_totals/order_totals.sql", "count(*) AS orders", "'many' AS orders, 1 AS extra")
    result = open_shop.run("order_totals", "2026-01")
    found = outcomes(result)
    assert not found["delivery"].passed
    assert "extra" in found["delivery"].description
    assert all(not check.passed for check in found.values())  # nothing else could be said
    (refusal,) = open_shop.table("order_totals").refusals()
    assert [rule.name for rule in refusal.rules] == ["delivery"]


def test_a_query_that_fails_is_an_error_and_no_refusal(open_shop, edit):
    edit("src/shop/defs/order_totals/order_totals.sql", "count(*) AS orders", "sum(o.nothing) AS orders")
    result = open_shop.run("order_totals", "2026-01")
    assert "nothing" not in "".join(open_shop.table("order_totals").refusals())
    assert not result.success
    assert open_shop.table("order_totals").refusals() == []


def test_after_a_rollback_the_same_input_is_held_back(open_shop):
    first = open_shop.table("orders").current()["2026-01"].version
    open_shop.orders(1, rows=4)
    assert open_shop.run("orders", "2026-01").success
    contract = ("1.0.0", open_shop.table("orders").current()["2026-01"].contract_hash)
    open_shop.table("orders").rollback("2026-01", first, by="somebody", contract=contract, audit=lambda *_: ())
    result = open_shop.run("orders", "2026-01")
    assert "is held" in failure(result).description
    assert open_shop.table("orders").snapshot().rows == 3


def test_the_owner_is_told_of_a_refusal_and_of_the_healing(shop, monkeypatch):
    heard: list[dict[str, object]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("SHOP_WEBHOOK", f"http://127.0.0.1:{server.server_port}/")
    try:
        shop.deliver("customers.csv", CUSTOMERS.replace("PT", "pt"))
        shop.run("customers")
        shop.deliver("customers.csv", CUSTOMERS)
        shop.run("customers")
        shop.run("customers")
    finally:
        server.shutdown()
    assert [item["verdict"] for item in heard] == ["refused", "healed"]
    assert heard[0]["rules"][0]["violations"] == 2
    assert "Ana" not in json.dumps(heard)


def test_a_contract_that_was_not_registered_like_this_is_warned_of(shop, monkeypatch):
    entry = {
        "location": "shop",
        "dataset": "customers",
        "engine": "duckdb_delta",
        "address": "",
        "owner": "team:shop",
        "contract": {"version": "1.0.0", "hash": "000000000000", "path": "contracts/customers.odcs.yaml"},
        "partitions": None,
    }
    catalog = {"version": 1, "warehouse": {"engine": "duckdb_delta", "root": "warehouse"}, "landing": "landing"}
    file = shop.root / "catalog.json"
    file.write_text(json.dumps({**catalog, "datasets": {"shop/customers": entry}}))
    monkeypatch.setenv("PLATFORM_CATALOG", str(file))
    shop.deliver("shop/customers.csv", CUSTOMERS)
    assert shop.run("customers").success
    (told,) = shop.materializations("customers")
    assert "register" in told.metadata["platform/warning"].value


def test_nothing_of_the_data_is_in_what_dagster_was_told(open_shop):
    open_shop.deliver("orders-2026-02.csv", HEAD + "201,1,2026-02-01,hunter2,web\n202,1,secretday,2.00,fax\n")
    result = open_shop.run("orders", "2026-02")
    text = " ".join(str(event.event_specific_data) for event in result.all_events)
    record = "".join(path.read_text() for path in open_shop.table("orders").quarantine.rglob("refusal.json"))
    assert "delivery" in record
    for value in ("hunter2", "secretday", "fax"):
        assert value not in text + record


def test_rows_are_what_the_files_held(open_shop):
    files = list(open_shop.table("orders").snapshot().all_files)
    types = duckdb.execute("DESCRIBE SELECT * FROM read_parquet(?, hive_partitioning=false)", [files]).fetchall()
    assert [kind for _, kind, *_ in types] == ["BIGINT", "BIGINT", "DATE", "DECIMAL(10,2)", "VARCHAR"]


def test_a_type_that_one_month_may_not_change_refuses_the_month(open_shop, edit):
    edit("contracts/orders.odcs.yaml", 'physicalType: "DECIMAL(10,2)"', "physicalType: VARCHAR")
    edit("contracts/orders.odcs.yaml", ", logicalTypeOptions: {minimum: 0}", "")
    edit("contracts/orders.odcs.yaml", "Price in euros, logicalType: number", "Price in euros, logicalType: string")
    open_shop.orders(2)
    found = outcomes(open_shop.run("orders", "2026-02"))
    assert [name for name, check in found.items() if not check.passed] == ["delivery"]
    assert open_shop.table("orders").refusals()
    assert set(open_shop.table("orders").current()) == {"2026-01"}


def test_in_one_run_nothing_that_befalls_a_partition_stops_those_after_it(open_shop):
    """January is held, February refused, March not delivered; April comes last and is published."""
    first = open_shop.table("orders").current()["2026-01"]
    open_shop.orders(1, rows=4)
    assert open_shop.run("orders", "2026-01").success
    contract = (first.contract_version, first.contract_hash)
    open_shop.table("orders").rollback("2026-01", first.version, by="somebody", contract=contract, audit=lambda *_: ())
    open_shop.orders(2, amount="-1.00")
    open_shop.orders(4)
    result = open_shop.run("orders", "2026-01", to="2026-04")
    assert not result.success
    assert set(open_shop.table("orders").current()) == {"2026-01", "2026-04"}
    assert open_shop.materializations("orders")[-1].partition == "2026-04"
    said = failure(result).description
    for part in ("(2026-01): ", "is held", "(2026-02) was refused", "(2026-03): there is no file 'orders-2026-03.csv'"):
        assert part in said
    assert set(failure(result).metadata["platform/failed"].value) == {"2026-01", "2026-03"}


def test_in_one_run_a_month_that_waits_stops_none_after_it(open_shop):
    open_shop.orders(3)
    open_shop.orders(4)
    assert open_shop.run("orders", "2026-03", to="2026-04").success
    result = open_shop.run("order_totals", "2026-01", to="2026-04")
    assert not result.success
    assert (
        "shop/order_totals (2026-02): waiting for shop/orders (2026-02): not published yet"
        in failure(result).description
    )
    assert set(open_shop.table("order_totals").current()) == {"2026-01", "2026-03", "2026-04"}


def test_what_waits_for_the_same_is_said_once_with_every_partition(shop):
    shop.orders(1)
    said = failure(shop.run("orders", "2026-01", to="2026-04")).description
    assert said.startswith("shop/orders (2026-01, 2026-02, 2026-03, 2026-04): waiting for shop/customers")
    assert said.count("waiting for") == 1


def test_a_full_disk_ends_the_run_at_once_and_what_was_published_before_it_is_announced(open_shop, monkeypatch):
    from platform_core.components.passage import Door
    from platform_core.resources.warehouse import DiskFull

    for month in (2, 3, 4):
        open_shop.orders(month)
    real = Door.pass_through

    def full(door, partition):
        if partition == "2026-03":
            raise DiskFull()
        return real(door, partition)

    monkeypatch.setattr(Door, "pass_through", full)
    result = open_shop.run("orders", "2026-02", to="2026-04")
    assert "(2026-03): The disk that holds the warehouse is full" in failure(result).description
    assert "(2026-04): not tried after that" in failure(result).description
    assert [told.partition for told in open_shop.materializations("orders")] == ["2026-01", "2026-02"]


def test_all_partitions_of_a_run_are_made_of_the_same_version_of_their_references(open_shop, monkeypatch):
    from platform_core.components import passage

    looks = []
    real = passage.read_references
    monkeypatch.setattr(passage, "read_references", lambda *given: looks.append(1) or real(*given))
    for month in (2, 3, 4):
        open_shop.orders(month)
    assert open_shop.run("orders", "2026-02", to="2026-04").success
    assert len(looks) == 1
