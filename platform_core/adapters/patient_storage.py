"""Dagster's storage on Postgres, which outlasts a database that is away for some minutes.

Named as `storage` in the dagster.yaml of the `server` profile. Dagster's own gives up after some six seconds without
the database, and an event that cannot be written kills its run; in a code server the thread that notices dead runs
dies with it. And the webserver keeps connections open, finds after a restart of the database that they are gone, and
has half-done a launch by then. Here a process waits, and the webserver looks at a connection before it uses it.

What is taken from dagster_postgres beside its public classes stands in this module; a contract test holds it to the
installed version.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from dagster_postgres import (
    DagsterPostgresStorage,
    PostgresEventLogStorage,
    PostgresRunStorage,
    PostgresScheduleStorage,
)
from dagster_postgres.utils import create_pg_engine, pg_url_from_config, set_pg_statement_timeout
from sqlalchemy import event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from platform_core.adapters.storage import waiting_helps

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["PATIENCE", "PatientPostgresStorage", "hurried"]

PATIENCE = 300.0  # seconds without the database; then the process may end, and be started again
HURRY = 3.0  # seconds; someone looks on
_LONGEST = 5.0  # seconds between two tries


@contextmanager
def hurried() -> Iterator[None]:
    """Wait for the database no longer than someone who typed a command does."""
    before, _Patient.patience = _Patient.patience, HURRY
    try:
        yield
    finally:
        _Patient.patience = before


@contextmanager
def _patient(storage: Any) -> Iterator[Connection]:
    connection = _connected(storage._engine, storage.patience)
    try:
        yield connection
    finally:
        connection.close()


def _connected(engine: Any, patience: float) -> Connection:
    deadline, wait = time.monotonic() + patience, 0.2
    while True:
        try:
            found: Connection = engine.connect()
            return found
        except (DatabaseError, PoolTimeout) as error:
            if time.monotonic() + wait > deadline or not waiting_helps(getattr(error, "orig", None) or error):
                raise
        time.sleep(wait)
        wait = min(wait * 2, _LONGEST)


class _Patient:
    """What the three storages have in common."""

    patience = PATIENCE
    postgres_url: str

    def optimize_for_webserver(self, statement_timeout: int, pool_recycle: int, max_overflow: int) -> None:
        """Keep connections, as Dagster does, and look at each before it is used."""
        self.patience = HURRY
        engine = create_pg_engine(
            self.postgres_url,
            isolation_level="AUTOCOMMIT",
            pool_size=1,
            pool_recycle=pool_recycle,
            max_overflow=max_overflow,
            pool_pre_ping=True,
        )
        event.listen(engine, "connect", lambda connection, _: set_pg_statement_timeout(connection, statement_timeout))
        self._engine = engine

    def connect(self, run_id: str | None = None) -> AbstractContextManager[Connection]:
        return _patient(self)

    def _connect(self) -> AbstractContextManager[Connection]:
        return _patient(self)


class _Runs(_Patient, PostgresRunStorage):
    pass


class _Events(_Patient, PostgresEventLogStorage):
    pass


class _Schedules(_Patient, PostgresScheduleStorage):
    pass


class PatientPostgresStorage(DagsterPostgresStorage):
    """Takes the same configuration as Dagster's `postgres` storage. Makes no tables: `workspace prepare` does."""

    def __init__(self, postgres_url: str, inst_data: Any = None) -> None:
        super().__init__(postgres_url, should_autocreate_tables=False, inst_data=inst_data)
        self._run_storage = _Runs(postgres_url, should_autocreate_tables=False)
        self._event_log_storage = _Events(postgres_url, should_autocreate_tables=False)
        self._schedule_storage = _Schedules(postgres_url, should_autocreate_tables=False)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> PatientPostgresStorage:
        return cls(pg_url_from_config(config_value), inst_data)
