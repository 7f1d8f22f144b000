"""The engine of a location whose location.yaml names none: as it is registered, else as its workspace has it."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from platform_core.documents import load_document
from platform_core.errors import PlatformError
from platform_core.locations import FILE_NAME
from platform_core.locations.engines import DUCKDB_DELTA, ENGINES
from platform_core.resources.catalog_file import read_catalog

__all__ = ["default_engine"]


def default_engine(location: str) -> str:
    """Return the engine of a location that names none, one of ENGINES.

    Asked are the catalog of PLATFORM_CATALOG, else the workspace of PLATFORM_WORKSPACE. What cannot be read is passed
    over: a run that needs the catalog says itself what is wrong with it.
    """
    catalog, workspace = os.environ.get("PLATFORM_CATALOG", ""), os.environ.get("PLATFORM_WORKSPACE", "")
    file = Path(catalog) if catalog else Path(workspace) / "platform.yaml"
    return _found(location, catalog, workspace, _stamp(file), _stamp(_registered(Path(workspace), location)))


# Asked once a dataset while a location loads; a catalog of a thousand datasets takes 10 ms to read.
@lru_cache(maxsize=64)
def _found(location: str, catalog: str, workspace: str, *_: tuple[int, int]) -> str:
    if catalog:
        found = _of_catalog(Path(catalog), location)
    else:
        found = _of_workspace(Path(workspace), location) if workspace else ""
    return found if found in ENGINES else DUCKDB_DELTA


def _stamp(file: Path) -> tuple[int, int]:
    try:
        stat = file.stat()
    except OSError:
        return 0, 0
    return stat.st_mtime_ns, stat.st_ino


def _registered(workspace: Path, location: str) -> Path:
    return workspace / "locations" / location / FILE_NAME


def _of_catalog(path: Path, location: str) -> str:
    try:
        data = read_catalog(path)
        own = (one["engine"] for key, one in data["datasets"].items() if key.startswith(f"{location}/"))
        return str(next(own, data["engine"]))
    except (PlatformError, KeyError, TypeError, AttributeError):
        return ""


def _of_workspace(root: Path, location: str) -> str:
    try:
        own = _registered(root, location)
        if own.is_file():
            return str(load_document(own).data.get("engine") or "")
        return str((load_document(root / "platform.yaml").data.get("warehouse") or {}).get("engine") or "")
    except (PlatformError, AttributeError):
        return ""
