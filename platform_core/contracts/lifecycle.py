"""How long a dataset lives, and what follows it: the end that was announced, and the next major beside it."""

from __future__ import annotations

import re
from datetime import date, datetime

from platform_core.contracts.model import Contract, custom_property

__all__ = [
    "BEFORE_ACTIVE",
    "DEPRECATED",
    "SUCCESSOR_OF",
    "end_of_life",
    "is_deprecated",
    "major_of",
    "predecessor",
    "status",
    "versioned_name",
]

SUCCESSOR_OF = "platformSuccessorOf"
BEFORE_ACTIVE = ("proposed", "draft")
DEPRECATED = ("deprecated", "retired")
_VERSIONED = re.compile(r"_v[1-9]\d*\Z")


def status(contract: Contract) -> str:
    """Return the ODCS status of the contract; `active` for one that names none."""
    return str(contract.data.get("status") or "active")


def is_deprecated(contract: Contract) -> bool:
    """Whether its readers are asked to move on."""
    return status(contract) in DEPRECATED


def end_of_life(contract: Contract) -> date | None:
    """Return the last day of the dataset, its service level endOfLife; None when no day is announced."""
    value = (contract.sla("endOfLife") or {}).get("value")
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
