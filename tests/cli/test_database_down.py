"""Commands of the platform while its database is down: what is elsewhere is answered, and nothing is made up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from postgres_deployment import PostgresDeployment, deploy_on_postgres

from platform_core.cli.rollback import rollback
from platform_core.cli.status import status
from platform_core.cli.vacuum import vacuum
from platform_core.contracts import load_contract
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.postgres.connection import forget_connections
from platform_core.resources.warehouse import PublicationRecord, Warehouse

pytestmark = [pytest.mark.postgres, pytest.mark.processes]


@pytest.fixture
def both(tmp_path: Path, own_postgres: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresDeployment]:
    """`ops` on Postgres with two datasets, `lake` in a folder with one; all published."""
    monkeypatch.delenv("PLATFORM_POSTGRES_URL", raising=False)
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "admin")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", own_postgres.password)
    own_postgres.run("CREATE DATABASE warehouse")
    made = deploy_on_postgres(tmp_path / "ws", own_postgres, "warehouse", roles="shared")
    made.register("ops", flights=(), crew=())
    made.register("lake", "duckdb_delta", fish=())
    made.publish("ops", "flights", 1)
    made.publish("ops", "crew", 1, 2)
    name = made.name("lake")
    contract = load_contract(made.workspace.locations / name / "contracts" / "fish.odcs.yaml")
    table = Warehouse(made.workspace.settings.warehouse).table(AssetId(name, "fish"))
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        stage.write(connection, "SELECT 1 AS id, 'x' AS origin", contract)
        table.publish(stage, PublicationRecord("run", contract.version, contract.hash, input_hash="x"))
    yield made
    forget_connections()


def told(deployed: PostgresDeployment) -> dict[str, dict[str, Any]]:
    done = CliRunner().invoke(status, ["--workspace", str(deployed.workspace.root), "--format", "json"])
    assert deployed.server.password not in done.output
    found = json.loads(done.stdout)["assets"]
    return {one["asset"].split("/")[1]: one for one in found}


def test_status_answers_for_both_engines(both: PostgresDeployment) -> None:
    assert {name: one["verdict"] for name, one in told(both).items()} == dict.fromkeys(
        ["crew", "fish", "flights"], "safe"
    )


def test_status_answers_for_what_it_can_read(both: PostgresDeployment) -> None:
    both.server.stop()
    forget_connections()
    found = told(both)
    assert {name: one["verdict"] for name, one in found.items()} == {
        "crew": "unknown",
        "fish": "safe",
        "flights": "unknown",
    }
    assert "The database warehouse on 127.0.0.1" in found["flights"]["sentence"]
    both.server.start()
    forget_connections()
    assert told(both)["flights"]["verdict"] == "safe"


def test_a_database_that_does_not_answer_is_waited_for_once(
    both: PostgresDeployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from platform_core.resources.postgres import connection

    both.server.stop()
    forget_connections()
    real, tries = connection.connect, []

    def counted(address: Any) -> Any:
        tries.append(1)
        return real(address)

    monkeypatch.setattr(connection, "connect", counted)
    assert {one["verdict"] for one in told(both).values()} == {"unknown", "safe"}
    assert len(tries) == 1


def test_a_wrong_password_is_told_and_not_printed(both: PostgresDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_connections()
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", "letmein")
    found = told(both)
    assert found["fish"]["verdict"] == "safe"
    assert "does not accept the password of the role admin" in found["flights"]["sentence"]
    assert "letmein" not in json.dumps(found)


@pytest.mark.parametrize("command", ["rollback", "vacuum"])
def test_what_would_write_says_so_and_changes_nothing(both: PostgresDeployment, command: str) -> None:
    both.server.stop()
    forget_connections()
    root, asset = str(both.workspace.root), f"{both.name('ops')}/flights"
    verb, options = {"rollback": (rollback, [asset, "--yes"]), "vacuum": (vacuum, [asset])}[command]
    done = CliRunner().invoke(verb, [*options, "--workspace", root])
    assert done.exit_code != 0
    said = str(done.exception) if isinstance(done.exception, PlatformError) else done.output
    assert "The database warehouse on 127.0.0.1" in said, (said, done.exception)
    assert both.server.password not in said
    both.server.start()
    forget_connections()
    assert both.table("ops", "flights").snapshot().rows == 1
