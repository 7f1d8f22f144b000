import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from patience import PATIENCE
from running_processes import quiet_ports

from platform_core.workspace import process as process_module
from platform_core.workspace import supervision
from platform_core.workspace.process import Command, Process, stop_all
from platform_core.workspace.supervision import Supervisor

pytestmark = pytest.mark.processes

SLEEP = "import time; print('here', flush=True); time.sleep(600)"
LISTEN = """
import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()
"""
FAMILY = """
import subprocess, sys, time
deaf = "import time, signal; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", deaf])
print(child.pid, flush=True)
time.sleep(600)
"""


def command(tmp_path: Path, code: str, *arguments: object, port: int = 0, version: str = "1") -> Command:
    full = (sys.executable, "-c", code, *map(str, arguments))
    return Command("one", full, tmp_path, dict(os.environ), port, version)


def wait_until(true, seconds: float = PATIENCE) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


@pytest.fixture
def said(monkeypatch) -> list[str]:
    monkeypatch.setattr(supervision, "_BACKOFF", (0.0, 0.3))
    return []


@pytest.fixture
def supervisor(tmp_path, said):
    made = Supervisor(tmp_path / "logs", said.append)
    yield made
    made.stop()


def step_until(supervisor: Supervisor, wanted: Command, true) -> None:
    def stepped() -> bool:
        supervisor.reconcile({"one": wanted})
        return true()

    wait_until(stepped)


def test_what_is_wanted_runs_and_is_left_alone(tmp_path, supervisor, said):
    wanted = command(tmp_path, SLEEP)
    supervisor.reconcile({"one": wanted})
    pid = supervisor.processes["one"].pid
    for _ in range(5):
        supervisor.reconcile({"one": wanted})
    assert supervisor.processes["one"].pid == pid
    assert said == []


def test_what_crashed_is_started_again_later_and_later(tmp_path, supervisor, said, monkeypatch):
    monkeypatch.setattr(supervision, "_BACKOFF", (0.0, 600.0))
    wanted = command(tmp_path, "print('no more memory'); raise SystemExit(3)")
    step_until(supervisor, wanted, lambda: len(said) == 2)
    assert "ended with code 3, again in 0 s" in said[0]
    assert "ended with code 3, again in 600 s" in said[1]
    assert "no more memory" in supervisor.failing["one"]
    supervisor.reconcile({"one": wanted})
    assert not supervisor.processes


def test_what_cannot_even_be_started_is_told_and_tried_again(tmp_path, supervisor, said):
    wanted = command(tmp_path / "gone", SLEEP)
    step_until(supervisor, wanted, lambda: "one" in supervisor.failing)
    assert "gone" in supervisor.failing["one"]
    (tmp_path / "gone").mkdir()
    step_until(supervisor, wanted, lambda: "one" in supervisor.processes)


def test_a_port_that_another_program_took_is_told_once_and_waited_for(tmp_path, supervisor, said):
    port = quiet_ports(1)
    wanted = command(tmp_path, LISTEN, port, port=port)
    with socket.create_server(("127.0.0.1", port)):
        for _ in range(3):
            supervisor.reconcile({"one": wanted})
    assert said == [f"one: waiting for its port {port}, which is in use"]
    step_until(supervisor, wanted, lambda: "one" in supervisor.processes and supervisor.processes["one"].ready)


def test_what_answered_before_it_crashed_is_not_given_up(tmp_path, supervisor, said):
    port = quiet_ports(1)
    wanted = command(tmp_path, LISTEN, port, port=port)
    for crashes in (1, 2, 3):
        step_until(supervisor, wanted, lambda: "one" in supervisor.processes and supervisor.processes["one"].ready)
        os.kill(supervisor.processes["one"].pid, signal.SIGKILL)
        step_until(supervisor, wanted, lambda crashes=crashes: len(said) == crashes)
        assert not supervisor.failing


def test_what_was_killed_is_started_again(tmp_path, supervisor, said):
    wanted = command(tmp_path, SLEEP)
    supervisor.reconcile({"one": wanted})
    first = supervisor.processes["one"].pid
    os.kill(first, signal.SIGKILL)
    step_until(supervisor, wanted, lambda: "one" in supervisor.processes and supervisor.processes["one"].pid != first)
    assert len(said) == 1


def test_what_changed_is_replaced_once_its_port_is_free(tmp_path, supervisor, said):
    port = quiet_ports(1)
    old, new = (command(tmp_path, LISTEN, port, port=port, version=version) for version in ("1", "2"))
    step_until(supervisor, old, lambda: supervisor.processes["one"].ready)
    step_until(supervisor, new, lambda: "one" in supervisor.processes and supervisor.processes["one"].ready)
    assert supervisor.processes["one"].command.version == "2"
    assert "changed" in said[0]


def test_what_is_no_longer_wanted_is_stopped(tmp_path, supervisor):
    supervisor.reconcile({"one": command(tmp_path, SLEEP)})
    pid = supervisor.processes["one"].pid
    supervisor.reconcile({})
    assert not supervisor.processes
    wait_until(lambda: supervisor.reconcile({}) or not psutil.pid_exists(pid))


def test_stop_takes_children_that_do_not_listen_along(tmp_path, monkeypatch):
    family = Process(command(tmp_path, FAMILY), tmp_path / "log")
    wait_until(lambda: family.log.read_text().strip())
    child = int(family.log.read_text())
    stop_all([family], grace=0.3)
    assert not family.group_alive
    wait_until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel of Linux ends a child with its parent")
def test_a_process_ends_with_its_parent_however_that_ended(tmp_path):
    parent = f"""
import os, sys, time
from pathlib import Path
from platform_core.workspace.process import Command, Process
command = Command("one", (sys.executable, "-c", {SLEEP!r}), Path("."), dict(os.environ))
one = Process(command, Path({str(tmp_path / "log")!r}))
print(one.pid, flush=True)
time.sleep(600)
"""
    running = subprocess.Popen([sys.executable, "-c", parent], stdout=subprocess.PIPE, text=True)
    assert running.stdout
    pid = int(running.stdout.readline())
    wait_until(lambda: "here" in (tmp_path / "log").read_text())
    running.kill()
    running.communicate()
    wait_until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_process_can_be_stopped_though_its_starter_ignores_the_signals(tmp_path):
    """A script's background jobs start with Ctrl-C ignored, and Dagster copies that to SIGTERM."""
    former = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        one = Process(command(tmp_path, SLEEP), tmp_path / "log")
    finally:
        for number, handler in former.items():
            signal.signal(number, handler)
    wait_until(lambda: "here" in (tmp_path / "log").read_text())
    one.end()
    wait_until(lambda: one.exit_code is not None, seconds=10)
    assert one.exit_code == -signal.SIGTERM


def test_a_long_log_is_set_aside(tmp_path, monkeypatch):
    monkeypatch.setattr(process_module, "_MAX_LOG", 10)
    (tmp_path / "one.log").write_text("more than ten bytes\n")
    stop_all([Process(command(tmp_path, "print('new')"), tmp_path / "one.log")])
    assert (tmp_path / "one.old.log").read_text() == "more than ten bytes\n"


def test_the_last_words_are_the_end_of_the_log(tmp_path):
    one = Process(command(tmp_path, "for n in range(9): print('line', n)"), tmp_path / "log")
    wait_until(lambda: one.exit_code is not None)
    assert one.last_lines(2) == "line 7\nline 8"
