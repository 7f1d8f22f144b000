"""Reading across engines: a copy is asked for where it is missing, added in a line, and checked against its source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from platform_core.cli.add import add
from platform_core.components.loading import load_datasets
from platform_core.contracts import load_contract
from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.lineage import Asset, Graph, save_graph
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.needs import load_need
from platform_core.onboarding.checking import check_definitions
from platform_core.onboarding.copying import add_copy
from platform_core.onboarding.reads import reads_of
from platform_core.testing.runs import load

MONTHLY = {"type": "monthly", "start_date": "2026-01-01", "end_date": "2026-05-01"}
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop-orders
name: orders
version: 2.3.0
status: active
team: {name: shop}
description: {purpose: Every order.}
slaProperties: [{property: frequency, value: 40, unit: d}]
schema:
  - name: orders
    logicalType: object
    properties:
      - {name: order_id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: customer, logicalType: integer, required: true, relationships: [{to: customers.customer}]}
      - {name: exact, logicalType: timestamp, physicalType: TIMESTAMP_NS}
      - {name: channel, logicalType: string, enum: [{value: web}, {value: till}]}
    quality:
      - {name: has_rows, metric: rowCount, mustBeGreaterThan: 0}
      - {name: no_ghosts, type: sql, query: "SELECT count(*) FROM ${table} WHERE customer < 0", mustBe: 0}
"""


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workspace in which `shop`, on Postgres, has registered monthly orders."""
    shop = tmp_path / "workspace" / "locations" / "shop"
    (shop / "contracts").mkdir(parents=True)
    (shop / "contracts" / "orders.odcs.yaml").write_text(CONTRACT)
    (shop / "location.yaml").write_text("name: shop\nengine: postgres\n")
    save_graph(Graph({"shop/orders": Asset("shop/orders", partitions=MONTHLY)}), shop / "graph.json")
    monkeypatch.delenv("PLATFORM_CATALOG", raising=False)
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path / "workspace"))
    yield tmp_path / "workspace"


def write_query(root: Path, dataset: str, query: str, columns: str = "order_id: integer") -> Path:
    folder = root / "src" / "growth" / "defs" / dataset
    folder.mkdir(parents=True)
    (folder / "defs.yaml").write_text("type: platform_core.SqlDataset\n")
    (folder / f"{dataset}.sql").write_text(query)
    names = "".join(f"      - {{name: {one.split(': ')[0]}, logicalType: {one.split(': ')[1]}}}\n" for one in [columns])
    head = CONTRACT[: CONTRACT.index("      - {name: order_id")].replace("orders", dataset)
    (root / "contracts").mkdir(exist_ok=True)
    (root / "contracts" / f"{dataset}.odcs.yaml").write_text(head + names)
    return folder / f"{dataset}.sql"


def found(root: Path) -> list[Finding]:
    return check_definitions(root)


def test_reading_across_engines_asks_for_a_copy(location: Path, workspace: Path) -> None:
    file = write_query(location, "sums", "SELECT order_id\nFROM shop.orders\n")
    (finding,) = found(location)
    assert (finding.id, finding.where.path, finding.where.line) == ("other-engine", file, 2)  # type: ignore[union-attr]
    assert "growth/sums is on duckdb_delta and reads shop/orders, which is on postgres." in finding.message
    assert "platformctl add dataset shop_orders --copy-of shop/orders" in finding.fix
    assert "{type: platform_core.CopyDataset, attributes: {of: shop/orders, partitions: {type: monthly" in finding.fix
    assert "read growth.shop_orders" in finding.fix
    (location / "location.yaml").write_text("name: growth\nowner: team:growth\nengine: postgres\n")
    assert found(location) == []


def test_a_copy_is_added_in_one_line_and_is_what_was_asked_for(location: Path, workspace: Path) -> None:
    told = CliRunner().invoke(
        add, ["dataset", "shop_orders", "--copy-of", "shop/orders", "--location-root", str(location)]
    )
    assert told.exit_code == 0, told.output
    assert "Left out, as they look into other datasets: 1 foreign key, no_ghosts." in told.output
    copied = load_contract(location / "contracts" / "shop_orders.odcs.yaml")
    assert [column.name for column in copied.columns] == ["order_id", "customer", "exact", "channel"]
    assert (copied.primary_key, copied.owner, copied.version) == (("order_id",), "team:growth", "1.0.0")
    assert [rule["name"] for rule in copied.quality] == ["has_rows"] and not copied.columns[1].relationships
    assert copied.columns[3].enum and copied.sla("frequency") is not None
    (dataset,) = load_datasets(location / "src" / "growth").datasets
    assert dataset.partitions is not None and dataset.partitions.as_mapping() == MONTHLY
    assert (location / "tests" / "samples" / "shop_orders.csv").is_file()
    # What it takes is what it uses, and what it relies on was drafted with it.
    need = load_need(location / "needs" / "shop.orders.yaml")
    assert unmet(need, load_contract(workspace / "locations/shop/contracts/orders.odcs.yaml")) == ()
    columns = tuple(column.name for column in copied.columns)
    load.cache_clear()
    assert reads_of(location) == {"growth/shop_orders": {"shop/orders": columns}}
    assert tuple(column.name for column in need.columns) == columns
    write_query(location, "sums", "SELECT order_id FROM shop_orders\n")
    (finding,) = found(location)
    assert "cannot be copied" in finding.message  # nanoseconds, see below


def test_what_a_copy_cannot_hold_has_its_line(location: Path, workspace: Path) -> None:
    add_copy(location, "shop_orders", "shop/orders")
    contract = location / "contracts" / "shop_orders.odcs.yaml"
    text = contract.read_text()
    (finding,) = found(location)
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "name: exact" in one)
    assert (finding.where.path, finding.where.line) == (contract, line)  # type: ignore[union-attr]
    assert "column 'exact' cannot be copied: The type TIMESTAMP_NS cannot be stored without loss" in finding.message
    contract.write_text(text.replace("name: exact", "name: planet").replace("TIMESTAMP_NS", "TIMESTAMP"))
    (finding,) = found(location)
    assert finding.message == "shop/orders promises no column 'planet'." and "channel, customer" in finding.fix
    contract.write_text(text.replace("TIMESTAMP_NS", "TIMESTAMP"))
    assert found(location) == []


def test_a_copy_is_cut_as_its_source_or_not_at_all(location: Path, workspace: Path) -> None:
    add_copy(location, "shop_orders", "shop/orders")
    contract = location / "contracts" / "shop_orders.odcs.yaml"
    contract.write_text(contract.read_text().replace("TIMESTAMP_NS", "TIMESTAMP"))
    file = location / "src" / "growth" / "defs" / "shop_orders" / "defs.yaml"
    text = file.read_text()
    file.write_text(text.replace("monthly", "daily"))
    (finding,) = found(location)
    assert "cut otherwise than shop/orders" in finding.message and "{type: monthly" in finding.fix
    file.write_text("type: platform_core.CopyDataset\nattributes: {of: shop/orders}\n")
    assert found(location) == []


@pytest.mark.parametrize(
    ("of", "says"),
    [
        ("shop/order", "nobody has registered shop/order"),
        ("sums", "is of this location already"),
        ("../x", "not a data"),
    ],
)
def test_what_cannot_be_copied_writes_nothing(location: Path, workspace: Path, of: str, says: str) -> None:
    before = sorted(location.rglob("*"))
    with pytest.raises(PlatformError, match=says):
        add_copy(location, "mine", of)
    assert sorted(location.rglob("*")) == before


def test_a_query_of_postgres_is_added_in_its_words(location: Path, workspace: Path) -> None:
    (location / "location.yaml").write_text("name: growth\nowner: team:growth\nengine: postgres\n")
    contract = workspace / "locations" / "shop" / "contracts" / "orders.odcs.yaml"
    contract.write_text(contract.read_text().replace("TIMESTAMP_NS", "TIMESTAMP"))
    query = location / "q.sql"
    query.write_text(
        "SELECT channel, count(*) AS n, max(customer)::numeric(10, 2) AS m FROM shop.orders GROUP BY channel"
    )
    told = CliRunner().invoke(add, ["dataset", "sums", "--sql", str(query), "--location-root", str(location)])
    assert told.exit_code == 0, told.output
    made = load_contract(location / "contracts" / "sums.odcs.yaml")
    assert [(column.name, column.physical_type) for column in made.columns if column.name == "m"] == [
        ("m", "DECIMAL(10,2)")
    ]
    assert found(location) == []
    query.write_text("SELECT list_sum([1]) AS n FROM shop.orders")
    told = CliRunner().invoke(add, ["dataset", "more", "--sql", str(query), "--location-root", str(location)])
    assert told.exit_code != 0 and "list_sum" in f"{told.output}{told.exception}"
