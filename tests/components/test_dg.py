"""Dagster's own command line knows the datasets: it checks, lists and scaffolds them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # each command is a process that imports Dagster
PYPROJECT = """\
[project]
name = "shop"
version = "0.1.0"
[tool.dg]
directory_type = "project"
[tool.dg.project]
root_module = "shop"
[tool.dg.cli.telemetry]
enabled = false
"""


@pytest.fixture
def dg(shop):
    """Run a dg command in the location; return its exit code and output."""
    (shop.root / "pyproject.toml").write_text(PYPROJECT)

    def run(*arguments: str) -> tuple[int, str]:
        scripts = Path(sys.executable).parent
        env = {**os.environ, "PYTHONPATH": str(shop.root / "src"), "COLUMNS": "200"}
        env["PATH"] = f"{scripts}{os.pathsep}{env['PATH']}"
        command = [str(scripts / "dg"), *arguments]
        done = subprocess.run(command, cwd=shop.root, env=env, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return run


def test_dg_checks_and_lists_what_is_there(dg):
    assert dg("check", "yaml")[0] == 0
    code, said = dg("check", "defs")
    assert code == 0, said
    code, said = dg("list", "components", "--json")
    listed = {item["key"] for item in json.loads(said[said.index("{") :])["items"]}
    assert {f"platform_core.{name}" for name in ("FileDataset", "PythonDataset", "SqlDataset")} <= listed


def test_dg_scaffolds_each_kind_and_says_what_is_still_missing(dg, shop):
    kinds = {"FileDataset": "invoices", "SqlDataset": "sums", "PythonDataset": "points", "dataset": "scores"}
    for kind, name in kinds.items():
        code, said = dg("scaffold", "defs", f"platform_core.{kind}", name)
        assert code == 0, said
    assert dg("check", "yaml")[0] == 0
    code, said = dg("check", "defs")
    assert code != 0
    for name in kinds.values():
        assert f"the dataset {name} has no contract" in said


def test_dg_places_a_bad_attribute(dg, edit):
    # `dg check yaml` looks at one file of each type (it keeps them by type): so both are wrong here.
    for name in ("orders", "customers"):
        edit(f"src/shop/defs/{name}/defs.yaml", "  path:", "  pathh: x\n  path:")
    code, said = dg("check", "yaml")
    assert code != 0
    assert "defs.yaml:3" in said
    code, said = dg("check", "defs")
    assert code != 0
