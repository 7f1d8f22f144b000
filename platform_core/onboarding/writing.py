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
    placed: list[Path] = []
    folders: list[Path] = []
    try:
        with tempfile.TemporaryDirectory(prefix=".adding-", dir=root) as scratch:
            staged = {name: Path(scratch) / str(place) for place, name in enumerate(contents)}
            for name, path in staged.items():
                path.write_bytes(contents[name])
            for name, path in staged.items():
                target = root / name
                folders += _make_folders(target.parent)
                path.chmod(0o644)
                placed.append(target)
                path.rename(target)
    except BaseException as error:
        for path in reversed(placed):
            path.unlink(missing_ok=True)
        for folder in reversed(folders):
            with contextlib.suppress(OSError):
                folder.rmdir()
        if isinstance(error, OSError):
            raise PlatformError(
                f"nothing was written: {error.strerror}.", hint="Mend that and run it again."
            ) from error
        raise


def _make_folders(folder: Path) -> list[Path]:
    """Make the folder and its parents; return those that were not there, the outermost first."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir()
    return missing[::-1]
