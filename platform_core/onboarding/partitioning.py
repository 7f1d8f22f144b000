"""How a new dataset is cut: told on the command line, or evident from the name of its file."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.errors import PlatformError

__all__ = ["MARK", "Detected", "detect", "parse_partitions", "with_partitions"]

MARK = "{partition}"
_KEYS = {"daily": r"\d{4}-\d{2}-\d{2}", "monthly": r"\d{4}-\d{2}"}  # the longer one first: a day holds its month
_HINT = "Write monthly:2013-01-01 (daily, weekly; a second date ends it), static:EWR,JFK, dynamic, or none."


@dataclass(frozen=True)
class Detected:
    """A file's name with `{partition}` where its key stood, and the partitions that follow (None: it has none)."""

    path: str
    partitions: Mapping[str, Any] | None


def detect(file: Path) -> Detected:
    """Look for the key of a day (2013-01-31) or month (2013-01) in the name of `file`.

    The first partition is the earliest one of which a file lies beside it: deliveries often arrive with their past.
    """
    for type_, pattern in _KEYS.items():
        found = re.search(rf"(?<!\d)(?<!\d-){pattern}(?!-?\d)", file.name)
        if found and (start := _first_day(found[0])):
            path = file.name[: found.start()] + MARK + file.name[found.end() :]
            others = [_first_day(key) for key in _keys_beside(file, path, pattern)]
            start = min([start, *(day for day in others if day)])
            return Detected(path, {"type": type_, "start_date": start.isoformat()})
    return Detected(file.name, None)


def with_partitions(file: Path, partitions: Mapping[str, Any] | None) -> Detected:
    """Return `file`'s name for partitions that were told: their key is looked for in it, the longest first."""
    if partitions is None:
        return Detected(file.name, None)
    if partitions["type"] == "dynamic":
        return _dynamic(file, str(partitions.get("name") or ""))
    for key in sorted(partitions.get("keys") or (), key=len, reverse=True):
        found = re.search(rf"(?<![A-Za-z0-9]){re.escape(key)}(?![A-Za-z0-9])", file.stem)
        if found:
            return Detected(file.name[: found.start()] + MARK + file.name[found.end() :], partitions)
    return Detected(detect(file).path, partitions)


def _dynamic(file: Path, told: str) -> Detected:
    """Put the mark where the key stands: what was told, a date, or what follows the last - or _ of the name."""
    by_date = detect(file)
    parts = re.split(r"[-_]", file.stem)
    key = told or (parts[-1] if len(parts) > 1 else "")
    if not told and by_date.partitions:
        return Detected(by_date.path, {"type": "dynamic"})
    place = file.stem.rfind(key) if key else -1
    if place < 0:
        hint = "Write the key as it stands in this name, as in --partitions dynamic:A17 for scans-A17.csv."
        raise PlatformError(f"{file.name}: nothing says which part of the name is the key of a partition.", hint=hint)
    return Detected(file.name[:place] + MARK + file.name[place + len(key) :], {"type": "dynamic"})


def _keys_beside(file: Path, path: str, pattern: str) -> list[str]:
    before, after = path.split(MARK)
    name = re.compile(f"{re.escape(before)}({pattern}){re.escape(after)}")
    return [found[1] for other in file.parent.iterdir() if (found := name.fullmatch(other.name))]


def _first_day(key: str) -> datetime.date | None:
    try:
        day = datetime.date.fromisoformat(key if len(key) == 10 else f"{key}-01")
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2199 else None  # 8000-12 is more likely a number


def parse_partitions(text: str) -> Mapping[str, Any] | None:
    """Read `--partitions`: `monthly:2013-01-01[:2014-01-01]` (daily, weekly), `static:EWR,JFK`, `dynamic` or `none`.

    After `dynamic:` may stand, as `name`, the key in a file's name, or the dataset whose file names make the keys.
    Raises PlatformError when it is none of these.
    """
    from pydantic import ValidationError

    from platform_core.components.partitions import Partitions

    if text == "none":
        return None
    type_, _, rest = text.partition(":")
    if type_ == "static":
        found: dict[str, Any] = {"type": type_, "keys": [key for key in rest.split(",") if key]}
    elif type_ == "dynamic":
        return {"type": type_, **({"name": rest} if rest else {})}
    else:
        start, _, end = rest.partition(":")
        found = {"type": type_, **({"start_date": start} if start else {}), **({"end_date": end} if end else {})}
    try:
        return Partitions.model_validate(found).as_mapping()
    except ValidationError as error:
        said = "; ".join(item["msg"].removeprefix("Value error, ") for item in error.errors())
        raise PlatformError(f"--partitions {text} cannot be used: {said}.", hint=_HINT) from error
