"""platform.yaml's `deprecation:`: how long readers have between the announcement of an end and the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.findings import Finding

__all__ = ["DEFAULT", "KEY", "Deprecation", "check_deprecation", "deprecation_of"]

KEY = "deprecation"
_LONGEST = 3650  # days; who wants to promise more means never


@dataclass(frozen=True)
class Deprecation:
    """The grace in days, from the registration that announces an end of life: of an active dataset, and of one whose
    status was still proposed or draft."""

    active_days: int = 90
    draft_days: int = 30

    def days(self, before_active: bool) -> int:
        """Return the grace of a dataset by its status when the end is announced."""
        return self.draft_days if before_active else self.active_days


DEFAULT = Deprecation()


def deprecation_of(data: Mapping[str, Any]) -> Deprecation:
    """Read the setting from a platform.yaml in which `check_deprecation` finds nothing."""
    return Deprecation(**(data.get(KEY) or {}))


def check_deprecation(data: Mapping[str, Any], finding: Callable[..., Finding]) -> Iterator[Finding]:
    """Yield what is wrong with the setting; `finding(message, fix, *keys)` makes one at its line."""
    found = data.get(KEY)
    if found is None:
        return
    names = ("active_days", "draft_days")
    if not isinstance(found, dict):
        yield finding(f"{KEY} must hold keys and values.", "Write active_days: 90 and draft_days: 30 below it.", KEY)
        return
    for key in sorted(set(found) - set(names), key=str):
        yield finding(f"unknown key '{key}' in {KEY}.", f"Known keys: {', '.join(names)}.", KEY, key)
    for key in names:
        value = found.get(key, 0)
        if type(value) is not int or not 0 <= value <= _LONGEST:
            message = f"{KEY}.{key} must be a whole number of days, 0 to {_LONGEST}."
            yield finding(message, f"Write {key}: {getattr(Deprecation, key)}.", KEY, key)
