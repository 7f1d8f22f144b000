"""Where a dataset is tried out: in a folder, or, for one on Postgres where a database is named, in that database."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.resources.catalog import Catalog
from platform_core.resources.postgres_address import URL, PostgresAddress, local_address
from platform_core.testing.environment import read_env_file

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset

__all__ = ["NO_SERVER", "local_database", "stands_in", "trial_catalog"]

NO_SERVER = f"DuckDB stands in for Postgres: set {URL} to a database to try it there"


def local_database(root: Path) -> PostgresAddress | None:
    """Return the database for trying things out that the environment, or .env in `root`, names; else None."""
    return local_address({**read_env_file(root), **os.environ})


def stands_in(dataset: Dataset) -> bool:
    """Whether a dataset that is published on Postgres is tried out without it."""
    from platform_core.components.engine import engine_of

    return engine_of(dataset) == POSTGRES and local_database(dataset.root) is None


@contextmanager
def trial_catalog(dataset: Dataset, folder: Path) -> Iterator[Catalog]:
    """Give a catalog with nothing in it, in `folder` or in schemas of its own, which go away again."""
    from platform_core.components.engine import engine_of

    found = local_database(dataset.root) if engine_of(dataset) == POSTGRES else None
    if found is None:
        yield Catalog.on(folder, folder / "landing")
        return
    from platform_core.resources.postgres.removal import drop_schemas

    address = replace(found, prefix=f"{found.prefix}{secrets.token_hex(4)}__")
    try:
        yield Catalog({DUCKDB_DELTA: folder, POSTGRES: address}, folder / "landing", engine=POSTGRES)
    finally:
        drop_schemas(address)
