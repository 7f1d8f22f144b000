"""Dagster's storage on Postgres: reach it, make it once, set what the pools of shared systems can take.

`python -m platform_core.adapters.storage` does it for the instance of DAGSTER_HOME, for `platformctl workspace
prepare`, and tells on standard output what it did.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError

__all__ = ["ERROR", "POOLS", "prepare_storage", "reach", "set_pools", "waiting_helps"]

POOLS = "PLATFORM_POOLS"  # the variable that hands the pools, as JSON, to the process that sets them
ERROR = "Error:"  # stands before what the process says when it gives up
_EVERY = 1.0  # seconds between two tries
_LOCK = 0x706C6174  # one process at a time makes the tables
# What libpq says when waiting will not help. It gives no code for a refused connection.
_FINAL = re.compile(
    r"password authentication failed|no password supplied|authentication failed|does not exist|pg_hba|permission denied"
    r"|could not translate host name|Name or service not known|invalid|SSL|certificate",
    re.IGNORECASE,
)


def prepare_storage(config: Mapping[str, Any], patience: float, say: Callable[[str], None]) -> None:
    """Make the tables of Dagster's storage where they are missing. `config` is `postgres_db` of dagster.yaml, resolved.

    Any number of processes may call it at once. Waits up to `patience` seconds for the database; raises PlatformError,
    naming host and database and never the password.
    """
    from dagster_postgres import DagsterPostgresStorage
    from dagster_postgres.utils import get_conn_string

    with reach(config, patience, say) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        with _told(config):
            DagsterPostgresStorage(get_conn_string(**config), should_autocreate_tables=True)


def set_pools(instance: Any, pools: Mapping[str, int]) -> tuple[str, ...]:
    """Give the pools of Dagster's instance the limits of `pools`, and take away all others; return what changed."""
    storage = instance.event_log_storage
    now = {pool.name: pool.limit for pool in storage.get_pool_limits()}
    for name, limit in pools.items():
        if now.get(name) != limit:
            storage.set_concurrency_slots(name, limit)
    for name in now.keys() - pools.keys():
        storage.delete_concurrency_limit(name)
    return tuple(sorted(name for name in now.keys() | pools.keys() if now.get(name) != pools.get(name)))


@contextmanager
def reach(config: Mapping[str, Any], patience: float, say: Callable[[str], None]) -> Iterator[Any]:
    """Connect to the database, waiting up to `patience` seconds for it. Raises PlatformError."""
    import psycopg

    deadline, told = time.monotonic() + patience, ""
    while True:
        try:
            connection = psycopg.connect(**_arguments(config), autocommit=True)
            break
        except psycopg.OperationalError as error:
            reason = _reason(error)
            if time.monotonic() >= deadline or not waiting_helps(error):
                raise _unreachable(config, reason) from None  # the error it comes from holds all that was asked
            if reason != told:
                say(f"waiting for the {_name(config)}: {reason}")
                told = reason
            time.sleep(_EVERY)
    try:
        yield connection
    finally:
        connection.close()


def waiting_helps(error: BaseException) -> bool:
    """Say whether a connection that could not be made may be made later."""
    return not _FINAL.search(_reason(error))


def _arguments(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "connect_timeout": 5,
        **config.get("params", {}),
        "host": config["hostname"],
        "port": config["port"],
        "dbname": config["db_name"],
        "user": config["username"],
        "password": config["password"],
    }


@contextmanager
def _told(config: Mapping[str, Any]) -> Iterator[None]:
    """Say what the database refused, in its own words, and of which database."""
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except SQLAlchemyError as error:
        raise _unreachable(config, _reason(getattr(error, "orig", None) or error)) from None


def _unreachable(config: Mapping[str, Any], reason: str) -> PlatformError:
    hint = "See dagster_storage in platform.yaml, and the variable it names for the password."
    return PlatformError(f"Dagster's storage, the {_name(config)}, cannot be used: {reason}", hint=hint)


def _name(config: Mapping[str, Any]) -> str:
    return f"database {config['db_name']} on {config['hostname']}:{config['port']}"


def _reason(error: BaseException) -> str:
    """What was said, on one line. Of several addresses that were tried it is the last; none is repeated."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    failed = [line for line in lines if "failed:" in line] or lines[:1]
    return re.sub(r"^.*failed: (FATAL: +)?", "", failed[-1])[:300] if failed else type(error).__name__


def _resolved(home: Path) -> dict[str, Any] | None:
    """Return `postgres_db` of a dagster.yaml with the password from its variable; None for another storage."""
    import yaml

    storage = yaml.safe_load((home / "dagster.yaml").read_text("utf-8"))["storage"]
    if "custom" not in storage:
        return None
    config = dict(storage["custom"]["config"]["postgres_db"])
    variable = config["password"]["env"]
    if variable not in os.environ:
        hint = f"Export {variable}, as the process manager that starts this does; it stands in no file."
        raise PlatformError(
            f"the variable {variable} is not set: it holds the password of the {_name(config)}.", hint=hint
        )
    config["password"] = os.environ[variable]
    return config


def _main(home: Path, patience: float) -> None:
    def say(line: str) -> None:
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    config = _resolved(home)
    if config is not None:
        prepare_storage(config, patience, say)
    import dagster as dg

    with dg.DagsterInstance.from_config(str(home)) as instance:
        changed = set_pools(instance, json.loads(os.environ.get(POOLS, "{}")))
    if changed:
        say(f"pools set: {', '.join(changed)}")


if __name__ == "__main__":
    try:
        _main(Path(os.environ["DAGSTER_HOME"]), float(sys.argv[1]))
    except PlatformError as problem:
        sys.exit(f"{ERROR} {problem}")
