"""`platformctl check` in a location of 100 datasets against `dg check defs` alone.

The location is that of the benchmark `load`: files by month, files, queries by month, totals and functions, 12 columns
each. Each side is a process of its own and its children; CPU is user + system time of them all. Rounds are interleaved
and the least of each is taken. `warm` is with what both remember of the files (they share it), `cold` the first time
after the location was cloned. Ours also runs against a workspace in which the location and a reader of it stand.
Fails when one of the two takes a sound location for a broken one, or the reverse.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from load import COUNT, write_location

__all__ = ["run"]

WARM_ROUNDS, COLD_ROUNDS = 5, 2
_PYPROJECT = """\
[project]
name = "big"
version = "0.1.0"

[tool.dg]
directory_type = "project"

[tool.dg.project]
root_module = "big"

[tool.dg.cli.telemetry]
enabled = false
"""


def run() -> dict[str, Any]:
    """Return seconds and ratios. Raises AssertionError when the two sides do not judge alike."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        root = home / "big"
        write_location(root)
        (root / "pyproject.toml").write_text(_PYPROJECT)
        workspace = _workspace(home, root)
        sides = {
            "ours": ["platformctl", "check"],
            "ours with workspace": ["platformctl", "check", "--workspace", str(workspace)],
            "dg check defs": ["dg", "check", "defs"],
        }
        figures: dict[str, Any] = {"datasets": COUNT}
        for state, rounds in (("warm", WARM_ROUNDS), ("cold", COLD_ROUNDS)):
            figures |= _figures(state, _rounds(sides, home, root, rounds, state == "cold"))
        _broken(sides, home, root)
    return figures


def _rounds(
    sides: dict[str, list[str]], home: Path, root: Path, rounds: int, cold: bool
) -> dict[str, tuple[float, float]]:
    """The least CPU and the least wall time of each side."""
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in sides}
    for number in range(rounds + (0 if cold else 1)):
        for name, command in sides.items():
            if cold:
                _forget(home, root)
            code, cpu, wall, said = _measure(command, home, root)
            assert code == 0, f"{name} refuses a sound location:\n{said}"
            if cold or number:  # the first warm round is the one that remembers
                taken[name].append((cpu, wall))
    return {name: (min(cpu for cpu, _ in times), min(wall for _, wall in times)) for name, times in taken.items()}


def _figures(state: str, least: dict[str, tuple[float, float]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, (cpu, wall) in least.items():
        found |= {f"{state}: {name}, CPU s": cpu, f"{state}: {name}, wall s": wall}
    peer = least["dg check defs"]
    for name in ("ours", "ours with workspace"):
        found[f"{state}: {name}, ratio of CPU (aim 1.0)"] = least[name][0] / peer[0]
        found[f"{state}: {name}, ratio of wall (aim 1.0)"] = least[name][1] / peer[1]
    return found


def _broken(sides: dict[str, list[str]], home: Path, root: Path) -> None:
    """Hold that each side looks at the definitions: one query of a dataset that is not there."""
    (root / "src/big/defs/table_003/table_003.sql").write_text("SELECT 1 AS id FROM table_999\n")
    for name, command in sides.items():
        code, *_ = _measure(command, home, root)
        assert code == 1, f"{name} passes a broken location"


def _forget(home: Path, root: Path) -> None:
    """Remove what either side keeps of the location: bytecode, what was loaded, what was linted."""
    for cache in root.rglob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    shutil.rmtree(home / "cache", ignore_errors=True)


def _measure(command: list[str], home: Path, root: Path) -> tuple[int, float, float, str]:
    scripts = Path(sys.executable).parent
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PLATFORM_", "PYTHONDONTWRITE"))}
    env |= {"PATH": f"{scripts}{os.pathsep}{env['PATH']}", "PYTHONPATH": str(root / "src")}
    env |= {"XDG_CACHE_HOME": str(home / "cache"), "DAGSTER_HOME": "", "DO_NOT_TRACK": "1"}
    with (home / "said").open("w+") as said:
        before = time.perf_counter()
        process = subprocess.Popen(
            [str(scripts / command[0]), *command[1:]], cwd=root, env=env, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        return process.returncode, used.ru_utime + used.ru_stime, wall, said.read()


def _workspace(home: Path, root: Path) -> Path:
    """A workspace with the location, and with another that reads one of its datasets."""
    reader = home / "reader"
    (reader / "src/reader/defs/totals").mkdir(parents=True)
    (reader / "contracts").mkdir()
    (reader / "location.yaml").write_text("name: reader\nowner: team:reader\n")
    for name in ("__init__.py", "definitions.py"):
        shutil.copy(root / "src/big" / name, reader / "src/reader" / name)
    (reader / "src/reader/defs/totals/defs.yaml").write_text("type: platform_core.SqlDataset\n")
    (reader / "src/reader/defs/totals/totals.sql").write_text("SELECT id, day FROM big.table_001\n")
    (reader / "contracts/totals.odcs.yaml").write_text(_TOTALS)
    workspace = home / "workspace"
    for arguments in (
        ["workspace", "init", workspace],
        *(["register", one, "--workspace", workspace] for one in (root, reader)),
    ):
        code, _, _, said = _measure(["platformctl", *map(str, arguments)], home, root)
        assert code == 0, said
    return workspace


_TOTALS = """\
apiVersion: v3.2.0
kind: DataContract
id: reader-totals
name: totals
version: 1.0.0
status: active
schema:
  - name: totals
    properties:
      - {name: id, logicalType: integer}
      - {name: day, logicalType: date}
"""
