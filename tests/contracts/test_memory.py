"""Unchanged contracts are not checked again; anything that changes the answer is."""

import json
import shutil
from pathlib import Path

import pytest

from platform_core.contracts import checked, lint_paths
from platform_core.contracts.checked import Memory

CASES = Path(__file__).parents[1] / "cases" / "contracts"


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were really checked."""
    seen: list[Path] = []
    check = checked._check

    def counting(path: Path) -> checked.Checked:
        seen.append(path)
        return check(path)

    monkeypatch.setattr(checked, "_check", counting)
    checked._memory.cache_clear()
    return seen


def _again() -> None:
    """Forget what this process knows: what is left stands on the disk."""
    checked._memory.cache_clear()


def test_the_second_run_checks_nothing_and_says_the_same(tmp_path: Path, counted: list[Path]) -> None:
    folder = tmp_path / "contracts"
    shutil.copytree(CASES / "references", folder)
    first = lint_paths([folder])
    assert len(counted) == 2
    _again()
    assert lint_paths([folder]) == first
    assert len(counted) == 2


def test_a_changed_neighbour_changes_the_answer(tmp_path: Path, counted: list[Path]) -> None:
    """References are judged each time: the file that holds one need not have changed."""
    folder = tmp_path / "contracts"
    shutil.copytree(CASES / "references", folder)
    before = lint_paths([folder / "orders.odcs.yaml"])
    (folder / "customers.odcs.yaml").unlink()
    _again()
    after = lint_paths([folder / "orders.odcs.yaml"])
    unknown = [finding for finding in after if finding.id == "unknown-target"]
    assert len(unknown) > len([finding for finding in before if finding.id == "unknown-target"])
    assert len(counted) == 2


def test_a_renamed_or_changed_file_is_checked(tmp_path: Path, counted: list[Path]) -> None:
    file = tmp_path / "orders.odcs.yaml"
    shutil.copy(CASES / "sound" / "orders.odcs.yaml", file)
    assert lint_paths([file]) == []
    other = file.rename(tmp_path / "sales.odcs.yaml")
    assert [finding.id for finding in lint_paths([other])] == ["file-name"]
    other.write_text(other.read_text().replace("required: true", "requird: true"))
    assert "unknown-key" in [finding.id for finding in lint_paths([other])]


@pytest.mark.parametrize("content", ["", "[]", "{", '{"x": 1}', "\x00"])
def test_a_broken_cache_costs_time_only(tmp_path: Path, content: str) -> None:
    memory = Memory(tmp_path)
    path = CASES / "limits" / "orders.odcs.yaml"
    expected = memory.check(path)
    memory.save()
    file = next(tmp_path.iterdir())
    assert json.loads(file.read_text())
    file.write_text(content)
    assert Memory(tmp_path).check(path) == expected


def test_an_entry_of_another_shape_is_not_believed(tmp_path: Path) -> None:
    memory = Memory(tmp_path)
    path = CASES / "limits" / "orders.odcs.yaml"
    expected = memory.check(path)
    memory.save()
    file = next(tmp_path.iterdir())
    file.write_text(json.dumps({key: {"findings": [["a"]]} for key in json.loads(file.read_text())}))
    assert Memory(tmp_path).check(path) == expected


def test_a_user_without_a_home_has_no_memory(monkeypatch: pytest.MonkeyPatch, counted: list[Path]) -> None:
    def nowhere() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", nowhere)
    assert lint_paths([CASES / "sound"]) == []
    _again()
    assert lint_paths([CASES / "sound"]) == []
    assert len(counted) == 2


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "below")
    memory.check(CASES / "sound" / "orders.odcs.yaml")
    memory.save()
