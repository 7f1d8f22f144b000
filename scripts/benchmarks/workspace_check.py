"""`platformctl workspace check` of 100 locations with 100 datasets each, and a need for every second of them."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from platform_core.contracts import load_contract
from platform_core.lineage import Asset, Check, ContractRef, Graph
from platform_core.workspace import Registration, init_workspace, render
from platform_core.workspace.registry import write_registration

__all__ = ["run"]

LOCATIONS = DATASETS = 100
COLUMNS = 20
_PLANTED = ["edited-by-hand", "need-not-met", "use-without-need"]
_EDITED, _MISSING = "location_7/contracts/dataset_5.odcs.yaml", "column_77"  # what is wrong, and to be found
EVERY = 2  # of a location's datasets, one in so many reads another team's, and says what it needs of it


def run() -> dict[str, Any]:
    """Seconds (wall and CPU) with nothing remembered and again; fails when anything but the planted is found."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        workspace = init_workspace(root / "ws")
        needs = 0
        for number in range(LOCATIONS):
            one = _location(number, root)
            write_registration(workspace, one)
            needs += len(one.needs)
        render(workspace)
        (edited := workspace.locations / _EDITED).write_text(edited.read_text() + "# by hand\n")
        first, findings = _check(root)
        again, same = _check(root)
        assert findings == same, "two runs do not say the same"
        found = sorted(finding["id"] for finding in findings)
        assert found == _PLANTED, f"found {found}"
    figures: dict[str, Any] = {"locations": LOCATIONS, "datasets": LOCATIONS * DATASETS, "needs": needs}
    for name, times in (("first", first), ("again", again)):
        figures |= {f"{name}_{key}": value for key, value in times.items()}
    return {**figures, "aim_seconds": 15}


def _location(number: int, folder: Path) -> Registration:
    name, assets, contracts, needs = f"location_{number}", {}, {}, {}
    for place in range(DATASETS):
        dataset = f"dataset_{place}"
        text = _contract(dataset)
        contracts[dataset] = text.encode()
        path = folder / f"{dataset}.odcs.yaml"
        if not number:  # the hash is over the meaning, in which the location has no part
            path.write_text(text)
        contract = _read(path)
        deps = [f"{name}/dataset_{place - 1}"] if place else []
        reads: dict[str, tuple[str, ...]] = {}
        if place % EVERY == 1 and number:
            upstream = f"location_{(number * 7 + place) % number}/dataset_{place - 1}"
            deps.append(upstream)
            reads[upstream] = ("id", "column_1")
            column = _MISSING if (number, place) == (3, 1) else "column_1"
            needs[upstream.replace("/", ".")] = _need(upstream, column).encode()
        assets[f"{name}/{dataset}"] = Asset(
            f"{name}/{dataset}",
            deps=tuple(sorted(deps)),
            kinds=("sql",),
            owners=(f"team:{name}",),
            description=f"Dataset {place} of {name}, as it is published every day.",
            checks=tuple(Check(f"{dataset}_required_{column}", True) for column in range(5)),
            contract=ContractRef(contract.version, contract.hash),
            reads=reads,
        )
    facts = {"python": sys.executable, "root": str(folder), "port": 4000 + number, "source_hash": "0123456789ab"}
    about = {"owner": f"team:{name}", "repository": f"https://git.example/{name}", "package": name}
    versions = {"platform_core": "0.1.0", "dagster": "1.13.27", "python": "3.11.0"}
    return Registration(
        name=name, **about, **facts, versions=versions, graph=Graph(assets), contracts=contracts, needs=needs
    )


_KNOWN: dict[Path, Any] = {}


def _read(path: Path) -> Any:
    if path not in _KNOWN:
        _KNOWN[path] = load_contract(path)
    return _KNOWN[path]


def _check(root: Path) -> tuple[dict[str, float], list[dict[str, Any]]]:
    code = "from platform_core.cli import main; main(['workspace', 'check', '--workspace', 'ws', '--format', 'json'])"
    environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, env=environment, capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 1, f"workspace check failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": wall, "cpu_seconds": cpu}, json.loads(done.stdout)["findings"]


def _contract(dataset: str) -> str:
    columns = "\n".join(_column(place) for place in range(COLUMNS))
    return _HEAD.format(name=dataset, columns=columns)


def _column(place: int) -> str:
    kinds = (
        "logicalType: integer\n        logicalTypeOptions: {minimum: 0, maximum: 1000}",
        "logicalType: string\n        logicalTypeOptions: {pattern: '[A-Z]{3}'}",
        "logicalType: string\n        enum: [{value: a}, {value: b}, {value: c}]",
        "logicalType: timestamp\n        logicalTypeOptions: {timezone: true}",
        "logicalType: number\n        physicalType: DECIMAL(10,2)",
    )
    description = f"        description: Column {place}, as it is published."
    return f"      - name: column_{place}\n{description}\n        {kinds[place % len(kinds)]}\n        required: true"


def _need(dataset: str, column: str) -> str:
    return f"""dataset: {dataset}
version: ^1
properties:
  - {{name: id, logicalType: string, required: true}}
  - {{name: {column}, logicalType: string, required: true}}
keys: [[id]]
"""


_HEAD = """apiVersion: v3.2.0
kind: DataContract
id: bench.{name}
name: {name}
version: 1.0.0
status: active
description:
  purpose: A contract as large as those of real teams.
slaProperties:
  - {{property: freshness, value: 2, unit: d}}
schema:
  - name: {name}
    properties:
      - name: id
        description: What identifies a row.
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
{columns}
    quality:
      - {{name: has_rows, metric: rowCount, mustBeGreaterThan: 0}}
"""
