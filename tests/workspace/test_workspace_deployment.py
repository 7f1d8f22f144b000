"""A real deployment: code servers, webserver and daemon, one after the other on the same workspace."""

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
from places import write_location
from running_processes import quiet_ports
from webserver_runs import launch, run_status

from platform_core.errors import PlatformError
from platform_core.workspace import init_workspace, register, render
from platform_core.workspace.check import check_workspace
from platform_core.workspace.deployment import Deployment
from platform_core.workspace.running import running_deployment
from platform_core.workspace.verify import verify

pytestmark = pytest.mark.daemon
CONTROL = Path(sys.executable).with_name("platformctl")


def make_workspace(folder: Path):
    made = init_workspace(folder / "ws", port=quiet_ports(6))
    with made.lock():
        render(made)
    return made


def left_behind(workspace) -> list[str]:
    """The command lines of processes that belong to the workspace."""
    found = []
    for process in psutil.process_iter(["cmdline", "status", "environ"]):
        environment = process.info["environ"] or {}
        if process.info["status"] != psutil.STATUS_ZOMBIE and environment.get("DAGSTER_HOME") == str(workspace.root):
            found.append(" ".join(process.info["cmdline"] or []))
    return found


def wait_for_run(deployment: Deployment, run: str, *statuses: str, seconds: float = PATIENCE) -> str:
    deadline = time.monotonic() + seconds
    while (status := run_status(deployment.webserver, run)) not in statuses:
        assert time.monotonic() < deadline, f"still {status}"
        time.sleep(0.2)
    return status


def test_locations_come_change_break_and_mend_in_a_running_deployment(tmp_path):
    workspace = make_workspace(tmp_path)
    shop = write_location(tmp_path / "shop", "shop", {"orders": []})
    said: list[str] = []
    assert running_deployment(workspace) is None
    with Deployment(workspace.root, say=said.append) as deployment:
        assert deployment.wait_ready() == {}  # without a single location, too

        answer = verify(workspace, register(shop, workspace).registration, said.append)
        assert answer and answer.loaded, answer
        assert deployment.webserver.locations()["shop"].keys == ("shop/orders",)
        assert (workspace.settings.landing / "shop").is_dir()  # files can be dropped
        run = launch(deployment.webserver, "shop", ["shop/orders"])
        assert wait_for_run(deployment, run, "SUCCESS", "FAILURE") == "SUCCESS"

        write_location(shop, "shop", {"orders": [], "totals": ["shop/orders"]})
        answer = verify(workspace, register(shop, workspace).registration, said.append)
        assert answer and answer.loaded, answer
        assert deployment.webserver.locations()["shop"].keys == ("shop/orders", "shop/totals")

        # It loads in the build pipeline and not in the deployment: LOADED in one field, an error in another.
        write_location(shop, "shop", {"orders": []}, tail="import os\nassert 'DAGSTER_HOME' not in os.environ, 'no!'\n")
        (shop / "contracts/totals.odcs.yaml").unlink()
        command = [CONTROL, "register", shop, "--workspace", workspace.root]
        broken = subprocess.run(command, capture_output=True, text=True, check=False)
        assert broken.returncode == 1
        assert f"{shop}/src/shop/definitions.py:11: AssertionError: no!" in broken.stdout
        assert deployment.wait_ready() == {"shop": "AssertionError: no!"}

        write_location(shop, "shop", {"orders": []})
        mended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert mended.returncode == 0, mended.stdout
        assert f"Loaded at {deployment.address}: 1 dataset." in mended.stdout

        assert [one.id for one in check_workspace(workspace).findings] == []
        code = shop / "src/shop/definitions.py"
        code.write_text(code.read_text().replace("owners=", "metadata={'platform/contract_hash': 'old'}, owners="))
        verify(workspace, register(shop, workspace).registration, said.append)
        checked = check_workspace(workspace)
        assert checked.asked == f"the deployment at {deployment.address}"
        assert [(one.id, one.subject) for one in checked.findings] == [("deployed-contract", "shop/orders")]

        command = [CONTROL, "unregister", "shop", "--workspace", workspace.root, "--location-root", shop]
        gone = subprocess.run(command, capture_output=True, text=True, check=False)
        assert gone.returncode == 0, gone.stdout
        assert f"The deployment at {deployment.address} no longer serves shop." in gone.stdout
        assert "shop" not in deployment.webserver.locations()
        assert "shop" not in deployment.processes
    assert left_behind(workspace) == []
    assert running_deployment(workspace) is None
    verify(workspace, register(shop, workspace).registration, said.append)  # no deployment: nothing to ask


def test_a_crashed_code_server_comes_back_and_a_run_that_was_cut_off_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr("platform_core.workspace.process.GRACE", 1.0)
    workspace = make_workspace(tmp_path)
    shop = write_location(tmp_path / "shop", "shop", {"orders": []})
    code = shop / "src/shop/definitions.py"
    quick = code.read_text()
    code.write_text(quick.replace("    print", "    import time; time.sleep(600)\n    print"))
    register(shop, workspace)
    with Deployment(workspace) as deployment:
        deployment.wait_ready()
        first = deployment.processes["shop"]
        os.kill(first, signal.SIGKILL)
        deadline = time.monotonic() + PATIENCE
        while deployment.processes.get("shop") in (None, first):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert deployment.wait_ready() == {}
        run = launch(deployment.webserver, "shop", ["shop/orders"])
        wait_for_run(deployment, run, "STARTED")
    assert left_behind(workspace) == []
    code.write_text(quick)
    with Deployment(workspace) as deployment:
        deployment.wait_ready()
        assert run_status(deployment.webserver, run) == "FAILURE"
        deadline = time.monotonic() + 90
        while "shop/orders is made" not in computed(workspace):
            assert time.monotonic() < deadline, "the run was not tried again"
            time.sleep(0.5)
    assert left_behind(workspace) == []


def computed(workspace) -> str:
    return "".join(path.read_text() for path in (workspace.state / "compute").rglob("*.out"))


def test_served_from_the_shell_until_ctrl_c_and_cleared_away_when_killed(tmp_path):
    workspace = make_workspace(tmp_path)
    register(write_location(tmp_path / "shop", "shop", {"orders": []}), workspace)
    for number, code in ((signal.SIGINT, 0), (signal.SIGKILL, -signal.SIGKILL)):
        command = [CONTROL, "workspace", "serve", "--workspace", workspace.root]
        serving = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert serving.stdout
        told = []
        for line in serving.stdout:
            told.append(line)
            if "Dagster is at" in line:
                break
        assert "Dagster is at http://127.0.0.1:" in told[-1]
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        assert again.returncode == 2
        assert "is being served already" in again.stderr
        serving.send_signal(number)
        serving.communicate()
        assert serving.returncode == code
        deadline = time.monotonic() + PATIENCE
        while left := left_behind(workspace):
            assert time.monotonic() < deadline, left
            time.sleep(0.1)


def test_a_location_whose_environment_is_gone_keeps_nobody_waiting(tmp_path):
    workspace = make_workspace(tmp_path)
    register(write_location(tmp_path / "shop", "shop", {"orders": []}), workspace)
    register(write_location(tmp_path / "erp", "erp", {"items": []}), workspace)
    registration = workspace.locations / "erp/location.yaml"
    registration.write_text(registration.read_text().replace(sys.executable, str(tmp_path / "gone/bin/python")))
    with Deployment(workspace) as deployment:
        broken = deployment.wait_ready()
        assert set(broken) == {"erp"}
        assert "No such file or directory" in broken["erp"]
        assert deployment.webserver.locations()["shop"].state == "loaded"
    assert left_behind(workspace) == []


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path):
    workspace = make_workspace(tmp_path)
    register(write_location(tmp_path / "shop", "shop", {"orders": []}), workspace)
    taken = socket.create_server(("127.0.0.1", workspace.settings.grpc_base_port))
    with taken, pytest.raises(PlatformError, match="the code server of shop"), Deployment(workspace):
        pass
    assert running_deployment(workspace) is None
    assert left_behind(workspace) == []
