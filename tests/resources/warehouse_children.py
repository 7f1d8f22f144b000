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

from patience import PATIENCE
from warehouse_reader import checked
from warehouse_tables import deliver, record_of
from warehouse_writer import publish

from platform_core.contracts.model import Contract
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.warehouse import Retention, Table, Warehouse
from platform_core.resources.warehouse import commit as commit_module
from platform_core.resources.warehouse import publish as publish_module
from platform_core.resources.warehouse import quarantine as quarantine_module
from platform_core.resources.warehouse import retention as retention_module
from platform_core.resources.warehouse import rollback as rollback_module

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(
    ["__main__", "warehouse_children", "deltalake.transaction", "pyarrow.parquet", "filelock"]
)


def table_of(root: Path) -> Table:
    return Warehouse(root).table(AssetId("flight_ops", "flights"))


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


def publish_rounds(root: Path, partition: str, number: int, rounds: int) -> None:
    for turn in range(rounds):
        publish(root, partition, number + turn)


def refuse(root: Path) -> None:
    with table_of(root).stage("p1", "run") as stage:
        table_of(root).refuse(stage, record_of(), "because")


def back(root: Path) -> None:
    table_of(root).rollback("p1", by="x", contract=("1", "h"), audit=lambda restored: ())


def vacuum(root: Path) -> int:
    return table_of(root).vacuum(Retention()).files


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


def anything(root: Path, seed: int, started: Connection) -> None:
    """One thing a run, an operator or a janitor does; the seed is also the number that is published."""
    chance = random.Random(seed)
    started.send(True)
    partition, what = chance.choice(["p1", "p2", "p3"]), chance.random()
    try:
        if what < 0.1:
            table_of(root).rollback(partition, by="x", contract=("1", "h"), audit=lambda restored: ())
        elif what < 0.15:
            table_of(root).vacuum(Retention(versions=3))
        elif what < 0.2:
            refuse(root)
        else:
            publish(root, partition, seed)
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
