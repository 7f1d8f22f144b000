"""platform.yaml of the server profile: everything wrong at once, each with its line, and no secret repeated."""

from functools import partial

import pytest
import yaml
from places import registration

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.workspace import find_workspace, init_workspace, load_registry, render
from platform_core.workspace.commands import code_server
from platform_core.workspace.environment import location_environment
from platform_core.workspace.instance import instance_config
from platform_core.workspace.placement import barred, placement
from platform_core.workspace.registry import write_registration
from platform_core.workspace.server_settings import server_data
from platform_core.workspace.starting import as_text, starts

URL = "postgresql://dagster@db.example.org:6432/record?sslmode=require"
served = partial(registration, python="", root="")  # in this profile no executable is named


@pytest.fixture
def workspace(tmp_path):
    return init_workspace(tmp_path / "ws", server=server_data(URL, ("localhost", "*.code.example.org")))


def rewrite(workspace, **settings):
    file = workspace.root / "platform.yaml"
    file.write_text(yaml.safe_dump({**yaml.safe_load(file.read_text()), **settings}, sort_keys=False))
    return find_workspace(workspace.root)


def test_a_made_workspace_is_read_back(workspace):
    server = workspace.settings.server
    assert (workspace.settings.profile, server.url) == ("server", URL)
    assert server.hosts == ("localhost", "*.code.example.org")
    assert server.database == "database record on db.example.org:6432"
    init_workspace(workspace.root, server=server_data(URL, ()))  # again: nothing changes
    with pytest.raises(PlatformError, match="another storage"):
        init_workspace(workspace.root, server=server_data("postgresql://d@elsewhere/x", ()))


def test_a_local_workspace_is_not_made_a_server_behind_its_back(tmp_path):
    init_workspace(tmp_path)
    with pytest.raises(PlatformError, match="of the local profile"):
        init_workspace(tmp_path, server=server_data(URL, ()))
    with pytest.raises(FindingsError, match="belongs to the server profile"):
        rewrite(find_workspace(tmp_path), code_servers={"hosts": ["localhost"]})


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({"dagster_storage": None}, "where does Dagster keep its record"),
        ({"dagster_storage": {"url": "postgresql://d:hunter2@h/x"}}, "holds a password"),
        ({"dagster_storage": {"url": "mysql://d@h/x"}}, "does not start with postgresql://"),
        ({"dagster_storage": {"url": "postgresql://h/x"}}, "must name a user and a host"),
        ({"dagster_storage": {"url": "postgresql://d@h:99999/x"}}, "must name a user and a host"),
        ({"dagster_storage": {"url": URL, "password": "hunter2"}}, "unknown key 'dagster_storage.password'"),
        ({"dagster_storage": {"url": URL, "password_env": "hunter2"}}, "names no variable"),
        ({"code_servers": ["localhost"]}, "the hosts that may serve code"),
        ({"code_servers": {"hosts": ["a:1", "*"]}}, "'a:1' is no host"),
        ({"webserver": {"port": 3000, "host": "*.example.org"}}, "webserver.host"),
        ({"runs": {"max": 3, "max_per_location": 3}}, "one location could take all runs"),
        ({"pools": {"Warehouse": 1, "erp": -1}}, "'Warehouse' is no name"),
        ({"pools": ["erp"]}, "pools maps"),
        ({"profile": "cloud"}, "Write one of: local, server"),
    ],
)
def test_what_is_wrong_is_told_with_its_line_and_without_a_secret(workspace, settings, told):
    with pytest.raises(FindingsError) as caught:
        rewrite(workspace, **settings)
    assert told in str(caught.value)
    assert "platform.yaml:" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_all_problems_come_at_once(workspace):
    with pytest.raises(FindingsError) as caught:
        rewrite(workspace, dagster_storage={"url": "x"}, pools={"A": 1}, webserver={"port": 0})
    assert len(caught.value.findings) >= 3


def test_dagster_accepts_what_is_rendered_and_no_password_stands_in_it(workspace, monkeypatch):
    from dagster._core.instance.config import dagster_instance_config

    monkeypatch.setenv("DAGSTER_POSTGRES_PASSWORD", "hunter2")
    rewrite(workspace, pools={"warehouse_db": 4})
    render(find_workspace(workspace.root))
    assert "hunter2" not in (workspace.root / "dagster.yaml").read_text()
    config, _ = dagster_instance_config(str(workspace.root))
    assert config["telemetry"] == {"enabled": False}
    assert config["concurrency"]["pools"] == {"granularity": "run"}
    address = config["storage"]["custom"]["config"]["postgres_db"]
    assert (address["hostname"], address["port"], address["db_name"]) == ("db.example.org", 6432, "record")
    assert (address["username"], address["scheme"]) == ("dagster", "postgresql+psycopg2")
    assert address["password"] == {"env": "DAGSTER_POSTGRES_PASSWORD"}
    assert address["params"]["sslmode"] == "require"


def test_a_code_server_that_is_away_is_given_half_an_hour(workspace):
    queue = instance_config(workspace)["run_queue"]
    assert queue["max_user_code_failure_retries"] * queue["user_code_failure_retry_delay"] >= 1800


def test_hosts_off_the_list_are_refused_and_never_rendered(workspace):
    for host, wrong in (("localhost", 0), ("a.code.example.org", 0), ("evil.org", 1), ("code.example.org.evil.org", 1)):
        one = served("shop", {"orders": []}, host=host)
        assert len(placement(one, {}, workspace.settings)) == wrong, host
    # What gRPC takes for more than a name of that domain: another name server, a socket, another host.
    for address in ("dns://6.6.6.6/a", "unix:/tmp/a", "evil.org#", "user@a", "", "*", "a b", "a\n"):
        one = served("shop", {"orders": []}, host=f"{address}.code.example.org")
        assert [item.id for item in placement(one, {}, workspace.settings)] == ["host-not-allowed"], address
    # Past the gate: a registration is a file that somebody may push.
    write_registration(workspace, served("shop", {"orders": []}, host="evil.org"))
    write_registration(workspace, served("erp", {"items": []}, host="localhost", port=4101))
    render(workspace)
    servers = yaml.safe_load(workspace.workspace_yaml.read_text())["load_from"]
    assert [entry["grpc_server"]["location_name"] for entry in servers] == ["erp"]
    assert set(barred(load_registry(workspace), workspace.settings)) == {"shop"}


def test_each_code_server_is_told_the_variables_it_needs_and_no_value(workspace, monkeypatch):
    database = {"url": "postgresql://h/db", "roles": "location"}
    made = rewrite(workspace, warehouses={"postgres": database})
    write_registration(made, served("shop", {}, host="localhost", secrets=("TOKEN",), engine="postgres"))
    write_registration(made, served("erp", {}, host="localhost", port=4101))
    monkeypatch.setenv("TOKEN", "hunter2")
    told = {one.name: one for one in starts(made)}
    assert list(told) == ["prepare", "webserver", "daemon", "erp", "shop"]
    record = "DAGSTER_POSTGRES_PASSWORD"
    assert told["shop"].secrets == (record, "PLATFORM_POSTGRES_PASSWORD_SHOP", "TOKEN")
    assert told["erp"].secrets == (record,)
    assert "hunter2" not in as_text(told.values()) + str([one.as_data() for one in told.values()])
    with pytest.raises(PlatformError, match="there is no process nobody"):
        starts(made, ["nobody"])


def test_a_location_cannot_have_the_name_of_a_process(workspace, tmp_path):
    for settings in (workspace.settings, init_workspace(tmp_path / "local").settings):
        (found,) = placement(served("daemon", {}, host="localhost"), {}, settings)
        assert found.id == "location-name"


def test_what_was_registered_for_a_server_is_not_started_here(tmp_path):
    made = init_workspace(tmp_path)
    one = served("shop", {"orders": []})
    assert "register it again" in barred({"shop": one}, made.settings)["shop"]


def test_a_registration_that_names_an_executable_is_refused_and_never_served(workspace):
    sly = registration("shop", {"orders": []}, host="localhost")
    assert [finding.id for finding in placement(sly, {}, workspace.settings)] == ["executable-named"]
    write_registration(workspace, sly)
    write_registration(workspace, served("erp", {"items": []}, host="localhost", port=4101))
    assert list(barred(load_registry(workspace), workspace.settings)) == ["shop"]
    render(workspace)
    assert "shop" not in workspace.workspace_yaml.read_text()


def test_a_port_belongs_to_one_location_of_a_host(workspace):
    registry = {"erp": served("erp", {}, host="localhost", port=4101)}
    (found,) = placement(served("shop", {}, host="LOCALHOST", port=4101), registry, workspace.settings)
    assert (found.id, "erp (team:erp)" in found.message) == ("code-server-taken", True)
    assert placement(served("shop", {}, host="localhost", port=4102), registry, workspace.settings) == ()
    (missing,) = placement(served("shop", {}, host="", port=0), registry, workspace.settings)
    assert "--host HOST --port PORT" in missing.fix


def test_a_pool_nobody_declared_is_refused_in_either_profile(workspace, tmp_path):
    from dataclasses import replace

    from platform_core.lineage import Graph

    one = served("shop", {"orders": []}, host="localhost")
    asset = replace(one.graph.assets["shop/orders"], pool="warehouse_dp")
    one = replace(one, graph=Graph({asset.key: asset}))
    for made in (workspace, init_workspace(tmp_path / "local")):
        assert [finding.id for finding in placement(one, {}, made.settings)] == ["unknown-pool"]
        settings = rewrite(made, pools={"warehouse_db": 1}).settings
        assert "Did you mean warehouse_db?" in placement(one, {}, settings)[0].fix
        assert placement(one, {}, rewrite(made, pools={"warehouse_dp": 1}).settings) == ()


def test_a_code_server_gets_its_own_secrets_and_no_other_teams(tmp_path, monkeypatch):
    made = rewrite(
        init_workspace(tmp_path), warehouses={"postgres": {"url": "postgresql://h/db", "password_env": "WAREHOUSE_PW"}}
    )
    shop = registration("shop", {}, secrets=("SHOP_TOKEN", "SHARED_KEY"))
    erp = registration("erp", {}, secrets=("ERP_TOKEN", "SHARED_KEY"))
    values = {"SHOP_TOKEN": "s", "ERP_TOKEN": "e", "SHARED_KEY": "k", "AWS_SECRET_ACCESS_KEY": "operator"}
    passwords = {"WAREHOUSE_PW": "w", "WAREHOUSE_PW_ERP": "own", "DAGSTER_POSTGRES_PASSWORD": "d"}
    for name, value in {**values, **passwords, "PLATFORM_SOMETHING": "p"}.items():
        monkeypatch.setenv(name, value)

    def seen(one):
        found = location_environment(made, one, (shop, erp))
        assert {"PATH", "PLATFORM_CATALOG", "PLATFORM_LANDING", "PLATFORM_SOMETHING"} <= found.keys()
        return {*values, *passwords} & found.keys()

    assert "ERP_TOKEN" not in code_server(made, shop, (shop, erp)).environment
    assert seen(shop) == {"SHOP_TOKEN", "SHARED_KEY", "WAREHOUSE_PW"}
    assert seen(erp) == {"ERP_TOKEN", "SHARED_KEY", "WAREHOUSE_PW_ERP"}
    # A team names its secrets itself: the platform's and those of other roles are not had by writing their names.
    sly = registration("shop", {}, secrets=("SHOP_TOKEN", "WAREHOUSE_PW_ERP", "DAGSTER_POSTGRES_PASSWORD"))
    assert seen(sly) == {"SHOP_TOKEN", "WAREHOUSE_PW"}
