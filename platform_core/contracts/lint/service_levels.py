"""Service levels: known names, units that are lengths of time, dates in the order of a life."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.contracts.lint.elements import entries, own_columns
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.contracts.sla import DATES, DURATIONS, FREE, FRESHNESS, PERCENTAGES, UNITS, sla_duration
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["service_levels"]

_KNOWN = (*DURATIONS, *PERCENTAGES, *DATES, *FREE)
_SHORTEST = datetime.timedelta(minutes=1)
_SHORT = {
    **{"av": "availability", "th": "throughput", "er": "errorRate", "ga": "generalAvailability", "es": "endOfSupport"},
    **{"el": "endOfLife", "re": "retention", "fy": "frequency", "ly": "latency", "td": "timeToDetect"},
    **{"tn": "timeToNotify", "tr": "timeToRepair"},
}


def service_levels(lint: Lint) -> Iterator[Finding]:
    """Yield findings about the SLA properties."""
    seen: dict[tuple[str, str], Keys] = {}
    dates: dict[str, datetime.date] = {}
    for keys, entry in entries(lint.document.data, "slaProperties"):
        name = entry.get("property")
        if not isinstance(name, str):
            continue
        if name not in _KNOWN:
            fix = f"Write '{_SHORT[name]}'." if name in _SHORT else did_you_mean(name, _KNOWN)
            why = "A service level nobody knows is watched by nobody."
            message = f"{shown(name)} is no service level the platform knows."
            yield lint.finding("unknown-sla", (*keys, "property"), message, fix, why=why)
            continue
        same = (name, str(entry.get("element")))
        if same in seen:
            line = lint.document.where(*seen[same]).line
            yield lint.finding("duplicate-sla", keys, f"it stands twice (first on line {line}).", "Keep one of them.")
        seen.setdefault(same, keys)
        if name in DATES and isinstance(entry.get("value"), str):
            yield from _date(lint, keys, name, entry["value"], dates)
        else:
            yield from _value(lint, keys, name, entry)
        yield from _element(lint, keys, entry)


def _value(lint: Lint, keys: Keys, name: str, entry: Mapping[str, Any]) -> Iterator[Finding]:
    value, unit, where = entry.get("value"), entry.get("unit"), (*keys, "value")
    number = value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    if name in DATES and not isinstance(value, datetime.date):
        yield lint.finding("bad-sla-value", where, f"{name} must be a date.", 'Write value: "2030-12-31".')
    if name in PERCENTAGES:
        if unit not in (None, "%", "percent"):
            yield lint.finding("bad-sla-unit", (*keys, "unit"), f"{name} is in percent.", "Write unit: percent.")
        if number is None or not 0 <= number <= 100:
            yield lint.finding("bad-sla-value", where, f"{name} must be a number from 0 to 100.")
    if name not in DURATIONS:
        return
    if unit is None:
        yield lint.finding("bad-sla-unit", keys, f"{name} has no unit.", "Add unit: h (or min, d, w, mo, y).")
    elif unit not in UNITS:
        fix = did_you_mean(
            unit, ("min", "h", "d", "w", "mo", "y", "minutes", "hours", "days", "weeks", "months", "years")
        )
        yield lint.finding("bad-sla-unit", (*keys, "unit"), f"unit cannot be {shown(unit)}.", fix)
    if number is None or number <= 0:
        yield lint.finding("bad-sla-value", where, f"{name} must be a number above 0.", "Write value: 1.")
    elif unit in UNITS:
        length = sla_duration(entry)
        if length is None:
            yield lint.finding("bad-sla-value", where, f"{name} is longer than 100 years.")
        elif name in FRESHNESS and length < _SHORTEST:
            fix = "Write a minute or more: that is how closely it can be watched."
            yield lint.finding("bad-sla-value", where, f"{name} is shorter than a minute.", fix)


def _date(lint: Lint, keys: Keys, name: str, text: str, dates: dict[str, datetime.date]) -> Iterator[Finding]:
    try:
        dates[name] = datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).date()
    except ValueError:
        yield lint.finding(
            "bad-sla-value", (*keys, "value"), f"{shown(text)} is no date.", 'Write value: "2030-12-31".'
        )
        return
    for earlier in DATES[: DATES.index(name)]:
        if earlier in dates and dates[earlier] > dates[name]:
            message = f"{name} ({dates[name]}) comes before {earlier} ({dates[earlier]})."
            yield lint.finding("bad-sla-value", (*keys, "value"), message)


def _element(lint: Lint, keys: Keys, entry: Mapping[str, Any]) -> Iterator[Finding]:
    element = entry.get("element")
    if not isinstance(element, str):
        return
    names = [str(column.get("name")) for _, column in own_columns(lint.document.data)]
    for part in (part.strip() for part in element.split(",")):
        dataset, _, column = part.partition(".")
        if dataset != lint.dataset or (column and column not in names):
            message = f"element {shown(part)} is neither this dataset nor one of its columns."
            known = [lint.dataset, *(f"{lint.dataset}.{name}" for name in names)]
            yield lint.finding("unknown-column", (*keys, "element"), message, did_you_mean(part, known))
