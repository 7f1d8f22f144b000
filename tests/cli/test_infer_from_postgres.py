"""A contract drafted from what is published in a database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from postgres_deployment import deploy_on_postgres

from platform_core.cli.contract import contract
from platform_core.resources.postgres.connection import forget_connections

pytestmark = [pytest.mark.postgres, pytest.mark.processes]


def test_columns_are_read_from_the_published_table(
    tmp_path: Path, postgres: Any, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PLATFORM_POSTGRES_URL", raising=False)
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "admin")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", postgres.password)
    made = deploy_on_postgres(tmp_path / "ws", postgres, postgres_database, roles="shared")
    made.register("ops", flights=())
    try:
        made.publish("ops", "flights", 1, 2, 3)
        monkeypatch.setenv("PLATFORM_CATALOG", str(made.workspace.catalog))
        monkeypatch.chdir(tmp_path)
        told = CliRunner().invoke(contract, ["infer", f"{made.name('ops')}/flights"])
        assert told.exit_code == 0, told.output
        assert "name: id" in told.output and "name: origin" in told.output
    finally:
        forget_connections()
