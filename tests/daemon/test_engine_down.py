"""A deployment of two engines while the database of one is down: the other, the web page and the daemon go on."""

from __future__ import annotations

import shutil
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE
from running_processes import quiet_ports

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.postgres.connection import forget_connections
from platform_core.workspace import Workspace, init_workspace
from platform_core.workspace.deployment import Deployment
from platform_core.workspace.register import register
from platform_core.workspace.warehouses import warehouse_of

pytestmark = [pytest.mark.daemon, pytest.mark.postgres, pytest.mark.processes, pytest.mark.slow]

CASE = Path(__file__).parents[1] / "cases" / "location"


def locations(root: Path) -> list[Path]:
    """Two copies of the shop: `shop` on Postgres, `plain` in a folder."""
    for name in ("shop", "plain"):
        shutil.copytree(CASE, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    settings = root / "shop" / "location.yaml"
    settings.write_text(settings.read_text() + "engine: postgres\n")
    (root / "plain" / "src" / "shop").rename(root / "plain" / "src" / "plain")
    for file in [path for path in (root / "plain").rglob("*") if path.suffix in (".yaml", ".sql")]:
        file.write_text(file.read_text().replace("name: shop\n", "name: plain\n").replace("shop.", "plain."))
    return [root / "shop", root / "plain"]


def deliver(workspace: Workspace, location: str, customer: str) -> None:
    file = workspace.settings.landing / location / "customers.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"customer,name,country,since\n1,{customer},PT,2025-01-01\n")


def published(workspace: Workspace, location: str) -> datetime | None:
    forget_connections()
    current = warehouse_of(workspace, location).table(AssetId(location, "customers")).current()
    return max((one.published_at for one in current.values()), default=None)


def later(workspace: Workspace, location: str, than: datetime | None = None) -> datetime:
    """Wait until something newer is published."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        now = published(workspace, location)
        if now is not None and (than is None or now > than):
            return now
        time.sleep(1)
    raise AssertionError(f"{location} published nothing")


def test_what_needs_the_database_waits_and_the_rest_goes_on(
    tmp_path: Path, own_postgres: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PLATFORM_POSTGRES_URL", "PLATFORM_WAREHOUSE", "PLATFORM_CATALOG", "PLATFORM_LANDING"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "admin")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", own_postgres.password)
    own_postgres.run("CREATE DATABASE warehouse")
    workspace = init_workspace(tmp_path / "ws", database=own_postgres.url("warehouse"), port=quiet_ports(8))
    for root in locations(tmp_path):
        assert register(root, workspace).verdict == "registered"
    with Deployment(workspace) as deployment:
        deployment.wait_ready()
        deliver(workspace, "shop", "Ana")
        deliver(workspace, "plain", "Ana")
        before = {name: later(workspace, name) for name in ("shop", "plain")}
        own_postgres.stop()
        deliver(workspace, "shop", "Eva")
        deliver(workspace, "plain", "Eva")
        later(workspace, "plain", before["plain"])
        with urllib.request.urlopen(f"{deployment.address}/server_info", timeout=PATIENCE) as page:  # noqa: S310 - our own page
            assert page.status == 200
        with pytest.raises(PlatformError, match="cannot be reached"):
            published(workspace, "shop")
        own_postgres.start()
        later(workspace, "shop", before["shop"])
    forget_connections()
