"""platformctl check in a location: what it finds, its exit codes, and its formats."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.template
Render = Callable[..., Path]
PLATFORMCTL = str(Path(sys.executable).with_name("platformctl"))


def check(location: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PLATFORMCTL, "check", *options], cwd=location, capture_output=True, text=True, check=False)


def test_fast_finds_what_files_say(render: Render) -> None:
    """Everything at once, each with its place; from a folder below, too."""
    location = render()
    assert check(location, "--fast").stdout == "growth passes. No problems found.\n"
    (location / ".platform/ruff.toml").write_text("")
    (location / "location.yaml").write_text("name: growth\nownr: x\n")
    contract = location / "contracts/example_orders.odcs.yaml"
    contract.write_text(contract.read_text().replace("logicalType: date", "logicalType: dat"))
    found = check(location / "src", "--fast", "--format", "json")
    assert found.returncode == 1
    places = {(finding["path"].rsplit("/", 1)[-1], finding["line"]) for finding in json.loads(found.stdout)["findings"]}
    line = contract.read_text().splitlines().index("        logicalType: dat") + 1
    assert {("ruff.toml", None), ("location.yaml", 2), ("example_orders.odcs.yaml", line)} <= places


def test_one_stage_hides_nothing_of_another(render: Render) -> None:
    """An edited file of the platform's, a contract without its code: both are told, for a build server with the place.

    The location's tests are not run: they are pytest's.
    """
    location = render()
    (location / "src/growth/defs/example_orders/defs.yaml").unlink()
    (location / ".platform/ruff.toml").write_text("")
    (location / "tests/test_ours.py").write_text("raise RuntimeError('the tests ran')\n")
    found = check(location, "--format", "github", "--report", "gitlab=quality.json")
    assert (found.returncode, "the tests ran" in found.stdout + found.stderr) == (1, False)
    assert "::error file=contracts/example_orders.odcs.yaml,line=1," in found.stdout
    assert "::error file=.platform/ruff.toml," in found.stdout
    report = json.loads((location / "quality.json").read_text())
    assert {one["location"]["path"] for one in report} == {"contracts/example_orders.odcs.yaml", ".platform/ruff.toml"}


def test_package_of_another_name(render: Render) -> None:
    """The package is the location's name."""
    location = render()
    (location / "src/growth").rename(location / "src/grown")
    found = check(location)
    assert (found.returncode, "no package src/growth" in found.stdout) == (1, True)


@pytest.mark.parametrize("ci", ["github", "gitlab"])
def test_the_build_runs_check_and_the_tests(render: Render, ci: str) -> None:
    """Both, whatever the first one says."""
    location = render(ci=ci)
    file = {"github": ".github/workflows/platform.yml", "gitlab": ".gitlab-ci.yml"}[ci]
    job = (yaml.safe_load((location / file).read_text())).get("check")
    job = job or yaml.safe_load((location / file).read_text())["jobs"]["check"]
    steps = job.get("steps") or [{"run": line} for line in job["script"]]
    commands = [step.get("run", "") for step in steps]
    checks = next(n for n, text in enumerate(commands) if text.startswith("uv run platformctl check "))
    tests = next(n for n, text in enumerate(commands) if text.startswith("uv run pytest"))
    assert checks < tests
    assert steps[tests].get("if") == "success() || failure()" or commands[-1] == "exit $code"


def test_a_change_of_owner_is_one_edit_and_one_command(render: Render) -> None:
    """Everything that says otherwise is told with its line; `sync` writes it, and nothing else."""
    location = render(owner="team:growth", organisation="acme", contact="#growth")
    mine = location / "location.yaml"
    mine.write_text(mine.read_text().replace("team:growth", "team:new growth").replace("#growth", "#new"))
    found = check(location, "--fast", "--format", "json")
    assert found.returncode == 1
    told = {(item["id"], item["path"], item["line"]) for item in json.loads(found.stdout)["findings"]}
    contract = "contracts/example_orders.odcs.yaml"
    assert {(id, path) for id, path, _ in told} == {
        ("codeowners", "CODEOWNERS"),
        ("catalog-info", "catalog-info.yaml"),
        ("contract-owner", contract),
        ("contract-support", contract),
    }
    assert all(line for _, _, line in told)
    synced = subprocess.run([PLATFORMCTL, "sync"], cwd=location, capture_output=True, text=True, check=True)
    assert synced.stdout == f"CODEOWNERS: written.\ncatalog-info.yaml: written.\n{contract}: written.\n"
    assert check(location, "--fast").stdout == "growth passes. No problems found.\n"
    assert "* @acme/new-growth\n" in (location / "CODEOWNERS").read_text()


def test_outside_a_location(tmp_path: Path) -> None:
    """Says what a location is."""
    found = check(tmp_path)
    assert (found.returncode, "location.yaml" in found.stderr) == (2, True)
