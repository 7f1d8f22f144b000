"""One real deployment for all tests of this folder: two code servers, the daemon, SQLite. Its start is dear."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml
from daemon_rest import Sensor, unrest
from running_processes import Processes, quiet_ports

from platform_core.components.loading import load_datasets
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog, CatalogEntry, catalog_data
from platform_core.resources.warehouse import Table
from platform_core.workspace import init_workspace
from platform_core.workspace.instance import instance_config
from platform_core.workspace.ports import accepts

CASES = Path(__file__).parents[1] / "cases"
LOCATIONS = {
    "shop": CASES / "location",
    "board": CASES / "reader_location",
    "grain": CASES / "grain_location",
}
HEAD = "order_id,customer,day,amount,channel\n"


class Deployment(Processes):
    """The locations of LOCATIONS under a real daemon."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.landing = root / "landing"
        self.home = root / "workspace"
        workspace = init_workspace(self.home)
        config = instance_config(workspace)
        # Dagster's retry of a crashed run would hide what the platform itself does about one.
        config["run_retries"] = {"enabled": False}
        (self.home / "dagster.yaml").write_text(yaml.safe_dump(config))
        self.kill_order = root / "kill"
        for name, case in LOCATIONS.items():
            shutil.copytree(case, root / name, ignore=shutil.ignore_patterns("__pycache__"))
            (self.landing / name).mkdir(parents=True)
        for name in ("order_totals", "grand_total", "loyal_customers"):  # every run costs seconds
            shutil.rmtree(root / "shop" / "src" / "shop" / "defs" / name)
            (root / "shop" / "contracts" / f"{name}.odcs.yaml").unlink()
        self._write_catalog()
        self.catalog = Catalog.load(root / "catalog.json")
        first = quiet_ports(len(LOCATIONS))
        self.ports = {name: first + number for number, name in enumerate(LOCATIONS)}
        servers = [
            {"grpc_server": {"host": "127.0.0.1", "port": port, "location_name": name}}
            for name, port in self.ports.items()
        ]
        (self.home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": servers}))
        # Two servers that touch a fresh storage at once would collide.
        self.instance = dg.DagsterInstance.from_config(str(self.home))

    def _write_catalog(self) -> None:
        """Write what the workspace would, and know which sensors there will be."""
        self.sensors: list[Sensor] = []
        entries = []
        for name in LOCATIONS:
            datasets = load_datasets(self.root / name / "src" / name).datasets
            kinds = {dataset.declaration.kind for dataset in datasets}
            # Dagster passes over an automation that has nothing to follow.
            there = {"landing": "file" in kinds, "automation": kinds != {"file"}, "reconcile": True}
            self.sensors += [(name, sensor) for sensor, is_there in there.items() if is_there]
            for dataset in datasets:
                contract = dataset.contract
                entries.append(
                    CatalogEntry(
                        dataset.asset,
                        dataset.location.owner,
                        str(self.root / "warehouse" / name / dataset.asset.dataset),
                        contract.version,
                        contract.hash,
                        str(contract.document.path),
                        dataset.partitions.as_mapping() if dataset.partitions else None,
                    )
                )
        catalog = catalog_data({"duckdb_delta": self.root / "warehouse"}, self.landing, entries)
        (self.root / "catalog.json").write_text(json.dumps(catalog))

    def start(self) -> None:
        for name in LOCATIONS:
            self.serve(name)
        self._start("daemon", ["dagster._daemon", "run", "-w", "workspace.yaml"], self.home)

    def serve(self, name: str) -> None:
        """Start the code server of a location, and wait until it answers."""
        place = ["--host", "127.0.0.1", "--port", str(self.ports[name]), "--location-name", name]
        self._start(name, ["dagster", "api", "grpc", "-m", f"{name}.definitions", *place], self.root / name)
        self.wait(lambda: accepts(self.ports[name]), f"the code server of {name}")

    def _start(self, name: str, module: list[str], folder: Path) -> None:
        path = [str(Path(__file__).parent / "killing"), str(folder / "src")]
        variables = {
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            **{"DAGSTER_HOME": str(self.home), "PLATFORM_CATALOG": str(self.root / "catalog.json")},
            **{"PYTHONPATH": os.pathsep.join(path), "KILL_AFTER_COMMIT": str(self.kill_order)},
        }
        self.spawn(name, [sys.executable, "-m", *module], folder, variables)

    def close(self) -> None:
        super().close()
        self.instance.dispose()

    def deliver(self, name: str, text: str, location: str = "shop") -> None:
        """Put a file into a landing folder, slowly enough to be seen half-written."""
        path = self.landing / location / name
        path.write_text(text[: len(text) // 2])
        path.write_text(text)

    def orders(self, month: int, *, amount: str = "10.00", rows: int = 3) -> None:
        lines = [f"{month * 100 + n},1,2026-{month:02}-{n + 1:02},{amount},web" for n in range(rows)]
        self.deliver(f"orders-2026-{month:02}.csv", HEAD + "\n".join(lines) + "\n")

    def table(self, location: str, dataset: str) -> Table:
        return self.catalog.table(AssetId(location, dataset))

    def announced(self, location: str, dataset: str, partition: str | None = None) -> int:
        """Return how often Dagster was told of a publication."""
        wanted = [partition] if partition else None
        filter_ = dg.AssetRecordsFilter(asset_key=dg.AssetKey([location, dataset]), asset_partitions=wanted)
        return len(self.instance.fetch_materializations(filter_, limit=1000).records)

    def until_announced(self, location: str, dataset: str, partition: str | None, more_than: int) -> None:
        what = f"{location}/{dataset} {partition or ''} announced more than {more_than} times"
        self.wait(lambda: self.announced(location, dataset, partition) > more_than, what)

    def runs(self, location: str, dataset: str) -> list[dg.DagsterRun]:
        """Return the runs of one dataset alone, oldest first."""
        only = {dg.AssetKey([location, dataset])}
        return [run for run in reversed(self.instance.get_runs()) if run.asset_selection == only]

    def backfill(self, partitions: dict[str, list[str]]) -> str:
        """Launch a backfill of these partitions by asset, the way the page of Dagster does; return its id."""
        mutation = (
            "mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) "
            "{ __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"
        )
        wanted: dict[str, object] = {
            "partitionsByAssets": [
                {
                    "assetKey": {"path": asset.split("/")},
                    "partitions": {"ranges": [{"start": k, "end": k} for k in keys]},
                }
                for asset, keys in partitions.items()
            ]
        }
        if len(partitions) == 1:  # the only form in which Dagster takes dynamic partitions
            ((asset, keys),) = partitions.items()
            wanted = {"assetSelection": [{"path": asset.split("/")}], "partitionNames": keys}
        variables = json.dumps({"params": wanted})
        graphql = str(Path(sys.executable).with_name("dagster-graphql"))
        command = [graphql, "-w", "workspace.yaml", "-t", mutation, "-v", variables]
        env = {**os.environ, "DAGSTER_HOME": str(self.home)}
        told = subprocess.run(command, cwd=self.home, env=env, capture_output=True, text=True, check=False)
        assert "{" in told.stdout, told.stderr
        answer = json.loads(told.stdout[told.stdout.index("{") :])["data"]["launchPartitionBackfill"]
        assert answer["__typename"] == "LaunchBackfillSuccess", (answer, told.stderr)
        return str(answer["backfillId"])

    def until_backfilled(self, backfill: str) -> str:
        """Wait until a backfill has ended; return its status."""
        done = ("COMPLETED", "COMPLETED_SUCCESS", "COMPLETED_FAILED", "FAILED", "CANCELED")
        self.wait(lambda: self.instance.get_backfill(backfill).status.value in done, f"backfill {backfill}")
        return str(self.instance.get_backfill(backfill).status.value)

    def settle(self) -> None:
        """Wait until all that was delivered up to now, and all that followed from it, is done."""
        now = time.time()
        self.wait(
            lambda: not unrest(self.instance, self.sensors, now), lambda: unrest(self.instance, self.sensors, now)
        )


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    made = Deployment(tmp_path_factory.mktemp("deployment"))
    try:
        made.start()
        yield made
    finally:
        made.close()
