"""Service levels: which the platform knows, in which units, and how long they are."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping
from typing import Any

__all__ = ["DATES", "DURATIONS", "FREE", "FRESHNESS", "PERCENTAGES", "UNITS", "sla_duration"]

DURATIONS = ("frequency", "freshness", "latency", "retention", "timeToDetect", "timeToNotify", "timeToRepair")
PERCENTAGES = ("availability", "errorRate")
DATES = ("generalAvailability", "endOfSupport", "endOfLife")
FRESHNESS = ("freshness", "latency", "frequency")  # of the durations, those that say how old data may get
FREE = ("throughput", "timeOfAvailability")
# A month and a year at their longest: nobody is late who delivers on the first of every month.
_SECONDS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800, "mo": 31 * 86400, "y": 366 * 86400}
_SPELLINGS = {
    "s": ("s", "sec", "second", "seconds"),
    "min": ("min", "minute", "minutes", "m"),
    "h": ("h", "hr", "hour", "hours"),
    "d": ("d", "day", "days"),
    "w": ("w", "week", "weeks"),
    "mo": ("mo", "month", "months"),
    "y": ("y", "yr", "year", "years"),
}
_WORDS = {word: unit for unit, words in _SPELLINGS.items() for word in words}
UNITS = tuple(_WORDS)
_LONGEST = 100 * _SECONDS["y"]


def sla_duration(entry: Mapping[str, Any]) -> datetime.timedelta | None:
    """Return how long an SLA property of kind duration is; None when value or unit make no length of time.

    A month counts 31 days, a year 366. Longer than 100 years is none.
    """
    value, unit = entry.get("value"), _WORDS.get(str(entry.get("unit")))
    if isinstance(value, bool) or not isinstance(value, (int, float)) or unit is None:
        return None
    if not math.isfinite(value) or not 0 < value * _SECONDS[unit] <= _LONGEST:
        return None
    return datetime.timedelta(seconds=value * _SECONDS[unit])
