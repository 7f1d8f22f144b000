"""catalog.json: what it holds of each registered dataset and of the warehouses, written and read in one place."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError, Where
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId
from platform_core.resources.postgres_address import PostgresAddress

__all__ = ["RENDER", "CatalogEntry", "catalog_data", "read_catalog", "read_entry"]

VERSION = 2  # 1 knew one engine; it is still read, since teams upgrade before or after their platform does
RENDER = "Render it again: platformctl workspace render"


@dataclass(frozen=True)
class CatalogEntry:
    """One registered dataset. `partitions` are the words of its defs.yaml; None when it has none.

    `address` is a folder, or a view of the database, by `engine`.
    """

    asset: AssetId
    owner: str
    address: str
    contract_version: str
    contract_hash: str
    contract_path: str
    partitions: Mapping[str, Any] | None = None
    engine: str = DUCKDB_DELTA

    def as_data(self) -> dict[str, Any]:
        """Return what catalog.json holds of it."""
        contract = {"version": self.contract_version, "hash": self.contract_hash, "path": self.contract_path}
        return {
            "location": self.asset.location,
            "dataset": self.asset.dataset,
            "engine": self.engine,
            "address": self.address,
            "owner": self.owner,
            "contract": contract,
            "partitions": self.partitions,
        }


def catalog_data(
    warehouses: Mapping[str, Path | PostgresAddress],
    landing: Path,
    entries: Iterable[CatalogEntry],
    engine: str = DUCKDB_DELTA,
) -> dict[str, Any]:
    """Return what a catalog.json holds. `engine` is that of datasets which nobody registered."""
    settings = {
        name: place.as_data() if isinstance(place, PostgresAddress) else {"root": str(place)}
        for name, place in warehouses.items()
    }
    return {
        "version": VERSION,
        "engine": engine,
        "warehouses": settings,
        "landing": str(landing),
        "datasets": {str(entry.asset): entry.as_data() for entry in entries},
    }


def read_catalog(path: Path) -> dict[str, Any]:
    """Return what a catalog.json holds. Raises PlatformError when it is missing, broken, or of another version."""
    where = Where(path)
    try:
        data = json.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise PlatformError("PLATFORM_CATALOG names a file that is not there.", where, RENDER) from error
    except OSError as error:
        raise PlatformError(f"The catalog cannot be read: {error.strerror}.", where) from error
    except ValueError as error:
        line = getattr(error, "lineno", 0)
        raise PlatformError("The catalog is not valid JSON.", Where(path, line), RENDER) from error
    version = data.get("version") if isinstance(data, dict) else None
    if version not in (1, VERSION):
        message = f"The catalog has version {version!r}; this library reads version {VERSION}."
        raise PlatformError(message, where, RENDER)
    return _upgraded(data, where) if version == 1 else data


def _upgraded(data: dict[str, Any], where: Where) -> dict[str, Any]:
    try:
        warehouse = data["warehouse"]
        return {**data, "engine": warehouse["engine"], "warehouses": {warehouse["engine"]: {"root": warehouse["root"]}}}
    except (KeyError, TypeError) as error:
        raise PlatformError(f"The catalog is incomplete: {error}.", where, RENDER) from error


def read_entry(key: str, data: Mapping[str, Any]) -> tuple[AssetId, CatalogEntry]:
    """Read one dataset. Raises KeyError or TypeError for one that is incomplete, PlatformError for a bad name."""
    asset, contract = AssetId.parse(key), data["contract"]
    entry = CatalogEntry(
        asset,
        data["owner"],
        data["address"],
        contract["version"],
        contract["hash"],
        contract["path"],
        data.get("partitions"),
        data["engine"],
    )
    return asset, entry
