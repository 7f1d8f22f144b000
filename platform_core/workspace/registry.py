"""What is registered: one folder a location, read whole and written whole."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.names import name_problem
from platform_core.workspace.atomic import remove_folder, replace_folder, staging_folder
from platform_core.workspace.folder import NEED_SUFFIX, NEEDS, Folder, read_folder, unreadable
from platform_core.workspace.layout import Workspace
from platform_core.workspace.limits import MAX_LOCATIONS
from platform_core.workspace.parsing import parse_registration
from platform_core.workspace.registration import Registration, registration_files

__all__ = [
    "Registration",
    "Registry",
    "load_registry",
    "read_needs",
    "read_registry",
    "remove_registration",
    "waiting_for",
    "write_registration",
]


@dataclass(frozen=True)
class Registry:
    """Every registration by name, in order; and those that cannot be read, each with everything wrong in it.

    One folder that cannot be read is left out, and the others go on: a broken file of one team stops no other.
    """

    locations: dict[str, Registration] = field(default_factory=dict)
    unreadable: dict[str, tuple[Finding, ...]] = field(default_factory=dict)
    folders: dict[str, Folder] = field(default_factory=dict, repr=False)


def read_registry(workspace: Workspace) -> Registry:
    """Read every registration, and say which cannot be read."""
    found = Registry()
    for place, path in enumerate(_folders(workspace.locations)):
        folder, one, problems = _load(path)
        if place >= MAX_LOCATIONS and not problems:
            problems = (unreadable(path.name, f"the workspace has more than {MAX_LOCATIONS:,} locations."),)
        if problems or one is None:
            found.unreadable[path.name] = problems
        else:
            found.locations[path.name] = one
        found.folders[path.name] = folder
    return found


def load_registry(workspace: Workspace) -> dict[str, Registration]:
    """Return every registration that can be read, by name, in order. `read_registry` says which others there are."""
    return read_registry(workspace).locations


def waiting_for(name: str, registry: Mapping[str, Registration]) -> tuple[str, ...]:
    """Return the upstreams of a location that nobody publishes yet; with any, it is pending."""
    published = {key for one in registry.values() for key in one.graph.assets}
    return tuple(key for key in registry[name].graph.external if key not in published)


def write_registration(workspace: Workspace, registration: Registration) -> None:
    """Put the registration in the place of the former one, in one step. Call it under the workspace's lock."""
    folder = workspace.locations / registration.name
    staged = staging_folder(folder)
    for name, content in registration_files(registration).items():
        path = staged / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    replace_folder(staged, folder)


def remove_registration(workspace: Workspace, name: str) -> None:
    """Take the registration away, in one step. Call it under the workspace's lock."""
    remove_folder(workspace.locations / name)


def read_needs(root: Path) -> dict[str, bytes]:
    """Return the files in the needs folder of a location, by name without its ending."""
    return {path.stem: path.read_bytes() for path in sorted((root / NEEDS).glob(f"*{NEED_SUFFIX}"))}


def _folders(locations: Path) -> list[Path]:
    """What lies in locations/ and is, or is in the way of, a registration. With a dot before, it is ours, or git's."""
    if not locations.is_dir():
        return []
    entries = (path for path in locations.iterdir() if not path.name.startswith("."))
    return sorted(path for path in entries if path.is_dir() or path.is_symlink() or not name_problem(path.name))


def _load(path: Path) -> tuple[Folder, Registration | None, tuple[Finding, ...]]:
    """Read a registration as it was at one moment: read again when it was replaced meanwhile."""
    while True:
        try:
            inode = path.lstat().st_ino
            folder = read_folder(path)
            one, problems = parse_registration(folder)
            if path.lstat().st_ino == inode:
                return folder, one, problems
        except OSError as error:
            if not os.path.lexists(path):  # taken away meanwhile: told once, and gone at the next look
                return Folder(path), None, (unreadable(path.name, "was taken away at this moment."),)
            if path.lstat().st_ino == inode:
                place = Where(Path(error.filename)) if error.filename else Where(path)
                return Folder(path), None, (unreadable(path.name, f"cannot be read: {error.strerror}.", place),)
