"""On which engine a location is: what dialect its queries have, and where its datasets are published."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from platform_core.components.dataset import Dataset
from platform_core.errors import PlatformError
from platform_core.locations import FILE_NAME, find_root, load_location
from platform_core.locations.engines import POSTGRES
from platform_core.resources.default_engine import default_engine

__all__ = ["engine_at", "engine_kinds", "engine_of"]


def engine_at(folder: Path, location: str) -> str:
    """Return the engine of the location in or above `folder`, by its location.yaml, else by its workspace."""
    try:
        file = find_root(folder.absolute()) / FILE_NAME
        return _written(file, file.stat().st_mtime_ns, file.stat().st_ino) or default_engine(location)
    except (PlatformError, OSError):  # what is wrong with location.yaml is said where it is read for itself
        return default_engine(location)


@lru_cache(maxsize=8)  # asked once a query while a location loads
def _written(file: Path, *_: int) -> str:
    return load_location(file.parent).engine


def engine_of(dataset: Dataset) -> str:
    """Return the engine that a dataset is published on."""
    return dataset.location.engine or default_engine(dataset.location.name)


def engine_kinds(engine: str) -> tuple[str, ...]:
    """Return what Dagster shows of an engine."""
    return ("postgres",) if engine == POSTGRES else ("duckdb", "deltalake")
