"""New files come all together, or not at all."""

import errno
from pathlib import Path

import pytest

from platform_core.errors import PlatformError
from platform_core.onboarding.writing import write_new


def test_all_are_written(tmp_path: Path) -> None:
    """With the folders they need; nothing else is left."""
    write_new(tmp_path, {"a/b/one": b"1", "two": b"2"})
    assert _files(tmp_path) == {"a/b/one": b"1", "two": b"2"}


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """Every path that is taken is named, a dangling link too, and nothing else is written."""
    (tmp_path / "two").write_text("mine")
    (tmp_path / "three").symlink_to("nowhere")
    with pytest.raises(PlatformError, match="two, three are there already"):
        write_new(tmp_path, {"one": b"1", "two": b"2", "three": b"3"})
    assert _files(tmp_path) == {"two": b"mine"}


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_nothing_is_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, place: int
) -> None:
    """A full disk or Ctrl-C at any of the three moves takes back the files and folders already in place."""
    moves = 0
    rename = Path.rename

    def failing(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == place + 1:
            raise error
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", failing)
    (tmp_path / "kept").mkdir()
    with pytest.raises((PlatformError, KeyboardInterrupt)):
        write_new(tmp_path, {"new/a": b"1", "kept/b": b"2", "new/deep/c": b"3"})
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["kept"]


def test_a_file_where_a_folder_must_be(tmp_path: Path) -> None:
    """The reason is told, and nothing is written."""
    (tmp_path / "contracts").write_text("a file")
    with pytest.raises(PlatformError, match="nothing was written"):
        write_new(tmp_path, {"one": b"1", "contracts/two": b"2"})
    assert _files(tmp_path) == {"contracts": b"a file"}


def _files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
