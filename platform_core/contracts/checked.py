"""One contract file checked: its findings and its outline, remembered while file and library stay as they are."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from platform_core import __version__
from platform_core.contracts.lint.references import Outline, Reference
from platform_core.documents import file_start
from platform_core.errors import Where
from platform_core.findings import Finding

__all__ = ["Checked", "Memory", "cache_folder", "memory"]

_KEPT = 5000  # files remembered; each takes about a kilobyte


@dataclass(frozen=True)
class Checked:
    """What is wrong in one file, and what others need to know of it."""

    path: Path
    findings: tuple[Finding, ...]
    outline: Outline


class Memory:
    """Checks files, and remembers the results between runs in the user's cache folder.

    The key of a result is the file's name and content; a changed library begins anew. A cache that cannot be read or
    written only costs time.
    """

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / f"lint-{_library()}.json" if folder else None
        self._known: dict[str, Any] = {}
        self._new: dict[str, Any] = {}
        with suppress(OSError, ValueError):
            found = json.loads(self._file.read_bytes()) if self._file else {}
            self._known = found if isinstance(found, dict) else {}

    def check(self, path: Path) -> Checked:
        """Check one file. Raises PlatformError when it cannot be read."""
        key = _key(path)
        with suppress(KeyError, TypeError, ValueError):
            return _from_json(path, self._known[key] if key in self._known else self._new[key])
        checked = _check(path)
        self._new[key] = {
            "findings": [_finding_json(item) for item in checked.findings],
            "outline": asdict(checked.outline),
        }
        return checked

    def save(self) -> None:
        """Write what was learnt; the newest results are kept."""
        if not self._new:
            return
        self._known = dict(list({**self._known, **self._new}.items())[-_KEPT:])
        self._new = {}
        if self._file is None:
            return
        beside = self._file.with_suffix(f".{uuid4().hex}")
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            beside.write_text(json.dumps(self._known), encoding="utf-8")
            beside.replace(self._file)


def memory() -> Memory:
    """Return this process's memory of the user's cache folder."""
    return _memory(cache_folder())


@cache
def _memory(folder: Path | None) -> Memory:
    return Memory(folder)


def cache_folder() -> Path | None:
    """Return the folder of this user where results are remembered; None for a user without a home."""
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    try:
        return (Path(home) if home else Path.home() / ".cache") / "platform_core"
    except RuntimeError:
        return None


def _check(path: Path) -> Checked:
    from platform_core.contracts.lint.local import local_findings
    from platform_core.contracts.lint.references import outline
    from platform_core.contracts.places import Lint
    from platform_core.documents import load_document

    document = load_document(path)
    return Checked(path, tuple(local_findings(document)), outline(Lint(document)))


@cache
def _library() -> str:
    """Return a name for this version of the library: while it is worked on, each change of a file is one."""
    root = Path(__file__).parent.parent
    files = sorted([*root.glob("contracts/**/*.py"), *root.glob("sql/*.py"), *root.glob("*.py")])
    stamps = [f"{file.name}:{file.stat().st_mtime_ns}:{file.stat().st_size}" for file in files]
    return f"{__version__}-{hashlib.sha256(' '.join(stamps).encode()).hexdigest()[:12]}"


def _key(path: Path) -> str:
    raw, size = file_start(path)
    return hashlib.sha256(b"\0".join([path.name.encode(errors="replace"), str(size).encode(), raw])).hexdigest()


def _finding_json(finding: Finding) -> list[Any]:
    return [*(getattr(finding, name) for name in _FIELDS), finding.where.line if finding.where else 0]


_FIELDS = ("id", "level", "subject", "message", "why", "fix", "owner")


def _from_json(path: Path, entry: Mapping[str, Any]) -> Checked:
    findings = [
        replace(Finding(**dict(zip(_FIELDS, values[:-1], strict=True))), where=Where(path, values[-1]))
        for values in entry["findings"]
    ]
    about = entry["outline"]
    references = tuple(
        Reference(item["line"], tuple(item["columns"]), item["location"], item["dataset"], tuple(item["targets"]))
        for item in about["references"]
    )
    return Checked(path, tuple(findings), Outline(about["dataset"], dict(about["columns"]), references))
