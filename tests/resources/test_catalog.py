"""Where a location finds data: the catalog, its errors, and the local default."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

FLIGHTS = AssetId("flight_ops", "flights")


def content(**changes: Any) -> dict[str, Any]:
    entry = {
        "location": "flight_ops",
        "dataset": "flights",
        "engine": "duckdb_delta",
        "address": "/data/warehouse/flight_ops/flights",
        "owner": "team:flight-ops",
        "contract": {"version": "1.0.0", "hash": "abc", "path": "locations/flight_ops/contracts/flights.odcs.yaml"},
        "partitions": {"type": "monthly", "start_date": "2013-01-01"},
    }
    return {
        "version": 2,
        "engine": "duckdb_delta",
        "warehouses": {"duckdb_delta": {"root": "/data/warehouse"}},
        "landing": "/data/landing",
        "datasets": {"flight_ops/flights": entry},
        **changes,
    }


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("PLATFORM_WAREHOUSE", "PLATFORM_LANDING"):
        monkeypatch.delenv(name, raising=False)
    path = tmp_path / "catalog.json"
    monkeypatch.setenv("PLATFORM_CATALOG", str(path))
    return path


def test_a_registered_dataset(file: Path, tmp_path: Path) -> None:
    file.write_text(json.dumps(content()))
    catalog = Catalog.from_environment(tmp_path / "elsewhere")
    entry = catalog.entries[FLIGHTS]
    assert (entry.owner, entry.contract_hash) == ("team:flight-ops", "abc")
    assert catalog.table(FLIGHTS).path == Path("/data/warehouse/flight_ops/flights")
    assert catalog.landing_folder("flight_ops") == Path("/data/landing/flight_ops")


def test_roots_relative_to_the_file(file: Path, tmp_path: Path) -> None:
    file.write_text(json.dumps(content(warehouses={"duckdb_delta": {"root": "warehouse"}}, landing="in")))
    catalog = Catalog.from_environment(Path())
    assert catalog.places["duckdb_delta"] == tmp_path / "warehouse"
    assert catalog.landing_folder("a") == tmp_path / "in" / "a"


def test_the_environment_takes_the_place_of_the_roots(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(json.dumps(content()))
    monkeypatch.setenv("PLATFORM_WAREHOUSE", str(tmp_path / "mine"))
    monkeypatch.setenv("PLATFORM_LANDING", str(tmp_path / "in"))
    catalog = Catalog.from_environment(tmp_path)
    assert catalog.places["duckdb_delta"] == tmp_path / "mine" and catalog.entries
    assert catalog.landing_folder("flight_ops") == tmp_path / "in" / "flight_ops"


def test_without_a_catalog_everything_is_local(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATFORM_CATALOG")
    catalog = Catalog.from_environment(tmp_path)
    assert catalog.table(FLIGHTS).path == tmp_path / ".platform" / "local" / "warehouse" / "flight_ops" / "flights"
    assert catalog.landing_folder("flight_ops") == tmp_path / "landing"
    assert dict(catalog.entries) == {}
    monkeypatch.setenv("PLATFORM_LANDING", str(tmp_path / "in"))
    assert Catalog.from_environment(tmp_path).landing_folder("flight_ops") == tmp_path / "in" / "flight_ops"


def test_a_catalog_of_the_first_version_is_still_read(file: Path, tmp_path: Path) -> None:
    old = {**content(), "version": 1, "warehouse": {"engine": "duckdb_delta", "root": "/data/warehouse"}}
    file.write_text(json.dumps({key: value for key, value in old.items() if key not in ("warehouses", "engine")}))
    assert Catalog.from_environment(tmp_path).table(FLIGHTS).path == Path("/data/warehouse/flight_ops/flights")


def test_each_location_has_its_engine(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATFORM_POSTGRES_URL", raising=False)
    database = {"url": "postgresql://db/warehouse", "password_env": "PLATFORM_POSTGRES_PASSWORD", "roles": "location"}
    places = {"duckdb_delta": {"root": "/data/warehouse"}, "postgres": database}
    datasets = content()["datasets"]
    datasets["billing/invoices"] = {
        **datasets["flight_ops/flights"],
        "engine": "postgres",
        "address": "billing.invoices",
    }
    file.write_text(json.dumps(content(warehouses=places, datasets=datasets)))
    (tmp_path / "location.yaml").write_text("name: billing\nowner: team:b\n")
    catalog = Catalog.from_environment(tmp_path)
    assert catalog.engine == "postgres"  # as registered: what nobody has registered yet joins the rest
    assert catalog.places["postgres"].user == "billing"  # and not the role of the platform
    assert catalog.table(FLIGHTS).engine == "duckdb_delta"
    (tmp_path / "location.yaml").write_text("name: new\nowner: team:b\nengine: postgres\n")
    assert Catalog.from_environment(tmp_path).engine == "postgres"
    (tmp_path / "location.yaml").write_text("name: new\nowner: team:b\n")
    assert Catalog.from_environment(tmp_path).engine == "duckdb_delta"


def test_an_engine_without_a_warehouse_says_where_to_add_one(file: Path, tmp_path: Path) -> None:
    (tmp_path / "location.yaml").write_text("name: new\nowner: team:b\nengine: postgres\n")
    file.write_text(json.dumps(content()))
    with pytest.raises(PlatformError, match="no warehouse of the engine postgres") as caught:
        Catalog.from_environment(tmp_path).table(AssetId("new", "things"))
    assert "platform.yaml" in caught.value.hint


BROKEN = {
    "not json": ("{\n,}", r"catalog.json:2: .*not valid JSON"),
    "a list": ("[]", "version None"),
    "an older version": (json.dumps(content(version=0)), "version 0; this library reads version 2"),
    "another engine": (json.dumps(content(warehouses={"tape": {"root": "/"}})), "engine 'tape'"),
    "no datasets": (json.dumps({**content(), "datasets": None}), "incomplete"),
    "no contract": (json.dumps(content(datasets={"a/b": {"owner": "x", "address": "y"}})), "incomplete: 'contract'"),
    "an impossible name": (json.dumps(content(datasets={"a/../b": {}})), "not a dataset"),
    "not text": ("\udcff", "not valid JSON"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_catalog(file: Path, case: str) -> None:
    text, message = BROKEN[case]
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PlatformError, match=message):
        Catalog.from_environment(Path())


def test_a_missing_catalog(file: Path) -> None:
    with pytest.raises(PlatformError, match="not there") as caught:
        Catalog.from_environment(Path())
    assert "workspace render" in caught.value.hint
