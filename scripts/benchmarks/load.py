"""Loading a location of 100 datasets against the same 100 assets written by hand in bare Dagster Python.

The bare module holds the same specs, checks, metadata, freshness, conditions and sensors as literals, compiled to
bytecode; ours has 100 contracts, 100 declarations and their SQL, read once before and unchanged since.
`cold` is the first load after a change, which reads them all. Each load is a process of its own, up to a built
repository; CPU is its user + system time, with the import of Dagster, as every run's process pays it. Rounds are
interleaved and the least of each is taken.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

COUNT, ROUNDS = 100, 7
_MONTHS = '{type: monthly, start_date: "2025-01-01", end_date: "2026-01-01"}'
_MEASURE = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
import dagster, duckdb  # both sides need them: the difference is what each adds
begin = resource.getrusage(resource.RUSAGE_SELF)
from {module} import defs
repository = defs.get_repository_def()
end = resource.getrusage(resource.RUSAGE_SELF)
total = end.ru_utime + end.ru_stime
print(json.dumps({{"total": total, "load": total - begin.ru_utime - begin.ru_stime}}))
"""


def run() -> dict[str, Any]:
    """Return CPU seconds and ratios. Raises AssertionError when the two sides define different things."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "big"
        write_location(root)
        sys.path.insert(0, str(root / "src"))
        (root / "src" / "bare.py").write_text(bare_source(root))
        _compare(root)
        rounds: dict[str, list[dict[str, float]]] = {"ours": [], "bare": [], "cold": []}
        for number in range(ROUNDS):
            rounds["ours"].append(_measure(root, "big.definitions"))
            rounds["bare"].append(_measure(root, "bare"))
            if number < 2:
                with (root / "location.yaml").open("a", encoding="utf-8") as file:
                    file.write("# changed\n")
                rounds["cold"].append(_measure(root, "big.definitions"))
    total = {name: min(item["total"] for item in items) for name, items in rounds.items()}
    alone = {name: min(item["load"] for item in items) for name, items in rounds.items()}
    return {
        "datasets": COUNT,
        "ours, CPU s": total["ours"],
        "bare Dagster, CPU s": total["bare"],
        "ratio (aim 1.15)": total["ours"] / total["bare"],
        "ours without importing Dagster, CPU s": alone["ours"],
        "bare without importing Dagster, CPU s": alone["bare"],
        "ratio without importing Dagster": alone["ours"] / alone["bare"],
        "ours cold, CPU s": total["cold"],
    }


def _measure(root: Path, module: str) -> dict[str, float]:
    code = _MEASURE.format(module=module)
    env = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, str(root / "src")],
        capture_output=True,
        text=True,
        check=True,
        env=env,
    )
    return json.loads(done.stdout)


def write_location(root: Path) -> None:
    """Write a location of files by month, files, queries by month, totals and functions, with 12 columns each."""
    defs = root / "src" / "big" / "defs"
    (root / "contracts").mkdir(parents=True)
    defs.mkdir(parents=True)
    (root / "location.yaml").write_text("name: big\nowner: team:big\ndescription: A location of many datasets.\n")
    (root / "src" / "big" / "__init__.py").touch()
    (root / "src" / "big" / "definitions.py").write_text(
        "from platform_core import build_definitions\n\ndefs = build_definitions(__file__)\n"
    )
    for number in range(COUNT):
        name, kind = f"table_{number:03}", number % 5
        folder = defs / name
        folder.mkdir()
        (root / "contracts" / f"{name}.odcs.yaml").write_text(_contract(name, number))
        source = f"table_{number - kind:03}"
        if kind == 0:
            text = f"path: {name}-{{partition}}.csv\n  null_values: ['', NA]\n  partitions: {_MONTHS}"
            (folder / "defs.yaml").write_text(f"type: platform_core.FileDataset\nattributes:\n  {text}\n")
        elif kind == 1:
            text = f"path: {name}.parquet"
            (folder / "defs.yaml").write_text(f"type: platform_core.FileDataset\nattributes:\n  {text}\n")
        elif kind == 4:
            (folder / f"{name}.py").write_text(
                "import duckdb\n\nfrom platform_core import dataset\n\n\n"
                f'@dataset(inputs={{"rows": "{source}"}})\n'
                f"def {name}(rows: duckdb.DuckDBPyRelation):\n    return rows\n"
            )
        else:
            parts = f"attributes:\n  partitions: {_MONTHS}\n" if kind == 2 else ""
            (folder / "defs.yaml").write_text(f"type: platform_core.SqlDataset\n{parts}")
            (folder / f"{name}.sql").write_text(
                f"WITH f AS (SELECT a.* FROM {source} AS a JOIN table_{number - kind + 1:03} AS b ON a.id = b.id)\n"
                "SELECT id, max(day) AS day, sum(value_0) AS value_0, count(*) AS n FROM f GROUP BY id\n"
            )


def _contract(name: str, number: int) -> str:
    columns = "\n".join(
        f"      - {{name: value_{n}, description: Measured value {n}, logicalType: number, "
        f"logicalTypeOptions: {{minimum: 0, maximum: {100 + n}}}}}"
        for n in range(8)
    )
    return f"""\
apiVersion: v3.2.0
kind: DataContract
id: big-{name}
name: {name}
version: 1.0.0
status: active
dataProduct: big
team: {{name: big}}
tags: [benchmark, group_{number % 7}]
description:
  purpose: Table number {number} of the benchmark.
slaProperties:
  - {{property: frequency, value: 40, unit: d}}

schema:
  - name: {name}
    properties:
      - {{name: id, description: Identifier, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: day, description: Day of the event, logicalType: date, required: true}}
      - name: channel
        description: Where it came from
        logicalType: string
        enum: [{{value: web}}, {{value: shop}}, {{value: phone}}]
{columns}
      - {{name: code, description: Code, logicalType: string, logicalTypeOptions: {{pattern: "[A-Z]{{2}}[0-9]+"}}}}
    quality:
      - {{name: enough_rows, metric: rowCount, mustBeGreaterThan: 1}}
"""


def _compare(root: Path) -> None:
    """Hold that the two sides define the same assets, checks and sensors."""
    import bare
    from big.definitions import defs

    ours, theirs = (json.dumps(_facts(side), indent=1, sort_keys=True, default=str) for side in (defs, bare.defs))
    (root / "ours.json").write_text(ours)
    (root / "bare.json").write_text(theirs)
    different = [f"{a} | {b}" for a, b in zip(ours.splitlines(), theirs.splitlines(), strict=False) if a != b]
    assert ours == theirs, "\n".join(different[:5])
    assert len(_facts(defs)["assets"]) == COUNT


def _facts(definitions: Any) -> dict[str, Any]:
    from dagster_shared.serdes import serialize_value

    repository = definitions.get_repository_def()
    assets = {}
    for asset in repository.assets_defs_by_key.values():
        (spec,) = asset.specs
        assets[spec.key.to_user_string()] = {
            **{"deps": sorted(map(str, spec.deps)), "description": spec.description, "owners": sorted(spec.owners)},
            **{
                "metadata": {key: str(value) for key, value in sorted(spec.metadata.items())},
                "tags": sorted(spec.tags.items()),
            },
            **{"group": spec.group_name, "code_version": spec.code_version, "skippable": spec.skippable},
            "condition": serialize_value(spec.automation_condition) if spec.automation_condition else None,
            "freshness": str(spec.freshness_policy),
            "partitions": str(spec.partitions_def),
            "backfill": str(asset.backfill_policy),
            "checks": [
                (check.name, check.blocking, check.description)
                for check in sorted(asset.check_specs, key=lambda c: c.name)
            ],
        }
    return {"assets": assets, "sensors": sorted((s.name, s.default_status.value) for s in repository.sensor_defs)}


def bare_source(root: Path) -> str:
    """Return the same definitions as a Python module that knows nothing of the platform."""
    from big.definitions import defs

    assets = sorted(defs.get_repository_def().assets_defs_by_key.values(), key=lambda asset: asset.key.path)
    listed = ", ".join(asset.key.path[-1] for asset in assets)
    return "\n".join([_HEAD, *(_asset(asset) for asset in assets), _TAIL.format(listed=listed)])


def _asset(asset: Any) -> str:
    (spec,) = asset.specs
    inputs = sorted(dep.asset_key.path[-1] for dep in spec.deps)
    condition = ("PART" if spec.partitions_def else f"whole({', '.join(map(repr, inputs))})") if inputs else "None"
    partitions = "MONTHS" if spec.partitions_def else "None"
    checks = "\n".join(
        f"        dg.AssetCheckSpec({check.name!r}, asset=dg.AssetKey({spec.key.path!r}), "
        f"description={check.description!r}, blocking={check.blocking!r}),"
        for check in asset.check_specs
    )
    tags = {key: value for key, value in spec.tags.items() if not key.startswith("dagster/kind")}
    plain = {
        key: getattr(value, "value", value) for key, value in spec.metadata.items() if key != "dagster/column_schema"
    }
    metadata = "".join(f"                {key!r}: {value!r},\n" for key, value in plain.items())
    return f"""
@dg.multi_asset(
    name={asset.op.name!r},
    specs=[
        dg.AssetSpec(
            key=dg.AssetKey({spec.key.path!r}),
            deps=[{", ".join(f"dg.AssetDep(dg.AssetKey(['big', {name!r}]))" for name in inputs)}],
            description={spec.description!r},
            metadata={{
                "dagster/column_schema": dg.TableSchema(columns=[{_columns(spec.metadata["dagster/column_schema"])}]),
{metadata}            }},
            skippable=True,
            group_name={spec.group_name!r},
            owners={list(spec.owners)!r},
            kinds={set(spec.kinds)!r},
            tags={tags!r},
            code_version={spec.code_version!r},
            freshness_policy=dg.FreshnessPolicy.time_window(fail_window=datetime.timedelta(days=40)),
            automation_condition={condition},
            partitions_def={partitions},
        )
    ],
    check_specs=[
{checks}
    ],
    partitions_def={partitions},
    backfill_policy={"dg.BackfillPolicy.single_run()" if spec.partitions_def else "None"},
)
def {spec.key.path[-1]}(context: dg.AssetExecutionContext):
    yield dg.MaterializeResult()
"""


def _columns(schema: Any) -> str:
    return ", ".join(
        f"dg.TableColumn({column.name!r}, {column.type!r}, {column.description!r}, dg.TableColumnConstraints("
        f"nullable={column.constraints.nullable!r}, unique={column.constraints.unique!r}, "
        f"other={list(column.constraints.other)!r}))"
        for column in schema.columns
    )


_HEAD = """import datetime
import dagster as dg
import duckdb  # as the functions of the other side do
A = dg.AutomationCondition
MONTHS = dg.MonthlyPartitionsDefinition(
    start_date=datetime.datetime(2025, 1, 1), end_date=datetime.datetime(2026, 1, 1), fmt="%Y-%m"
)
TRIGGER = (A.newly_missing() | A.any_deps_updated()).since(A.newly_requested() | A.newly_updated())
QUIET = ~A.any_deps_in_progress() & ~A.in_progress()
PART = TRIGGER & ~A.any_deps_missing() & QUIET


def whole(*inputs):
    ready = TRIGGER
    for name in inputs:
        ready = ready & A.any_deps_match(~A.missing()).allow(dg.AssetSelection.assets(dg.AssetKey(["big", name])))
    return ready & QUIET
"""
_TAIL = """

EVERYTHING = {{"target": dg.AssetSelection.all(), "default_status": dg.DefaultSensorStatus.RUNNING}}


@dg.sensor(name="landing", minimum_interval_seconds=5, **EVERYTHING)
def landing(context):
    return dg.SkipReason("nothing")


@dg.sensor(name="reconcile", minimum_interval_seconds=15, **EVERYTHING)
def reconcile(context):
    return dg.SkipReason("nothing")


automation = dg.AutomationConditionSensorDefinition("automation", minimum_interval_seconds=5, **EVERYTHING)
defs = dg.Definitions(assets=[{listed}], sensors=[automation, landing, reconcile], executor=dg.in_process_executor)
"""
