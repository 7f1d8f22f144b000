"""dbt projects of 30 and 200 models, every one under contract, against stock dagster-dbt on the same project.

Models are tables in layers over one published table of 50,000 rows, with two dbt tests each; stock builds them into a
DuckDB file with `dbt build` and streams its events. Ours builds the same privately, audits each by a contract (key,
required columns, a range), writes it as Parquet and commits it to a Delta table of its own. A run is a process of its
own, from the start of Python to the run's end; its CPU counts its children. `load` is a process up to a built
repository, nothing changed since the last one; `cold` the first after a change. Rounds are interleaved, the least is
taken. Both sides must have built the same rows.
"""

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

__all__ = ["run"]

SIZES, ROUNDS, LOADS, ROWS = (30, 200), 2, 5, 50_000
WIDTH = 10  # models in a layer
CONTRACT = """apiVersion: v3.2.0
kind: DataContract
id: big-{name}
name: {name}
version: 1.0.0
status: active
schema:
  - name: {name}
    properties:
      - {{name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: bucket, logicalType: integer, required: true}}
      - {{name: amount, logicalType: number, required: true, logicalTypeOptions: {{minimum: 0}}}}
"""
OURS = "from platform_core import build_definitions\n\ndefs = build_definitions(__file__)\n"
STOCK = """
from pathlib import Path

import dagster as dg
from dagster_dbt import DbtCliResource, DbtProject, dbt_assets

project = DbtProject(project_dir=Path({folder!r}), profiles_dir=Path({folder!r}))


@dbt_assets(manifest=project.manifest_path, project=project)
def models(context: dg.AssetExecutionContext, dbt: DbtCliResource):
    yield from dbt.cli(["build"], context=context).stream()


defs = dg.Definitions(assets=[models], resources={{"dbt": DbtCliResource(project)}}, executor=dg.in_process_executor)
"""
RUN = """
import sys
sys.path.insert(0, sys.argv[1])
import dagster as dg
from {module} import defs
job = defs.resolve_implicit_global_asset_job_def()
keys = [key for key in job.asset_layer.executable_asset_keys if key.path[-1] != "events"]
quiet = {{"loggers": {{"console": {{"config": {{"log_level": "ERROR"}}}}}}}}
result = job.execute_in_process(asset_selection=keys, instance=dg.DagsterInstance.ephemeral(), run_config=quiet)
assert result.success
assert len(keys) == {count}
"""
LOAD = """
import sys
sys.path.insert(0, sys.argv[1])
import dagster, duckdb
from {module} import defs
defs.get_repository_def()
"""


def run() -> dict[str, Any]:
    """Return seconds and ratios. Raises AssertionError when the two sides did not build the same rows."""
    figures: dict[str, Any] = {"rows of the source": ROWS}
    for count in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            figures |= _of_size(Path(folder).resolve(), count)
    return figures


def _of_size(root: Path, count: int) -> dict[str, Any]:
    _write(root, count)
    source = root / "big" / "src"
    _child(LOAD.format(module="big.definitions"), source)  # parses the project, remembers the location
    _child(LOAD.format(module="stock"), source)
    sides = {"ours": "big.definitions", "stock": "stock"}
    timed: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for _ in range(ROUNDS):
        for name, module in sides.items():
            timed[name].append(_child(RUN.format(module=module, count=count), source))
    assert _ours(root, count) == _stock(root, count)
    wall = {name: min(wall for wall, _ in rounds) for name, rounds in timed.items()}
    cpu = {name: min(cpu for _, cpu in rounds) for name, rounds in timed.items()}
    loads = {name: [_child(LOAD.format(module=sides[name]), source)[1] for _ in range(LOADS)] for name in sides}
    (root / "big" / "dbt" / "models" / "m_000.sql").open("a").write("-- changed\n")
    cold = _child(LOAD.format(module="big.definitions"), source)[1]
    load = {name: min(items) for name, items in loads.items()}
    return {
        f"{count} models: ours, s": wall["ours"],
        f"{count} models: stock dagster-dbt, s": wall["stock"],
        f"{count} models: ratio (aim 1.2)": wall["ours"] / wall["stock"],
        f"{count} models: ours, CPU s": cpu["ours"],
        f"{count} models: stock dagster-dbt, CPU s": cpu["stock"],
        f"{count} models: ratio of CPU": cpu["ours"] / cpu["stock"],
        f"{count} models: load, ours, CPU s": load["ours"],
        f"{count} models: load, stock dagster-dbt, CPU s": load["stock"],
        f"{count} models: load, ratio (aim 1.1)": load["ours"] / load["stock"],
        f"{count} models: load, ours after a change, CPU s": cold,
    }


def _child(code: str, source: Path) -> tuple[float, float]:
    """Run a process; return its seconds and its CPU seconds, those of its children too."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PLATFORM_", "DBT_"))}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-W", "ignore", "-c", code, str(source)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _write(root: Path, count: int) -> None:
    """Write the location with its project, and the same project for stock dagster-dbt; publish the source."""
    import duckdb

    big = root / "big"
    project, package = big / "dbt", big / "src" / "big"
    for folder in (big / "contracts", project / "models", package / "defs" / "models", package / "defs" / "events"):
        folder.mkdir(parents=True)
    (big / "location.yaml").write_text("name: big\nowner: team:big\nsupport: {contact: '#big'}\n")
    (package / "__init__.py").touch()
    (package / "definitions.py").write_text(OURS)
    (package / "defs" / "models" / "defs.yaml").write_text("type: platform_core.DbtProject\n")
    (package / "defs" / "events" / "defs.yaml").write_text(
        "type: platform_core.FileDataset\nattributes:\n  path: events.parquet\n"
    )
    (project / "dbt_project.yml").write_text(
        "name: big\nversion: '1.0'\nprofile: big\nmodels: {big: {+materialized: table}}\n"
    )
    names = [f"m_{number:03}" for number in range(count)]
    for number, name in enumerate(names):
        (project / "models" / f"{name}.sql").write_text(_query(number))
    tests = "".join(
        f"  - name: {name}\n    columns:\n      - {{name: id, data_tests: [not_null]}}\n"
        f"      - {{name: amount, data_tests: [not_null]}}\n"
        for name in names
    )
    (project / "models" / "models.yml").write_text(f"models:\n{tests}")
    for name in ("events", *names):
        (big / "contracts" / f"{name}.odcs.yaml").write_text(CONTRACT.format(name=name))
    (big / "landing").mkdir()
    rows = f"SELECT range AS id, range % 7 AS bucket, (range % 1000) / 4.0 AS amount FROM range({ROWS})"
    duckdb.execute(f"COPY ({rows}) TO '{big / 'landing' / 'events.parquet'}' (FORMAT parquet)")
    sources = "sources:\n  - name: {name}\n    tables: [{{name: events}}]\n"
    subprocess.run(["cp", "-r", str(project), str(root / "stock")], check=True)
    for folder in (project, root / "stock"):
        (folder / "models" / "sources.yml").write_text(sources.format(name="big"))
    database = root / "stock" / "warehouse.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE SCHEMA big; CREATE TABLE big.events AS {rows}")
    profile = {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": str(database), "schema": "out"}}}
    (root / "stock" / "profiles.yml").write_text(json.dumps({"big": profile}))
    (big / "src" / "stock.py").write_text(STOCK.format(folder=str(root / "stock")))
    subprocess.run(
        [sys.executable, "-c", "from dbt.cli.main import cli; cli()", "parse", "--profiles-dir", "."],
        cwd=root / "stock",
        check=True,
        capture_output=True,
        env={**os.environ, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    )
    _child(PUBLISH, big / "src")


PUBLISH = """
import sys
sys.path.insert(0, sys.argv[1])
import dagster as dg
from big.definitions import defs
job = defs.resolve_implicit_global_asset_job_def()
selection, instance = [dg.AssetKey(["big", "events"])], dg.DagsterInstance.ephemeral()
assert job.execute_in_process(asset_selection=selection, instance=instance).success
"""


def _query(number: int) -> str:
    """Return a model of layer `number // WIDTH`: over the source, or over two models of the layer before."""
    if number < WIDTH:
        return f"select id, bucket, amount + {number} as amount from {{{{ source('big', 'events') }}}}\n"
    first, second = number - WIDTH, number - number % WIDTH - WIDTH + (number * 7 + 3) % WIDTH
    return (
        f"select a.id, b.bucket, a.amount + b.amount / {number} as amount\n"
        f"from {{{{ ref('m_{first:03}') }}}} as a join {{{{ ref('m_{second:03}') }}}} as b on a.id = b.id\n"
    )


_FACTS = "count(*), sum(id), sum(bucket), round(sum(amount) / 1e6, 3)"


def _ours(root: Path, count: int) -> list[Any]:
    import duckdb

    from platform_core.names import AssetId
    from platform_core.resources.catalog import Catalog

    catalog, found = Catalog.from_environment(root / "big"), []
    for number in range(count):
        snapshot = catalog.table(AssetId("big", f"m_{number:03}")).snapshot()
        assert snapshot is not None, f"m_{number:03} was not published"
        relation = snapshot.relation().source().sql("duckdb")
        found.append(duckdb.execute(f"SELECT {_FACTS} FROM {relation}").fetchone())
    return found


def _stock(root: Path, count: int) -> list[Any]:
    import duckdb

    with duckdb.connect(str(root / "stock" / "warehouse.duckdb"), read_only=True) as connection:
        return [connection.execute(f"SELECT {_FACTS} FROM out.m_{n:03}").fetchone() for n in range(count)]
