"""A pool that a dataset names reaches Dagster and the registered graph; one with a wrong name is told with its line."""

import shutil
from pathlib import Path

import dagster as dg
import pytest

from platform_core.adapters.graph import graph_of
from platform_core.components.assets import asset_of
from platform_core.components.loading import load_datasets
from platform_core.components.pool import pool_problem
from platform_core.findings import FindingsError

CASE = Path(__file__).parents[1] / "cases/location"


@pytest.fixture
def location(tmp_path):
    return shutil.copytree(CASE, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__"))


def name_pool(location, dataset, pool):
    file = location / f"src/shop/defs/{dataset}/defs.yaml"
    text = file.read_text()
    attributes = text if "attributes:" in text else f"{text}attributes:\n"
    file.write_text(attributes.replace("attributes:\n", f"attributes:\n  pool: {pool}\n"))


def test_a_pool_of_files_sql_and_python_reaches_dagster_and_the_graph(location):
    name_pool(location, "orders", "landing_disk")
    name_pool(location, "order_totals", "warehouse_db")
    code = location / "src/shop/defs/loyal_customers/loyal_customers.py"
    code.write_text(code.read_text().replace("@dataset(", '@dataset(pool="erp", '))
    assets = [asset_of(dataset) for dataset in load_datasets(location / "src/shop").datasets]
    graph = graph_of(dg.Definitions(assets=assets), "shop")
    pools = {asset.key.to_user_string(): asset.node_def.pools for asset in assets}
    wanted = {"shop/orders": "landing_disk", "shop/order_totals": "warehouse_db", "shop/loyal_customers": "erp"}
    assert {key: asset.pool for key, asset in graph.assets.items() if asset.pool} == wanted
    assert {key: next(iter(found)) for key, found in pools.items() if found} == wanted
    assert type(graph).from_data(graph.as_data()).assets["shop/orders"].pool == "landing_disk"


def test_a_graph_of_before_there_were_pools_is_read(location):
    data = graph_of(dg.Definitions(assets=[dg.AssetSpec(["shop", "a"])]), "shop").as_data()
    for asset in data["assets"].values():
        del asset["pool"]
    assert type(graph_of(dg.Definitions(), "shop")).from_data(data).assets["shop/a"].pool == ""


def test_a_pool_that_is_no_name_is_told_with_its_place(location):
    name_pool(location, "order_totals", "'Ware house'")
    with pytest.raises(FindingsError) as caught:
        load_datasets(location / "src/shop")
    assert "'Ware house' is no name" in str(caught.value)
    assert "order_totals/defs.yaml:" in str(caught.value)
    assert pool_problem("warehouse_db") is None and pool_problem("") is None
