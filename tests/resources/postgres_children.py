"""What child processes do in the tests of PostgreSQL's kills and crowds. `home` is (url, password, prefix)."""

from __future__ import annotations

import os
import random
import signal
from multiprocessing.connection import Connection
from typing import Any

import duckdb
from warehouse_children import CONTEXT, run
from warehouse_tables import record_of, rows_of
from warehouse_writer import CONTRACT, ROWS, query

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.postgres import Warehouse
from platform_core.resources.postgres import publish as publish_module
from platform_core.resources.postgres import retention as retention_module
from platform_core.resources.postgres import rollback as rollback_module
from platform_core.resources.postgres import stage as stage_module
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.resources.warehouse import Retention

__all__ = ["CONTEXT", "MOMENTS", "anything", "dying", "publish", "publish_rounds", "read", "run", "table_of"]

Home = tuple[str, str, str]
COLUMNS = {"id": "BIGINT", "number": "BIGINT", "text": "VARCHAR"}
_CHECK = "SELECT min(number), max(number), count(*), sum(id) FROM delivery"


def table_of(home: Home) -> Any:
    os.environ["CHILD_PASSWORD"] = home[1]
    return Warehouse(PostgresAddress(home[0], "CHILD_PASSWORD", prefix=home[2])).table(AssetId("flight_ops", "flights"))


def publish(home: Home, partition: str | None, number: int) -> int:
    table = table_of(home)
    with table.stage(partition, f"run-{number}") as stage, duckdb.connect() as connection:
        stage.write(connection, query(number), CONTRACT)
        version: int = table.publish(stage, record_of(f"run-{number}", input_hash=str(number))).version
        return version


def publish_rounds(home: Home, partition: str, number: int, rounds: int) -> None:
    for turn in range(rounds):
        publish(home, partition, number + turn)


def refuse(home: Home) -> None:
    with table_of(home).stage("p1", "run") as stage, duckdb.connect() as connection:
        stage.write(connection, query(0), CONTRACT)
        table_of(home).refuse(stage, record_of(), "because")


def back(home: Home) -> None:
    table_of(home).rollback("p1", by="x", contract=("1", "h"), audit=lambda restored: ())


def vacuum(home: Home) -> int:
    files: int = table_of(home).vacuum(Retention(versions=1)).files
    return files


def read(home: Home) -> dict[str | None, int]:
    """Read the newest version and hold each partition against its publication; return the number each holds."""
    snapshot = table_of(home).snapshot()
    found: dict[str | None, int] = {}
    for partition, publication in (snapshot.partitions if snapshot else {}).items():
        told = rows_of(snapshot.relation([partition], COLUMNS), _CHECK)[0]
        expected = int(publication.input_hash)
        if told != (expected, expected, ROWS, ROWS * (ROWS - 1) // 2 + ROWS * expected):
            raise AssertionError(f"version {snapshot.version} {partition}: {told} for {expected}")
        found[partition] = expected
    return found


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


# moment -> (module, name of the step); killed before it happens
MOMENTS = {
    "while staging": (stage_module, "copy_in"),
    "before the table is moved": (publish_module, "swap"),
    "before the view is replaced": (publish_module, "show"),
    "before the record is written": (publish_module, "append"),
    "before the commit": (publish_module, "commit"),
    "before the rollback is committed": (rollback_module, "commit"),
    "in the middle of vacuum": (retention_module, "sweep_stages"),
}


def dying(moment: str, work: Any, *arguments: Any) -> None:
    """Do `work`, and be killed at a moment of it."""
    setattr(*MOMENTS[moment], die)
    work(*arguments)


def anything(home: Home, seed: int, started: Connection) -> None:
    """One thing a run, an operator or a janitor does; the seed is also the number that is published."""
    chance = random.Random(seed)
    table_of(home).snapshot()  # connected: what follows is work
    started.send(True)
    partition, what = chance.choice(["p1", "p2", "p3"]), chance.random()
    try:
        if what < 0.15:
            table_of(home).rollback(partition, by="x", contract=("1", "h"), audit=lambda restored: ())
        elif what < 0.2:
            table_of(home).vacuum(Retention(versions=3))
        elif what < 0.25:
            refuse(home)
        else:
            publish(home, partition, seed)
    except PlatformError as error:
        if not any(word in error.message for word in ("held", "no earlier version", "never published")):
            raise
