"""Which versions of a contract a reader can live with: `^1`, `1.x`, `>=1.2 <3`, `^1 || ^2`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from platform_core.contracts.versions import precedence

__all__ = ["VersionRange", "caret", "parse_range", "widened"]

# Compares with what `precedence` gives: (1, 2, 3) comes before 1.2.3 and all its pre-releases.
Key = tuple[Any, ...]
_NUMBER = r"(\d{1,9}|[xX*])"
_TERM = re.compile(rf"(\^|~|>=|<=|>|<|=)?v?{_NUMBER}(?:\.{_NUMBER})?(?:\.{_NUMBER})?(-[0-9A-Za-z.-]+)?\Z")
_LOOSE = re.compile(r"(\^|~|>=|<=|>|<|=)\s+")  # `>= 1.2` is one term
_FIRST: Key = (0, 0, 0)
_LAST: Key = (float("inf"),)
_FORMS = "Write a range such as ^1, 1.x, >=1.2 <3, or ^1 || ^2."


@dataclass(frozen=True)
class VersionRange:
    """Versions from each `low` up to, and without, its `high`. Make one with `parse_range`."""

    text: str
    spans: tuple[tuple[Key, Key], ...]

    def __contains__(self, version: str) -> bool:
        """Whether a version is in the range; one that is no MAJOR.MINOR.PATCH is in none."""
        try:
            key = precedence(version)
        except ValueError:
            return False
        return any(low <= key < high for low, high in self.spans)


def caret(version: str) -> str:
    """Return the range of the versions that break nothing for who reads `version`: `^1` of 1.4.2; '' of no version."""
    try:
        major, minor, patch, released, *_ = precedence(version)
    except ValueError:
        return ""
    if not released:  # `^1` would not hold it itself
        return f"^{version}"
    return f"^{major}" if major else f"^0.{minor}" if minor else f"^0.0.{patch}"


def widened(text: str, version: str) -> str:
    """Return the range that holds what `text` does, and what breaks nothing for who reads `version`: `^1 || ^2`.

    Raises ValueError when `text` is no range; of no version it is `text`.
    """
    sides = [" ".join(side.split()) for side in [*text.split("||"), caret(version)] if side]
    return " || ".join(sorted(sides, key=lambda side: parse_range(side).spans[0][0]))


def parse_range(text: str) -> VersionRange:
    """Read a range. Raises ValueError, with a sentence for its author, for anything else and for an empty range."""
    spans = []
    for side in text.split("||"):
        low, high = _FIRST, _LAST
        terms = _LOOSE.sub(r"\1", side).split()
        if not terms:
            raise ValueError(f"it names no version. {_FORMS}")
        for term in terms:
            at_least, below = _span(term)
            low, high = max(low, at_least), min(high, below)
        if low >= high:
            raise ValueError(f"no version lies in it: {' '.join(terms)}.")
        spans.append((low, high))
    return VersionRange(text, tuple(spans))


def _span(term: str) -> tuple[Key, Key]:
    found = _TERM.match(term)
    if not found:
        raise ValueError(f"'{term[:40]}' is no range of versions. {_FORMS}")
    sign, *written, pre = found.groups()
    numbers = _known(written)
    if pre and len(numbers) < 3:
        raise ValueError(f"'{term[:40]}' is no range of versions: a pre-release belongs to three numbers.")
    whole = ".".join(map(str, [*numbers, 0, 0, 0][:3]))
    start = precedence(whole + (pre or ""))  # a pre-release is in no range but from the one that is named
    last = len(numbers) - 1
    after = (*start, 0) if last == 2 else _after(numbers, last)  # the first version that is not the one named
    if sign == "^":
        return start, _after(numbers, next((place for place, number in enumerate(numbers) if number), last))
    if sign == "~":
        return start, _after(numbers, min(1, last))
    before = start if pre else start[:3]  # 2.0.0-rc.1 is no longer `<2`
    spans = {">=": (start, _LAST), ">": (after, _LAST), "<": (_FIRST, before), "<=": (_FIRST, after)}
    return spans.get(sign or "=", (start, after))


def _known(written: list[str | None]) -> list[int]:
    """The numbers before the first x or end: 1.x and 1 are the same."""
    known: list[int] = []
    for part in written:
        if part is None or not part.isdecimal():
            break
        known.append(int(part))
    return known


def _after(numbers: list[int], place: int) -> Key:
    return (*numbers[:place], numbers[place] + 1, *[0] * (2 - place)) if numbers else _LAST
