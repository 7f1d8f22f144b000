"""A location that starts from dbt, as its team has it: installed, checked, run, and with dbt commands of its own.

One real installation for the whole file (uv, warm cache: seconds).
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from copier import run_copy
from template_sources import UV, commit, git, make_source

pytestmark = pytest.mark.template


@pytest.fixture(scope="module")
def location(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with the example, installed as README.md says."""
    source = make_source(tmp_path_factory.mktemp("platform"))
    root = tmp_path_factory.mktemp("teams") / "growth"
    run_copy(str(source), root, data={"starter": "dbt"}, defaults=True, quiet=True, unsafe=False)
    git(root, "init", "-q")
    commit(root, "Start")
    run(root, UV, "sync", "-q", "--python", sys.executable)
    return root


def run(root: Path, *command: str, code: int = 0, below: str = "") -> str:
    dropped = ("VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "PLATFORM_WORKSPACE", "PLATFORM_CATALOG")
    env = {name: value for name, value in os.environ.items() if name not in dropped}
    env |= {"DAGSTER_DISABLE_TELEMETRY": "1", "DO_NOT_TRACK": "1", "NO_COLOR": "1"}
    env["VIRTUAL_ENV"] = str(root / ".venv")
    env["PATH"] = f"{root / '.venv/bin'}{os.pathsep}{env['PATH']}"
    done = subprocess.run(command, cwd=root / below, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_default_copy_passes_its_own_checks(location: Path) -> None:
    """Without an edit; what dbt and we write while checking is ignored by git."""
    run(location, "platformctl", "check")
    told = run(location, "pytest")
    assert "contracts/example_totals.odcs.yaml  9 rules, 9 proven, sample ok, run ok (4 rows), rerun safe" in told
    for command in (["dg", "check", "defs"], ["ruff", "check", "."], ["ruff", "format", "--check", "."]):
        run(location, *command)
    assert git(location, "status", "--porcelain", "--", ".", ":!uv.lock") == ""


def test_one_run_publishes_the_example(location: Path) -> None:
    """And dbt commands of the team's own work beside it, in the project's folder, without any flag."""
    assert "published  growth/example_totals: 4 rows" in run(location, "platformctl", "dev", "--once")
    told = run(location, "dbt", "build", below="dbt")
    assert "PASS=4 WARN=0 ERROR=0" in told
    assert git(location, "status", "--porcelain", "--", ".", ":!uv.lock") == ""


@pytest.mark.slow
def test_a_model_of_the_teams_own(location: Path) -> None:
    """Written, its contract drafted, checked and published; where it no longer keeps the contract, that is told."""
    model = location / "dbt/models/cheapest.sql"
    model.write_text("select min(amount) as amount, count(*) as orders from {{ ref('example_orders') }}\n")
    written = run(location, "platformctl", "contract", "infer", "--dbt", "cheapest", "--write", "contracts")
    assert "contracts/cheapest.odcs.yaml: written." in written
    path = location / "contracts/cheapest.odcs.yaml"
    contract = yaml.safe_load(path.read_text())
    assert [column["name"] for column in contract["schema"][0]["properties"]] == ["amount", "orders"]
    contract["schema"][0]["properties"][0]["required"] = True
    path.write_text(yaml.safe_dump(contract))
    run(location, "platformctl", "check", "--fast")
    assert "published  growth/cheapest: 1 row" in run(location, "platformctl", "dev", "--once")
    model.write_text("select min(amount) as lowest, count(*) as orders from {{ ref('example_orders') }}\n")
    found = json.loads(run(location, "platformctl", "check", "--format", "json", code=1))["findings"]
    assert {finding["id"] for finding in found} == {"dbt-column-missing", "dbt-column-unpromised"}
    told = run(location, "platformctl", "dev", "--once", code=1)
    assert "refused  growth/cheapest" in told
    assert "published  growth/example_totals" in told
    model.unlink()
    path.unlink()


def test_loading_needs_no_dbt(location: Path) -> None:
    """What the starter needs more is one line of the team's own requirements; and loading it imports no dbt."""
    assert (location / "requirements.txt").read_text().splitlines()[-1] == "platform-core[dbt]"
    code = "import sys, growth.definitions; print(sorted({'dbt', 'dagster_dbt'} & set(sys.modules)))"
    assert run(location, "python", "-c", code).strip() == "[]"  # not even here: a manifest is read, dbt is a child
