"""Writes several new files, or none of them; and an edited one in one step."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Mapping
from pathlib import Path

from platform_core.errors import PlatformError, Where

__all__ = ["refuse_existing", "replace_text", "write_new"]


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


def replace_files(root: Path, contents: Mapping[str, bytes | None]) -> None:
    """Write files below `root`, by their relative paths, each whole or not at all; None removes one.

    All are written beside their places first: a full disk or an interruption there changes nothing. A process killed
    after that leaves each file as it was or as it will be, and running it again does the rest. Raises PlatformError
    when something cannot be written.
    """
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=root) as scratch:
            staged = {name: Path(scratch) / str(place) for place, name in enumerate(contents)}
            for name, content in contents.items():
                if content is not None:
                    staged[name].write_bytes(content)
                    path = root / name
                    staged[name].chmod(path.stat().st_mode & 0o777 if path.is_file() else 0o644)
            for name, content in contents.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                if content is None:
                    (root / name).unlink(missing_ok=True)
                else:
                    staged[name].replace(root / name)
    except OSError as error:
        raise PlatformError(f"cannot be written: {error.strerror}.", hint="Mend that and run it again.") from error


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


def replace_text(path: Path, text: str) -> None:
    """Put an edited file in the place of the one that is there, or a new one, in one step; its mode stays.

    Raises PlatformError when it cannot be written, or is a link: what it leads to may belong to others.
    """
    if path.is_symlink():
        raise PlatformError("is a link, and was left as it is.", Where(path), "Edit the file it leads to.")
    try:
        with tempfile.TemporaryDirectory(prefix=".writing-", dir=path.parent) as scratch:
            staged = Path(scratch) / "edited"
            staged.write_bytes(text.encode("utf-8", "surrogateescape"))
            staged.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o644)
            staged.rename(path)
    except OSError as error:
        hint = "Mend that and run it again: what is written already stays as it is."
        raise PlatformError(f"cannot be written: {error.strerror}.", Where(path), hint) from error
