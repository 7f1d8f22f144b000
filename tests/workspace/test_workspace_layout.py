import subprocess

import pytest
from places import snapshot

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.workspace import find_workspace, init_workspace, render


def test_a_new_workspace_has_settings_and_ignores_what_is_rendered(tmp_path):
    made = init_workspace(tmp_path / "ws", str(tmp_path / "data"), port=4000)
    assert made.settings.warehouse == tmp_path / "data"
    assert made.settings.landing == tmp_path / "ws/landing"
    assert (made.settings.port, made.settings.grpc_base_port) == (4000, 4001)
    ignored = (made.root / ".gitignore").read_text().splitlines()
    assert {"/workspace.yaml", "/catalog.json", "/CODEOWNERS", "/dagster.yaml", "/.dagster/"} <= set(ignored)


def test_git_keeps_what_is_registered_and_nothing_that_is_rendered(tmp_path):
    made = init_workspace(tmp_path)
    render(made)
    (made.locations / "shop").mkdir()
    (made.locations / "shop/location.yaml").touch()
    (made.locations / ".staged-shop").mkdir()
    (made.locations / ".staged-shop/location.yaml").touch()
    git = ["git", "-C", str(tmp_path)]
    subprocess.run([*git, "init", "-q"], check=True)
    told = subprocess.run([*git, "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True)
    kept = {line.split()[-1] for line in told.stdout.splitlines()}
    ours = {".gitignore", "platform.yaml", "exemptions.yaml", "locations/.gitkeep"}
    assert kept == {*ours, "locations/shop/location.yaml"}


def test_init_again_changes_nothing(tmp_path):
    init_workspace(tmp_path, "data", port=4000)
    before = snapshot(tmp_path)
    again = init_workspace(tmp_path, port=4000)
    assert snapshot(tmp_path) == before
    assert again.settings.port == 4000


def test_init_completes_one_that_was_killed(tmp_path):
    init_workspace(tmp_path)
    (tmp_path / ".gitignore").unlink()
    (tmp_path / "locations/.gitkeep").unlink()
    (tmp_path / "locations").rmdir()
    init_workspace(tmp_path)
    assert (tmp_path / ".gitignore").is_file()
    assert (tmp_path / "locations/.gitkeep").is_file()


def test_a_fresh_clone_of_a_repository_is_not_foreign(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "README.md").write_text("Ours.\n")
    init_workspace(tmp_path)
    assert (tmp_path / "README.md").read_text() == "Ours.\n"


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(PlatformError, match="it holds thesis"):
        init_workspace(tmp_path)
    assert snapshot(tmp_path) == {"thesis.txt": b"mine"}


def test_a_file_in_the_way_is_refused(tmp_path):
    (tmp_path / "ws").write_text("")
    with pytest.raises(PlatformError, match="is a file"):
        init_workspace(tmp_path / "ws")


def test_other_settings_than_those_of_the_workspace_are_refused_all_at_once(tmp_path):
    init_workspace(tmp_path, port=4000)
    before = snapshot(tmp_path)
    with pytest.raises(PlatformError, match=r"warehouse is .*; port is 4000, not 5000"):
        init_workspace(tmp_path, "elsewhere", port=5000)
    assert snapshot(tmp_path) == before


def test_a_workspace_is_found_by_option_before_variable(tmp_path, monkeypatch):
    one, other = init_workspace(tmp_path / "one"), init_workspace(tmp_path / "other")
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(other.root))
    assert find_workspace(str(one.root)).root == one.root
    assert find_workspace().root == other.root


def test_no_workspace_named_says_how_to_name_one(monkeypatch):
    monkeypatch.delenv("PLATFORM_WORKSPACE", raising=False)
    with pytest.raises(PlatformError, match="PLATFORM_WORKSPACE"):
        find_workspace()


def test_a_folder_that_is_none_says_how_to_make_one(tmp_path):
    with pytest.raises(PlatformError, match="platformctl workspace init"):
        find_workspace(tmp_path)


def test_every_problem_of_the_settings_is_told_with_its_line(tmp_path):
    lines = [
        "profile: cloud",
        "warehouse: {engine: oracle, root: data}",
        "webserver: {port: many}",
        "grpc_base_port: 0",
        "colour: red",
    ]
    (tmp_path / "platform.yaml").write_text("\n".join(lines))
    with pytest.raises(FindingsError) as caught:
        find_workspace(tmp_path)
    assert sorted((finding.where.line, finding.message) for finding in caught.value.findings) == [
        (1, "landing is needed: where do files arrive?"),
        (1, "unknown profile."),
        (2, "unknown engine."),
        (3, "webserver.port must be a whole number, 1 to 65535."),
        (4, "grpc_base_port must be a whole number, 1 to 65535."),
        (5, "unknown key 'colour'."),
    ]
