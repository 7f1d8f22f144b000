"""New files come all together, or not at all."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from platform_core.errors import PlatformError
from platform_core.onboarding.writing import replace_files, write_new


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


def test_files_are_replaced_made_and_removed(tmp_path: Path) -> None:
    """Whatever was there; who may read it stays."""
    (tmp_path / "old").write_bytes(b"1")
    (tmp_path / "old").chmod(0o600)
    (tmp_path / "gone").write_bytes(b"2")
    replace_files(tmp_path, {"old": b"3", "gone": None, "needs/new": b"4"})
    assert _files(tmp_path) == {"old": b"3", "needs/new": b"4"}
    assert (tmp_path / "old").stat().st_mode & 0o777 == 0o600


def test_a_disk_that_is_full_changes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "one").write_bytes(b"1")
    write = Path.write_bytes

    def failing(self: Path, data: bytes) -> int:
        if data == b"3":
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, data)

    monkeypatch.setattr(Path, "write_bytes", failing)
    with pytest.raises(PlatformError, match="No space left"):
        replace_files(tmp_path, {"one": b"2", "two": b"3"})
    assert _files(tmp_path) == {"one": b"1"}


_WRITER = """
import sys
from pathlib import Path
from platform_core.onboarding.writing import replace_files
root, size = Path(sys.argv[1]), 200_000
print("ready", flush=True)
for turn in range(100_000):
    replace_files(root, {name: bytes([65 + turn % 26]) * size for name in ("one", "two")})
"""


@pytest.mark.processes
def test_a_process_killed_while_it_writes_leaves_whole_files(tmp_path: Path) -> None:
    """Each as it was or as it was to be, at whatever moment."""
    for wait in (0.0, 0.01, 0.02, 0.05, 0.08, 0.13):
        child = subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None and child.stdout.readline() == "ready\n"
        try:
            child.wait(wait)
        except subprocess.TimeoutExpired:
            os.kill(child.pid, signal.SIGKILL)
        child.communicate()
        for name in ("one", "two"):
            content = (tmp_path / name).read_bytes() if (tmp_path / name).exists() else b"A" * 200_000
            assert len(content) == 200_000 and len(set(content)) == 1


def _files(root: Path) -> dict[str, bytes]:
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}
