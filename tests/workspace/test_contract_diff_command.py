"""`platformctl contract diff` as it is typed: files, revisions of git, what is registered."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result
from places import registration

from platform_core import clock
from platform_core.cli.contract_diff import diff
from platform_core.errors import PlatformError
from platform_core.lineage import Graph
from platform_core.workspace import Workspace, init_workspace
from platform_core.workspace.registry import write_registration

OLD = """\
apiVersion: v3.2.0
kind: DataContract
id: shop-orders
name: orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, required: true}
      - {name: amount, logicalType: number}
      - {name: note, logicalType: string}
"""
NO_NOTE = OLD.replace("      - {name: note, logicalType: string}\n", "")
MORE = OLD.replace("1.0.0", "1.1.0") + "      - {name: channel, logicalType: string}\n"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "shop"
    (root / "contracts").mkdir(parents=True)
    (root / "location.yaml").write_text("name: shop\nowner: team:shop\n")
    contract(root).write_text(OLD)
    monkeypatch.chdir(root)
    monkeypatch.delenv("PLATFORM_WORKSPACE", raising=False)
    return root


def contract(root: Path) -> Path:
    return root / "contracts" / "orders.odcs.yaml"


def run(*words: str) -> Result:
    return CliRunner().invoke(diff, words)


def git(root: Path, *words: str) -> None:
    person = ["-c", "user.name=shop", "-c", "user.email=shop@example.com"]
    subprocess.run(["git", *person, *words], cwd=root, check=True, capture_output=True)


def workspace_of(root: Path, reads: tuple[str, ...] | None, text: str = OLD) -> Workspace:
    """`shop` is registered, and `board` reads its orders: these columns of it; None: nobody knows which."""
    workspace = init_workspace(root.parent / "workspace")
    shop = registration("shop", {"orders": []})
    board = registration("board", {"totals": ["shop/orders"]})
    asset = replace(board.graph.assets["board/totals"], reads=None if reads is None else {"shop/orders": reads})
    write_registration(workspace, replace(shop, contracts={"orders": text.encode()}))
    write_registration(workspace, replace(board, graph=Graph({"board/totals": asset}), contact="#board"))
    return workspace


def test_two_files(shop: Path) -> None:
    new = shop / "new.odcs.yaml"
    new.write_text(NO_NOTE)
    told = run(str(contract(shop)), str(new))
    assert told.exit_code == 1
    assert "breaks readers" in told.output and "column-removed" in told.output and "2.0.0" in told.output
    assert run(str(new), str(new)).output == "Nothing changed.\n"


def test_a_change_that_breaks_nobody_passes_when_its_version_says_it(shop: Path) -> None:
    new = shop / "new.odcs.yaml"
    new.write_text(MORE)
    told = run(str(contract(shop)), str(new), "--format", "json")
    answer = json.loads(told.output)
    assert told.exit_code == 0
    assert (answer["reader_safe"], answer["required_bump"]) == (True, "minor")
    new.write_text(MORE.replace("1.1.0", "1.0.0"))
    told = run(str(contract(shop)), str(new), "--format", "json")
    assert told.exit_code == 1
    assert [one["id"] for one in json.loads(told.output)["findings"] if one["level"] == "error"] == [
        "version-not-raised"
    ]


@pytest.mark.processes
def test_revisions_of_git(shop: Path) -> None:
    git(shop, "init", "-q", "-b", "main")
    git(shop, "add", "-A")
    git(shop, "commit", "-qm", "one")
    contract(shop).write_text(NO_NOTE)
    (shop / "contracts" / "refunds.odcs.yaml").write_text(OLD.replace("orders", "refunds"))
    answer = json.loads(run("main", "--format", "json").output)
    assert [(one["dataset"], one["old_version"], one["new_version"]) for one in answer["contracts"]] == [
        ("shop/orders", "1.0.0", "1.0.0"),
        ("shop/refunds", None, "1.0.0"),
    ]
    assert answer["contracts"][0]["reader_safe"] is False
    path = "contracts/orders.odcs.yaml"
    assert json.loads(run(f"main:{path}", path, "--format", "json").output)["reader_safe"] is False
    assert run("main", f"main:{path}").output == "Nothing changed.\n"
    with pytest.raises(PlatformError, match="is not in main"):
        raise run("main:contracts/nothing.odcs.yaml", path).exception  # type: ignore[misc]


@pytest.mark.processes
def test_a_word_that_looks_like_an_option_of_git_is_only_a_word(shop: Path) -> None:
    git(shop, "init", "-q")
    error = run("--", "--output=stolen:x", "contracts").exception
    assert isinstance(error, PlatformError) and "no such contract" in error.message
    assert not (shop / "stolen").exists() and not (shop / "stolen:x").exists()


@pytest.mark.parametrize(
    ("reads", "code", "said"),
    [
        (("id", "amount"), 1, "breaks nobody"),  # the version is still to be raised: minor
        (("id", "note"), 1, "board/totals uses note (board, team:board, #board)"),
        (None, 1, "board/totals uses note"),
    ],
)
def test_readers_are_evidence(shop: Path, reads: tuple[str, ...] | None, code: int, said: str) -> None:
    workspace = workspace_of(shop, reads)
    contract(shop).write_text(NO_NOTE)
    told = run("--workspace", str(workspace.root))
    assert (told.exit_code, said in told.output) == (code, True), told.output


def test_what_nobody_uses_may_go_with_a_minor_version(shop: Path) -> None:
    workspace = workspace_of(shop, ("id", "amount"))
    contract(shop).write_text(NO_NOTE.replace("1.0.0", "1.1.0"))
    for words in ([], [str(contract(shop))], ["shop/orders", str(contract(shop))]):
        told = run(*words, "--workspace", str(workspace.root), "--format", "markdown")
        assert told.exit_code == 0, told.output
        assert "1 location reads it (board); it does not use the column 'note'" in told.output.replace("\\", "")


def test_a_file_belongs_to_its_location_wherever_the_command_is_run(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = workspace_of(shop, ("id", "amount"))
    contract(shop).write_text(NO_NOTE.replace("1.0.0", "1.1.0"))
    monkeypatch.chdir(tmp_path)
    assert "breaks nobody" in run("shop/contracts/orders.odcs.yaml", "--workspace", str(workspace.root)).output
    assert "breaks nobody" in run("shop", "--workspace", str(workspace.root)).output


def answer_of(workspace: Workspace) -> dict:
    return json.loads(run("--workspace", str(workspace.root), "--format", "json").output)


def ids(answer: dict, *levels: str) -> list[str]:
    return [one["id"] for one in answer["findings"] if one["level"] in levels]


def test_a_dataset_that_goes_names_its_readers_and_goes_freely_without_any(shop: Path) -> None:
    workspace = workspace_of(shop, ("id",))
    contract(shop).unlink()
    told = run("--workspace", str(workspace.root))
    assert told.exit_code == 1
    assert "dataset-in-use" in told.output and "board/totals reads it (team:board, #board)" in told.output
    shutil.rmtree(workspace.locations / "board")
    assert (answer_of(workspace)["reader_safe"], ids(answer_of(workspace), "error", "warning")) == (True, [])


def test_an_end_is_judged_as_at_the_gate(shop: Path) -> None:
    workspace = workspace_of(shop, ("id",))
    deprecated = OLD.replace("1.0.0", "1.1.0").replace("status: active", "status: deprecated")
    contract(shop).write_text(deprecated)
    assert ids(answer_of(workspace), "error") == ["end-missing"]
    soon = clock.today() + timedelta(days=30)
    contract(shop).write_text(f'{deprecated}slaProperties: [{{property: endOfLife, value: "{soon}"}}]\n')
    assert ids(answer_of(workspace), "error") == ["grace-too-short"]
    late = clock.today() + timedelta(days=90)
    contract(shop).write_text(f'{deprecated}slaProperties: [{{property: endOfLife, value: "{late}"}}]\n')
    assert ids(answer_of(workspace), "error") == []


def test_changed_words_are_one_finding_and_words_for_the_first_time_are_none(shop: Path) -> None:
    described = OLD.replace("logicalType:", "description: To be described., logicalType:")
    workspace = workspace_of(shop, None, described)
    contract(shop).write_text(described.replace("To be described.", "What it is.").replace("1.0.0", "1.0.1"))
    assert ids(answer_of(workspace), "error", "warning") == []
    workspace = workspace_of(shop, None, described.replace("To be described.", "What it was."))
    told = run("--workspace", str(workspace.root)).output
    assert told.count("description-changed") == 1 and "3 texts changed: id, amount, note." in told
    assert "changes words" in told


def test_a_new_contract_is_no_warning(shop: Path) -> None:
    workspace = workspace_of(shop, ("id",))
    contract(shop).with_name("refunds.odcs.yaml").write_text(OLD.replace("orders", "refunds"))
    assert ids(answer_of(workspace), "error", "warning") == []
    assert answer_of(workspace)["contracts"][1]["dataset"] == "shop/refunds"


def test_a_column_that_comes_is_told_of_to_who_hands_all_of_them_on(shop: Path) -> None:
    workspace = workspace_of(shop, ("*", "id"))
    contract(shop).write_text(MORE)
    told = run("--workspace", str(workspace.root))
    assert told.exit_code == 0
    assert "yes, but for SELECT * in board" in told.output and "Ask board to name the columns first." in told.output


def test_without_a_workspace_it_says_that_no_reader_was_asked(shop: Path) -> None:
    new = shop / "new.odcs.yaml"
    new.write_text(NO_NOTE)
    told = run(str(contract(shop)), str(new)).output
    assert "read by" in told and "no workspace was asked" in told
    assert "A workspace that knows the readers may ask for less" in told


def test_an_exemption_counts_as_at_the_gate(shop: Path) -> None:
    workspace = workspace_of(shop, ("id", "note"))
    contract(shop).write_text(NO_NOTE.replace("1.0.0", "1.1.0"))
    assert ids(answer_of(workspace), "error") == ["column-removed"]
    granted = {"location": "shop", "rule": "column-removed", "subject": "shop/orders", "by": "team:platform"}
    granted |= {"reason": "The only reader is switched off this week.", "until": clock.today() + timedelta(days=60)}
    (workspace.root / "exemptions.yaml").write_text(yaml.safe_dump({"exemptions": [granted]}))
    assert ids(answer_of(workspace), "error") == []


def test_only_sound_contracts_are_compared(shop: Path) -> None:
    contract(shop).write_text(OLD.replace("number", "nummer"))
    told = run(str(contract(shop)), str(contract(shop)))
    assert told.exit_code == 2
    assert "contracts/orders.odcs.yaml:11: error" in told.output and "nummer" in told.output


def test_without_anything_to_compare_with_it_says_what_to_name(shop: Path) -> None:
    error = run().exception
    assert isinstance(error, PlatformError) and "PLATFORM_WORKSPACE" in str(error)
    error = run(str(contract(shop)), str(shop.parent)).exception
    assert isinstance(error, PlatformError) and "no contract here" in str(error)
    error = run("nowhere").exception
    assert isinstance(error, PlatformError) and "revision of git" in str(error)
