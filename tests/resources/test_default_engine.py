"""The engine of a location that names none: as it is registered, else as its workspace has it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from platform_core.names import AssetId
from platform_core.resources.catalog import CatalogEntry, catalog_data
from platform_core.resources.default_engine import default_engine


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PLATFORM_CATALOG", "PLATFORM_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


def write(path: Path, data: Any) -> None:
    """In one step, as everything in a workspace is written."""
    new = path.with_suffix(".new")
    new.write_text(data if isinstance(data, str) else json.dumps(data))
    new.replace(path)


def test_nothing_is_known() -> None:
    assert default_engine("shop") == "duckdb_delta"


def test_the_workspace_decides_until_the_location_is_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path))
    assert default_engine("shop") == "duckdb_delta"
    write(tmp_path / "platform.yaml", "warehouse: {engine: postgres}\n")
    assert default_engine("shop") == "postgres"
    (tmp_path / "locations" / "shop").mkdir(parents=True)
    write(tmp_path / "locations" / "shop" / "location.yaml", "name: shop\nengine: duckdb_delta\n")
    assert (default_engine("shop"), default_engine("new")) == ("duckdb_delta", "postgres")
    write(tmp_path / "locations" / "shop" / "location.yaml", "name: shop\nengine: postgres\n")
    assert default_engine("shop") == "postgres"


def test_the_catalog_decides_where_it_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "catalog.json"
    monkeypatch.setenv("PLATFORM_CATALOG", str(path))
    entry = CatalogEntry(AssetId("shop", "orders"), "team:shop", "", "1.0.0", "abc", "x", engine="postgres")
    write(path, catalog_data({}, tmp_path, [entry]))
    assert (default_engine("shop"), default_engine("new")) == ("postgres", "duckdb_delta")
    write(path, catalog_data({}, tmp_path, [], "postgres"))
    assert (default_engine("shop"), default_engine("new")) == ("postgres", "postgres")


@pytest.mark.parametrize("text", ["{", "[]", '{"version": 2}', '{"version": 9}'])
def test_what_cannot_be_read_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PLATFORM_CATALOG", str(tmp_path / "catalog.json"))
    write(tmp_path / "catalog.json", text)
    assert default_engine("shop") == "duckdb_delta"
