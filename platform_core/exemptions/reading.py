"""The `exemptions:` of a location.yaml, and of the workspace's exemptions.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from platform_core.documents import Document
from platform_core.errors import Where
from platform_core.exemptions.rules import rule_problem
from platform_core.findings import Finding

__all__ = ["KEY", "LONGEST", "Exemption", "Reading", "read_exemptions"]

KEY = "exemptions"
LONGEST = timedelta(days=180)  # what is needed for longer is no exemption: the rule, or the location, is to change
_SHORTEST_REASON = 20  # characters: 'legacy', 'asked for' and 'see ticket' are none
_TEAM_KEYS = ("rule", "subject", "reason", "until", "by")
_PLATFORM_KEYS = ("location", *_TEAM_KEYS)


@dataclass(frozen=True)
class Exemption:
    """A rule that one thing need not keep for a while.

    `subject` is what a finding is about (a dataset, its asset key, a column, a file). It stops working on the day
    `until`. `by` says who granted it, `location` whose it is; a team's own leaves `location` empty.
    """

    rule: str
    subject: str
    reason: str
    until: date
    where: Where | None = field(default=None, compare=False)
    by: str = ""
    location: str = ""

    def as_data(self) -> dict[str, Any]:
        """Return what its entry in a file holds."""
        texts = {"location": self.location, "rule": self.rule, "subject": self.subject, "reason": self.reason}
        return {key: text for key, text in {**texts, "until": self.until, "by": self.by}.items() if text}


@dataclass(frozen=True)
class Reading:
    """What stands in a file: the exemptions that are sound, and the findings about the others, which do not work."""

    exemptions: tuple[Exemption, ...] = ()
    findings: tuple[Finding, ...] = ()


def read_exemptions(document: Document, today: date, by_team: bool) -> Reading:
    """Read the list under `exemptions` of a location.yaml (`by_team`), or of the workspace's file."""
    found = document.data.get(KEY)
    if found is None:
        return Reading()
    if not isinstance(found, list):
        message = f"{KEY} must be a list."
        return Reading(findings=(_finding(document, message, "Write each entry on a line of its own after '- '."),))
    sound: dict[tuple[str, str, str], Exemption] = {}
    findings: list[Finding] = []
    for place, entry in enumerate(found):
        problems = list(_problems(document, place, entry, today, by_team))
        if problems:
            findings += problems
            continue
        read = _exemption(document, place, entry)
        key = (read.location, read.rule, read.subject)
        if key in sound:
            first = sound[key].where
            message = f"the same exemption stands on line {first.line if first else 0} already."
            findings.append(_finding(document, message, "Keep one of them.", place))
        sound.setdefault(key, read)
    return Reading(tuple(sound.values()), tuple(findings))


def _problems(document: Document, place: int, entry: Any, today: date, by_team: bool) -> Iterator[Finding]:
    known = _TEAM_KEYS if by_team else _PLATFORM_KEYS
    if not isinstance(entry, dict):
        fix = f"Write {', '.join(f'{name}: ...' for name in known)}."
        yield _finding(document, "an exemption is keys and values.", fix, place)
        return
    for key in sorted(set(entry) - set(known), key=str):
        yield _finding(document, f"unknown key '{key}'.", f"Known keys: {', '.join(known)}.", place, key)
    message, fix = rule_problem(entry.get("rule"), by_team)
    if message:
        yield _finding(document, message, fix, place, "rule")
    if not _text(entry.get("subject")):
        fix = "Name one dataset, column or file, as the finding does (--format json shows its subject)."
        yield _finding(document, "subject is needed: what is exempt?", fix, place, "subject")
    if len(_text(entry.get("reason"))) < _SHORTEST_REASON:
        fix = "Say in a sentence why it cannot be kept now, and what will change that."
        yield _finding(document, "reason is needed, and must be one.", fix, place, "reason")
    if not by_team:
        for key, asks in (("location", "whose is it?"), ("by", "who granted it?")):
            if not _text(entry.get(key)):
                fix = f"Write {key}: <name of the location>." if key == "location" else "Write by: team:<name>."
                yield _finding(document, f"{key} is needed: {asks}", fix, place, key)
    elif "by" in entry and not _text(entry["by"]):
        yield _finding(document, "by must be text: who granted it?", "Write by: team:<name>.", place, "by")
    yield from _end(document, place, entry.get("until"), today)


def _end(document: Document, place: int, value: Any, today: date) -> Iterator[Finding]:
    until, last = _day(value), today + LONGEST
    if until is None:
        message = "until is needed: the day it stops working." if value is None else "until is no day."
        yield _finding(document, message, f"Write until: {today + timedelta(days=30)}.", place, "until")
    elif until > last:
        message = f"until {until} is too far away: at most {LONGEST.days} days."
        yield _finding(document, message, f"Write until: {last}, or an earlier day.", place, "until")


def _exemption(document: Document, place: int, entry: dict[str, Any]) -> Exemption:
    until = _day(entry["until"])
    assert until is not None  # noqa: S101 - _problems saw it
    texts = {name: _text(entry.get(name)) for name in ("rule", "subject", "reason", "by", "location")}
    return Exemption(**texts, until=until, where=document.where(KEY, place))


def _day(value: Any) -> date | None:
    """YAML reads a day without quotes as a date; a moment is none."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _finding(document: Document, message: str, fix: str, *keys: str | int) -> Finding:
    why = "An exemption that is not sound does not work."
    return Finding("exemption", "error", document.path.name, message, why, fix, document.where(KEY, *keys))
