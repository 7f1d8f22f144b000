"""Runs of one project at the same time, and a run that is killed on PostgreSQL: nobody's work is lost or half done."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap

import pytest
from market_location import MODELS
from patience import PATIENCE

from platform_core.components.loading import load_datasets

pytestmark = pytest.mark.processes

# Runs models, in a process of its own. `when` says where it kills itself, or for whom it waits.
RUN = """
    import os, signal, sys, time
    from pathlib import Path
    from platform_core.components.dbt.run import run_project
    from platform_core.components.loading import load_datasets
    from platform_core.resources.catalog import Catalog

    root, when, names = Path(sys.argv[1]), sys.argv[2], sys.argv[3].split(",")
    loaded = load_datasets(root / "src" / "market")
    (project,) = loaded.projects
    datasets = {dataset.asset: dataset for dataset in loaded.datasets}
    wanted = [name for name in project.contracted if project.asset(name).dataset in names]

    def tell(line):
        if when == "building" and "START sql table model" in line:
            os.kill(os.getpid(), signal.SIGKILL)

    if when == "together":  # all processes begin at the same time
        (root / f"ready-{os.getpid()}").touch()
        while len(list(root.glob("ready-*"))) < 2:
            time.sleep(0.02)
    catalog, own = Catalog.from_environment(root), f"run-{os.getpid()}"
    for ended in run_project(project, datasets, catalog, wanted, own, tell=tell):
        if when == "publishing" and ended.unique_id.endswith("order_totals"):
            os.kill(os.getpid(), signal.SIGKILL)
        assert ended.well, ended
"""


def start(market, when: str, *names: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", textwrap.dedent(RUN), str(market.root), when, ",".join(names)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def run_two_together(market) -> None:
    """Both go on from what stands: the second from what the first published, so no row is there twice or lost."""
    load_datasets(market.package)
    before = market.table("order_log").snapshot().version
    market.deliver((4, 2, "2026-02-01", "1.00"))
    both = [start(market, "together", "order_log") for _ in range(2)]
    for one in both:
        said, _ = one.communicate(timeout=PATIENCE)
        assert one.returncode == 0, said
    assert market.rows("order_log", "order_id, seen_before") == [(1, 0), (2, 0), (3, 0), (4, 3)]
    assert market.table("order_log").snapshot().version > before


@pytest.mark.slow
def test_two_runs_of_an_incremental_model_take_turns(market):
    run_two_together(market)


@pytest.fixture
def served(postgres_market):
    """The market on a real server, its models published once."""
    postgres_market.deliver()
    result = postgres_market.run(*MODELS)
    assert result.success, [event.message for event in result.all_events if event.is_step_failure]
    return postgres_market


@pytest.mark.postgres
@pytest.mark.slow
def test_on_postgres_they_take_turns_as_well(served):
    run_two_together(served)
    assert served.private() == []


@pytest.mark.postgres
@pytest.mark.parametrize("when", [pytest.param("building", marks=pytest.mark.slow), "publishing"])
def test_a_run_killed_on_postgres_leaves_nothing_half_published_and_the_next_one_heals(served, when):
    before = served.versions()
    served.deliver((4, 2, "2026-02-01", "500.00"))
    killed = start(served, when, "best_customers", "order_log", "order_totals")
    killed.communicate(timeout=PATIENCE)
    assert killed.returncode == -signal.SIGKILL
    moved = {name for name, version in served.versions().items() if version != before[name]}
    assert "best_customers" not in moved
    assert ("order_totals" in moved) is (when == "publishing")
    assert served.rows("best_customers") == [(1, 130.50)]
    assert served.private() != []  # the private build of the dead
    assert served.run("order_log", "order_totals", "best_customers").success
    assert served.rows("best_customers") == [(1, 130.50), (2, 505.00)]
    assert served.rows("order_log", "order_id, seen_before") == [(1, 0), (2, 0), (3, 0), (4, 3)]
    assert served.private() == []
    assert served.staged() == []
