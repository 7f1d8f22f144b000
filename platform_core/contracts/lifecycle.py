"""How long a dataset lives, and what follows it: the end that was announced, and the next major beside it."""

from __future__ import annotations

import re
from datetime import date, datetime

from platform_core.contracts.model import Contract, custom_property

__all__ = [
    "BEFORE_ACTIVE",
    "DEPRECATED",
    "ENDS",
    "SUCCESSOR_OF",
    "end_of_life",
    "ending_columns",
    "is_deprecated",
    "last_days",
    "major_of",
    "predecessor",
    "status",
    "versioned_name",
]

SUCCESSOR_OF = "platformSuccessorOf"
BEFORE_ACTIVE = ("proposed", "draft")
ENDS = ("endOfSupport", "endOfLife")
DEPRECATED = ("deprecated", "retired")
_VERSIONED = re.compile(r"_v[1-9]\d*\Z")


def status(contract: Contract) -> str:
    """Return the ODCS status of the contract; `active` for one that names none."""
    return str(contract.data.get("status") or "active")


def is_deprecated(contract: Contract) -> bool:
    """Whether its readers are asked to move on: by its status, or by the mark on its schema object."""
    return status(contract) in DEPRECATED or bool(contract.schema.get("deprecated"))


def end_of_life(contract: Contract) -> date | None:
    """Return the last day of the dataset, its service level endOfLife; None when no day is announced."""
    return last_days(contract).get("endOfLife")


def last_days(contract: Contract) -> dict[str, date]:
    """Return the days that are announced for the dataset as a whole: its endOfSupport and its endOfLife."""
    found: dict[str, date] = {}
    for entry in contract.data.get("slaProperties") or ():
        name, day = entry.get("property"), _day(entry.get("value"))
        if name in ENDS and entry.get("element") in (None, contract.dataset) and day is not None:
            found.setdefault(str(name), day)
    return found


def ending_columns(contract: Contract) -> dict[str, date | None]:
    """Return the columns that are marked deprecated, each with the last day announced for it: None without one.

    The day is the endOfLife whose `element` is the column, written with or without the name of the dataset.
    """
    days = {
        str(entry.get("element") or "").removeprefix(f"{contract.dataset}."): _day(entry.get("value"))
        for entry in contract.data.get("slaProperties") or ()
        if entry.get("property") == "endOfLife"
    }
    return {column.name: days.get(column.name) for column in contract.columns if column.data.get("deprecated")}


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return datetime.fromisoformat(value.replace("Z", "+00:00")).date() if isinstance(value, str) else None
    except ValueError:
        return None


def predecessor(contract: Contract) -> str:
    """Return the dataset of the same location that this one follows as another major; empty for none."""
    value = custom_property(contract.data, SUCCESSOR_OF)
    return value if isinstance(value, str) else ""


def major_of(version: str) -> int | None:
    """Return the major of a version such as 2.1.0; None when it has none."""
    first = version.split(".", maxsplit=1)[0]
    return int(first) if first.isdecimal() else None


def versioned_name(dataset: str, major: int) -> str:
    """Return what the dataset of a major is called beside its predecessor: flights, or flights_v2 -> flights_v3."""
    return f"{_VERSIONED.sub('', dataset)}_v{major}"
