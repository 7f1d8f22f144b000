"""Which files in a landing folder make which delivery. Nothing outside the folder is ever touched."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from platform_core.components.files.spec import FileSpec

__all__ = ["Delivery", "Landed", "LandingFolder", "deliveries", "look", "unchanged"]

_LINK = "it is a link, and links are not read"
_NAME = "its name is not UTF-8"
_FOLDER = "it is a folder, not a file"
_FORBIDDEN = "it may not be read by the user this runs as"
_HALF_WRITTEN = (".part", ".partial", ".tmp", ".crdownload", ".filepart", "~")


@dataclass(frozen=True)
class Landed:
    """One file as a look found it: `name` relative to the landing folder, its size and time in nanoseconds.

    `problem` says why it is not even opened: it is a link, a folder, or not to be read by this user. Such an entry is
    listed all the same, so that a delivery it stands for is refused aloud and not waited for in silence.
    """

    name: str
    size: int
    changed: int
    problem: str = ""

    @property
    def is_folder(self) -> bool:
        return self.problem == _FOLDER


@dataclass(frozen=True)
class Delivery:
    """The files of one partition (None: the dataset has none), sorted by name."""

    partition: str | None
    files: tuple[Landed, ...]

    @property
    def names(self) -> str:
        """The file's name, or of several the first and how many more there are."""
        more = f" and {len(self.files) - 1} more" if len(self.files) > 1 else ""
        return f"{self.files[0].name}{more}"


def look(folder: Path) -> list[Landed]:
    """Return what lies in a landing folder and below, sorted by name.

    Hidden files and those with a suffix of half-written ones are passed over.
    """
    landed: list[Landed] = []
    for entry in _walk(folder):
        name = Path(entry.path).relative_to(folder).as_posix()
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # gone between the listing and the look
        problem = _problem(entry)
        if not name.isprintable() and not _is_text(name):
            # Neither a record nor an event could hold the name as it is.
            name, problem = os.fsencode(name).decode("utf-8", "backslashreplace"), _NAME
        landed.append(Landed(name, status.st_size, status.st_mtime_ns, problem))
    return sorted(landed, key=lambda file: file.name)


def _problem(entry: os.DirEntry[str]) -> str:
    if entry.is_symlink():
        return _LINK
    if entry.is_dir(follow_symlinks=False):
        return _FOLDER
    if not entry.is_file(follow_symlinks=False):
        return "it is no file"
    return "" if os.access(entry.path, os.R_OK) else _FORBIDDEN


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _walk(folder: Path) -> Iterator[os.DirEntry[str]]:
    if not folder.is_dir():
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or entry.name.lower().endswith(_HALF_WRITTEN):
                continue
            yield entry
            if entry.is_dir(follow_symlinks=False) and os.access(entry.path, os.R_OK | os.X_OK):
                yield from _walk(Path(entry.path))


def deliveries(spec: FileSpec, landed: list[Landed]) -> Mapping[str | None, Delivery]:
    """Return the deliveries of one dataset by partition key, as the file names say.

    A folder stands for a file only under the very name that is expected: a glob means files.
    """
    found: dict[str | None, list[Landed]] = {}
    for file in landed:
        matches, partition = spec.partition_of(file.name)
        if matches and not (file.is_folder and spec.is_glob):
            found.setdefault(partition, []).append(file)
    return {partition: Delivery(partition, tuple(files)) for partition, files in found.items()}


class LandingFolder:
    """The landing folder `path` as a run sees it: listed once, and again only for what is not as it was listed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: dict[str, Mapping[str | None, Delivery]] = {}

    def delivery(self, spec: FileSpec, partition: str | None) -> Delivery | None:
        """Return what lies there for a partition now; None when there is nothing."""
        listed = self._found.get(spec.path, {}).get(partition)
        if listed is None or not unchanged([self.path / file.name for file in listed.files], listed):
            self._found[spec.path] = deliveries(spec, look(self.path))
        return self._found[spec.path].get(partition)


def unchanged(paths: Iterable[Path], delivery: Delivery | None) -> bool:
    """Say whether the files still have the size and time they had when the delivery was looked at."""
    files = delivery.files if delivery else ()
    try:
        now = [path.lstat() for path in paths]
    except FileNotFoundError:
        return False
    return [(status.st_size, status.st_mtime_ns) for status in now] == [(file.size, file.changed) for file in files]
