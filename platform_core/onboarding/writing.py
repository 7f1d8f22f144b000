"""Writes several new files, or none of them."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from platform_core.errors import PlatformError

__all__ = ["refuse_existing", "write_new"]


def refuse_existing(root: Path, names: list[str]) -> None:
    """Raise PlatformError when any of these paths below `root` is taken: nothing of a team's is overwritten."""
    taken = [name for name in names if (root / name).exists() or (root / name).is_symlink()]
    if taken:
        message = f"{', '.join(taken)} {'is' if len(taken) == 1 else 'are'} there already."
        raise PlatformError(message, hint="Choose another name, or remove what is left of the old dataset first.")


def write_new(root: Path, contents: Mapping[str, bytes]) -> None:
    """Write new files below `root`, by their relative paths; all of them, or nothing after an error or interruption.

    Everything is written beside its place first, so that a full disk is met before anything is in its place.
    Raises PlatformError when a path is taken or cannot be written.
    """
    refuse_existing(root, list(contents))
    folders: list[Path] = []
    ours: dict[Path, int] = {}  # where each goes, and the inode it has
    try:
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=root) as scratch:
            staged = {name: Path(scratch) / str(place) for place, name in enumerate(contents)}
            for name, path in staged.items():
                path.write_bytes(contents[name])
                path.chmod(0o644)
                ours[root / name] = path.stat().st_ino
            for name, path in staged.items():
                _make_folders((root / name).parent, folders)
                path.rename(root / name)
    except BaseException as error:
        _take_back(ours, folders)
        if isinstance(error, OSError):
            hint = "Mend that and run it again."
            raise PlatformError(f"nothing was written: {error.strerror}.", hint=hint) from error
        raise


def _take_back(ours: Mapping[Path, int], folders: list[Path]) -> None:
    for path, inode in ours.items():
        with contextlib.suppress(OSError):
            if path.lstat().st_ino == inode:  # not a file that someone else put there meanwhile
                path.unlink()
    for folder in reversed(folders):
        with contextlib.suppress(OSError):
            folder.rmdir()


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make the folder and its parents, and note in `made` those that were not there, the outermost first."""
    for path in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        path.mkdir()
        made.append(path)
