"""The table the tests of the warehouse publish to."""

from __future__ import annotations

from pathlib import Path

import pytest

from platform_core.names import AssetId
from platform_core.resources.warehouse import Table, Warehouse


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Warehouse(tmp_path / "warehouse").table(AssetId("flight_ops", "flights"))
