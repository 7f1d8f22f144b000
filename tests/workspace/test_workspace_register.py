import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from places import snapshot, write_location

from platform_core.cli import main
from platform_core.findings import FindingsError
from platform_core.workspace import init_workspace, load_registry, register

pytestmark = pytest.mark.processes

# Each registration loads Dagster in a process of its own; most are left to the slower part of the tests.
CONTROL = [Path(sys.executable).with_name("platformctl")]


@pytest.fixture
def workspace(tmp_path):
    return init_workspace(tmp_path / "ws")


@pytest.fixture
def shop(tmp_path):
    return write_location(tmp_path / "shop", "shop", {"orders": [], "totals": ["shop/orders"]})


@pytest.fixture
def platformctl(workspace, capfd):
    """Run platformctl; return exit code and what it printed."""

    def run(*arguments: object) -> tuple[int, str]:
        code = 0
        try:
            main([*map(str, arguments)])
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capfd.readouterr()
        return code, out + err

    return run


def test_a_location_is_registered_changed_and_registered_again(workspace, shop, platformctl):
    code, told = platformctl("register", shop, "--workspace", workspace.root)
    assert code == 0
    assert "Registered shop (team:shop): 2 datasets." in told
    assert "+ shop/orders" in told
    one = load_registry(workspace)["shop"]
    assert (one.owner, one.repository, one.package) == ("team:shop", shop.as_uri(), "shop")
    assert one.graph.assets["shop/totals"].deps == ("shop/orders",)
    assert set(json.loads(workspace.catalog.read_text())["datasets"]) == {"shop/orders", "shop/totals"}

    before = snapshot(workspace.root)
    code, told = platformctl("register", shop, "--workspace", workspace.root)
    assert (code, snapshot(workspace.root)) == (0, before)
    assert "registered as it is" in told

    write_location(shop, "shop", {"orders": [], "refunds": []}, version="1.1.0")
    (shop / "contracts/totals.odcs.yaml").unlink()
    code, told = platformctl("register", shop, "--workspace", workspace.root)
    assert code == 0
    for line in ("Updated shop", "+ shop/refunds", "- shop/totals", "~ contract shop/orders: 1.0.0 -> 1.1.0"):
        assert line in told
    assert load_registry(workspace)["shop"].port == one.port
    assert sorted(path.name for path in (workspace.locations / "shop/contracts").iterdir()) == [
        "orders.odcs.yaml",
        "refunds.odcs.yaml",
    ]


def test_a_dry_run_shows_the_plan_and_writes_nothing(workspace, shop, platformctl):
    before = snapshot(workspace.root)
    code, told = platformctl("register", shop, "--workspace", workspace.root, "--dry-run")
    assert (code, snapshot(workspace.root)) == (0, before)
    assert "Would register shop" in told
    assert "+ shop/orders" in told


@pytest.mark.daemon
def test_a_refused_location_changes_nothing_and_everything_is_told_at_once(workspace, shop, platformctl, tmp_path):
    platformctl("register", shop, "--workspace", workspace.root)
    before = snapshot(workspace.root)
    sales = write_location(tmp_path / "sales", "sales", {"report": ["shop/oders"]})
    (sales / "contracts/refunds.odcs.yaml").write_text(
        (sales / "contracts/report.odcs.yaml").read_text().replace("report", "refunds")
    )
    code, told = platformctl("register", sales, "--workspace", workspace.root)
    assert (code, snapshot(workspace.root)) == (1, before)
    assert "Did you mean shop/orders?" in told
    assert "contract-without-dataset" in told


@pytest.mark.daemon
def test_a_pending_location_becomes_active_when_its_upstream_comes(workspace, shop, platformctl, tmp_path):
    sales = write_location(tmp_path / "sales", "sales", {"report": ["shop/orders"]})
    code, told = platformctl("register", sales, "--workspace", workspace.root, "--allow-pending")
    assert code == 0
    assert "Pending: it waits for shop/orders." in told
    _, told = platformctl("workspace", "list", "--workspace", workspace.root)
    assert "pending: waits for shop/orders" in told
    platformctl("register", shop, "--workspace", workspace.root)
    _, told = platformctl("workspace", "list", "--workspace", workspace.root, "--format", "json")
    rows = json.loads(told)["locations"]
    assert [(row["name"], row["status"]) for row in rows] == [("sales", "active"), ("shop", "active")]
    assert len({row["server"]["port"] for row in rows}) == 2


def test_two_locations_with_one_name_do_not_mix(workspace, shop, platformctl, tmp_path):
    platformctl("register", shop, "--workspace", workspace.root)
    before = snapshot(workspace.root)
    other = write_location(tmp_path / "other", "shop", {"orders": []})
    code, told = platformctl("register", other, "--workspace", workspace.root)
    assert (code, snapshot(workspace.root)) == (1, before)
    assert "name-taken" in told
    assert shop.as_uri() in told


@pytest.mark.daemon
@pytest.mark.parametrize(
    ("tail", "line", "reason"),
    [
        ("import no_such_module_anywhere\n", ":10", "No module named 'no_such_module_anywhere'"),
        ("raise SystemExit('stop')\n", ":10", "SystemExit: stop"),
        ("def (:\n", ":10", "SyntaxError"),
        ("dg.StaticPartitionsDefinition(['a', 'a'])\n", ":10", "Duplicate"),  # raised below, in the library
        ("other = dg.Definitions()\n", "", "holds 2 Definitions objects"),
    ],
)
def test_a_location_that_does_not_load_is_told_with_the_teams_own_line(tmp_path, tail, line, reason):
    broken = write_location(tmp_path / "broken", "broken", {"a": []}, tail=tail)
    workspace = init_workspace(tmp_path / "ws")
    before = snapshot(workspace.root)
    with pytest.raises(FindingsError) as caught:
        register(broken, workspace)
    assert reason in str(caught.value)
    assert f"{broken}/src/broken/definitions.py{line}: " in str(caught.value)
    assert snapshot(workspace.root) == before


@pytest.mark.daemon
def test_problems_of_owner_contract_and_code_are_told_at_once(workspace, tmp_path, platformctl):
    root = write_location(tmp_path / "bad", "bad", {"a": []}, tail="1 / 0\n")
    contract = root / "contracts/a.odcs.yaml"
    contract.write_text(contract.read_text().replace("logicalType: integer", "logicalType: whole"))
    code, told = platformctl("register", root, "--workspace", workspace.root)
    assert code == 1
    assert "ZeroDivisionError" in told
    assert "a.odcs.yaml" in told


@pytest.mark.daemon
def test_without_an_owner_nothing_is_registered(workspace, shop, platformctl):
    (shop / "location.yaml").write_text("name: shop\n")
    code, told = platformctl("register", shop, "--workspace", workspace.root)
    assert code == 1
    assert "owner is needed" in told
    assert load_registry(workspace) == {}


@pytest.mark.daemon
def test_definitions_may_be_made_by_a_function(workspace, tmp_path, platformctl):
    root = write_location(tmp_path / "lazy", "lazy", {"a": []})
    code = root / "src/lazy/definitions.py"
    eager = "defs = dg.Definitions(assets=[a], executor=dg.in_process_executor)\n"
    lazy = "@dg.definitions\ndef defs() -> dg.Definitions:\n    return dg.Definitions(assets=[a])\n"
    code.write_text(code.read_text().replace(eager, lazy))
    assert register(root, workspace).verdict == "registered"


DISK_FULL = """
import resource, sys
from pathlib import Path
from platform_core.cli import main
from platform_core.workspace import find_workspace, register
planning = sys.modules["platform_core.workspace.register"]
plan = planning.make_plan(Path(sys.argv[1]), find_workspace(sys.argv[2]))
planning.make_plan = lambda *arguments: plan
resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))  # no file may grow beyond 300 bytes
main(["register", sys.argv[1], "--workspace", sys.argv[2]])
"""


@pytest.mark.daemon
def test_a_full_disk_changes_nothing_and_is_told(workspace, shop):
    register(shop, workspace)
    before = snapshot(workspace.root)
    write_location(shop, "shop", {"orders": [], "refunds": [], "totals": ["shop/orders"]}, "2.0.0")
    command = [sys.executable, "-c", DISK_FULL, shop, workspace.root]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # it would be cut off, too, and stay
    full = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert full.returncode == 2
    assert "cannot be written: File too large" in full.stderr
    assert "Traceback" not in full.stderr
    assert {name: content for name, content in snapshot(workspace.root).items() if ".staged-" not in name} == before
    register(shop, workspace)
    assert load_registry(workspace)["shop"].graph.assets["shop/refunds"].contract
    assert not [name for name in snapshot(workspace.root) if ".staged-" in name]


@pytest.mark.daemon
def test_registering_again_restores_what_was_rendered(workspace, shop):
    register(shop, workspace)
    before = snapshot(workspace.root)
    workspace.catalog.unlink()
    assert register(shop, workspace).verdict == "unchanged"
    assert snapshot(workspace.root) == before


@pytest.mark.daemon
def test_what_the_teams_code_prints_disturbs_nobody(workspace, tmp_path, platformctl):
    noisy = write_location(tmp_path / "noisy", "noisy", {"a": []}, tail="print('{not json')\n")
    code, told = platformctl("register", noisy, "--workspace", workspace.root, "--format", "json")
    assert code == 0
    assert json.loads(told)["verdict"] == "registered"


def test_a_folder_that_is_no_location_and_an_interpreter_that_is_none(workspace, shop, platformctl, tmp_path):
    code, told = platformctl("register", tmp_path, "--workspace", workspace.root)
    assert code == 2
    assert "location.yaml" in told
    code, told = platformctl("register", shop, "--workspace", workspace.root, "--python", tmp_path / "python")
    assert code == 2
    assert "is not a Python interpreter" in told


@pytest.mark.daemon
def test_an_environment_without_the_library_says_so(workspace, shop, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    done = subprocess.run(
        [*CONTROL, "register", shop, "--workspace", workspace.root, "--python", tmp_path / "bare/bin/python"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "has no platform_core" in done.stderr


@pytest.mark.daemon
def test_registrations_at_the_same_time_are_all_there_and_apart(workspace, tmp_path):
    roots = [write_location(tmp_path / f"team{number}", f"team{number}", {"a": []}) for number in range(3)]
    running = [subprocess.Popen([*CONTROL, "register", root, "--workspace", workspace.root]) for root in roots]
    assert [one.wait() for one in running] == [0, 0, 0]
    registry = load_registry(workspace)
    assert sorted(registry) == ["team0", "team1", "team2"]
    assert len({one.port for one in registry.values()}) == 3
    assert len(json.loads(workspace.catalog.read_text())["datasets"]) == 3


@pytest.mark.slow
def test_a_killed_registration_left_either_state_whole(workspace, shop):
    kills = 40
    control = [*CONTROL, "register", shop, "--workspace", workspace.root]
    started = time.monotonic()
    subprocess.run(control, check=True, stdout=subprocess.DEVNULL)
    duration = time.monotonic() - started
    states = []
    contents = ("# one\n", "# two\n")  # no other version: the gate lets none go backwards
    for content in contents:
        write_location(shop, "shop", {"orders": [], "totals": ["shop/orders"]}, tail=content)
        register(shop, workspace)
        states.append(load_registry(workspace)["shop"])
    for kill in range(kills):
        write_location(shop, "shop", {"orders": [], "totals": ["shop/orders"]}, tail=contents[kill % 2])
        process = subprocess.Popen(control, stdout=subprocess.DEVNULL)
        time.sleep(duration * (0.5 + 0.6 * kill / kills))  # it writes toward its end
        process.kill()
        assert process.wait() in (0, -signal.SIGKILL)
        assert load_registry(workspace)["shop"] in states
    write_location(shop, "shop", {"orders": [], "totals": ["shop/orders"]}, tail=contents[0])
    register(shop, workspace)
    assert load_registry(workspace)["shop"] == states[0]
    assert not list(workspace.locations.glob(".*-*"))
    catalog = json.loads(workspace.catalog.read_text())
    assert catalog["datasets"]["shop/orders"]["contract"]["version"] == "1.0.0"


def test_what_is_wrong_in_a_contract_is_told_once(workspace, shop):
    """Its definitions do not load for the same reason."""
    path = shop / "contracts/orders.odcs.yaml"
    path.write_text(path.read_text().replace("version: 1.0.0", "version: one"))
    (shop / "src/shop/definitions.py").write_text(
        "from pathlib import Path\n\nfrom platform_core.contracts import load_contracts\n\n"
        "load_contracts(Path(__file__).parents[2] / 'contracts')\n"
    )
    with pytest.raises(FindingsError) as refused:
        register(shop, workspace)
    assert [finding.id for finding in refused.value.findings] == ["bad-version"]


def test_init_and_render_say_what_they_did(tmp_path, platformctl):
    code, told = platformctl("workspace", "init", tmp_path / "new", "--port", 4000)
    assert code == 0
    assert "platformctl register --workspace" in told
    assert platformctl("workspace", "render", "--workspace", tmp_path / "new") == (0, "Nothing changed.\n")
    code, told = platformctl("workspace", "list", "--workspace", tmp_path / "new")
    assert "No location is registered" in told


def test_help_needs_no_workspace():
    from platform_core.cli.workspace import workspace

    assert "serve" in CliRunner().invoke(workspace, ["--help"]).output
