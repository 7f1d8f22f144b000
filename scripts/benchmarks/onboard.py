"""From `copier copy` to registered with tests green, warm package cache: what a new team waits for."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from pathlib import Path

__all__ = ["run"]

ROOT = Path(__file__).parents[2]


def run() -> dict[str, float]:
    """Seconds by step, one run after one that warms the cache."""
    with tempfile.TemporaryDirectory() as folder:
        _onboard(Path(folder) / "warm")
        return _onboard(Path(folder) / "measured")


def _onboard(folder: Path) -> dict[str, float]:
    workspace, location = folder / "workspace", folder / "first_location"
    environment = {key: value for key, value in os.environ.items() if key != "VIRTUAL_ENV"}
    environment["PLATFORM_WORKSPACE"] = str(workspace)
    platformctl = str(ROOT / ".venv/bin/platformctl")
    steps: list[tuple[str, list[str], Path]] = [
        ("workspace", [platformctl, "workspace", "init", str(workspace)], ROOT),
        ("copy", ["copier", "copy", "--quiet", "--defaults", "--vcs-ref", "HEAD", str(ROOT), str(location)], ROOT),
        ("install", ["uv", "sync", "--quiet"], location),
        ("test", ["uv", "run", "pytest", "-q"], location),
        ("register", ["uv", "run", "platformctl", "register"], location),
    ]
    figures = {}
    for name, command, cwd in steps:
        begin = time.perf_counter()
        cwd.mkdir(parents=True, exist_ok=True)
        subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True)
        figures[f"{name}_seconds"] = time.perf_counter() - begin
    figures["copy_to_registered_seconds"] = sum(seconds for name, seconds in figures.items() if "workspace" not in name)
    return figures
