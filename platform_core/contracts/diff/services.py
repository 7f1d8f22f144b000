"""Service levels: which promise more now, which less, and how long the dataset lives."""

from __future__ import annotations

import datetime
from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.matching import Entry, matched
from platform_core.contracts.diff.spans import number
from platform_core.contracts.diff.texts import custom_properties, texts
from platform_core.contracts.model import Contract
from platform_core.contracts.sla import DATES, DURATIONS, FRESHNESS, PERCENTAGES, sla_duration

__all__ = ["ended", "services"]

_ENDS = ("endOfSupport", "endOfLife")
_LESS_IS_MORE = ("errorRate", "timeToDetect", "timeToNotify", "timeToRepair", "generalAvailability", *FRESHNESS)
_HANDLED = ("property", "value", "unit", "element", "valueExt", "customProperties")
_ANNOTATIONS = ("driver", "scheduler", "schedule")


def services(found: Changes, old: Contract, new: Contract) -> None:
    """Add what is different between the service levels of two contracts."""
    before, after = old.data.get("slaProperties") or (), new.data.get("slaProperties") or ()
    if before == after:
        return
    same = matched(before, after, lambda entry: (entry.get("property"), _elements(entry)))
    for index in same.removed:
        _level(found, _place(old, "slaProperties", (index, None), before[index]), before[index], None)
    for index in same.added:
        _level(found, _place(old, "slaProperties", (None, index), after[index]), None, after[index])
    for one, other in same.pairs:
        if before[one] == after[other]:
            continue
        place = _place(old, "slaProperties", (one, other), after[other])
        if before[one].get("property") == after[other].get("property") and _elements(before[one]) == _elements(
            after[other]
        ):
            _level(found, place, before[one], after[other])
        else:
            _level(found, place, before[one], None)
            _level(found, place, None, after[other])
        texts(found, place, before[one], after[other], _HANDLED, annotations=_ANNOTATIONS)
        custom_properties(found, place, before[one], after[other])


def ended(contract: Contract) -> frozenset[str]:
    """Return the columns for which a last day is announced; '' stands for all of them."""
    found: set[str] = set()
    for entry in contract.data.get("slaProperties") or ():
        if entry.get("property") == "endOfLife":
            found.update(part.partition(".")[2] for part in _elements(entry) or ("",))
    return frozenset(found)


def _elements(entry: Entry) -> tuple[str, ...]:
    return tuple(sorted(part.strip() for part in str(entry.get("element") or "").split(",") if part.strip()))


def _place(contract: Contract, key: str, at: tuple[int | None, int | None], entry: Entry) -> Place:
    elements = _elements(entry)
    column = elements[0].partition(".")[2] if len(elements) == 1 else ""
    return Place(path=column, column=column).at(key, *at)


def _level(found: Changes, place: Place, old: Entry | None, new: Entry | None) -> None:
    name = str((old or new or {}).get("property"))
    said = [_said(entry) for entry in (old, new)]
    kind = _kind(name, old, new)
    if kind:
        found.add("sla", kind, place, *said, name=name)


def _kind(name: str, old: Entry | None, new: Entry | None) -> str:
    values = _value(name, old), _value(name, new)
    if name in _ENDS:
        return _end(*values)
    if values[0] == values[1] and (old is None) == (new is None) and _free(name, old) == _free(name, new):
        return ""
    if old is None or new is None:
        more = old is None
    elif None in values or _free(name, old) != _free(name, new):
        return "service-level-changed"
    else:
        more = (values[1] < values[0]) == (name in _LESS_IS_MORE)
    if name in FRESHNESS:
        return "freshness-tightened" if more else "freshness-loosened"
    if name == "retention":
        return "retention-lengthened" if more else "retention-shortened"
    return "service-level-raised" if more else "service-level-lowered"


def _end(before: Any, after: Any) -> str:
    if before == after:
        return ""
    if before is None or after is None:
        return "end-announced" if before is None else "end-withdrawn"
    return "end-earlier" if after < before else "end-later"


def _value(name: str, entry: Entry | None) -> Any:
    """Return what is compared: a length of time, a number, a moment; None when there is none."""
    if entry is None:
        return None
    if name in DURATIONS:
        return sla_duration(entry)
    if name in DATES:
        return _moment(entry.get("value"))
    return number(entry.get("value"))


def _free(name: str, entry: Entry | None) -> Any:
    """Return what must be equal for two values to be compared."""
    if entry is None or name in (*DURATIONS, *PERCENTAGES, *DATES):
        return entry and entry.get("valueExt")
    value = entry.get("value")
    return entry.get("unit"), entry.get("valueExt"), None if number(value) is not None else value


def _moment(value: Any) -> datetime.datetime | None:
    try:
        when = datetime.datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return when if when.tzinfo else when.replace(tzinfo=datetime.timezone.utc)


def _said(entry: Entry | None) -> str | None:
    return (
        None if entry is None else " ".join(str(entry[key]) for key in ("value", "unit") if entry.get(key) is not None)
    )
