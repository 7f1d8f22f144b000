"""Where the data is: how a location finds its own tables, its landing folder and other teams' published data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError, Where
from platform_core.locations.engines import DUCKDB_DELTA, ENGINES, POSTGRES
from platform_core.names import AssetId
from platform_core.resources.catalog_file import RENDER, CatalogEntry, catalog_data, read_catalog, read_entry
from platform_core.resources.engine import Table, Warehouse
from platform_core.resources.postgres_address import PostgresAddress, local_address

__all__ = ["Catalog", "CatalogEntry", "Place", "catalog_data", "warehouse_at"]

Place = Path | PostgresAddress  # where a warehouse is: a folder, or a database


@dataclass(frozen=True)
class Catalog:
    """The warehouses by engine, the landing folders, and the registered datasets (none where a location works alone).

    `engine` is that of datasets which nobody registered. `places` holds for each engine a folder or a database. On a
    machine without a database a folder stands in for it: what lies there is DuckDB's, whatever the engine is called.
    """

    places: Mapping[str, Place]
    landing: Path
    entries: Mapping[AssetId, CatalogEntry] = field(default_factory=dict)
    path: Path | None = None  # the file it was read from
    shared: bool = False  # the landing root holds a folder for each location
    engine: str = DUCKDB_DELTA

    @classmethod
    def on(cls, folder: Path | str, landing: Path) -> Catalog:
        """Return the catalog of one folder that holds everything, whatever the engine of a dataset."""
        return cls(dict.fromkeys(ENGINES, Path(folder).absolute()), landing)

    @classmethod
    def from_environment(cls, location_root: Path) -> Catalog:
        """Read the file named by PLATFORM_CATALOG; without it, keep everything below the location's own folder.

        PLATFORM_WAREHOUSE, PLATFORM_POSTGRES_URL and PLATFORM_LANDING, where set, take the place of the folder, the
        database and the landing root. Raises PlatformError.
        """
        file = os.environ.get("PLATFORM_CATALOG")
        if file:
            catalog = cls.load(Path(file))
        else:
            local = location_root.absolute()
            catalog = cls.on(local / ".platform" / "local" / "warehouse", local / "landing")
        catalog = catalog.of_location(location_root)
        places = dict(catalog.places)
        if root := os.environ.get("PLATFORM_WAREHOUSE"):
            places |= {name: Path(root).absolute() for name, place in places.items() if isinstance(place, Path)}
        if mine := local_address():
            places[POSTGRES] = mine
        landing = os.environ.get("PLATFORM_LANDING")
        catalog = replace(catalog, places=places)
        return replace(catalog, landing=Path(landing).absolute(), shared=True) if landing else catalog

    @classmethod
    def load(cls, path: Path) -> Catalog:
        """Read a catalog.json. Raises PlatformError when it is missing, broken, or of another version."""
        data = read_catalog(path)
        base, places = path.absolute().parent, {}
        try:
            for name, settings in data["warehouses"].items():
                if name not in ENGINES:
                    hint = f"Known: {', '.join(ENGINES)}."
                    raise PlatformError(f"This library has no warehouse engine '{name}'.", Where(path), hint)
                places[name] = base / settings["root"] if "root" in settings else PostgresAddress.from_data(settings)
            entries = dict(read_entry(key, entry) for key, entry in data["datasets"].items())
            return cls(places, base / data["landing"], entries, path, shared=True, engine=data["engine"])
        except (KeyError, TypeError, AttributeError) as error:
            raise PlatformError(f"The catalog is incomplete: {error}.", Where(path), RENDER) from error

    def of_location(self, root: Path) -> Catalog:
        """Return the catalog as the location in the folder `root` uses it: with its engine, and its own role.

        The engine is the one it is registered with, else that of its location.yaml, else the workspace's.
        """
        from platform_core.locations import FILE_NAME, load_location

        if not (root / FILE_NAME).is_file():
            return self
        location = load_location(root)
        places = {
            name: place.of_location(location.name) if isinstance(place, PostgresAddress) else place
            for name, place in self.places.items()
        }
        return replace(self, places=places, engine=self.engine_of(location.name) or location.engine or self.engine)

    def engine_of(self, location: str) -> str:
        """Return the engine a location is registered with; empty when none of its datasets is registered."""
        return next((entry.engine for asset, entry in self.entries.items() if asset.location == location), "")

    def warehouse(self, engine: str) -> Warehouse:
        """Return the warehouse of an engine. Raises PlatformError when there is none."""
        place = self.places.get(engine)
        if place is None:
            where = Where(self.path) if self.path else None
            hint = f"Add it to platform.yaml of the workspace, below warehouses: {{{engine}: ...}}."
            raise PlatformError(f"The workspace has no warehouse of the engine {engine}.", where, hint)
        return warehouse_at(place)

    def table(self, asset: AssetId) -> Table:
        """Return the table of an asset, registered or not. Raises PlatformError when its engine has no warehouse."""
        entry = self.entries.get(asset)
        return self.warehouse(entry.engine if entry else self.engine).table(asset)

    def landing_folder(self, location: str) -> Path:
        """Return the folder in which files for a location arrive."""
        return self.landing / location if self.shared else self.landing


def warehouse_at(place: Place) -> Warehouse:
    """Return the warehouse in a folder or a database; what an engine needs is imported only now."""
    if isinstance(place, PostgresAddress):
        from platform_core.resources.postgres import Warehouse as PostgresWarehouse

        return PostgresWarehouse(place)
    from platform_core.resources.warehouse import Warehouse as FolderWarehouse

    found: Any = FolderWarehouse(place)
    return found
