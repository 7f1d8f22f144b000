"""Taking a location out of the workspace."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from git_workspace import files, git, make_remote
from places import registration

from platform_core.cli.unregister import unregister as command
from platform_core.errors import PlatformError
from platform_core.workspace import init_workspace, load_registry, render
from platform_core.workspace.registry import remove_registration, write_registration
from platform_core.workspace.unregister import push_removal, unregister

SHOP = registration("shop", {"orders": []}, contact="#shop")
SALES = registration("sales", {"report": ["shop/orders"]}, contact="#sales")


@pytest.fixture
def workspace(tmp_path):
    made = init_workspace(tmp_path / "ws")
    write_registration(made, SHOP)
    render(made)
    return made


@pytest.fixture
def root(tmp_path):
    """The checkout of shop: what tells whose it is."""
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "location.yaml").write_text(
        "name: shop\nowner: team:shop\nrepository: git@git.example:shop.git\n"  # another spelling of the registered one
    )
    return folder


def test_a_location_goes_and_with_it_what_is_rendered(workspace, root):
    outcome = unregister("shop", workspace, root, dry_run=True)
    assert outcome.verdict == "would-unregister"
    assert list(load_registry(workspace)) == ["shop"]
    outcome = unregister("shop", workspace, root)
    assert (outcome.verdict, [change.key for change in outcome.changes]) == ("unregistered", ["shop/orders"])
    assert load_registry(workspace) == {}
    assert json.loads(workspace.catalog.read_text())["datasets"] == {}
    assert [path.name for path in workspace.locations.iterdir()] == [".gitkeep"]


def test_who_still_reads_or_needs_it_is_said_with_owner_and_contact(workspace, root):
    write_registration(workspace, SALES)
    write_registration(workspace, registration("board", {"view": []}, needs={"shop.orders": b"dataset: shop/orders\n"}))
    before = load_registry(workspace)
    outcome = unregister("shop", workspace, root)
    assert (outcome.verdict, load_registry(workspace)) == ("refused", before)
    told = " ".join(finding.message for finding in outcome.findings)
    assert {finding.id for finding in outcome.findings} == {"dataset-in-use"}
    for words in ("sales/report reads it (team:sales, #sales)", "board (team:board) says in needs/shop.orders.yaml"):
        assert words in told


@pytest.mark.parametrize(
    "text",
    [
        "name: shop\nowner: team:other\nrepository: https://git.example/shop\n",
        "name: shop\nowner: team:shop\nrepository: https://git.example/other\n",
        "name: other\nowner: team:shop\nrepository: https://git.example/shop\n",
        None,
    ],
)
def test_only_its_own_source_or_the_platform_team_takes_it_away(workspace, root, text):
    (root / "location.yaml").write_text(text) if text else (root / "location.yaml").unlink()
    outcome = unregister("shop", workspace, root)
    assert (outcome.verdict, [finding.id for finding in outcome.findings]) == ("refused", ["not-its-own"])
    assert "https://git.example/shop (team:shop)" in outcome.findings[0].message
    assert unregister("shop", workspace).verdict == "unregistered"


def test_a_name_that_is_not_registered_is_told_with_those_that_are(workspace):
    with pytest.raises(PlatformError, match="no location 'shpo' is registered") as caught:
        unregister("shpo", workspace)
    assert "shop" in caught.value.hint


def test_one_that_cannot_be_read_is_the_platform_teams_to_remove_when_nobody_reads_it(workspace, root):
    (workspace.locations / "shop/graph.json").write_text("{")
    assert [finding.id for finding in unregister("shop", workspace, root).findings] == ["not-its-own"]
    write_registration(workspace, SALES)
    assert [finding.id for finding in unregister("shop", workspace).findings] == ["dataset-in-use"]
    remove_registration(workspace, "sales")
    assert unregister("shop", workspace).verdict == "unregistered"


def test_nothing_goes_while_it_is_not_known_who_reads_it(workspace):
    write_registration(workspace, SALES)
    (workspace.locations / "sales/graph.json").write_text("{")
    assert [finding.id for finding in unregister("shop", workspace).findings] == ["removal-undecidable"]


def test_removed_from_a_git_workspace_by_a_push(tmp_path, root, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    bare, clone = make_remote(tmp_path / "git")
    from platform_core.workspace import find_workspace

    write_registration(find_workspace(clone), SHOP)
    write_registration(find_workspace(clone), replace(registration("erp", {"items": []}), port=4200))
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "shop and erp")
    git(clone, "push", "-q")
    outcome, pushed = push_removal("shop", clone, root)
    assert (outcome.verdict, pushed.branch) == ("unregistered", "main")
    assert {name.split("/")[1] for name in files(bare) if name.startswith("locations/")} == {".gitkeep", "erp"}
    assert git(bare, "log", "-1", "--format=%s") == "Unregister shop"
    assert Path(clone / "locations/shop").is_dir()  # the person's own clone comes with the next pull


def test_the_command_says_what_went_and_answers_with_its_exit_code(workspace, root):
    arguments = ["shop", "--workspace", str(workspace.root), "--location-root", str(root)]
    told = CliRunner().invoke(command, [*arguments, "--dry-run"])
    assert (told.exit_code, told.output.splitlines()[0]) == (
        0,
        "Would unregister shop (team:shop): 1 dataset. Nothing was written.",
    )
    write_registration(workspace, SALES)
    told = CliRunner().invoke(command, [*arguments, "--format", "json"])
    data = json.loads(told.output)
    assert (told.exit_code, data["verdict"], data["findings"][0]["id"]) == (1, "refused", "dataset-in-use")
