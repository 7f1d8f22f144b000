"""What the SQL of a dbt project can reach during a private build: what it declares, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time

import psutil
import pytest
from patience import PATIENCE

from platform_core.components.loading import load_datasets

pytestmark = pytest.mark.processes

# Each is a model of its own: what it tries must fail.
ATTEMPTS = {
    "reads_a_file": "select content as x from read_text('{secret}')",
    "reads_undeclared_data": "select * from read_parquet('{unpublished}')",
    "lists_files": "select file as x from glob('{folder}/*')",
    "loads_from_the_network": "select * from read_csv('https://example.com/x.csv')",
    "attaches": "{{% do run_query(\"attach '{written}.duckdb' as other\") %}} select 1 as x",
    "copies_out": "{{% do run_query(\"copy (select 1) to '{written}.csv'\") %}} select 1 as x",
    "changes_published_data": "{{% do run_query(\"copy (select 1 as x) to '{folder}/new.parquet'\") %}} select 1 as x",
    "writes_what_it_reads": "{{% do run_query(\"copy (select 1 as x) to '{lent}' (use_tmp_file false)\") %}}"
    " select order_id as x from {{{{ source('market', 'orders') }}}}",
    "opens_up": "{{% do run_query('set enable_external_access = true') %}} select 1 as x",
    "loads_an_extension": "{{% do run_query('install httpfs') %}} {{% do run_query('load httpfs') %}} select 1 as x",
}


def test_a_model_reaches_nothing_but_what_it_declares(market, tmp_path, monkeypatch):
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", "hidden")
    seen = "{{ 'from nowhere' if env_var('PLATFORM_POSTGRES_PASSWORD', 'none') != 'none' }}"
    (market.dbt / "models" / "sees_no_secret.sql").write_text(f"select 1 as x {seen}")
    secret = tmp_path / "secret.txt"
    secret.write_text("hidden")
    unpublished = market.root / "landing" / "customers.csv"
    folder = market.table("order_totals").path / "data"
    lent = market.table("orders").snapshot().relation().files[0]
    for name, text in ATTEMPTS.items():
        query = text.format(
            lent=lent, secret=secret, unpublished=unpublished, folder=folder, written=tmp_path / "written"
        )
        (market.dbt / "models" / f"{name}.sql").write_text(query)
    result = market.run(*ATTEMPTS, "countries", "sees_no_secret")
    (event,) = [event for event in result.all_events if event.is_step_failure]
    said = event.step_failure_data.user_failure_data.description
    assert market.announced(result) == {"countries"}
    assert all(f"could not build {name}" in said for name in ATTEMPTS), said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["secret.txt"]
    assert not (folder / "new.parquet").exists()
    assert len(market.rows("orders")) == 3
    assert "hidden" not in said
    assert "sees_no_secret" not in said  # it was built


KILLED = """
    import os, signal, sys
    from pathlib import Path
    from platform_core.components.dbt.run import run_project
    from platform_core.components.loading import load_datasets
    from platform_core.resources.catalog import Catalog

    root, when = Path(sys.argv[1]), sys.argv[2]
    loaded = load_datasets(root / "src" / "market")
    (project,) = loaded.projects

    def tell(line):
        if when == "building" and "START sql table model" in line:
            print("building", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)

    catalog = Catalog.from_environment(root)
    datasets = {dataset.asset: dataset for dataset in loaded.datasets}
    for ended in run_project(project, datasets, catalog, sorted(project.contracted), "killed", tell=tell):
        if ended.unique_id.endswith("order_totals"):
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("when", [pytest.param("building", marks=pytest.mark.slow), "between two publications"])
def test_a_killed_run_leaves_nothing_half_published_and_the_next_one_heals(market, when):
    before = market.versions()
    market.deliver((4, 2, "2026-02-01", "500.00"))
    load_datasets(market.package)
    command = [sys.executable, "-c", textwrap.dedent(KILLED), str(market.root), when]
    assert subprocess.run(command, check=False, stdout=subprocess.DEVNULL).returncode == -signal.SIGKILL
    published = {name for name, version in market.versions().items() if version != before[name]}
    if when == "building":
        assert published == set()
        stop = time.monotonic() + PATIENCE
        while (left := list(children_of_dbt(market))) and time.monotonic() < stop:
            time.sleep(0.1)
        assert left == []  # dbt ends with the run that started it
    else:
        assert "order_totals" in published
        assert "best_customers" not in published
    assert market.rows("best_customers") == [(1, 130.50)]
    stages = market.root / ".platform" / "local" / "warehouse" / "_stage" / "market" / "_dbt"
    assert list(stages.iterdir())  # the private build of the dead
    assert market.run("order_totals", "best_customers").success
    assert market.rows("best_customers") == [(1, 130.50), (2, 505.00)]
    assert list(stages.iterdir()) == []


def children_of_dbt(market):
    """Yield the processes that run dbt in this location."""
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if str(market.dbt) in words and "platform_core.components.dbt.child" in words:
            yield process.pid


def test_a_location_whose_dbt_project_is_unchanged_loads_without_dbt(market):
    market.definitions  # noqa: B018 - remembered
    code = textwrap.dedent("""
        import sys
        import platform_core.components.definitions as definitions
        definitions.build_definitions(sys.argv[1])
        print(sorted(name for name in sys.modules if name in ("dbt", "dagster_dbt", "sqlglot")))
    """)
    command = [sys.executable, "-c", code, str(market.package / "definitions.py")]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=dict(os.environ))
    assert done.stdout.strip().splitlines()[-1] == "[]"
