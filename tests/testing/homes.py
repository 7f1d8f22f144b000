"""Locations to run the baked-in tests in: copies of the case locations, and a workspace that knows the producer."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from platform_core.lineage import Asset, Graph, save_graph

CASES = Path(__file__).parents[1] / "cases"
INI = '[tool.pytest.ini_options]\ntestpaths = ["tests"]\n'
MONTHLY = {"type": "monthly", "start_date": "2026-01-01", "end_date": "2026-05-01"}


def copy_location(case: str, root: Path) -> Path:
    """Return a copy of a case location with a pyproject.toml and an empty folder of tests, as the template makes."""
    shutil.copytree(CASES / case, root, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "pyproject.toml").write_text(INI)
    (root / "tests").mkdir(exist_ok=True)
    return root


def make_workspace(root: Path) -> Path:
    """Return a workspace in which the location shop is registered."""
    shop = root / "locations" / "shop"
    shutil.copytree(CASES / "location" / "contracts", shop / "contracts")
    cut = {"orders": MONTHLY, "order_totals": MONTHLY}
    names = [path.name.removesuffix(".odcs.yaml") for path in (shop / "contracts").iterdir()]
    assets = {f"shop/{name}": Asset(f"shop/{name}", partitions=cut.get(name)) for name in names}
    save_graph(Graph(assets), shop / "graph.json")
    return root


def run_pytest(root: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Run pytest in a location as its team does; return the exit code and what it said.

    In this process where that will do: starting Python with Dagster costs more than all the tests. Without the proof
    of re-runs, which starts processes, unless an argument names it.
    """
    if not any("rerun" in argument for argument in arguments):
        arguments = (*arguments, "--skip-rerun")
    shared = ("PYTHONDONTWRITEBYTECODE", "PLATFORM_", "PYTEST_")
    build = {"CI", "BUILD_NUMBER"}  # where pytest finds one of these, it says each failure twice
    kept = {name: value for name, value in os.environ.items() if not name.startswith(shared) and name not in build}
    environment = kept | variables
    options = ["-q", "-p", "no:cacheprovider", "-W", "ignore", *arguments]
    if "-n" in arguments:
        command = [sys.executable, "-m", "pytest", *options]
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=300, check=False
        )
        return done.returncode, done.stdout + done.stderr
    said, path, modules = io.StringIO(), list(sys.path), set(sys.modules)
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said):
        patch.setattr(os, "environ", environment)
        patch.chdir(root)
        code = pytest.main(["-p", "no:xdist", "--rootdir", str(root), *options])
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.split(".")[0] in ("shop", "board", "test_own"):
            del sys.modules[name]
    return int(code), said.getvalue()


def change(path: Path, old: str, new: str) -> None:
    """Replace text in a file; it must be there."""
    text = path.read_text()
    assert old in text, (path, old)
    path.write_text(text.replace(old, new))
