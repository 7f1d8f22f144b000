"""Other teams' contracts as registered, and samples that belong to the partition they are published as."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from homes import MONTHLY, make_workspace
from making import contract_of

from platform_core.components.partitions import Partitions
from platform_core.errors import PlatformError
from platform_core.lineage import Asset, Graph, save_graph
from platform_core.names import AssetId
from platform_core.testing.environment import read_env_file
from platform_core.testing.inputs import Inputs, cut_of
from platform_core.testing.neighbours import Neighbours

ORDERS = AssetId("shop", "orders")


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PLATFORM_WORKSPACE", "PLATFORM_CATALOG"):
        monkeypatch.delenv(name, raising=False)


def test_contracts_and_partitions_come_from_the_workspace_that_env_names(tmp_path: Path) -> None:
    make_workspace(tmp_path / "central")
    (tmp_path / ".env").write_text("# ours\nexport PLATFORM_WORKSPACE='central'\nEMPTY=\nSPACED = a b # note\n")
    assert read_env_file(tmp_path) == {"PLATFORM_WORKSPACE": "central", "EMPTY": "", "SPACED": "a b"}
    known = Neighbours(tmp_path)
    assert known.contract(ORDERS).primary_key == ("order_id",)
    assert known.partitions(ORDERS) == Partitions.model_validate(MONTHLY)
    assert known.partitions(AssetId("shop", "customers")) is None
    with pytest.raises(PlatformError, match=r"nobody has registered shop/order\.\n  Did you mean shop/orders\?"):
        known.contract(AssetId("shop", "order"))


def test_without_a_workspace_the_catalog_says_where_contracts_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_workspace(tmp_path / "central")
    entry = {"contract": {"path": "locations/shop/contracts/orders.odcs.yaml"}, "partitions": MONTHLY}
    (root / "catalog.json").write_text(json.dumps({"datasets": {"shop/orders": entry}}))
    monkeypatch.setenv("PLATFORM_CATALOG", str(root / "catalog.json"))
    assert Neighbours(tmp_path).contract(ORDERS).dataset == "orders"
    assert Neighbours(tmp_path).partitions(ORDERS) == Partitions.model_validate(MONTHLY)
    (root / "catalog.json").write_text("{")
    with pytest.raises(PlatformError, match="PLATFORM_CATALOG names no catalog that can be read"):
        Neighbours(tmp_path).contract(ORDERS)


def test_what_to_set_is_said_when_nothing_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PlatformError, match="Set PLATFORM_WORKSPACE to the folder of the central workspace"):
        Neighbours(tmp_path).contract(ORDERS)
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path / "nowhere"))
    with pytest.raises(PlatformError, match="PLATFORM_WORKSPACE names no workspace"):
        Neighbours(tmp_path).contract(ORDERS)


def test_partitions_the_platform_does_not_make_are_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = make_workspace(tmp_path / "central")
    hourly = {"type": "hourly", "start_date": "2026-01-01-00:00"}
    save_graph(Graph({"shop/orders": Asset("shop/orders", partitions=hourly)}), root / "locations/shop/graph.json")
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(root))
    with pytest.raises(PlatformError, match="partitions of type hourly") as refused:
        Neighbours(tmp_path).partitions(ORDERS)
    assert "tests/samples/shop.orders.csv" in refused.value.hint


COLUMNS = [
    {"name": "id", "logicalType": "integer", "unique": True, "required": True},
    {"name": "day", "logicalType": "date", "primaryKey": True, "primaryKeyPosition": 1},
    {"name": "year", "logicalType": "integer", "required": True},
    {"name": "month", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 1, "maximum": 12}},
    {"name": "born", "logicalType": "date", "logicalTypeOptions": {"maximum": "1999-12-31"}},
    {"name": "site", "logicalType": "string", "enum": [{"value": "a"}, {"value": "b"}]},
]


def test_rows_belong_to_the_partition_they_are_published_as(tmp_path: Path) -> None:
    partitions = Partitions.model_validate(MONTHLY)
    inputs = Inputs(tmp_path, "shop", {"orders": contract_of(*COLUMNS)}, Neighbours(tmp_path))
    cut = cut_of(partitions, ["2026-02", "2026-03"])
    assert cut is not None
    inputs.cuts[ORDERS] = cut
    february, march = inputs.parts(ORDERS).values()
    assert min(february["day"].to_pylist()) >= date(2026, 2, 1) > max(february["born"].drop_null().to_pylist())
    assert date(2026, 3, 1) <= min(march["day"].to_pylist()) <= max(march["day"].to_pylist()) < date(2026, 4, 1)
    assert set(february["month"].to_pylist()) == {2} and set(march["month"].to_pylist()) == {3}
    assert set(february["year"].to_pylist()) == {2026}
    assert not set(february["id"].to_pylist()) & set(march["id"].to_pylist())


def test_a_static_partition_holds_the_rows_of_its_key(tmp_path: Path) -> None:
    partitions = Partitions.model_validate({"type": "static", "keys": ["a", "b"]})
    inputs = Inputs(tmp_path, "shop", {"orders": contract_of(*COLUMNS)}, Neighbours(tmp_path))
    cut = cut_of(partitions, ["a", "b"])
    assert cut is not None
    inputs.cuts[ORDERS] = cut
    parts = inputs.parts(ORDERS)
    assert {key: set(part["site"].drop_null().to_pylist()) for key, part in parts.items()} == {"a": {"a"}, "b": {"b"}}
