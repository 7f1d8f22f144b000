"""A real code server, asked as `register` asks: away, serving, behind, broken, another team's; and a run's health."""

import contextlib
import socket
import subprocess
import sys

import dagster as dg
import pytest
from places import registration, write_location
from running_processes import quiet_ports

from platform_core.adapters import code_server, run_launcher
from platform_core.adapters.code_server import Served, ask, current_runs
from platform_core.workspace import init_workspace
from platform_core.workspace.placement import check_code_server
from platform_core.workspace.server_settings import server_data

pytestmark = pytest.mark.processes
URL = "postgresql://dagster@127.0.0.1/dagster"


@contextlib.contextmanager
def serving(name, folder, port):
    place = ["--host", "127.0.0.1", "--port", str(port), "--location-name", name, "--lazy-load-user-code"]
    command = [sys.executable, "-m", "dagster", "api", "grpc", "-m", f"{name}.definitions", "-d", "src", *place]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while code_server.accepts_connections("127.0.0.1", port):
            assert process.poll() is None
        yield
    finally:
        process.kill()
        process.wait()


def found(settings, port, datasets, name="shop"):
    one = registration(name, datasets, host="127.0.0.1", port=port, python="", root="")
    return [(finding.id, finding.level) for finding in check_code_server(one, settings)]


def test_a_code_server_is_asked_what_it_serves(tmp_path):
    settings = init_workspace(tmp_path / "ws", server=server_data(URL, ())).settings
    port = quiet_ports(1)
    assert found(settings, port, {"orders": []}) == [("code-server-silent", "warning")]
    shop = write_location(tmp_path / "shop", "shop", {"orders": ["erp/items"]})
    code = shop / "src/shop/definitions.py"
    code.write_text(code.read_text().replace("owners=", "metadata={'platform/contract_hash': 'a1'}, owners="))
    with serving("shop", shop, port):
        assert found(settings, port, {"orders": []}) == []
        assert found(settings, port, {"orders": [], "totals": []}) == [("code-server-behind", "warning")]
        assert found(settings, port, {"items": []}, "billing") == [("code-server-of-another", "error")]
        assert current_runs("127.0.0.1", port) == ()
        assert ask("127.0.0.1", port, "shop").contracts == {"shop/orders": "a1"}
    assert current_runs("127.0.0.1", port) is None
    write_location(shop, "shop", {"orders": []}, tail="raise RuntimeError('no database')\n")
    with serving("shop", shop, port):
        told = ask("127.0.0.1", port, "shop")
        assert (told.state, "no database" in told.reason) == ("broken", True)
        assert found(settings, port, {"orders": []}) == [("code-server-broken", "warning")]


@pytest.mark.slow  # until the call is given up
def test_something_else_on_the_port_is_no_code_server():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        other.listen()
        assert current_runs("127.0.0.1", port) is None


def test_a_host_that_cannot_be_found_is_silent():
    assert ask("no-such-host.invalid", 4000, "shop").state == "silent"


@pytest.mark.parametrize(
    ("answers", "seconds", "healthy"),
    [(("mine",), 0, True), ((), 0, False), (None, 0, True), (None, 61, False)],
    ids=["knows it", "was started anew", "away for a blink", "away for long"],
)
def test_a_run_is_lost_when_its_code_server_says_so_or_stays_away(monkeypatch, answers, seconds, healthy):
    clock = [1000.0]
    monkeypatch.setattr(run_launcher.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(code_server, "current_runs", lambda host, port: answers)
    launcher = run_launcher.LocationRunLauncher()
    run = dg.DagsterRun(
        job_name="job", run_id="mine", tags={".dagster/grpc_info": '{"host": "localhost", "port": 4000}'}
    )
    launcher.check_run_worker_health(run)
    clock[0] += seconds
    assert launcher.supports_check_run_worker_health
    assert (launcher.check_run_worker_health(run).status.value == "RUNNING") is healthy


def test_what_is_taken_from_dagster_is_there():
    """The contract of adapters.code_server, run_launcher and patient_storage with the installed Dagster."""
    from dagster._core.launcher.base import CheckRunHealthResult, RunLauncher, WorkerStatus
    from dagster._core.storage.tags import GRPC_INFO_TAG
    from dagster._grpc.client import DagsterGrpcClient
    from dagster_postgres import PostgresEventLogStorage, PostgresRunStorage, PostgresScheduleStorage

    assert run_launcher._TAG == GRPC_INFO_TAG
    assert hasattr(DagsterGrpcClient, "get_current_runs")
    assert isinstance(RunLauncher.supports_check_run_worker_health, property)
    assert CheckRunHealthResult(WorkerStatus.RUNNING).msg is None
    for storage, name in ((PostgresRunStorage, "connect"), (PostgresScheduleStorage, "connect")):
        assert name in vars(storage)
    assert "_connect" in vars(PostgresEventLogStorage)
    assert Served("silent").keys == ()
