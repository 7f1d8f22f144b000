"""Which versions of a contract a reader can live with: `^1`, `1.x`, `>=1.2 <3`, `^1 || ^2`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

__all__ = ["VersionRange", "caret", "parse_range", "version_key"]

Key = tuple[Any, ...]  # compares as versions do
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?\Z")
_TERM = re.compile(r"(\^|~|>=|<=|>|<|=)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(-[0-9A-Za-z.-]+)?\Z")
_LOOSE = re.compile(r"(\^|~|>=|<=|>|<|=)\s+")  # `>= 1.2` is one term
_FIRST: Key = ((0,),)  # before every pre-release: 2.0.0-rc.1 is no longer `<2`
_LAST: Key = (float("inf"),)
FORMS = "Write a range such as ^1, 1.x, >=1.2 <3, or ^1 || ^2."


@dataclass(frozen=True)
class VersionRange:
    """Versions from each `low` up to, and without, its `high`. Make one with `parse_range`."""

    text: str
    spans: tuple[tuple[Key, Key], ...]

    def __contains__(self, version: str) -> bool:
        """Whether a version is in the range; one that is no MAJOR.MINOR.PATCH is in none."""
        key = version_key(version)
        return key is not None and any(low <= key < high for low, high in self.spans)


def version_key(version: str) -> Key | None:
    """Return what orders versions as semver 2 says (a pre-release comes before its release); None when it is none."""
    found = _VERSION.match(version)
    if not found:
        return None
    numbers = tuple(int(part) for part in found.groups()[:3])
    return (*numbers, _stage(found[4]))


def caret(version: str) -> str:
    """Return the range of the versions that break nothing for who reads `version`: `^1` of 1.4.2; '' of no version."""
    key = version_key(version)
    if key is None:
        return ""
    if len(key[3]) > 1:  # of a pre-release, `^1` would not hold it itself
        return f"^{version}"
    return f"^{key[0]}" if key[0] else f"^0.{key[1]}" if key[1] else f"^0.0.{key[2]}"


def parse_range(text: str) -> VersionRange:
    """Read a range. Raises ValueError, with a sentence for its author, for anything else and for an empty range."""
    spans = []
    for side in text.split("||"):
        low, high = (0, 0, 0, *_FIRST), _LAST
        terms = _LOOSE.sub(r"\1", side).split()
        if not terms:
            raise ValueError(f"it names no version. {FORMS}")
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
        raise ValueError(f"'{term[:40]}' is no range of versions. {FORMS}")
    sign, *written, pre = found.groups()
    numbers = [int(part) for part in _known(written)]
    if pre and len(numbers) < 3:
        raise ValueError(f"'{term[:40]}' is no range of versions: a pre-release belongs to three numbers.")
    start: Key = (*numbers, *[0] * (3 - len(numbers)), _stage(pre[1:] if pre else None) if len(numbers) == 3 else (0,))
    after = _after(numbers, len(numbers) - 1)  # the first version that is not the one named
    if len(numbers) == 3:
        after = (*start, 0)
    if sign == "^":
        leading = next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)
        return _release(start, pre), _after(numbers, leading)
    if sign == "~":
        return _release(start, pre), _after(numbers, min(1, len(numbers) - 1))
    first: Key = (0, 0, 0, *_FIRST)
    spans = {">=": (start, _LAST), ">": (after, _LAST), "<": (first, _opening(start, pre)), "<=": (first, after)}
    return spans.get(sign or "=", (start, after))


def _known(written: list[str | None]) -> list[str]:
    """The numbers before the first x or end: 1.x and 1 are the same."""
    known = []
    for part in written:
        if part is None or not part.isdecimal():
            break
        known.append(part)
    return known


def _after(numbers: list[int], place: int) -> Key:
    if not numbers:
        return _LAST
    return (*numbers[:place], numbers[place] + 1, *[0] * (2 - place), *_FIRST)


def _opening(start: Key, pre: str | None) -> Key:
    return start if pre else (*start[:3], *_FIRST)


def _release(start: Key, pre: str | None) -> Key:
    """A pre-release is no version of `^1`, unless it is the one that is named."""
    return start if pre else (*start[:3], _stage(None))


def _stage(pre: str | None) -> Key:
    if pre is None:
        return (2,)
    return (1, *((0, int(part)) if part.isdecimal() else (1, part) for part in pre.split(".")))
