"""Connections to the warehouse's database: one of each thread for reading, and one of each stage."""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from platform_core.resources.postgres.errors import explained

if TYPE_CHECKING:
    from psycopg import Connection, Cursor

    from platform_core.resources.postgres_address import PostgresAddress

__all__ = ["connect", "forget_connections", "reading", "run", "staging"]

_CONNECT_SECONDS = 10
_IDLE_SECONDS = 30.0  # after that, look first whether the server is still there
# What a statement means must depend neither on the role's settings nor on other schemas.
_SETTINGS = {
    "TimeZone": "UTC",
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "search_path": "pg_catalog",
    "client_min_messages": "error",
    "standard_conforming_strings": "on",
    "default_transaction_isolation": "read committed",
}
_local = threading.local()


def connect(address: PostgresAddress) -> Connection[Any]:
    """Open a connection on which each statement commits by itself.

    Raises PlatformError, without the password, when the database cannot be reached or does not let this role in.
    """
    import psycopg

    arguments = {"connect_timeout": _CONNECT_SECONDS, **address.arguments()}
    with explained(address):
        connection = psycopg.connect(**arguments, autocommit=True)
        pairs = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())
        run(connection, f"SELECT {pairs}")
    return connection


def run(
    connection: Connection[Any], sql: str, arguments: Sequence[Any] | Mapping[str, Any] | None = None
) -> Cursor[Any]:
    """Run a statement that this package built: names in it are quoted, values are arguments."""
    return connection.execute(sql.encode(), arguments)


@contextmanager
def reading(address: PostgresAddress) -> Iterator[Connection[Any]]:
    """Give this thread's connection for reading, opened when there is none; what fails on it is explained."""
    with explained(address), _taken(address, "reading") as connection:
        yield connection


@contextmanager
def staging(address: PostgresAddress) -> Iterator[Connection[Any]]:
    """Give a connection that nobody else of this process uses meanwhile: a stage lives as long as it does."""
    with _taken(address, "staging") as connection:
        yield connection


@contextmanager
def _taken(address: PostgresAddress, purpose: str) -> Iterator[Connection[Any]]:
    kept, key = _kept(), (replace(address, prefix=""), purpose)
    connection = _usable(*kept.pop(key, (None, 0.0))) or connect(address)
    try:
        yield connection
    finally:
        if not connection.closed and connection.info.transaction_status.name != "IDLE":
            with suppress(Exception):
                connection.rollback()
        # Whoever needed one meanwhile opened another: one of the two is enough.
        if connection.closed or key in kept:
            connection.close()
        else:
            kept[key] = (connection, time.monotonic())


def forget_connections() -> None:
    """Close this thread's connections, as before its database goes away."""
    for connection, _ in _kept().values():
        with suppress(Exception):
            connection.close()
    _kept().clear()


def _usable(connection: Connection[Any] | None, used: float) -> Connection[Any] | None:
    if connection is None or connection.closed:
        return None
    if (time.monotonic() - used < _IDLE_SECONDS and not _told(connection)) or _alive(connection):
        return connection
    connection.close()
    return None


def _told(connection: Connection[Any]) -> bool:
    """Whether the server has said something unasked, as it does when it ends a session. Costs no way to and fro."""
    watch = select.poll()
    watch.register(connection.fileno(), select.POLLIN | select.POLLHUP)
    return bool(watch.poll(0))


def _alive(connection: Connection[Any]) -> bool:
    import psycopg

    try:
        connection.execute("SELECT 1")
    except psycopg.Error:
        return False
    return True


def _kept() -> dict[tuple[PostgresAddress, str], tuple[Connection[Any], float]]:
    # A forked child must not speak on its parent's connections.
    if getattr(_local, "process", None) != os.getpid():
        _local.process, _local.connections = os.getpid(), {}
    found: dict[tuple[PostgresAddress, str], tuple[Connection[Any], float]] = _local.connections
    return found
