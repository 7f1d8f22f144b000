"""A run that is killed in the middle: Dagster tries it again, unless what it computed is unsafe to run again."""

from __future__ import annotations

import signal
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from shop_location import CUSTOMERS

pytestmark = pytest.mark.processes

KILLED = """\
import os, signal, sys
import dagster as dg
from platform_core.components import build_definitions

key = dg.AssetKey(["shop", "loyal_customers"])
job = build_definitions(sys.argv[1]).resolve_implicit_global_asset_job_def()
if sys.argv[2] == "before":
    dg.DagsterInstance.add_run_tags = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with dg.DagsterInstance.get() as instance:
    job.execute_in_process(asset_selection=[key], instance=instance, run_id=sys.argv[3])
"""
FUNCTION = "src/shop/defs/loyal_customers/loyal_customers.py"
UNSAFE = '"orders"}, rerun="unsafe", reason="Each run is billed.")'


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster instance that tries crashed runs again: its storage takes seconds to make."""
    made = tmp_path_factory.mktemp("home")
    (made / "dagster.yaml").write_text(
        "run_retries: {enabled: true, max_retries: 2, retry_on_asset_or_op_failure: false}\n"
        "telemetry: {enabled: false}\n"
    )
    return made


@pytest.mark.parametrize(
    "case",
    [
        ("safe", "true"),
        ("unsafe", "false"),
        # Killed before it began to compute: nothing was touched.
        pytest.param(("before", "true"), marks=pytest.mark.slow),
    ],
)
def test_a_killed_run_is_tried_again_where_that_is_safe(
    shop: Any, edit: Any, home: Path, monkeypatch: pytest.MonkeyPatch, case: tuple[str, str]
) -> None:
    moment, tried_again = case
    shop.deliver("customers.csv", CUSTOMERS), shop.orders(1)
    shop.run("customers"), shop.run("orders", "2026-01")
    edit(FUNCTION, "    counted =", "    import os, signal\n\n    os.kill(os.getpid(), signal.SIGKILL)\n    counted =")
    if moment != "safe":
        edit(FUNCTION, '"orders"})', UNSAFE)
    monkeypatch.setenv("DAGSTER_HOME", str(home))
    run_id = str(uuid.uuid4())
    command = [sys.executable, "-c", KILLED, str(shop.package / "definitions.py"), moment, run_id]
    assert subprocess.run(command, cwd=shop.root, check=False, capture_output=True).returncode == -signal.SIGKILL
    with dg.DagsterInstance.get() as instance:
        run = instance.get_run_by_id(run_id)
        assert run is not None and run.status is dg.DagsterRunStatus.STARTED
        instance.report_run_failed(run)  # as Dagster's run monitoring does when the process is gone
        told = instance.get_run_by_id(run_id)
    assert told is not None and told.tags["dagster/will_retry"] == tried_again
