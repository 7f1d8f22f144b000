"""`platformctl contract lint` of 500 contracts: nothing remembered, nothing changed, one changed."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["run"]

CONTRACTS = 500
COLUMNS = 20


def run() -> dict[str, Any]:
    """Seconds (wall and CPU) of each case; fails when their outputs differ."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _write(root / "contracts")
        cold, first = _lint(root)
        unchanged, second = _lint(root)
        changed = root / "contracts" / "dataset_7.odcs.yaml"
        changed.write_text(changed.read_text().replace("version: 1.0.0", "version: 1.0.1"))
        one, third = _lint(root)
        assert first == second == third, "the three runs do not say the same"
        size = sum(file.stat().st_size for file in (root / "contracts").iterdir())
    figures: dict[str, Any] = {"contracts": CONTRACTS, "kilobytes_each": round(size / CONTRACTS / 1000, 1)}
    for name, times in (("cold", cold), ("unchanged", unchanged), ("one_changed", one)):
        figures |= {f"{name}_{key}": value for key, value in times.items()}
    return {**figures, "aim_cold_seconds": 10, "aim_unchanged_seconds": 1.5}


def _write(folder: Path) -> None:
    folder.mkdir()
    for number in range(CONTRACTS):
        columns = "\n".join(_column(number, place) for place in range(COLUMNS))
        text = _HEAD.format(name=f"dataset_{number}", columns=columns, before=f"dataset_{number - 1}")
        if not number:
            text = text.replace("        relationships: [{to: dataset_-1.column_1}]\n", "")
        (folder / f"dataset_{number}.odcs.yaml").write_text(text)


def _column(number: int, place: int) -> str:
    kinds = (
        "logicalType: integer\n        logicalTypeOptions: {minimum: 0, maximum: 1000}",
        f"logicalType: string\n        logicalTypeOptions: {{pattern: '[A-Z]{{{number % 9 + 1}}}'}}",
        "logicalType: string\n        enum: [{value: a}, {value: b}, {value: c}]",
        "logicalType: timestamp\n        logicalTypeOptions: {timezone: true}",
        "logicalType: number\n        physicalType: DECIMAL(10,2)\n"
        "        quality: [{metric: nullValues, unit: percent, mustBeLessThan: 5, severity: warning}]",
    )
    description = f"        description: Column {place} of dataset {number}, as it is published."
    return f"      - name: column_{place}\n{description}\n        {kinds[place % len(kinds)]}\n        required: true"


_HEAD = """apiVersion: v3.2.0
kind: DataContract
id: bench.{name}
name: {name}
version: 1.0.0
status: active
team: {{name: bench}}
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
      - name: parent
        description: The row before it.
        logicalType: string
        relationships: [{{to: {before}.column_1}}]
{columns}
    quality:
      - {{name: has_rows, metric: rowCount, mustBeGreaterThan: 0}}
"""


def _lint(root: Path) -> tuple[dict[str, float], str]:
    command = [sys.executable, "-c", "from platform_core.cli import main; main(['contract', 'lint', 'contracts'])"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(root / "cache")}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, f"contract lint failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": wall, "cpu_seconds": cpu}, done.stdout
