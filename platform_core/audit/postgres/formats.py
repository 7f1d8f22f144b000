"""Dates and times written as text, as patterns: PostgreSQL 15 has no cast that tries, and its own errors end a scan."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from platform_core.audit.formats import PATTERNS, strptime_format

__all__ = ["DATES", "written_pattern"]

_LEAP = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)"
_LEAP_SHORT = "(?:[02468][048]|[13579][26])"
_DATE = (
    "(?:[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP}-02-29)"
)
# The shape of the text alone would let 30 February pass.
DATES = {"date": _DATE, "date-time": f"{_DATE}[T ]{PATTERNS['time']}"}

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
_MONTHS += ["November", "December"]
_LETTERS = {
    **{"%H": "(?:[01][0-9]|2[0-3])", "%I": "(?:0[1-9]|1[0-2])", "%M": "[0-5][0-9]", "%S": "[0-5][0-9]"},
    **{"%-H": "(?:1?[0-9]|2[0-3])", "%-I": "(?:[1-9]|1[0-2])", "%-M": "[1-5]?[0-9]", "%-S": "[1-5]?[0-9]"},
    **{"%g": "[0-9]{3}", "%f": "[0-9]{6}", "%p": "(?:AM|PM)", "%%": "%"},
}
_MONTH: Mapping[str, Callable[[int], str]] = {
    "%m": lambda month: f"{month:02}",
    "%-m": lambda month: f"{month}",
    "%b": lambda month: _MONTHS[month - 1][:3],
    "%B": lambda month: _MONTHS[month - 1],
}
_PARTS = re.compile(r"%-?.|[^%]+")
_YEARS = {"%Y": ("[0-9]{4}", _LEAP), "%y": ("[0-9]{2}", _LEAP_SHORT)}
_LONG = (1, 3, 5, 7, 8, 10, 12)
# (months, days, whether only of leap years): together every day there is. A year that is not written is 1900.
_DAYS = (((2,), (1, 28), False), ((2,), (29, 29), True), ((4, 6, 9, 11), (1, 30), False), (_LONG, (1, 31), False))


def written_pattern(java: str) -> str | None:
    """Return the pattern of the texts that a Java date format writes, and only of those of days that exist.

    None when it has no like: names of weekdays, days of the year, a part that is written twice, a day without its
    month, hours both of the day and of half of it.
    """
    form = strptime_format(java)
    if form is None:
        return None
    parts = _PARTS.findall(form)
    letters = [part.replace("-", "") for part in parts if part.startswith("%") and part != "%%"]
    months = [part for part in parts if part in _MONTH]
    days = [part for part in parts if part in ("%d", "%-d")]
    years = [part for part in parts if part in _YEARS]
    known = {*_LETTERS, *_MONTH, *_YEARS, "%d", "%-d"}
    strange = any(part.startswith("%") and part not in known for part in parts)
    twice = len(set(letters)) < len(letters) or len(months) > 1 or len(years) > 1
    if strange or twice or {"%H", "%I"} <= set(letters) or ("%p" in letters and "%I" not in letters):
        return None
    return "|".join(_written(parts, *case) for case in _cases(bool(months), bool(days), bool(years)))


def _cases(month: bool, day: bool, year: bool) -> list[tuple[tuple[int, ...], tuple[int, int], bool]]:
    if not day or not month:  # a day without a month is one of January
        return [(tuple(range(1, 13)), (1, 31), False)]
    return [case for case in _DAYS if year or not case[2]]


def _written(parts: list[str], months: tuple[int, ...], days: tuple[int, int], leap: bool) -> str:
    text = ""
    for part in parts:
        if part in _MONTH:
            text += f"(?:{'|'.join(_MONTH[part](month) for month in months)})"
        elif part in ("%d", "%-d"):
            shown = (f"{day:02}" if part == "%d" else str(day) for day in range(days[0], days[1] + 1))
            text += f"(?:{'|'.join(shown)})"
        elif part in _YEARS:
            text += _YEARS[part][leap]
        else:
            text += _LETTERS.get(part) or re.escape(part)
    return text
