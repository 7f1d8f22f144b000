"""The rights of locations in a real database: each writes its own and reads what it declares, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from postgres_deployment import PostgresDeployment, deploy_on_postgres

from platform_core.cli.workspace import workspace as workspace_command
from platform_core.errors import PlatformError
from platform_core.resources.postgres.connection import forget_connections
from platform_core.workspace import find_workspace, init_workspace
from platform_core.workspace.grants import grants_sql, rights_of
from platform_core.workspace.warehouses import warehouse_of

pytestmark = [pytest.mark.postgres, pytest.mark.processes]


@pytest.fixture
def deployed(
    tmp_path: Path, postgres: Any, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[PostgresDeployment]:
    for name in ("PLATFORM_POSTGRES_URL", "PLATFORM_POSTGRES_USER", "PLATFORM_POSTGRES_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    made = deploy_on_postgres(tmp_path / "ws", postgres, postgres_database)
    made.register("ops", flights=(), crew=())
    made.register("billing", invoices=("ops/flights",))
    made.register("lake", "duckdb_delta", ops_flights=("ops/flights",))
    for location in ("ops", "billing", "lake"):
        for name, value in made.environment(location).items():
            monkeypatch.setenv(name, value)
    made.grant()
    yield made
    forget_connections()


def refused(connection: Any, sql: str) -> bool:
    """Whether the database does not let this role do it."""
    import psycopg

    try:
        connection.execute(sql)
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def test_a_location_publishes_and_reads_what_it_declares(deployed: PostgresDeployment) -> None:
    deployed.publish("ops", "flights", 1, 2)
    for reader in ("billing", "lake"):
        snapshot = deployed.table("ops", "flights", by=reader).snapshot()
        assert snapshot.rows == 2
        ((schema, table),) = snapshot.relation().places
        with deployed.connect(reader) as connection:
            assert connection.execute(f'SELECT count(*) FROM "{schema}"."{table}"').fetchall() == [(2,)]
            view = f'"{deployed.name("ops")}"."flights"'
            assert connection.execute(f"SELECT id, origin FROM {view} ORDER BY 1").fetchall() == [
                (1, "EWR"),
                (2, "EWR"),
            ]
    deployed.publish("ops", "flights", 3)
    assert deployed.table("ops", "flights", by="billing").snapshot().rows == 1
    with deployed.connect("billing") as connection:
        assert connection.execute(f"SELECT id FROM {view}").fetchall() == [(3,)]


def test_what_is_not_declared_is_out_of_reach(deployed: PostgresDeployment) -> None:
    import duckdb

    from platform_core.contracts import load_contract
    from platform_core.resources.warehouse import PublicationRecord

    deployed.publish("ops", "flights", 1)
    deployed.publish("ops", "crew", 7)
    ops = deployed.name("ops")
    table = deployed.table("ops", "flights")
    contract = load_contract(deployed.workspace.locations / ops / "contracts" / "flights.odcs.yaml")
    with table.stage(None, "run") as stage, duckdb.connect() as memory:
        stage.write(memory, "SELECT 9 AS id, 'JFK' AS origin", contract)
        ((schema, staged),) = stage.relation.places
        with deployed.connect("billing") as connection:
            assert refused(connection, f'SELECT * FROM "{schema}"."{staged}"')
        table.refuse(stage, PublicationRecord("run", contract.version, contract.hash), "it is a test")
    ((versions, crew),) = deployed.table("ops", "crew").snapshot().relation().places
    with deployed.connect("ops") as connection:
        query = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r'"
        kept = [row[0] for row in connection.execute(query, (f'"{ops}__quarantine"',)) if row[0] != "_refusals"]
        assert kept
    with deployed.connect("billing") as connection:
        assert refused(connection, f'SELECT * FROM "{ops}"."crew"')
        assert refused(connection, f'SELECT * FROM "{versions}"."{crew}"')
        assert refused(connection, f'SELECT * FROM "{ops}__quarantine"."{kept[0]}"')
        assert refused(connection, f'DELETE FROM "{ops}"."flights"')
        assert refused(connection, f'DELETE FROM "{versions}"."_publications"')
        for target in (ops, f"{ops}__versions", f"{ops}__stage", "public"):
            assert refused(connection, f'CREATE TABLE "{target}"."mine" (a int)')
        assert refused(connection, "CREATE SCHEMA mine")
        assert refused(connection, "CREATE ROLE mine")
        assert refused(connection, f'SET ROLE "{ops}"')
        assert refused(connection, "COPY (SELECT 1) TO '/tmp/out'")


def test_what_is_no_longer_declared_is_taken_back(deployed: PostgresDeployment) -> None:
    deployed.publish("ops", "flights", 1)
    deployed.register("billing", invoices=("ops/crew",))
    deployed.grant()
    deployed.publish("ops", "crew", 7)
    ops = deployed.name("ops")
    with deployed.connect("billing") as connection:
        assert refused(connection, f'SELECT * FROM "{ops}"."flights"')
        assert connection.execute(f'SELECT id FROM "{ops}"."crew"').fetchall() == [(7,)]


def test_run_again_it_changes_nothing(deployed: PostgresDeployment) -> None:
    deployed.publish("ops", "flights", 1)
    state = """SELECT array_agg(r.rolname || r.rolcanlogin::text ORDER BY r.rolname), (
        SELECT array_agg(a.roleid || ' ' || a.member ORDER BY a.roleid, a.member) FROM pg_auth_members a), (
        SELECT array_agg(n.nspname || n.nspacl::text ORDER BY n.nspname) FROM pg_namespace n), (
        SELECT array_agg(c.relname || c.relacl::text ORDER BY c.oid) FROM pg_class c) FROM pg_roles r"""
    deployed.grant()
    before = deployed.server.run(state, deployed.database)
    deployed.grant()
    assert deployed.server.run(state, deployed.database) == before


def test_data_published_before_the_grants_is_readable_after_them(deployed: PostgresDeployment) -> None:
    deployed.publish("ops", "flights", 1)
    deployed.register("late", sums=("ops/flights",))
    deployed.grant()
    with deployed.connect("late") as connection:
        assert connection.execute(f'SELECT id FROM "{deployed.name("ops")}"."flights"').fetchall() == [(1,)]


def test_the_platform_acts_as_the_location(deployed: PostgresDeployment, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed.publish("ops", "flights", 1)
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "admin")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", deployed.server.password)
    table = warehouse_of(deployed.workspace, deployed.name("ops")).table(deployed.table("ops", "flights").asset)
    assert table.snapshot().rows == 1
    from platform_core.resources.postgres.connection import reading

    with reading(deployed.address.on_behalf(deployed.name("ops"))) as connection:
        assert connection.execute("SELECT current_user").fetchall() == [(deployed.name("ops"),)]


def test_the_role_of_the_url_is_made_where_it_is_missing(deployed: PostgresDeployment) -> None:
    file = deployed.workspace.root / "platform.yaml"
    role = f"platform_{deployed.mark}"
    file.write_text(file.read_text().replace("postgresql://", f"postgresql://{role}@"))
    deployed.server.run(grants_sql(rights_of(find_workspace(deployed.workspace.root))), deployed.database)
    query = (
        f"SELECT rolsuper, pg_has_role(oid, '{deployed.name('ops')}', 'MEMBER') FROM pg_roles WHERE rolname = '{role}'"
    )
    assert deployed.server.run(query) == [(False, True)]


def test_a_role_that_may_do_everything_is_no_locations(deployed: PostgresDeployment) -> None:
    import psycopg

    deployed.register("boss", things=())
    name = deployed.name("boss")
    deployed.server.run(f'CREATE ROLE "{name}" SUPERUSER')
    try:
        with pytest.raises(psycopg.errors.RaiseException, match="no location can have its name"):
            deployed.server.run(grants_sql(rights_of(deployed.workspace)), deployed.database)
    finally:
        deployed.server.run(f'DROP ROLE "{name}"')


def test_locations_of_another_database_keep_their_rights(
    deployed: PostgresDeployment, postgres: Any, tmp_path: Path
) -> None:
    deployed.publish("ops", "flights", 1)
    postgres.run("CREATE DATABASE elsewhere")
    try:
        other = deploy_on_postgres(tmp_path / "other", postgres, "elsewhere")
        other.register("ops", flights=())
        other.grant()
        with deployed.connect("billing") as connection:
            assert connection.execute(f'SELECT id FROM "{deployed.name("ops")}"."flights"').fetchall() == [(1,)]
    finally:
        forget_connections()
        postgres.run("DROP DATABASE elsewhere WITH (FORCE)")


def test_a_location_that_left_cannot_log_in(deployed: PostgresDeployment) -> None:
    import shutil

    import psycopg

    shutil.rmtree(deployed.workspace.locations / deployed.name("billing"))
    deployed.server.run(grants_sql(rights_of(deployed.workspace)), deployed.database)
    with pytest.raises(psycopg.OperationalError, match="not permitted to log in"):
        deployed.connect("billing")


def test_the_command_writes_sql_without_a_password(deployed: PostgresDeployment, tmp_path: Path) -> None:
    root = str(deployed.workspace.root)
    told = CliRunner().invoke(workspace_command, ["grants", "--workspace", root])
    assert told.exit_code == 0 and f'CREATE SCHEMA IF NOT EXISTS "{deployed.name("ops")}__stage"' in told.output
    assert "PASSWORD" not in told.output.upper().replace("\\PASSWORD", "").replace("PASSWORDS STAND", "")
    out = tmp_path / "grants.sql"
    CliRunner().invoke(workspace_command, ["grants", "--workspace", root, "--output", str(out)])
    assert out.read_text() == grants_sql(rights_of(deployed.workspace))


def test_a_workspace_without_a_database_has_nothing_to_grant(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="no Postgres warehouse"):
        rights_of(init_workspace(tmp_path / "ws"))


def test_the_owner_of_the_database_may_run_it(deployed: PostgresDeployment) -> None:
    owner = f"owner_{deployed.mark}"
    deployed.server.run(f"CREATE ROLE {owner} LOGIN CREATEROLE PASSWORD 'x'")
    deployed.server.run(f'ALTER DATABASE "{deployed.database}" OWNER TO {owner}')
    deployed.register("fresh", things=("ops/flights",))
    with deployed.server.connect(deployed.database, user=owner, password="x", autocommit=True) as connection:
        # Roles that somebody else made are not this one's to change; its own it makes and grants.
        for name in ("ops", "billing", "lake"):
            deployed.server.run(f'GRANT "{deployed.name(name)}" TO {owner} WITH ADMIN OPTION')
        for asset in rights_of(deployed.workspace).readers:
            if "fresh" not in asset.location:
                deployed.server.run(f'GRANT "{asset.location}.{asset.dataset}" TO {owner} WITH ADMIN OPTION')
        deployed.server.run(f"GRANT platform_readers TO {owner} WITH ADMIN OPTION")
        connection.execute(grants_sql(rights_of(deployed.workspace)))
    role = deployed.name("fresh")
    deployed.server.run(f"ALTER ROLE \"{role}\" PASSWORD '{role}'")
    deployed.publish("ops", "flights", 1)
    with deployed.connect("fresh") as connection:
        assert connection.execute(f'SELECT id FROM "{deployed.name("ops")}"."flights"').fetchall() == [(1,)]
        connection.execute(f'CREATE TABLE "{role}__stage".t (a int)')
    deployed.server.run(f'ALTER DATABASE "{deployed.database}" OWNER TO admin')
