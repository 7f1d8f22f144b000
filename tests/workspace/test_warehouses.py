"""The warehouses of a workspace: one by default, one of another engine beside it, no password anywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from places import registration

from platform_core.cli.workspace import workspace as workspace_command
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.workspace import find_workspace, init_workspace, render
from platform_core.workspace.environment import location_environment, workspace_environment

URL = "postgresql://platform@db.example.com:5432/warehouse"


def init(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(workspace_command, ["init", str(folder), *options])


def test_a_database_beside_the_folder(tmp_path: Path) -> None:
    told = init(tmp_path, "--database-url", URL)
    assert told.exit_code == 0, told.output
    assert "published data: " + str(tmp_path / "warehouse") in told.output
    assert "of locations with engine: postgres: warehouse on db.example.com:5432" in told.output
    assert "the variable PLATFORM_POSTGRES_PASSWORD" in told.output
    catalog = json.loads((tmp_path / "catalog.json").read_text())
    assert catalog["engine"] == "duckdb_delta" and set(catalog["warehouses"]) == {"duckdb_delta", "postgres"}
    assert catalog["warehouses"]["postgres"]["url"] == URL


def test_a_database_as_the_default(tmp_path: Path) -> None:
    assert init(tmp_path, "--warehouse-engine", "postgres", "--database-url", URL).exit_code == 0
    settings = find_workspace(tmp_path).settings
    assert settings.engine == "postgres" and list(settings.places) == ["postgres"]
    with pytest.raises(PlatformError, match="in no folder"):
        _ = settings.warehouse
    assert init(tmp_path, "--warehouse-engine", "postgres", "--database-url", URL).exit_code == 0
    made = init_workspace(tmp_path / "both", str(tmp_path / "data"), engine="postgres", database=URL)
    assert made.settings.engine == "postgres" and made.settings.warehouse == tmp_path / "data"


def test_in_the_server_profile_each_location_has_a_role_of_its_own(tmp_path: Path) -> None:
    storage = "postgresql://dagster@db.example.com/record"
    told = init(tmp_path, "--profile", "server", "--storage", storage, "--database-url", URL)
    assert told.exit_code == 0, told.output
    place = find_workspace(tmp_path).settings.places["postgres"]
    assert isinstance(place, PostgresAddress) and place.roles == "location"


def test_another_database_than_that_of_the_workspace_is_refused(tmp_path: Path) -> None:
    init_workspace(tmp_path, database=URL)
    with pytest.raises(PlatformError, match=r"database is .*; engine is duckdb_delta, not postgres"):
        init_workspace(tmp_path, engine="postgres", database=f"{URL}2")


def test_an_engine_without_its_database_is_asked_for(tmp_path: Path) -> None:
    told = init(tmp_path / "ws", "--warehouse-engine", "postgres")
    assert told.exit_code == 2 and "needs --database-url" in told.output
    assert not (tmp_path / "ws").exists()


def test_a_password_in_the_url_goes_nowhere(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="it holds a password") as caught:
        init_workspace(tmp_path / "ws", database="postgresql://me:hunter2@db/warehouse")
    assert "hunter2" not in str(caught.value) and not (tmp_path / "ws").exists()
    init_workspace(tmp_path / "there")
    with pytest.raises(PlatformError) as caught:
        init_workspace(tmp_path / "there", database="postgresql://me:hunter2@db/warehouse")
    assert "hunter2" not in str(caught.value)


SOUND = "landing: in\nwarehouse: {engine: duckdb_delta, root: data}\n"
WRONG = {
    "warehouse: {engine: postgres}\nlanding: in\n": (1, "url: a URL is needed"),
    f"warehouse:\n  engine: postgres\n  url: {URL}\n  password: hunter2\nlanding: in\n": (4, "unknown key 'password'"),
    "landing: in\nwarehouse:\n  engine: postgres\n  url: postgresql://me:hunter2@db/w\n": (4, "it holds a password"),
    SOUND + f"warehouses: {{postgres: {{url: '{URL}', password_env: hunter-2}}}}\n": (3, "password_env names"),
    SOUND + f"warehouses:\n  postgres: {{url: '{URL}', roles: everyone}}\n": (4, "roles: there is no such way"),
    SOUND + "warehouses: {duckdb_delta: {root: x}}\n": (3, "duckdb_delta stands twice"),
    SOUND + "warehouses: {oracle: {}}\n": (3, "unknown engine"),
    SOUND + "warehouses: [postgres]\n": (3, "warehouses must hold one engine each"),
    SOUND + "warehouses: {postgres: here}\n": (3, "postgres must hold keys and values"),
    "landing: in\nwarehouse: here\n": (2, "warehouse is needed"),
    "landing: in\nwarehouse: {root: 3}\n": (2, "warehouse.root is needed"),
    "landing: in\nwarehouse: {root: x, url: y}\n": (2, "unknown key 'url'"),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_is_wrong_has_its_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "platform.yaml").write_text(text)
    with pytest.raises(FindingsError) as caught:
        find_workspace(tmp_path)
    line, says = WRONG[text]
    assert [(one.where.line, says in one.message) for one in caught.value.findings if one.where] == [(line, True)]
    assert "hunter" not in str(caught.value)


def test_the_password_is_in_no_file_of_the_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", "hunter2")
    made = init_workspace(tmp_path, engine="postgres", database=URL)
    render(made)
    place = made.settings.places["postgres"]
    assert isinstance(place, PostgresAddress) and place.arguments()["password"] == "hunter2"
    assert not [path for path in tmp_path.rglob("*") if path.is_file() and b"hunter2" in path.read_bytes()]


def test_what_names_another_database_or_role_does_not_reach_a_location(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = init_workspace(tmp_path, engine="postgres", database=URL)
    settings = tmp_path / "platform.yaml"
    monkeypatch.setenv("PLATFORM_POSTGRES_URL", "postgresql://localhost/mine")
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "platform")
    shop = registration("shop", {}, engine="postgres")
    assert "PLATFORM_POSTGRES_URL" not in workspace_environment(made)
    assert location_environment(made, shop, ())["PLATFORM_POSTGRES_USER"] == "platform"
    settings.write_text(settings.read_text().replace("roles: shared", "roles: location"))
    assert "PLATFORM_POSTGRES_USER" not in location_environment(find_workspace(tmp_path), shop, ())
