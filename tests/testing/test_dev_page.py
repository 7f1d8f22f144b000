"""platformctl dev with Dagster's page: starts, follows samples by itself, and leaves no process behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest
from homes import copy_location, make_workspace
from patience import PATIENCE

PLATFORMCTL = "from platform_core.cli import main; main()"


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/server_info", timeout=2) as answer:
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


@pytest.mark.daemon
def test_the_page_comes_up_data_follows_and_all_stops(tmp_path: Path, free_port: int) -> None:
    root = copy_location("reader_location", tmp_path / "board")
    workspace = make_workspace(tmp_path / "workspace")
    environment = {**os.environ, "PLATFORM_WORKSPACE": str(workspace)}
    command = [sys.executable, "-c", PLATFORMCTL, "dev", "--port", str(free_port)]
    process = subprocess.Popen(command, cwd=root, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        published = root / ".platform" / "local" / "warehouse" / "board" / "all_time" / "_delta_log"
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline and not (answers(free_port) and published.is_dir()):
            assert process.poll() is None, process.communicate()[0].decode()
            time.sleep(0.5)
        assert published.is_dir()
        started = psutil.Process(process.pid).children(recursive=True)
        assert started
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=PATIENCE)[0].decode()
    assert process.returncode == 0, said
    assert f"http://127.0.0.1:{free_port}" in said and "published  board/all_time" in said
    _, alive = psutil.wait_procs(started, timeout=PATIENCE)
    assert not alive
    assert {path.name for path in root.iterdir()} <= {
        *(path.name for path in (Path(__file__).parents[1] / "cases" / "reader_location").iterdir()),
        *(".platform", "pyproject.toml", "tests"),
    }


@pytest.fixture
def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
