"""What a check of a location came to, as the formats show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from platform_core.findings import Finding, exit_code

__all__ = ["Change", "Merge", "Report", "Told", "Unjudged"]


@dataclass(frozen=True)
class Change:
    """One dataset, sensor or schedule that a merge would add, change or remove; `what` says in which respects."""

    kind: str  # added, changed, removed
    key: str
    what: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """A team that hears of the merge: its location, its owner, and what of it reads which changed dataset."""

    location: str
    owner: str
    contact: str
    reads: tuple[str, ...]


@dataclass(frozen=True)
class Merge:
    """What a merge would change in the workspace: `verdict` is that of `platformctl register --dry-run`."""

    verdict: str
    changes: tuple[Change, ...] = ()
    told: tuple[Told, ...] = ()
    waiting_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unjudged:
    """Something that could not be judged, why, and what to do about it. `failed`: it was asked for."""

    what: str
    why: str
    fix: str
    failed: bool = False


@dataclass(frozen=True)
class Report:
    """All that a check found. `merge` is None where no workspace was asked."""

    location: str
    findings: Sequence[Finding]
    merge: Merge | None = None
    unjudged: tuple[Unjudged, ...] = ()

    @property
    def exit_code(self) -> int:
        """0: nothing stands against it; 1: something does; 2: what was asked for could not be judged."""
        return exit_code(self.findings) or 2 * any(one.failed for one in self.unjudged)

    @property
    def verdict(self) -> str:
        return ("passed", "refused", "unknown")[self.exit_code]
