import json
import shutil
from pathlib import Path

import pytest
import yaml
from places import registration, snapshot

from platform_core.workspace import find_workspace, init_workspace, load_registry, render, waiting_for
from platform_core.workspace.registry import read_registry, write_registration

SHOP = registration("shop", {"orders": [], "totals": ["shop/orders", "erp/items"]}, port=4101)
SALES = registration("sales", {"report": ["shop/totals"]}, port=4102, owner="sales@example.org")


@pytest.fixture
def workspace(tmp_path):
    made = init_workspace(tmp_path / "ws", str(tmp_path / "data"), str(tmp_path / "in"))
    for one in (SHOP, SALES):
        write_registration(made, one)
    return made


def test_what_was_registered_is_read_back_whole(workspace):
    assert load_registry(workspace) == {"sales": SALES, "shop": SHOP}


def test_hostile_text_stays_text(workspace):
    odd = registration(
        "odd", {}, description="a: [b\n# c", contact="'\"%{}", owner="team:x y", repository="https://h/a b"
    )
    write_registration(workspace, odd)
    assert load_registry(workspace)["odd"] == odd


def test_one_code_server_a_location(workspace):
    render(workspace)
    entries = yaml.safe_load((workspace.root / "workspace.yaml").read_text())["load_from"]
    assert [entry["grpc_server"] for entry in entries] == [
        {"host": "localhost", "port": 4102, "location_name": "sales"},
        {"host": "localhost", "port": 4101, "location_name": "shop"},
    ]


def test_the_catalog_tells_a_consumer_where_data_and_contract_are(workspace, tmp_path):
    render(workspace)
    catalog = json.loads(workspace.catalog.read_text())
    assert set(catalog["datasets"]) == {"sales/report", "shop/orders", "shop/totals"}
    orders = catalog["datasets"]["shop/orders"]
    assert orders["address"] == str(tmp_path / "data/shop/orders")
    assert orders["owner"] == "team:shop"
    assert catalog["warehouses"] == {"duckdb_delta": {"root": str(tmp_path / "data")}}
    assert (catalog["engine"], orders["engine"]) == ("duckdb_delta", "duckdb_delta")
    assert catalog["landing"] == str(tmp_path / "in")
    assert Path(orders["contract"]["path"]).read_bytes() == SHOP.contracts["orders"]


def test_the_library_reads_the_catalog_that_is_rendered(workspace):
    from platform_core.names import AssetId
    from platform_core.resources.catalog import Catalog

    render(workspace)
    assert Catalog.load(workspace.catalog).entries[AssetId("shop", "orders")].contract_version == "1.0.0"


def test_each_folder_has_its_owner(workspace):
    render(workspace)
    lines = (workspace.root / "CODEOWNERS").read_text().splitlines()[1:]
    assert lines == ["/locations/sales/ sales@example.org", "/locations/shop/ @shop"]
    settings = workspace.root / "platform.yaml"
    settings.write_text(settings.read_text() + "organisation: acme\n")
    render(find_workspace(workspace.root))
    assert "/locations/shop/ @acme/shop" in (workspace.root / "CODEOWNERS").read_text()


@pytest.mark.parametrize("owner", ["team:a\n* @everyone", "a@example.org\n* @everyone"])
def test_an_owner_cannot_write_a_rule_of_its_own(workspace, owner):
    write_registration(workspace, registration("odd", {}, owner=owner))
    render(workspace)
    assert not any(line.startswith("*") for line in (workspace.root / "CODEOWNERS").read_text().splitlines())


def test_dagster_accepts_its_configuration_and_sends_nothing_home(workspace):
    from dagster._core.instance.config import dagster_instance_config

    render(workspace)
    config, _ = dagster_instance_config(str(workspace.root))
    assert config["telemetry"] == {"enabled": False}
    assert config["run_retries"] == {"enabled": True, "max_retries": 2, "retry_on_asset_or_op_failure": False}
    [limit] = config["concurrency"]["runs"]["tag_concurrency_limits"]
    assert (limit["key"], limit["value"]) == ("dagster/code_location", {"applyLimitPerUniqueValue": True})
    assert limit["limit"] < config["concurrency"]["runs"]["max_concurrent_runs"]


def test_a_second_render_changes_nothing_and_a_lost_file_comes_back(workspace):
    assert set(render(workspace)) == {"workspace.yaml", "catalog.json", "CODEOWNERS", "dagster.yaml"}
    before = snapshot(workspace.root)
    assert render(workspace) == ()
    (workspace.root / "catalog.json").unlink()
    assert render(workspace) == ("catalog.json",)
    assert snapshot(workspace.root) == before


def test_an_empty_workspace_renders(tmp_path):
    made = init_workspace(tmp_path)
    render(made)
    assert yaml.safe_load(made.workspace_yaml.read_text()) == {"load_from": []}
    assert json.loads(made.catalog.read_text())["datasets"] == {}


def test_a_location_waits_for_what_nobody_publishes_yet(workspace):
    registry = load_registry(workspace)
    assert waiting_for("shop", registry) == ("erp/items",)
    assert waiting_for("sales", registry) == ()
    assert waiting_for("shop", {**registry, "erp": registration("erp", {"items": []})}) == ()


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("location.yaml", "name: [", "not valid YAML"),
        ("location.yaml", "name: other\n", "says name: 'other', and its folder is shop"),
        ("location.yaml", "name: shop\nowner: team:shop\n", "repository must be a line of text"),
        ("graph.json", "{}", "is not an asset graph"),
    ],
)
def test_a_damaged_registration_is_told_with_its_file_and_the_others_go_on(workspace, file, text, told):
    (workspace.locations / "shop" / file).write_text(text)
    found = read_registry(workspace)
    assert sorted(found.locations) == ["sales"]
    assert any(told in finding.message for finding in found.unreadable["shop"])
    assert {str(finding.where.path) for finding in found.unreadable["shop"]} == {
        str(workspace.locations / "shop" / file)
    }
    render(workspace)
    assert "sales" in workspace.workspace_yaml.read_text()


def test_a_removed_folder_is_gone_from_all_that_is_rendered(workspace):
    render(workspace)
    shutil.rmtree(workspace.locations / "sales")
    assert set(render(workspace)) == {"workspace.yaml", "catalog.json", "CODEOWNERS"}
    assert "sales" not in (workspace.root / "catalog.json").read_text()
