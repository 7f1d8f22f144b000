"""Files and folders that are there whole or not at all, whenever the process is killed."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from pathlib import Path

__all__ = ["remove_folder", "remove_leftovers", "replace_file", "replace_folder", "staging_folder"]

_STAGED, _PREVIOUS = ".staged-", ".previous-"
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def replace_file(path: Path, content: bytes) -> bool:
    """Write `content` to `path` in one step; say whether that changed anything. The folder must exist."""
    if path.is_file() and path.read_bytes() == content:
        return False
    temporary = path.with_name(f"{_STAGED}{path.name}")
    temporary.write_bytes(content)
    temporary.replace(path)
    return True


def staging_folder(path: Path) -> Path:
    """Make an empty folder beside `path`, to be filled and handed to `replace_folder`. Call it under the lock."""
    staged = path.with_name(f"{_STAGED}{path.name}")
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    return staged


def replace_folder(staged: Path, path: Path) -> None:
    """Put the filled folder `staged` in the place of `path`, which may exist. Call it under the lock.

    Where the system can exchange two folders (Linux), a reader never finds `path` missing. Elsewhere two renames do
    it, and `remove_leftovers` puts the old folder back when the process was killed between them.
    """
    if not path.exists():
        staged.rename(path)
    elif _exchange(staged, path):
        shutil.rmtree(staged)
    else:
        previous = path.with_name(f"{_PREVIOUS}{path.name}")
        path.rename(previous)
        staged.rename(path)
        shutil.rmtree(previous)


def remove_folder(path: Path) -> None:
    """Take a folder away: a reader finds it whole or not at all. Call it under the lock."""
    leaving = path.with_name(f"{_STAGED}{path.name}")
    shutil.rmtree(leaving, ignore_errors=True)
    path.rename(leaving)
    shutil.rmtree(leaving)


def remove_leftovers(folder: Path) -> None:
    """Undo what a killed process left half-done in `folder`. Call it under the lock, before reading or writing."""
    for previous in sorted(folder.glob(f"{_PREVIOUS}*")):
        path = previous.with_name(previous.name[len(_PREVIOUS) :])
        if not path.exists():
            previous.rename(path)
    for leftover in sorted(folder.glob(f"{_STAGED}*")) + sorted(folder.glob(f"{_PREVIOUS}*")):
        if leftover.is_dir():
            shutil.rmtree(leftover)
        else:
            leftover.unlink()


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders of one file system in one step; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    return bool(rename(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE) == 0)
