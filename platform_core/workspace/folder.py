"""The files of one registration, read as if somebody meant harm: bounded, no links, nothing but plain files."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platform_core.contracts.files import FOLDER, SUFFIX
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.names import name_problem
from platform_core.workspace.limits import MAX_FILE_BYTES, MAX_FILES, MAX_GRAPH_BYTES

__all__ = ["FILE", "GRAPH", "NEEDS", "NEED_SUFFIX", "UNREADABLE", "Folder", "read_folder", "unreadable"]

FILE, GRAPH, NEEDS, NEED_SUFFIX = "location.yaml", "graph.json", "needs", ".yaml"
UNREADABLE = "unreadable-registration"
_RESTORE = "Take it from the workspace's git history, or have the location registered again once it is out of the way."


@dataclass(frozen=True)
class Folder:
    """What lies in a registration's folder: its own files by relative path, what is wrong, and what does not belong."""

    path: Path
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    problems: tuple[Finding, ...] = ()
    strays: tuple[str, ...] = ()


def unreadable(name: str, message: str, where: Where | None = None, fix: str = _RESTORE) -> Finding:
    """Return the finding that a registration, or the file at `where`, cannot be read."""
    why = "The location is left out until it can be read; the others go on."
    return Finding(UNREADABLE, "error", name, message, why, fix, where)


def read_folder(path: Path) -> Folder:
    """Read the folder of one registration. Never follows a link, never reads more than the limits allow.

    Raises OSError when the folder goes away while it is read.
    """
    files: dict[str, bytes] = {}
    problems: list[Finding] = []
    strays: list[str] = []
    if path.is_symlink():
        return Folder(path, problems=(unreadable(path.name, "the folder is a link.", Where(path)),))
    for seen, (relative, entry) in enumerate(_entries(path)):
        if seen >= MAX_FILES:
            problems.append(unreadable(path.name, f"holds more than {MAX_FILES:,} files.", Where(path)))
            break
        limit = _limit(relative)
        where = Where(path / relative)
        mode = entry.stat(follow_symlinks=False).st_mode
        if not stat.S_ISREG(mode) and (limit or not stat.S_ISDIR(mode)):
            what = "is a link" if stat.S_ISLNK(mode) else "is no plain file"
            problems.append(unreadable(path.name, f"{_shown(relative)} {what}.", where))
        elif limit == 0:
            strays.append(relative)
        elif (raw := _read(path / relative, limit)) is None:
            problems.append(unreadable(path.name, f"{_shown(relative)} is larger than {limit:,} bytes.", where))
        else:
            files[relative] = raw
    for name in (FILE, GRAPH):
        if name not in files and not problems:
            problems.append(unreadable(path.name, f"there is no {name}.", Where(path)))
    return Folder(path, files, tuple(problems), tuple(strays))


def _entries(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The files of the folder and of the folders right below it, in order; deeper folders are entries themselves."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        if entry.is_dir(follow_symlinks=False) and entry.name in (FOLDER, NEEDS):
            with os.scandir(entry.path) as below:
                for inner in sorted(below, key=lambda item: item.name):
                    yield f"{entry.name}/{inner.name}", inner
        else:
            yield entry.name, entry


def _limit(relative: str) -> int:
    """How many bytes the file may have; 0 for one that a registration does not hold."""
    if relative in (FILE, GRAPH):
        return MAX_GRAPH_BYTES if relative == GRAPH else MAX_FILE_BYTES
    folder, _, name = relative.rpartition("/")
    known = False
    if folder == FOLDER and name.endswith(SUFFIX):
        known = not name_problem(name.removesuffix(SUFFIX))
    elif folder == NEEDS and name.endswith(NEED_SUFFIX):
        location, _, dataset = name.removesuffix(NEED_SUFFIX).partition(".")
        known = not name_problem(location) and not name_problem(dataset)
    return MAX_FILE_BYTES if known else 0


def _read(path: Path, limit: int) -> bytes | None:
    # A link put there since it was looked at is not followed, and a pipe does not keep us waiting.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(path, flags), "rb") as file:
        raw = file.read(limit + 1)
    return None if len(raw) > limit else raw


def _shown(relative: str) -> str:
    """A file's name as it may be printed, though it were chosen to deceive."""
    return ascii(relative)[1:-1][:120]
