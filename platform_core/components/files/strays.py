"""Files that lie in a landing folder and that no dataset takes, with what was likely meant."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches

from platform_core.components.files.landing import Delivery, Landed, deliveries
from platform_core.components.files.spec import PARTITION, FileSpec
from platform_core.components.partitions import Partitions, key_problem
from platform_core.names import AssetId

__all__ = ["Expected", "Stray", "strays"]

_ALIKE = 0.6  # of 1: how like a file name is to what a dataset expects, to be taken for it


@dataclass(frozen=True)
class Expected:
    """What a file dataset takes from its landing folder."""

    asset: AssetId
    spec: FileSpec
    partitions: Partitions | None

    def takes(self, partition: str | None) -> bool:
        """Say whether a file whose name has this key (None: no key) belongs to one of its partitions."""
        if partition is None or self.partitions is None:
            return partition is None and self.partitions is None
        return self.partitions.has(partition)


@dataclass(frozen=True)
class Stray:
    """A file that nobody takes: `why`, and the dataset it was likely meant for (None: no idea)."""

    file: str
    why: str
    asset: AssetId | None = None


def strays(expected: Sequence[Expected], landed: Sequence[Landed]) -> list[Stray]:
    """Return what nobody takes of what lies there, by name."""
    taken: set[str] = set()
    found: dict[str, Stray] = {}
    for one in expected:
        for partition, delivery in deliveries(one.spec, list(landed)).items():
            if one.takes(partition):
                taken.update(file.name for file in delivery.files)
            else:
                found.update(_misnamed(one, str(partition), delivery))
    for file in landed:
        if file.name not in found and not file.is_folder:
            found[file.name] = _unexpected(expected, file)
    return [found[name] for name in sorted(set(found) - taken)]


def _misnamed(one: Expected, partition: str, delivery: Delivery) -> Mapping[str, Stray]:
    problem = key_problem(partition)
    why = f"{one.asset} has no partition {partition!r}" + (f": {problem}" if problem else "")
    if near := _nearest(one.partitions, partition):
        why += f"; did you mean {one.spec.path.replace(PARTITION, near)}?"
    else:
        why += f"; it expects {_shown(one)}."
    return {file.name: Stray(file.name, why, one.asset) for file in delivery.files}


def _unexpected(expected: Sequence[Expected], file: Landed) -> Stray:
    if file.problem:
        return Stray(file.name, f"{file.problem}.")
    alike = [(SequenceMatcher(None, file.name, one.spec.path).ratio(), one) for one in expected]
    best, near = max(alike, key=lambda pair: pair[0], default=(0.0, None))
    if near is None or best < _ALIKE:
        return Stray(file.name, "no dataset expects this file.")
    return Stray(file.name, f"no dataset expects this file; {near.asset} expects {_shown(near)}.", near.asset)


def _shown(one: Expected) -> str:
    example = {"monthly": "2013-01", "weekly": "2013-01-07", "daily": "2013-01-31"}
    if one.partitions is None or one.partitions.type == "dynamic":
        return one.spec.path
    if one.partitions.type == "static":
        keys = one.partitions.keys or []
        return f"{one.spec.path} with {', '.join(keys[:5])}{' and others' if len(keys) > 5 else ''}"
    since = f", from {one.partitions.start_date}"
    until = f" until before {one.partitions.end_date}" if one.partitions.end_date else ""
    return f"{one.spec.path} with a key as {example[one.partitions.type]}{since}{until}"


def _nearest(partitions: Partitions | None, key: str) -> str:
    """Return the partition that was likely meant: 2014-4 and 201404 are April 2014."""
    if partitions is None:
        return ""
    if partitions.type == "static":
        keys = {one.lower(): one for one in partitions.keys or ()}
        return next((keys[one] for one in get_close_matches(key.lower(), list(keys), 1)), "")
    shape = r"(\d{4})\D?(\d{1,2})" if partitions.type == "monthly" else r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})"
    if (found := re.fullmatch(shape, key)) is None:
        return ""
    near = "-".join([found[1], *(part.zfill(2) for part in found.groups()[1:])])
    return near if near != key and partitions.has(near) else ""
