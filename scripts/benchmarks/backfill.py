"""A backfill of a year, 365 daily files, against 365 runs of a day each and against the same in bare Dagster.

Ours takes each day through the door in one run: read in the contract's types, audited by its rules, the primary key
over the whole year too, published on its own. The bare sides are plain assets with a single-run backfill policy that
read the same files with DuckDB and write them the simplest way: one replaced Delta partition a day, one Parquet file a
day. They check nothing. Each run is a process of its own, on an instance of its own, from the start of Python to the
run's end; rounds are interleaved, the least is taken. `single_runs` is extrapolated from ten runs of one day.
"""

from __future__ import annotations

import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

__all__ = ["run"]

DAYS, ROWS, ROUNDS, SINGLES = 365, 1000, 3, 10
AIM = 1.2
HEAD = "reading_id,station,day,temperature,state"
CONTRACT = """apiVersion: v3.2.0
kind: DataContract
id: readings
version: 1.0.0
status: active
name: readings
schema:
  - name: readings
    properties:
      - {name: reading_id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: station, logicalType: integer, physicalType: INTEGER, required: true}
      - {name: day, logicalType: date, required: true}
      - {name: temperature, logicalType: number, logicalTypeOptions: {minimum: -60, maximum: 60}}
      - {name: state, logicalType: string, enum: [{value: ok}, {value: dry}, {value: wet}]}
"""
LOCATION = "name: year\nowner: team:year\nsupport: {contact: '#year'}\n"
DEFS = (
    "type: platform_core.FileDataset\nattributes:\n  path: readings-{partition}.csv\n"
    '  partitions: {type: daily, start_date: "2025-01-01", end_date: "2026-01-01"}\n'
)
OURS = "from platform_core.components import build_definitions\n\ndefs = build_definitions(__file__)\n"
BARE = """
import os
from pathlib import Path

import dagster as dg
import duckdb

DAYS = dg.DailyPartitionsDefinition(start_date="2025-01-01", end_date="2026-01-01")
LANDING, OUT = Path(os.environ["LANDING"]), Path(os.environ["OUT"])
TYPES = {"reading_id": "BIGINT", "station": "INTEGER", "day": "DATE", "temperature": "DOUBLE", "state": "VARCHAR"}


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def readings(context: dg.AssetExecutionContext) -> None:
    for key in context.partition_keys:
        rows = duckdb.read_csv(str(LANDING / f"readings-{key}.csv"), header=True, columns=TYPES)
        WRITE


defs = dg.Definitions(assets=[readings], executor=dg.in_process_executor)
"""
WRITES = {
    "parquet": 'rows.write_parquet(str(OUT / f"{key}.parquet"))',
    "delta": 'deltalake.write_deltalake(str(OUT), rows.to_arrow_table(), mode="overwrite", '
    'partition_by=["day"], predicate=f"day = \'{key}\'")',
}


def run() -> dict[str, Any]:
    """Measure, print and return the figures. Raises AssertionError when the sides published different rows."""
    least: dict[str, dict[str, float]] = {side: {} for side in ("ours", "delta", "parquet")}
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        _prepare(root)
        for turn in range(ROUNDS):
            contents = {}
            for side, kept in least.items():
                told = _child(root, side, turn, "2025-01-01", "2025-12-31")
                contents[side] = told.pop("content")
                kept |= {figure: min(kept.get(figure, value), value) for figure, value in told.items()}
            assert len(set(contents.values())) == 1, contents
        singles = [_child(root, "ours", 90, day, day) for day in (f"2025-02-{n + 1:02}" for n in range(SINGLES))]
    figures: dict[str, Any] = {"partitions": DAYS, "rows_each": ROWS}
    for side, kept in least.items():
        figures |= {f"{side}_{figure}": round(value, 3) for figure, value in kept.items()}
    for figure in ("wall_s", "cpu_s"):
        single = sum(told[figure] for told in singles) / SINGLES * DAYS
        figures[f"single_runs_{figure}"] = round(single, 1)
        figures[f"to_single_runs_{figure}"] = round(least["ours"][figure] / single, 4)
        for side in ("delta", "parquet"):
            figures[f"to_bare_{side}_{figure}"] = round(least["ours"][figure] / least[side][figure], 3)
    return {**figures, "aim_to_bare": AIM}


def _prepare(root: Path) -> None:
    landing = root / "landing" / "year"
    landing.mkdir(parents=True)
    for number in range(DAYS):
        day = datetime.date(2025, 1, 1) + datetime.timedelta(days=number)
        lines = [
            f"{number * ROWS + n},{n % 97},{day},{(n * 7 % 1000) / 10 - 40},{('ok', 'dry', 'wet')[n % 3]}"
            for n in range(ROWS)
        ]
        (landing / f"readings-{day}.csv").write_text("\n".join([HEAD, *lines]) + "\n")
    package = root / "ours" / "src" / "year"
    for folder in (package / "defs" / "readings", root / "ours" / "contracts"):
        folder.mkdir(parents=True)
    (root / "ours" / "location.yaml").write_text(LOCATION)
    (root / "ours" / "contracts" / "readings.odcs.yaml").write_text(CONTRACT)
    (package / "__init__.py").touch()
    (package / "definitions.py").write_text(OURS)
    (package / "defs" / "readings" / "defs.yaml").write_text(DEFS)
    for side, write in WRITES.items():
        folder = root / side / "src" / "year"
        folder.mkdir(parents=True)
        (folder / "__init__.py").touch()
        needed = "import deltalake\nimport duckdb" if side == "delta" else "import duckdb"
        text = BARE.replace("WRITE", write).replace("import duckdb", needed)
        (folder / "definitions.py").write_text(text)


def _child(root: Path, side: str, turn: int, first: str, last: str) -> dict[str, Any]:
    home, out = root / f"home-{side}-{turn}", root / f"out-{side}-{turn}"
    for folder in (home, out):
        folder.mkdir(exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    environment = {
        **{key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"},
        **{"DAGSTER_HOME": str(home), "OUT": str(out), "LANDING": str(root / "landing" / "year")},
        **{"PLATFORM_WAREHOUSE": str(out), "PLATFORM_LANDING": str(root / "landing")},
        "PYTHONPATH": str(root / side / "src"),
    }
    subprocess.run([sys.executable, "-c", "import dagster; dagster.DagsterInstance.get()"], env=environment, check=True)
    begin = time.perf_counter()
    command = [sys.executable, __file__, first, last]
    with (root / f"{side}.log").open("ab") as log:
        told = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=log, check=True)
    wall = time.perf_counter() - begin
    figures: dict[str, Any] = {"wall_s": wall, **json.loads(told.stdout.splitlines()[-1])}
    figures["content"] = _content(side, out) if first != last else ""
    return figures


def _content(side: str, out: Path) -> str:
    """Return the number of rows and a hash over them that no order changes."""
    import duckdb

    if side == "parquet":
        files = [str(file) for file in out.glob("*.parquet")]
    else:
        import deltalake

        files = deltalake.DeltaTable(out / "year" / "readings" if side == "ours" else out).file_uris()
    columns = HEAD if side != "delta" else HEAD.replace("day", "day::DATE")
    read = f"read_parquet({files}, hive_partitioning={'true' if side == 'delta' else 'false'})"
    found = duckdb.execute(f"SELECT count(*), sum(hash({columns})::HUGEINT)::VARCHAR FROM {read}").fetchall()
    return str(found[0])


def _measured(first: str, last: str) -> dict[str, Any]:
    """Run in the child, as a launched run does: load the location, execute, end."""
    import resource

    import dagster as dg
    from year.definitions import defs

    span = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=dg.DagsterInstance.get(),
        partition_key=first if first == last else None,
        tags=span if first != last else None,
    )
    assert result.success
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {"cpu_s": usage.ru_utime + usage.ru_stime, "peak_mib": usage.ru_maxrss / 1024}


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(_measured(*sys.argv[1:])))
    else:
        print(json.dumps(run(), indent=2))
