"""A location of its own for each test, with files to deliver and a way to run its assets."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest

from platform_core.components import build_definitions
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Table

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


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    for name in ("PLATFORM_CATALOG", "PLATFORM_LANDING", "PLATFORM_WAREHOUSE", "SHOP_WEBHOOK"):
        monkeypatch.delenv(name, raising=False)
    root = tmp_path / "shop"
    shutil.copytree(CASE, root, ignore=shutil.ignore_patterns("__pycache__"))
    made = Shop(root)
    yield made
    made.instance.dispose()


@pytest.fixture
def edit(shop: Shop) -> Callable[[str, str, str], None]:
    """Replace text in a file of the location; fail when it is not there."""

    def replace(path: str, old: str, new: str) -> None:
        file = shop.root / path
        text = file.read_text("utf-8")
        assert old in text
        file.write_text(text.replace(old, new), "utf-8")

    return replace
