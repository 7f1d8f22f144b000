"""Two states of one contract, judged: what changed, whom it hurts, and which version says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from platform_core.contracts.compatibility import Bump, Verdict, judge
from platform_core.contracts.diff import diff
from platform_core.contracts.model import Contract
from platform_core.contracts.versions import required_version
from platform_core.findings import Finding
from platform_core.lineage.cuts import Cut
from platform_core.lineage.impact import Acquittal, Hurt, Impact, Reader, impact
from platform_core.lineage.judgement import change_findings, version_findings

__all__ = ["ENDS_OF_LIFE", "Comparison", "compare"]

# Rules that the gate of a workspace judges more strictly: it looks beyond the registered readers.
ENDS_OF_LIFE = ("end-earlier", "dataset-deprecated-without-end")
_AT_THE_GATE = (*ENDS_OF_LIFE, "dataset-removed")


@dataclass(frozen=True)
class Comparison:
    """The verdict on `new` against `old`; None stands for a contract that is not there.

    `subject` is its `location/dataset`, `owner` who answers for it. `impact` is there when the readers are known.
    `ends` is what the workspace says of the end of its life, where it was asked: instead of the rules, and stricter.
    `exempted` are the findings after exemptions, where there are any.
    """

    subject: str
    owner: str
    old: Contract | None
    new: Contract | None
    verdict: Verdict
    impact: Impact | None = None
    ends: tuple[Finding, ...] | None = None
    exempted: tuple[Finding, ...] | None = None

    @property
    def reader_safe(self) -> bool | None:
        """Whether those who read the data go on as they are; None: nobody can tell."""
        return self.impact.reader_safe if self.impact else self.verdict.reader_safe

    @property
    def writer_safe(self) -> bool | None:
        """Whether what is published, and what produces it, keeps the new contract; None: nobody can tell."""
        return self.verdict.writer_safe

    @property
    def required_bump(self) -> Bump:
        return self.impact.bump if self.impact else self.verdict.required_bump

    @property
    def required_version(self) -> str:
        """The least version that says what changed; empty where one of the contracts is not there."""
        return required_version(self.old.version, self.required_bump) if self.old and self.new else ""

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is to be said of it, worst first."""
        if self.exempted is not None:
            return self.exempted
        about, old, new = (self.subject, self.owner), self.old, self.new
        found = [*change_findings(*about, old, new, verdict=self.verdict, impact=self.impact)]
        if self.ends is not None:
            found = [one for one in found if one.id not in _AT_THE_GATE or one.subject != self.subject]
            found += self.ends
        if old and new:
            found += version_findings(*about, old, new, verdict=self.verdict, impact=self.impact)
        return tuple(sorted(found, key=lambda finding: ("error", "warning", "info").index(finding.level)))

    @property
    def telling(self) -> tuple[Finding, ...]:
        """The findings without what is safe for everybody by itself: errors, warnings and acquittals."""
        acquitted = {one.judged.rule.id for one in self.impact.acquitted} if self.impact else set()
        return tuple(one for one in self.findings if one.level != "info" or one.id in acquitted)


def compare(
    subject: str,
    owner: str,
    old: Contract | None,
    new: Contract | None,
    *,
    readers: Iterable[Reader] | None = None,
    partitions: tuple[Cut | None, Cut | None] = (None, None),
) -> Comparison:
    """Judge the change from `old` to `new`. With `readers`, all that read the dataset, whom it hurts is known.

    `partitions` are those of before and after, as `diff` takes them.
    """
    location = subject.partition("/")[0] if "/" in subject else ""
    verdict = judge(diff(old, new, partitions, location=location))
    known = None
    if readers is not None and old:
        known = impact(verdict, old, new, readers, subject) if new else _gone(verdict, tuple(readers))
    return Comparison(subject, owner, old, new, verdict, known)


def _gone(verdict: Verdict, readers: tuple[Reader, ...]) -> Impact:
    """What it means for its readers that a dataset goes: everything, or nothing when there are none."""
    (judged,) = verdict.judged
    hurt = tuple(Hurt(reader, judged) for reader in readers)
    acquitted = () if readers else (Acquittal(judged, ()),)
    return Impact(readers, hurt, acquitted, (), not hurt, "major" if hurt else "minor")
