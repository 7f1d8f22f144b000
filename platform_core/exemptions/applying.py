"""Findings after their exemptions: which no longer stand in the way, and which exemptions are of no use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from platform_core.exemptions.reading import Exemption
from platform_core.findings import Finding, Level

__all__ = ["SOON", "apply", "expired", "unused"]

SOON = timedelta(days=14)  # before its day an exempt finding is a warning again: time to mend it, or to ask anew


def apply(
    findings: Iterable[Finding],
    exemptions: Sequence[Exemption],
    today: date,
    root: Path | None = None,
    location: str = "",
) -> tuple[tuple[Finding, ...], frozenset[Exemption]]:
    """Return the findings, the exempt ones as notes that say why and until when, and the exemptions that were used.

    In its last fortnight an exempt finding is a warning; from its day on it works no more. `root` is the folder that
    subjects which are files start at; a dataset of `location` may be called `location/dataset` or `dataset`. Call it
    with the exemptions of the location that the findings are of; twice is as good as once.
    """
    working = [one for one in exemptions if today < one.until]
    used: set[Exemption] = set()
    after: list[Finding] = []
    for finding in findings:
        covering = [one for one in working if _covers(one, finding, root, location)]
        applied = [one for one in covering if finding.message.endswith(_said(one, today))]
        if applied or finding.level == "info":
            used.update(applied)
            after.append(finding)
            continue
        used.update(covering)
        last = max(covering, key=lambda one: one.until, default=None)
        after.append(_exempt(finding, last, today) if last else finding)
    return tuple(after), frozenset(used)


def expired(exemptions: Iterable[Exemption], today: date) -> Iterator[Finding]:
    """Yield a finding for each exemption whose day has come."""
    for one in exemptions:
        if one.until <= today:
            message = f"the exemption of {one.subject} from {one.rule} ended on {one.until}: it works no more."
            fix = "Remove it. If the rule still cannot be kept, say why anew, with another day."
            yield Finding("exemption-expired", "warning", one.subject, message, fix=fix, where=one.where, owner=one.by)


def unused(
    exemptions: Iterable[Exemption], used: Iterable[Exemption], findings: Sequence[Finding], today: date
) -> Iterator[Finding]:
    """Yield a finding for each exemption that works and that nothing needed.

    `findings` are all that were looked at; call it only when every rule that could have needed one was asked.
    """
    idle = [one for one in exemptions if one.until > today and one not in set(used)]
    for one in idle:
        others = sorted({finding.subject for finding in findings if finding.id == one.rule})
        message = f"nothing needs the exemption of {one.subject} from {one.rule}."
        fix = f"Remove it, or name what it is for: {', '.join(others)}." if others else "Remove it."
        yield Finding("exemption-unused", "warning", one.subject, message, fix=fix, where=one.where, owner=one.by)


def _covers(one: Exemption, finding: Finding, root: Path | None, location: str) -> bool:
    """A dataset covers its columns; a file is named from the location's folder."""
    if one.rule != finding.id:
        return False
    subject, named = (
        text.removeprefix(f"{location}/") if location else text for text in (finding.subject, one.subject)
    )
    if subject == named or subject.startswith(f"{named}."):
        return True
    if root is None or finding.where is None or not finding.where.path.is_relative_to(root):
        return False
    return finding.where.path.relative_to(root).as_posix() == one.subject


def _exempt(finding: Finding, one: Exemption, today: date) -> Finding:
    level: Level = "warning" if _soon(one, today) else "info"
    return replace(finding, level=level, message=finding.message + _said(one, today))


def _said(one: Exemption, today: date) -> str:
    left = (one.until - today).days
    when = f"until {one.until}" + (f", {left} day{'s' if left != 1 else ''} from now" if _soon(one, today) else "")
    return f" Exempt {when}: {one.reason}"


def _soon(one: Exemption, today: date) -> bool:
    return today + SOON >= one.until
