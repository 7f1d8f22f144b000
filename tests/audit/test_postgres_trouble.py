"""Trouble of the server is no verdict: what the audit raises, and that no password and no value is in it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pyarrow
import pytest
from auditing import LOCATION, contract_of
from postgres_server import Server
from postgres_tables import connected, made, stored

from platform_core.audit import plan
from platform_core.audit.postgres import audit
from platform_core.audit.postgres.session import Session
from platform_core.errors import PlatformError
from platform_core.sql import Relation

pytestmark = [pytest.mark.postgres, pytest.mark.processes]
NUMBER = {"name": "number", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 1}}


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Any]:
    with connected(postgres) as connection:
        yield connection


def test_rows_that_a_policy_hides_are_no_pass(postgres: Server, postgres_database: str) -> None:
    with postgres.connect(postgres_database) as connection:
        connection.execute("CREATE ROLE reader_of_the_audit")
        connection.execute("CREATE SCHEMA audited AUTHORIZATION reader_of_the_audit")
        staged = made(connection, "number bigint", "0")
        connection.execute("GRANT SELECT ON audited.made TO reader_of_the_audit")
        connection.execute("ALTER TABLE audited.made ENABLE ROW LEVEL SECURITY")
        connection.execute("SET ROLE reader_of_the_audit")
        with pytest.raises(PlatformError, match="this role may not read it"):
            audit(connection, plan(contract_of(NUMBER), LOCATION), staged)
        connection.execute("RESET ROLE")
        connection.execute("ALTER TABLE audited.made DISABLE ROW LEVEL SECURITY")
        connection.execute("REVOKE ALL ON audited.made FROM reader_of_the_audit")
        connection.execute("SET ROLE reader_of_the_audit")
        with pytest.raises(PlatformError) as refused:
            audit(connection, plan(contract_of(NUMBER), LOCATION), staged)
        assert "platformctl workspace grants" in refused.value.hint
        connection.rollback()


def test_a_database_in_another_encoding_is_an_error(postgres: Server) -> None:
    postgres.run("CREATE DATABASE bytewise ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    with postgres.connect("bytewise") as connection, pytest.raises(PlatformError, match="is in SQL_ASCII"):
        audit(connection, plan(contract_of(NUMBER), LOCATION), Relation.tables(("public", "none")))
    postgres.run("DROP DATABASE bytewise WITH (FORCE)")


def test_a_lost_server_is_an_error_without_password(own_postgres: Server) -> None:
    connection = own_postgres.connect()
    connection.execute("CREATE TABLE kept AS SELECT 1::bigint AS number")
    connection.commit()
    own_postgres.stop(kill=True)
    for _ in range(2):  # cut in the middle, and asked again
        with pytest.raises(PlatformError) as lost:
            audit(connection, plan(contract_of(NUMBER), LOCATION), Relation.tables(("public", "kept")))
        assert lost.value.message == "PostgreSQL could not do the audit: the connection was lost."
        assert own_postgres.password not in str(lost.value)
    connection.close()
    own_postgres.start()
    with own_postgres.connect() as again:
        assert not audit(again, plan(contract_of(NUMBER), LOCATION), Relation.tables(("public", "kept"))).refused


def test_a_session_that_is_ended_in_the_middle(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Session.one

    def ended(session: Session, *given: Any, **named: Any) -> Any:
        if "DISTINCT" in given[0].sql():
            postgres.run(f"SELECT pg_terminate_backend({session.connection.info.backend_pid})")
        return one(session, *given, **named)

    monkeypatch.setattr(Session, "one", ended)
    connection = postgres.connect()
    connection.execute("CREATE SCHEMA IF NOT EXISTS audited")
    staged = stored(connection, pyarrow.table({"number": [1]}))
    with pytest.raises(PlatformError, match="could not do the audit"):
        audit(connection, plan(contract_of({**NUMBER, "unique": True}), LOCATION), staged)
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT 1")
    connection.close()


@pytest.mark.parametrize(
    ("setting", "said"), [("statement_timeout = 100", "statement_timeout"), ("lock_timeout = 100", "locked by others")]
)
def test_what_takes_too_long_is_no_refusal(postgres: Server, connection: Any, setting: str, said: str) -> None:
    """It may be another's backup that holds the table: a refusal would be final for this delivery."""
    made(connection, "number bigint", "1")
    connection.commit()
    checks = plan(contract_of(NUMBER), LOCATION)
    with postgres.connect() as other, postgres.connect() as own:
        other.execute("LOCK TABLE audited.made IN ACCESS EXCLUSIVE MODE")
        own.execute(f"SET LOCAL {setting}".encode())
        with pytest.raises(PlatformError, match=said):
            audit(own, checks, Relation.tables(("audited", "made")))
        other.rollback()
        assert not audit(own, checks, Relation.tables(("audited", "made"))).refused
    connection.execute("DROP TABLE audited.made")
    connection.commit()
