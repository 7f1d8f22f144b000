"""A location on Postgres: files, queries in its dialect, functions and copies, through the same door."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from shop_location import CUSTOMERS, PostgresShop, failure, outcomes, shop_on_postgres

from platform_core.components.loading import load_datasets
from platform_core.contracts import duckdb_type, load_contract
from platform_core.findings import FindingsError
from platform_core.names import AssetId
from platform_core.resources.catalog import CatalogEntry, warehouse_at
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.resources.warehouse import PublicationRecord

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

COUNTRIES = """\
apiVersion: v3.2.0
kind: DataContract
id: {location}.{dataset}
version: 1.0.0
status: active
schema:
  - name: {dataset}
    logicalType: object
    properties:
      - {{name: code, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: name, logicalType: string}}
      - {{name: since, logicalType: date}}
"""


class Beside(PostgresShop):
    """The shop beside the location `geo` on DuckDB, whose `countries` it copies."""

    def __init__(self, root: Path, address: PostgresAddress) -> None:
        self.countries = root.parent / "countries.odcs.yaml"
        self.countries.write_text(COUNTRIES.format(location="geo", dataset="countries"))
        contract = load_contract(self.countries)
        asset = AssetId("geo", "countries")
        entry = CatalogEntry(asset, "team:geo", "", contract.version, contract.hash, str(self.countries))
        super().__init__(root, address, [entry])

    def rows(self, dataset: str) -> list[tuple[object, ...]]:
        import psycopg

        with psycopg.connect(**self.address.arguments()) as connection:
            return sorted(connection.execute(f'SELECT * FROM "shop"."{dataset}"').fetchall())

    def publish_countries(self, rows: str) -> None:
        contract = load_contract(self.countries)
        table = warehouse_at(self.lake).table(AssetId("geo", "countries"))
        with table.stage(None, "run") as stage, duckdb.connect() as connection:
            stage.write(connection, rows, contract)
            record = PublicationRecord("run", contract.version, contract.hash, input_hash=rows)
            table.publish(stage, record)

    def copy_countries(self) -> None:
        folder = self.package / "defs" / "countries"
        folder.mkdir()
        (folder / "defs.yaml").write_text("type: platform_core.CopyDataset\nattributes:\n  of: geo/countries\n")
        text = COUNTRIES.format(location="shop", dataset="countries")
        (self.root / "contracts" / "countries.odcs.yaml").write_text(text)


@pytest.fixture
def shop(tmp_path: Path, postgres: Any, postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Beside]:
    yield from shop_on_postgres(tmp_path, postgres, postgres_database, monkeypatch, Beside)


def test_files_queries_and_functions(shop: Beside) -> None:
    shop.deliver("customers.csv", CUSTOMERS)
    shop.orders(1)
    shop.orders(2, customer=3)
    for dataset, partition in (("customers", None), ("orders", "2026-01"), ("orders", "2026-02")):
        assert shop.run(dataset, partition).success
    assert shop.run("order_totals", "2026-01").success
    assert shop.run("grand_total").success
    assert shop.run("loyal_customers").success
    assert [(str(day), orders, float(amount)) for day, orders, amount in shop.rows("order_totals")] == [
        ("2026-01-01", 1, 10.5),
        ("2026-01-02", 1, 10.5),
        ("2026-01-03", 1, 10.5),
    ]
    assert [(country, orders) for country, orders, _ in shop.rows("grand_total")] == [("PT", 6)]
    assert shop.rows("loyal_customers") == [(1, 3), (3, 3)]
    metadata = shop.materializations("orders")[0].metadata
    assert metadata["platform/version"].value == 1 or metadata["platform/version"].value >= 0


def test_a_bad_delivery_is_refused_and_what_stood_stands(shop: Beside) -> None:
    shop.deliver("customers.csv", CUSTOMERS)
    assert shop.run("customers").success
    shop.orders(1)
    assert shop.run("orders", "2026-01").success
    shop.orders(1, customer=99)
    result = shop.run("orders", "2026-01")
    assert not result.success and not outcomes(result)["foreign_key_customer"].passed
    assert "What was published stands" in failure(result).description
    assert len(shop.rows("orders")) == 3 and {row[1] for row in shop.rows("orders")} == {1}
    assert [one.partition for one in shop.table("orders").refusals()] == ["2026-01"]


def test_a_query_in_the_words_of_postgres(shop: Beside, edit: Callable[[str, str, str], None]) -> None:
    query = (
        "SELECT o.day::date AS day, count(*) FILTER (WHERE true) AS orders, sum(o.amount)::numeric(18, 2) AS amount\n"
    )
    file = shop.package / "defs" / "order_totals" / "order_totals.sql"
    file.write_text(query + "FROM orders AS o WHERE o.channel ~* '^WEB$' AND o.day = ANY (ARRAY[o.day]) GROUP BY 1\n")
    shop.deliver("customers.csv", CUSTOMERS)
    shop.orders(1)
    assert shop.run("customers").success and shop.run("orders", "2026-01").success
    assert shop.run("order_totals", "2026-01").success
    assert len(shop.rows("order_totals")) == 3


def test_what_postgres_does_not_know_is_found_when_it_is_written(shop: Beside) -> None:
    file = shop.package / "defs" / "order_totals" / "order_totals.sql"
    file.write_text(
        "SELECT o.day,\n  list_sum([1]) AS orders,\n  pg_sleep(1)\nFROM orders AS o\nJOIN missing ON true\n"
    )
    with pytest.raises(FindingsError) as caught:
        load_datasets(shop.package)
    found = {(one.where.line, one.id) for one in caught.value.findings if one.where and one.where.path == file}
    assert {(2, "sql-function"), (3, "sql-function")} <= found
    file.write_text("SELECT o.day FROM orders AS o\nJOIN missing ON true\n")
    with pytest.raises(FindingsError, match="nobody produces shop/missing") as caught:
        load_datasets(shop.package)
    assert caught.value.findings[0].where is not None and caught.value.findings[0].where.line == 2


def test_a_copy_brings_what_another_engine_holds(shop: Beside) -> None:
    shop.copy_countries()
    shop.publish_countries("SELECT 'PT' AS code, 'Portugal' AS name, DATE '1143-10-05' AS since")
    assert shop.run("countries").success
    assert [(code, name, str(since)) for code, name, since in shop.rows("countries")] == [
        ("PT", "Portugal", "1143-10-05")
    ]
    shop.publish_countries("SELECT 'SE' AS code, NULL AS name, NULL::DATE AS since")
    assert shop.run("countries").success
    assert shop.rows("countries") == [("SE", None, None)]


def test_another_engine_is_not_read_without_a_copy(shop: Beside) -> None:
    shop.publish_countries("SELECT 'PT' AS code, 'Portugal' AS name, DATE '1143-10-05' AS since")
    shop.deliver("customers.csv", CUSTOMERS)
    assert shop.run("customers").success
    shop.orders(1)
    assert shop.run("orders", "2026-01").success
    file = shop.package / "defs" / "grand_total" / "grand_total.sql"
    file.write_text("SELECT code AS country, 1 AS orders, 2.0 AS amount FROM geo.countries\n")
    result = shop.run("grand_total")
    assert not result.success
    said = failure(result).description
    assert "geo/countries is on another engine" in said
    assert "platformctl add dataset geo_countries --copy-of geo/countries" in said


def test_a_text_that_postgres_cannot_keep_refuses_the_copy(shop: Beside) -> None:
    shop.copy_countries()
    shop.publish_countries("SELECT 'PT' AS code, 'Portu' || chr(0) || 'gal' AS name, NULL::DATE AS since")
    result = shop.run("countries")
    assert not result.success and "NUL character" in f"{failure(result).description} {outcomes(result)}"
    assert shop.table("countries").current() == {}


WIDE = """\
apiVersion: v3.2.0
kind: DataContract
id: {location}.wide
version: 1.0.0
status: active
schema:
  - name: wide
    logicalType: object
    properties:
      - {{name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: price, logicalType: number, physicalType: "DECIMAL(20,4)"}}
      - {{name: ratio, logicalType: number}}
      - {{name: seen, logicalType: timestamp, logicalTypeOptions: {{timezone: true}}}}
      - {{name: day, logicalType: date}}
      - {{name: clock, logicalType: time}}
      - {{name: ok, logicalType: boolean}}
      - {{name: note, logicalType: string}}
      - {{name: raw, logicalType: string, physicalType: BLOB}}
      - name: tags
        logicalType: array
        items: {{logicalType: string}}
"""
ROWS = """\
SELECT 1 AS id, 12345678901234.5678 AS price, 'NaN'::DOUBLE AS ratio,
    TIMESTAMPTZ '2013-03-31 01:30:00.123456+00' AS seen,
    DATE '0044-03-15' AS day, TIME '23:59:59.999999' AS clock, true AS ok, 'a "b", ,''' || chr(10) || 'c' AS note,
    '\\x00\\xFF'::BLOB AS raw, ['x', NULL, 'y,"z"'] AS tags
UNION ALL SELECT 2, NULL, '-Infinity'::DOUBLE, NULL, NULL, NULL, NULL, '', NULL, []
"""


def test_a_location_in_a_folder_copies_out_of_the_database(shop: Beside, tmp_path: Path) -> None:
    """And partition by partition, with values that are easily bent on the way."""
    far = tmp_path / "wide.odcs.yaml"
    far.write_text(WIDE.format(location="geo"))
    contract, asset = load_contract(far), AssetId("geo", "wide")
    static = {"type": "static", "keys": ["north", "south"]}
    entry = CatalogEntry(asset, "team:geo", "", contract.version, contract.hash, str(far), static, "postgres")
    shop.register([entry], "duckdb_delta")
    location = shop.root / "location.yaml"
    location.write_text(location.read_text().replace("engine: postgres\n", ""))
    folder = shop.package / "defs" / "wide"
    folder.mkdir()
    (folder / "defs.yaml").write_text(
        "type: platform_core.CopyDataset\n"
        "attributes: {of: geo/wide, partitions: {type: static, keys: [north, south]}}\n"
    )
    (shop.root / "contracts" / "wide.odcs.yaml").write_text(WIDE.format(location="shop"))
    table = warehouse_at(shop.address).table(asset)
    for key in ("north", "south"):
        with table.stage(key, "run") as stage, duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            rows = ROWS if key == "north" else "SELECT * REPLACE (id + 10 AS id) FROM (" + ROWS + ")"
            stage.write(connection, rows, contract)
            table.publish(stage, PublicationRecord("run", contract.version, contract.hash, input_hash=key))
        assert shop.run("wide", key).success
    copied = shop.table("wide")
    assert copied.engine == "duckdb_delta" and set(copied.current()) == {"north", "south"}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        snapshot = copied.snapshot()
        assert snapshot is not None
        kinds = {column.name: duckdb_type(column) for column in contract.columns}
        source = snapshot.relation(["north"], kinds).bound(connection).source().sql("duckdb")
        connection.execute(f"CREATE TABLE copied AS SELECT * FROM {source}")
        assert connection.execute(f"FROM copied EXCEPT ALL ({ROWS})").fetchall() == []
        assert connection.execute("SELECT count(*) FROM copied").fetchall() == [(2,)]
