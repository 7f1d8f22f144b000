import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from platform_core.workspace import atomic
from platform_core.workspace.atomic import remove_leftovers, replace_file, replace_folder, staging_folder


def fill(folder: Path, text: str) -> Path:
    for name in ("a", "b", "c"):
        (folder / name).write_text(text)
    return folder


def content(folder: Path) -> set[str]:
    return {(folder / name).read_text() for name in ("a", "b", "c")}


@pytest.fixture(params=["exchanged in one step", "by two renames"])
def way(request, monkeypatch):
    if request.param == "by two renames":
        monkeypatch.setattr(atomic, "_exchange", lambda one, other: False)


def test_a_file_is_written_once_and_says_so(tmp_path):
    assert replace_file(tmp_path / "f", b"one")
    assert not replace_file(tmp_path / "f", b"one")
    assert replace_file(tmp_path / "f", b"two")
    assert (tmp_path / "f").read_bytes() == b"two"
    assert [path.name for path in tmp_path.iterdir()] == ["f"]


def test_a_folder_takes_the_place_of_another_and_nothing_is_left(tmp_path, way):
    for text in ("one", "two"):
        replace_folder(fill(staging_folder(tmp_path / "shop"), text), tmp_path / "shop")
        assert content(tmp_path / "shop") == {text}
        assert [path.name for path in tmp_path.iterdir()] == ["shop"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux exchanges two folders")
def test_a_folder_that_is_replaced_is_missing_at_no_moment(tmp_path, monkeypatch):
    shop = fill_new(tmp_path / "shop", "one")
    staged = fill(staging_folder(shop), "two")
    monkeypatch.setattr(Path, "rename", lambda *paths: pytest.fail("moved away first"))
    replace_folder(staged, shop)
    assert content(shop) == {"two"}


@pytest.mark.parametrize("killed", ["while filling", "between the renames", "before the clean-up"])
def test_what_a_killed_process_left_is_undone(tmp_path, killed):
    shop = fill_new(tmp_path / "shop", "one")
    if killed == "while filling":
        (staging_folder(shop) / "a").write_text("half")
    elif killed == "between the renames":
        fill(staging_folder(shop), "two")
        shop.rename(tmp_path / ".previous-shop")
    else:
        shop.rename(tmp_path / ".previous-shop")
        fill_new(shop, "two")
    remove_leftovers(tmp_path)
    assert content(shop) == {"two" if killed == "before the clean-up" else "one"}
    assert [path.name for path in tmp_path.iterdir()] == ["shop"]


def fill_new(folder: Path, text: str) -> Path:
    folder.mkdir()
    return fill(folder, text)


WRITER = """
import sys
from pathlib import Path
from platform_core.workspace.atomic import remove_leftovers, replace_folder, staging_folder
shop = Path(sys.argv[1]) / "shop"
for number in range(10**9):
    remove_leftovers(shop.parent)
    staged = staging_folder(shop)
    for name in ("a", "b", "c"):
        (staged / name).write_text(str(number))
    replace_folder(staged, shop)
    print(number, flush=True)
"""


@pytest.mark.parametrize("kills", [4, pytest.param(60, marks=pytest.mark.slow)])
def test_a_writer_killed_at_any_moment_leaves_one_whole_state(tmp_path, kills):
    reads = 0
    for kill in range(kills):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE)
        assert writer.stdout
        writer.stdout.readline()  # it writes now
        until = time.monotonic() + 0.01 + 0.003 * (kill % 20)
        while time.monotonic() < until:
            reads += consistent_read(tmp_path / "shop")
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        remove_leftovers(tmp_path)
        assert len(content(tmp_path / "shop")) == 1
        assert [path.name for path in tmp_path.iterdir()] == ["shop"]
    assert reads


def consistent_read(shop: Path) -> int:
    """The folder is there at every moment; opened, it is one state."""
    folder = os.open(shop, os.O_RDONLY)
    try:
        texts = set()
        for name in ("a", "b", "c"):
            try:
                with os.fdopen(os.open(name, os.O_RDONLY, dir_fd=folder)) as file:
                    texts.add(file.read())
            except FileNotFoundError:  # replaced meanwhile, and its old files removed
                return 0
        assert len(texts) == 1
        return 1
    finally:
        os.close(folder)
