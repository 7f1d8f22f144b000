"""platformctl check in a location: what it finds, its exit codes, and its formats."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.template
Render = Callable[..., Path]


def check(location: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("platformctl")), "check", *options]
    return subprocess.run(command, cwd=location, capture_output=True, text=True, check=False)


def test_fast_finds_what_files_say(render: Render) -> None:
    """Everything at once, each with its place; from a folder below, too."""
    location = render()
    assert check(location, "--fast").stdout == "No problems found.\n"
    (location / ".platform/ruff.toml").write_text("")
    (location / "location.yaml").write_text("name: growth\nownr: x\n")
    contract = location / "contracts/example_orders.odcs.yaml"
    contract.write_text(contract.read_text().replace("logicalType: date", "logicalType: dat"))
    found = check(location / "src", "--fast", "--format", "json")
    assert found.returncode == 1
    places = {(finding["path"].rsplit("/", 1)[-1], finding["line"]) for finding in json.loads(found.stdout)}
    line = contract.read_text().splitlines().index("        logicalType: dat") + 1
    assert {("ruff.toml", None), ("location.yaml", 2), ("example_orders.odcs.yaml", line)} <= places


def test_datasets_that_do_not_fit_together(render: Render) -> None:
    """A contract without its code stops the check before the tests."""
    location = render()
    (location / "src/growth/defs/example_orders/defs.yaml").unlink()
    found = check(location, "--format", "github")
    assert found.returncode == 1
    assert found.stdout.startswith("::error file=contracts/example_orders.odcs.yaml")


def test_package_of_another_name(render: Render) -> None:
    """The package is the location's name."""
    location = render()
    (location / "src/growth").rename(location / "src/grown")
    found = check(location)
    assert (found.returncode, "no package src/growth" in found.stdout) == (1, True)


def test_a_failing_test_of_the_team(render: Render) -> None:
    """It is a finding like the others, with its file and line; pytest's own words go to the error stream."""
    location = render()
    (location / "tests/test_ours.py").write_text("def test_ours():\n    assert 1 == 2\n")
    found = check(location, "--format", "json")
    assert found.returncode == 1
    (finding,) = json.loads(found.stdout)
    assert (finding["id"], finding["path"], finding["line"]) == ("test", "tests/test_ours.py", 1)
    assert "1 failed" in found.stderr


def test_a_sample_that_breaks_its_contract(render: Render) -> None:
    """Every rule it breaks is told."""
    location = render()
    sample = location / "tests/samples/example_orders.csv"
    sample.write_text(sample.read_text().replace("7.50,returned", "-7.50,lost"))
    found = check(location, "--format", "json")
    (finding,) = json.loads(found.stdout)
    assert "range_amount: 1 of 8 rows" in finding["message"]
    assert "enum_status: 1 of 8 rows" in finding["message"]


def test_tests_that_cannot_run(render: Render) -> None:
    """That is no verdict about the data: exit code 2."""
    location = render(example=False)
    (location / "tests/conftest.py").write_text("raise RuntimeError('no')\n")
    found = check(location)
    assert found.returncode == 2
    assert "could not run" in found.stderr


def test_outside_a_location(tmp_path: Path) -> None:
    """Says what a location is."""
    found = check(tmp_path)
    assert (found.returncode, "location.yaml" in found.stderr) == (2, True)
