"""One real deployment for all tests of this folder: two code servers, the daemon, SQLite. Its start is dear."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dagster as dg
import pytest
import yaml

from platform_core.components.loading import load_datasets
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Table
from platform_core.workspace import init_workspace
from platform_core.workspace.instance import instance_config

CASES = Path(__file__).parents[1] / "cases"
LOCATIONS = {
    "shop": CASES / "location",
    "board": CASES / "reader_location",
    "grain": CASES / "grain_location",
}
PATIENCE = 180.0  # seconds: this machine may be busy with other things
HEAD = "order_id,customer,day,amount,channel\n"


class Deployment:
    """The locations `shop` and `board` under a real daemon. All processes it started end with `close`."""

    def __init__(self, root: Path) -> None:
        self.root, self.landing = root, root / "landing"
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
        self.ports = {name: _free_port() for name in LOCATIONS}
        servers = [
            {"grpc_server": {"host": "127.0.0.1", "port": port, "location_name": name}}
            for name, port in self.ports.items()
        ]
        (self.home / "workspace.yaml").write_text(yaml.safe_dump({"load_from": servers}))
        # Two servers that touch a fresh storage at once would collide.
        self.instance = dg.DagsterInstance.from_config(str(self.home))
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def _write_catalog(self) -> None:
        datasets = {}
        for name in LOCATIONS:
            for dataset in load_datasets(self.root / name / "src" / name).datasets:
                contract = {
                    "version": dataset.contract.version,
                    "hash": dataset.contract.hash,
                    "path": str(dataset.contract.document.path),
                }
                partitions = dataset.partitions.as_mapping() if dataset.partitions else None
                datasets[str(dataset.asset)] = {
                    **{"location": name, "dataset": dataset.asset.dataset, "engine": "duckdb_delta"},
                    **{"owner": dataset.location.owner, "contract": contract, "partitions": partitions},
                    "address": str(self.root / "warehouse" / name / dataset.asset.dataset),
                }
        warehouse = {"engine": "duckdb_delta", "root": str(self.root / "warehouse")}
        catalog = {"version": 1, "warehouse": warehouse, "landing": str(self.landing), "datasets": datasets}
        (self.root / "catalog.json").write_text(json.dumps(catalog))

    def start(self) -> None:
        for name in LOCATIONS:
            self.serve(name)
        self._spawn("daemon", ["dagster._daemon", "run", "-w", "workspace.yaml"], self.home)

    def serve(self, name: str) -> None:
        """Start the code server of a location, and wait until it answers."""
        place = ["--host", "127.0.0.1", "--port", str(self.ports[name]), "--location-name", name]
        self._spawn(name, ["dagster", "api", "grpc", "-m", f"{name}.definitions", *place], self.root / name)
        self.wait(lambda: _listening(self.ports[name]), f"the code server of {name}")

    def _spawn(self, name: str, module: list[str], folder: Path) -> None:
        path = [str(Path(__file__).parent / "killing"), str(folder / "src")]
        env = {
            **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
            **{"DAGSTER_HOME": str(self.home), "PLATFORM_CATALOG": str(self.root / "catalog.json")},
            **{"PYTHONPATH": os.pathsep.join(path), "KILL_AFTER_COMMIT": str(self.kill_order)},
        }
        with (self.root / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", *module], cwd=folder, env=env, stdout=log, stderr=log, start_new_session=True
            )

    def stop(self, name: str) -> None:
        """End a process and all that it started."""
        process = self.processes.pop(name)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, sign)
                process.wait(15)
            except subprocess.TimeoutExpired:
                continue
            except ProcessLookupError:
                break

    def close(self) -> None:
        for name in reversed(list(self.processes)):
            self.stop(name)
        self.instance.dispose()

    def wait(self, done: Callable[[], object], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not done():
            dead = [name for name, process in self.processes.items() if process.poll() is not None]
            if dead or time.monotonic() > end:
                logs = "\n".join(
                    f"--- {p.name}\n{p.read_text(errors='replace')[-3000:]}" for p in self.root.glob("*.log")
                )
                pytest.fail(f"{'dead: ' + ', '.join(dead) if dead else 'waited in vain'}: {what}\n{logs}")
            time.sleep(0.3)

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
        """Wait until no run is queued or under way, and the automation has had two looks at it."""
        quiet = 0
        while quiet < 8:
            active = [dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED]
            busy = self.instance.get_runs(dg.RunsFilter(statuses=active), limit=1)
            quiet = 0 if busy else quiet + 1
            time.sleep(1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listening(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    made = Deployment(tmp_path_factory.mktemp("deployment"))
    try:
        made.start()
        yield made
    finally:
        made.close()
