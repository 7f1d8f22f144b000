"""A location of its own for each test: files to deliver, a way to run its assets, and what came of it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from platform_core.components import build_definitions
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog, CatalogEntry, catalog_data
from platform_core.resources.postgres.connection import forget_connections
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.resources.warehouse import Table

__all__ = ["CASE", "CUSTOMERS", "HEAD", "PostgresShop", "Shop", "asked", "failure", "outcomes", "shop_on_postgres"]

CASE = Path(__file__).parents[1] / "cases" / "location"
CUSTOMERS = "customer,name,country,since\n1,Ana,PT,2025-01-01\n2,Bo,SE,NA\n3,Cy,PT,2025-06-01\n"
HEAD = "order_id,customer,day,amount,channel\n"


class Shop:
    """The location of tests/cases/location in a folder of its own, with an instance that forgets."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.package = root / "src" / "shop"
        self.landing = root / "landing"
        self.landing.mkdir(exist_ok=True)
        self.instance = dg.DagsterInstance.ephemeral()

    @property
    def definitions(self) -> dg.Definitions:
        return build_definitions(self.package / "definitions.py")

    def deliver(self, name: str, text: str | bytes) -> Path:
        path = self.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    def orders(self, month: int, rows: int = 3, *, amount: str = "10.50", customer: int = 1) -> Path:
        """Deliver one month of orders."""
        lines = [f"{month * 100 + n},{customer},2026-{month:02}-{n + 1:02},{amount},web" for n in range(rows)]
        return self.deliver(f"orders-2026-{month:02}.csv", HEAD + "\n".join(lines) + "\n")

    def run(self, dataset: str, partition: str | None = None, to: str = "") -> dg.ExecuteInProcessResult:
        """Materialize one dataset; with `to`, all partitions from `partition` to it in one run."""
        tags = {"dagster/asset_partition_range_start": partition, "dagster/asset_partition_range_end": to} if to else {}
        return self.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[dg.AssetKey(["shop", dataset])],
            partition_key=None if to else partition,
            instance=self.instance,
            tags={key: value for key, value in tags.items() if value},
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )

    def table(self, dataset: str) -> Table:
        return Catalog.from_environment(self.root).table(AssetId("shop", dataset))

    def rows(self, dataset: str) -> list[tuple[object, ...]]:
        """Return what is published."""
        import duckdb

        snapshot = self.table(dataset).snapshot()
        files = list(snapshot.all_files) if snapshot else []
        return sorted(duckdb.execute("SELECT * FROM read_parquet(?, hive_partitioning=false)", [files]).fetchall())

    def materializations(self, dataset: str) -> list[dg.AssetMaterialization]:
        """Return what Dagster was told, oldest first."""
        found = self.instance.fetch_materializations(dg.AssetKey(["shop", dataset]), limit=100).records
        return [record.asset_materialization for record in reversed(found) if record.asset_materialization]


class PostgresShop(Shop):
    """The shop on Postgres, in a catalog with `entries`, beside locations whose data lies in the folder `lake`."""

    def __init__(self, root: Path, address: PostgresAddress, entries: Iterable[CatalogEntry] = ()) -> None:
        super().__init__(root)
        self.address, self.lake = address, root.parent / "lake"
        self.landing = root.parent / "landing" / "shop"
        self.landing.mkdir(parents=True)
        self.catalog = root.parent / "catalog.json"
        self.register(entries)

    def register(self, entries: Iterable[CatalogEntry], engine: str = "postgres") -> None:
        places = {"duckdb_delta": self.lake, "postgres": self.address}
        self.catalog.write_text(json.dumps(catalog_data(places, self.landing.parent, entries, engine)))


def shop_on_postgres(
    folder: Path,
    server: Any,
    database: str,
    patch: pytest.MonkeyPatch,
    make: Callable[[Path, PostgresAddress], PostgresShop] = PostgresShop,
) -> Iterator[PostgresShop]:
    """Yield the shop in a folder of its own, on a database of the server."""
    for name in ("PLATFORM_LANDING", "PLATFORM_WAREHOUSE", "PLATFORM_POSTGRES_URL", "SHOP_WEBHOOK"):
        patch.delenv(name, raising=False)
    root = folder / "shop"
    shutil.copytree(CASE, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "location.yaml").write_text((root / "location.yaml").read_text() + "engine: postgres\n")
    patch.setenv("PLATFORM_POSTGRES_USER", "admin")
    patch.setenv("PLATFORM_POSTGRES_PASSWORD", server.password)
    made = make(root, PostgresAddress(server.url(database)))
    patch.setenv("PLATFORM_CATALOG", str(made.catalog))
    yield made
    made.instance.dispose()
    forget_connections()


def failure(result: dg.ExecuteInProcessResult) -> Any:
    """Return what the failed step said: description and metadata."""
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data.user_failure_data


def outcomes(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {item.check_name: item for item in result.get_asset_check_evaluations()}


def asked(request: dg.RunRequest) -> tuple[str, str]:
    """Return what a run was asked for: datasets, and the partition or the range of them."""
    first, last = (request.tags.get(f"dagster/asset_partition_range_{end}") for end in ("start", "end"))
    return (
        "+".join(key.path[-1] for key in request.asset_selection or ()),
        request.partition_key or (f"{first}..{last}" if first else ""),
    )
