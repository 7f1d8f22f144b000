"""Whose file is it: holds a location against the ownership manifest that the template left in it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from platform_core.documents import load_document
from platform_core.errors import Where
from platform_core.findings import Finding

__all__ = ["MANIFEST", "check_ownership"]

MANIFEST = ".platform/ownership.yaml"
_WRITTEN_BY_COPIER = "copier"  # stands for the sum of a file that Copier writes itself
_CONFLICT = re.compile(rb"^(<{7} before|>{7} after) updating", re.MULTILINE)
_FIX = "Take the platform's version back: git checkout <commit before the edit> -- {name}"


def check_ownership(root: Path) -> Iterator[Finding]:
    """Yield a finding for each platform-owned file that is gone or edited, and for what a half-merged update left."""
    if not (root / MANIFEST).is_file():
        message = "there is no ownership manifest: this location does not come from the template, or lost a part of it."
        fix = _FIX.format(name=MANIFEST)
        yield Finding("no-manifest", "warning", MANIFEST, message, fix=fix, where=Where(root / MANIFEST))
        return
    document = load_document(root / MANIFEST)
    yield from document.problems
    owned = document.data.get("platform") or {}
    for name, sum_ in owned.items() if isinstance(owned, dict) else ():
        yield from _platform_file(root, str(name), str(sum_))
    seeded = document.data.get("seeded") or []
    for name in [*owned, *(name for name in seeded if isinstance(name, str))]:
        yield from _half_merged(root, str(name))


def _platform_file(root: Path, name: str, sum_: str) -> Iterator[Finding]:
    path = root / name
    if not path.is_file():
        yield _finding(
            "platform-file", name, "this file is the platform's, and is gone.", _FIX.format(name=name), Where(path)
        )
    elif sum_ != _WRITTEN_BY_COPIER and _sum(path) != sum_:
        message = "this file is the platform's, and was edited: the next update would conflict with the edit."
        fix = f"{_FIX.format(name=name)}. What you need there, propose to the platform team, and be exempt until then:"
        fix += f" rule: platform-file, subject: {name}, under exemptions in location.yaml."
        yield _finding("platform-file", name, message, fix, Where(path))


def _sum(path: Path) -> str:
    # Line ends may differ where git was told to change them; that is no edit.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _half_merged(root: Path, name: str) -> Iterator[Finding]:
    path = root / name
    if path.is_file() and (found := _CONFLICT.search(raw := path.read_bytes())):
        message = "an update of the template left a conflict here."
        line = raw[: found.start()].count(b"\n") + 1
        yield _finding("update-conflict", name, message, "Choose one side and remove the markers.", Where(path, line))
    rejected = path.with_name(f"{path.name}.rej")
    if rejected.is_file():
        message = "an update of the template left changes it could not make."
        yield _finding("update-conflict", name, message, "Make them by hand, then remove the file.", Where(rejected))


def _finding(id: str, name: str, message: str, fix: str, where: Where) -> Finding:
    return Finding(id, "error", name, message, fix=fix, where=where)
