"""What a check of a location came to, as the formats show it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from platform_core.findings import Finding, exit_code
from platform_core.lineage import Change
from platform_core.lineage.notices import Notices

__all__ = ["Merge", "Report", "Unjudged"]


@dataclass(frozen=True)
class Merge:
    """What a merge would change in the workspace: `verdict` is that of `platformctl register --dry-run`."""

    verdict: str
    changes: tuple[Change, ...] = ()
    notices: Notices = field(default_factory=Notices)
    waiting_for: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unjudged:
    """Something that could not be judged, why, and what to do about it. `failed`: it was asked for, and went wrong."""

    what: str
    why: str
    fix: str
    failed: bool = False


@dataclass(frozen=True)
class Report:
    """All that a check found. `merge` is None where no workspace could say what a merge would change."""

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
        """`passed`, `refused` or `unknown`."""
        return ("passed", "refused", "unknown")[self.exit_code]
