"""Which partitions a dataset should have by now, and how a partition is called in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any

from platform_core.answers.words import joined
from platform_core.names import KEY_FORMATS

__all__ = ["due", "partition_words", "runs_of", "span_words"]


def due(
    partitions: Mapping[str, Any] | None,
    now: datetime,
    grace: timedelta = timedelta(),
    dynamic: Sequence[str] = (),
) -> tuple[str, ...]:
    """Return the keys of the partitions that should be published at `now`, in their order.

    A time partition is due when its period and then `grace` have passed, as its data cannot arrive earlier; a static
    one always is, and so are those of the `dynamic` keys there are, where partitions are. Nothing is due of a dataset
    without partitions, or of one whose keys the platform does not write.
    """
    kind = (partitions or {}).get("type")
    if kind == "dynamic":
        return tuple(dynamic)
    if not partitions or (kind not in KEY_FORMATS and kind != "static") or "fmt" in partitions:
        return ()
    if kind == "static":
        return tuple(partitions.get("keys") or ())
    today = now.astimezone(timezone.utc)
    return tuple(key for key, end in _windows(partitions, today.date()) if _midnight(end) + grace <= today)


def _windows(partitions: Mapping[str, Any], last: date) -> Iterator[tuple[str, date]]:
    """Yield each key with the first day after its period; as in Dagster, a period that is cut short is none."""
    kind, start = partitions["type"], _day(partitions["start_date"])
    stop = min(_day(partitions["end_date"]), last) if partitions.get("end_date") else last
    begin = _first(kind, start)
    while (end := _next(kind, begin)) <= stop:
        yield begin.strftime(KEY_FORMATS[kind]), end
        begin = end


def _first(kind: str, start: date) -> date:
    """The first period that starts on or after `start`: weeks start on Monday, months on their first day."""
    if kind == "weekly":
        return start + timedelta(days=-start.weekday() % 7)
    if kind == "monthly" and start.day > 1:
        return _next(kind, start.replace(day=1))
    return start


def _next(kind: str, begin: date) -> date:
    if kind == "monthly":
        return (begin.replace(day=1) + timedelta(days=32)).replace(day=1)
    return begin + timedelta(days=7 if kind == "weekly" else 1)


def _day(value: Any) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.utc)


def partition_words(key: str | None, partitions: Mapping[str, Any] | None) -> str:
    """Say a partition's name: `June 2013`, `12 June 2013`, `the week of 10 June 2013`, or the key itself."""
    kind = (partitions or {}).get("type")
    if key is None or kind not in KEY_FORMATS:
        return key or ""
    try:
        day = datetime.strptime(key, KEY_FORMATS[kind])
    except ValueError:
        return key
    if kind == "monthly":
        return f"{day:%B %Y}"
    return f"{'the week of ' if kind == 'weekly' else ''}{day.day} {day:%B %Y}"


def span_words(keys: Sequence[str], partitions: Mapping[str, Any] | None, limit: int = 3) -> str:
    """Name partitions in a sentence: all when at most `limit`, neighbours as `April to July 2013`, else the first few.

    `keys` are in their order.
    """
    names = [partition_words(key, partitions) for key in keys]
    if len(names) > limit and _neighbours(keys, partitions):
        return f"{names[0]} to {names[-1]}"
    if len(names) <= limit:
        return joined(names)
    return f"{', '.join(names[: limit - 1])} and {len(names) - limit + 1:,} more"


def runs_of(keys: Sequence[str], partitions: Mapping[str, Any] | None) -> list[str]:
    """List partitions by their keys, three neighbours or more as one: `2013-01`, `2013-03 to 2026-09`.

    `keys` are in their order.
    """
    runs: list[list[str]] = []
    for key in keys:
        if runs and _neighbours([runs[-1][-1], key], partitions):
            runs[-1].append(key)
        else:
            runs.append([key])
    return [said for run in runs for said in (run if len(run) < 3 else [f"{run[0]} to {run[-1]}"])]


def _neighbours(keys: Sequence[str], partitions: Mapping[str, Any] | None) -> bool:
    kind = (partitions or {}).get("type")
    if kind not in KEY_FORMATS:
        return False
    first = keys[0] if kind != "monthly" else f"{keys[0]}-01"
    try:
        begin = date.fromisoformat(first)
    except ValueError:
        return False
    for key in keys:
        if begin.strftime(KEY_FORMATS[kind]) != key:
            return False
        begin = _next(str(kind), begin)
    return True
