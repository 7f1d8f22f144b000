"""The history of a dataset: its publications and refusals in one list, as text or JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath

from platform_core.answers.facts import Checks
from platform_core.audit.reasons import refusal_reason
from platform_core.formats.escaping import one_line
from platform_core.formats.table import table, timestamp

__all__ = ["Event", "render"]

_WORDS = {
    "publish": "published",
    "rollback": "rolled back",
    "release": "released",
    "restate": "restated",
    "schema": "schema changed",
    "foreign": "written past the door",
    "refusal": "REFUSED",
}
_HEADS = ("WHEN (UTC)", "WHAT", "VERSION", "PARTITION", "ROWS", "CHECKS", "CONTRACT", "BY", "NOTE")


@dataclass(frozen=True)
class Event:
    """One thing that happened to a dataset. `version` is None for a refusal: nothing was published.

    `by` is a person or the run, `current` whether readers see it now, `kept` whether it can still be read.
    """

    at: datetime
    kind: str
    version: int | None
    partition: str | None
    rows: int | None
    checks: Checks
    contract_version: str = ""
    by: str = ""
    delivery: str = ""
    back_to: int | None = None
    held: bool = False
    current: bool = False
    kept: bool = True
    place: str = ""


def render(asset: str, events: Sequence[Event], format: str = "text") -> str:
    """Return the events, in the order given. `format` is text or json; ValueError for another."""
    if format == "json":
        return json.dumps({"asset": asset, "events": [_object(event) for event in events]}, indent=2)
    if format != "text":
        raise ValueError(f"'{format}' is not one of text, json")
    if not events:
        return f"{asset}: nothing was ever published or refused."
    rows = [_row(event) for event in events]
    shown = [index for index, head in enumerate(_HEADS) if head != "PARTITION" or any(row[index] for row in rows)]
    lines = table(
        [_HEADS[index] for index in shown], [[row[index] for index in shown] for row in rows], ("VERSION", "ROWS")
    )
    places = sorted({str(PurePath(event.place).parent) for event in events if event.place})
    kept = [f"Refused deliveries are kept in {one_line(place)}" for place in places]
    return "\n".join([one_line(asset), lines, *([""] if kept else []), *kept])


def _row(event: Event) -> tuple[str, ...]:
    total = len(event.checks.passed) + len(event.checks.broken)
    checks = f"{len(event.checks.passed):,}/{total:,}" if event.checks.passed else "-"
    return (
        timestamp(event.at),
        _WORDS.get(event.kind, event.kind),
        "-" if event.version is None else str(event.version),
        event.partition or "",
        "-" if event.rows is None else f"{event.rows:,}",
        checks,
        event.contract_version or "-",
        event.by or "-",
        _note(event),
    )


def _note(event: Event) -> str:
    said = [event.delivery]
    if event.kind == "refusal":
        said.append(_reason(event))
    if event.back_to is not None:
        said.append(f"to version {event.back_to}")
    said += ["held"] * event.held + ["current"] * event.current + ["no longer kept"] * (not event.kept)
    return ", ".join(filter(None, said))


def _reason(event: Event) -> str:
    return refusal_reason((rule.name, rule.violations) for rule in event.checks.broken if rule.blocking)


def _object(event: Event) -> dict[str, object]:
    return {
        "at": event.at.isoformat(timespec="seconds"),
        "kind": event.kind,
        "version": event.version,
        "partition": event.partition,
        "rows": event.rows,
        "checks": {
            "passed": len(event.checks.passed),
            "failed": sum(rule.blocking for rule in event.checks.broken),
            "warned": sum(not rule.blocking for rule in event.checks.broken),
        },
        "rules": {rule.name: rule.violations for rule in event.checks.broken},
        "contract_version": event.contract_version,
        "by": event.by,
        "delivery": event.delivery,
        "back_to": event.back_to,
        "held": event.held,
        "current": event.current,
        "kept": event.kept,
        "place": event.place,
    }
