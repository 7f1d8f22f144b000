"""What child processes do in the tests of kills. They come from a fork server, which never used Delta's threads."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import duckdb
from patience import PATIENCE
from warehouse_reader import checked
from warehouse_tables import deliver, record_of
from warehouse_writer import CONTRACT as WRITTEN
from warehouse_writer import Home, publish, query, table_of

from platform_core.contracts.model import Contract
from platform_core.errors import PlatformError
from platform_core.resources.warehouse import Retention
from platform_core.resources.warehouse import commit as commit_module
from platform_core.resources.warehouse import publish as publish_module
from platform_core.resources.warehouse import quarantine as quarantine_module
from platform_core.resources.warehouse import retention as retention_module
from platform_core.resources.warehouse import rollback as rollback_module

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["__main__", "warehouse_children", "deltalake.transaction", "pyarrow.parquet", "filelock"]
)


def run(work: Callable[..., Any], *arguments: Any) -> Any:
    """Do `work` in a process of its own and return what it returned; killed: return the signal, negative."""
    receive, send = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=_report, args=(send, work, *arguments))
    child.start()
    send.close()
    child.join(PATIENCE)
    return receive.recv() if child.exitcode == 0 else child.exitcode


def _report(send: Connection, work: Callable[..., Any], *arguments: Any) -> None:
    send.send(work(*arguments))


def read(root: Path) -> dict[str | None, int]:
    return checked(table_of(root))


def publish_rounds(place: Path | Home, partition: str, number: int, rounds: int) -> None:
    for turn in range(rounds):
        publish(place, partition, number + turn)


def refuse(place: Path | Home) -> None:
    with table_of(place).stage("p1", "run") as stage, duckdb.connect() as connection:
        stage.write(connection, query(0), WRITTEN)
        table_of(place).refuse(stage, record_of(), "because")


def back(place: Path | Home) -> None:
    table_of(place).rollback("p1", by="x", contract=("1", "h"), audit=lambda restored: ())


def vacuum(place: Path | Home, versions: int = Retention().versions) -> int:
    files: int = table_of(place).vacuum(Retention(versions=versions)).files
    return files


def aftermath(root: Path) -> tuple[Any, ...]:
    """Look at the table, run again, clear up: what each step found."""
    before = read(root)
    publish(root, "p1", 2)
    after, stages = read(root), len(list(table_of(root).stages.iterdir()))
    cleared = vacuum(root)
    return before, after, stages, cleared, read(root)


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _then_die(function: Callable[..., Any]) -> Callable[..., Any]:
    def wrapped(*arguments: Any, **named: Any) -> None:
        function(*arguments, **named)
        die()

    return wrapped


# moment -> (module, name of the step, whether the step still happens)
MOMENTS = {
    "before the files move": (publish_module, "place", False),
    "after the files moved": (publish_module, "place", True),
    "before the commit": (publish_module, "commit", False),
    "after the commit": (commit_module, "_settle_log", False),
    "before the stage is removed": (publish_module, "commit", True),
    "before the refusal is moved": (quarantine_module, "asdict", True),
    "before the rollback is committed": (rollback_module, "commit", False),
    "in the middle of vacuum": (retention_module, "sweep_stages", False),
}


def dying(moment: str, work: Callable[..., Any], *arguments: Any) -> None:
    """Do `work`, and be killed at a moment of it."""
    module, name, happens = MOMENTS[moment]
    setattr(module, name, _then_die(getattr(module, name)) if happens else die)
    work(*arguments)


def anything(place: Path | Home, seed: int, started: Connection) -> None:
    """One thing a run, an operator or a janitor does; the seed is also the number that is published."""
    chance = random.Random(seed)
    table_of(place).snapshot()  # connected: what follows is work
    started.send(True)
    partition, what = chance.choice(["p1", "p2", "p3"]), chance.random()
    try:
        if what < 0.15:
            table_of(place).rollback(partition, by="x", contract=("1", "h"), audit=lambda restored: ())
        elif what < 0.2:
            vacuum(place, versions=3)
        elif what < 0.25:
            refuse(place)
        else:
            publish(place, partition, seed)
    except PlatformError as error:
        if not any(word in error.message for word in ("held", "no earlier version", "never published")):
            raise


def exceeding(root: Path, query: str, contract: Contract) -> str:
    """Deliver more than this process may write to one file; return the error."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    try:
        deliver(table_of(root), query, contract)
    except PlatformError as error:
        return error.message
    return "published"
