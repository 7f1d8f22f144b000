"""Versions of contracts: MAJOR.MINOR.PATCH with an optional pre-release, ordered as semantic versioning orders them."""

from __future__ import annotations

import re
from typing import Any, Literal

__all__ = ["BUMPS", "Bump", "precedence", "required_version", "suffices"]

Bump = Literal["none", "patch", "minor", "major"]
BUMPS: tuple[Bump, ...] = ("none", "patch", "minor", "major")
_VERSION = re.compile(r"(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?\Z")


def precedence(version: str) -> tuple[Any, ...]:
    """Return a key that orders versions: 1.0.0-rc.1 < 1.0.0 < 1.0.1. Raises ValueError when it is no version."""
    core, suffix = _parts(version)
    if not suffix:
        return (*core, 1)
    # Numbers come before words, and are compared as numbers.
    parts = tuple((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in suffix.split("."))
    return (*core, 0, parts)


def required_version(old: str, bump: Bump) -> str:
    """Return the least version after `old` that says a change of size `bump`; `old` itself for `none`.

    Before 1.0.0 the minor number says what breaks, and the last one everything else, as semantic versioning has it. A
    pre-release stands for the version it leads to. Raises ValueError when `old` is no version.
    """
    (major, minor, patch), suffix = _parts(old)
    if bump == "none":
        return old
    if major == 0:
        bump = "minor" if bump == "major" else "patch"
    if suffix and (bump == "patch" or (patch == 0 and (bump == "minor" or minor == 0))):
        return f"{major}.{minor}.{patch}"
    if bump == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if bump == "minor" else f"{major}.{minor}.{patch + 1}"


def suffices(old: str, new: str, bump: Bump) -> bool:
    """Say whether going from `old` to `new` says a change of size `bump`, and goes not backwards.

    A pre-release of the required version is enough. Raises ValueError when one of them is no version.
    """
    if precedence(new) < precedence(old) or (bump != "none" and precedence(new) == precedence(old)):
        return False
    return _parts(new)[0] >= _parts(required_version(old, bump))[0]


def _parts(version: str) -> tuple[tuple[int, int, int], str]:
    found = _VERSION.match(version)
    if not found:
        raise ValueError(f"{version} is no version MAJOR.MINOR.PATCH")
    major, minor, patch = (int(part) for part in found.groups()[:3])
    return (major, minor, patch), found[4] or ""
