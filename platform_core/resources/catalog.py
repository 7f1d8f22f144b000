"""Where the data is: how a location finds its own tables, its landing folder and other teams' published data."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError, Where
from platform_core.names import AssetId
from platform_core.resources.warehouse import Table, Warehouse

__all__ = ["ENGINE", "Catalog", "CatalogEntry", "catalog_data"]

ENGINE = "duckdb_delta"
_VERSION = 1
_RENDER = "Render it again: platformctl workspace render"


@dataclass(frozen=True)
class CatalogEntry:
    """One registered dataset. `partitions` are the words of its defs.yaml; None when it has none."""

    asset: AssetId
    owner: str
    address: str
    contract_version: str
    contract_hash: str
    contract_path: str
    partitions: Mapping[str, Any] | None = None

    def as_data(self, engine: str) -> dict[str, Any]:
        """Return what catalog.json holds of it."""
        contract = {"version": self.contract_version, "hash": self.contract_hash, "path": self.contract_path}
        return {
            "location": self.asset.location,
            "dataset": self.asset.dataset,
            "engine": engine,
            "address": self.address,
            "owner": self.owner,
            "contract": contract,
            "partitions": self.partitions,
        }


def catalog_data(
    warehouse: Path, landing: Path, entries: Iterable[CatalogEntry], engine: str = ENGINE
) -> dict[str, Any]:
    """Return what a catalog.json holds, for `Catalog.load` to read."""
    return {
        "version": _VERSION,
        "warehouse": {"engine": engine, "root": str(warehouse)},
        "landing": str(landing),
        "datasets": {str(entry.asset): entry.as_data(engine) for entry in entries},
    }


@dataclass(frozen=True)
class Catalog:
    """A warehouse, the landing folders, and the registered datasets (none in a location that works on its own)."""

    warehouse: Warehouse
    landing: Path
    entries: Mapping[AssetId, CatalogEntry] = field(default_factory=dict)
    path: Path | None = None  # the file it was read from
    shared: bool = False  # the landing root holds a folder for each location

    @classmethod
    def from_environment(cls, location_root: Path) -> Catalog:
        """Read the file named by PLATFORM_CATALOG; without it, keep everything below the location's own folder.

        PLATFORM_WAREHOUSE and PLATFORM_LANDING, where set, take the place of the roots. Raises PlatformError.
        """
        file = os.environ.get("PLATFORM_CATALOG")
        if file:
            catalog = cls.load(Path(file))
        else:
            local = location_root.absolute()
            catalog = cls(Warehouse(local / ".platform" / "local" / "warehouse"), local / "landing")
        root, landing = os.environ.get("PLATFORM_WAREHOUSE"), os.environ.get("PLATFORM_LANDING")
        if root:
            catalog = replace(catalog, warehouse=Warehouse(root))
        return replace(catalog, landing=Path(landing).absolute(), shared=True) if landing else catalog

    @classmethod
    def load(cls, path: Path) -> Catalog:
        """Read a catalog.json. Raises PlatformError when it is missing, broken, or of another version."""
        where = Where(path)
        try:
            data = json.loads(path.read_text("utf-8"))
        except FileNotFoundError as error:
            raise PlatformError("PLATFORM_CATALOG names a file that is not there.", where, _RENDER) from error
        except OSError as error:
            raise PlatformError(f"The catalog cannot be read: {error.strerror}.", where) from error
        except ValueError as error:
            line = getattr(error, "lineno", 0)
            raise PlatformError("The catalog is not valid JSON.", Where(path, line), _RENDER) from error
        version = data.get("version") if isinstance(data, dict) else None
        if version != _VERSION:
            raise PlatformError(
                f"The catalog has version {version!r}; this library reads version {_VERSION}.", where, _RENDER
            )
        try:
            return cls._of(data, path)
        except (KeyError, TypeError, AttributeError) as error:
            raise PlatformError(f"The catalog is incomplete: {error}.", where, _RENDER) from error

    @classmethod
    def _of(cls, data: dict[str, Any], path: Path) -> Catalog:
        if data["warehouse"]["engine"] != ENGINE:
            engine = data["warehouse"]["engine"]
            raise PlatformError(f"This library has no warehouse engine '{engine}'.", Where(path), f"Known: {ENGINE}.")
        entries = {}
        for key, entry in data["datasets"].items():
            asset, contract = AssetId.parse(key), entry["contract"]
            entries[asset] = CatalogEntry(
                asset,
                entry["owner"],
                entry["address"],
                contract["version"],
                contract["hash"],
                contract["path"],
                entry.get("partitions"),
            )
        base = path.absolute().parent
        return cls(Warehouse(base / data["warehouse"]["root"]), base / data["landing"], entries, path, shared=True)

    def table(self, asset: AssetId) -> Table:
        """Return the table of an asset, registered or not."""
        return self.warehouse.table(asset)

    def landing_folder(self, location: str) -> Path:
        """Return the folder in which files for a location arrive."""
        return self.landing / location if self.shared else self.landing
