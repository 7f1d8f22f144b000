"""Text and bytes that satisfy length, pattern and format, and text that does not."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from platform_core.contracts import Column
from platform_core.testing.domain import Domain
from platform_core.testing.patterns import fits, make

__all__ = ["text_domain"]

_JAVA = {"yyyy": "%Y", "MM": "%m", "dd": "%d", "HH": "%H", "mm": "%M", "ss": "%S"}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_FORMATS: dict[str, tuple[str, Callable[[Random, int], str]]] = {
    "email": (r"[^@\s]+@[^@\s]+\.[^@\s]+", lambda random, n: f"{_word(n)}@example.com"),
    "uuid": (r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", lambda random, n: _uuid(random)),
    "uri": (r"[A-Za-z][A-Za-z0-9+.-]*:\S+", lambda random, n: f"https://example.com/{_word(n)}"),
    "hostname": (r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", lambda random, n: f"{_word(n)}.example.com"),
    "ipv4": (r"\d{1,3}(\.\d{1,3}){3}", lambda random, n: f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"),
    "date": (r"\d{4}-\d\d-\d\d", lambda random, n: f"{_moment(n):%Y-%m-%d}"),
    "time": (r"\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?", lambda random, n: f"{_moment(n):%H:%M:%S}"),
    "date-time": (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d.*", lambda random, n: f"{_moment(n):%Y-%m-%dT%H:%M:%SZ}"),
    "ipv6": (r"[0-9a-fA-F:]*:[0-9a-fA-F:.]*", lambda random, n: f"2001:db8::{n >> 16 & 65535:x}:{n & 65535:x}"),
}


def text_domain(column: Column, type_: str) -> Domain:
    """Return the domain of a string column stored as `type_` (VARCHAR or BLOB)."""
    options = column.options
    shortest, longest = int(options.get("minLength", 0)), options.get("maxLength")
    rules: dict[str, Callable[[Any], bool]] = {}
    if "minLength" in options:
        rules["minLength"] = lambda value: len(value) >= shortest
    if longest is not None:
        rules["maxLength"] = lambda value: len(value) <= int(longest)
    if type_ == "BLOB":
        return Domain(lambda random: (text.encode() for text in _words(column.name, shortest, longest)), rules)
    pattern, known = options.get("pattern"), _format(options.get("format"))
    if type_ == "UUID":
        known = known or _FORMATS["uuid"]
    if pattern:
        make(pattern, Random(0))  # a pattern that cannot be read is refused here
        rules["pattern"] = lambda value: fits(pattern, value)
    if known:
        rules["format"] = lambda value: re.fullmatch(known[0], value) is not None

    def candidates(random: Random) -> Iterator[str]:
        if pattern:
            yield from (make(pattern, random) for _ in count())
        elif known:
            yield from (known[1](random, place) for place in count(1))
        else:
            yield from _words(column.name, shortest, longest)

    return Domain(candidates, rules, lambda random: _edges(random, Domain(candidates, rules), shortest, longest))


def _format(name: Any) -> tuple[str, Callable[[Random, int], str]] | None:
    """Return what a format looks like, and how to make one; dates may be written as Java does (dd.MM.yyyy)."""
    if name is None or name in _FORMATS:
        return _FORMATS.get(str(name))
    python = re.sub("|".join(_JAVA), lambda match: _JAVA[match.group()], str(name).replace("'", ""))
    if python == name or re.search(r"(?<!%)[A-Za-z]{2}", python):
        return None
    looks = re.sub(r"%(.)", lambda match: r"\d{4}" if match.group(1) == "Y" else r"\d\d", re.escape(python))
    return looks, lambda random, place: _moment(place).strftime(python)


def _words(name: str, shortest: int, longest: int | None) -> Iterator[str]:
    """Words a reader recognises where they fit (`carrier 7`), else letters; numbered, so that none comes twice."""
    if longest == 0:
        yield ""
        return
    room = longest if longest is not None else max(shortest, 255)
    for place in count(1):
        word = f"{name} {place}"
        word = word if len(word) <= room else _word(place)
        if len(word) > room:
            return
        yield word.rjust(shortest, "a") if len(word) < shortest else word


def _word(place: int) -> str:
    """Number words as a spreadsheet numbers columns: a, b, ... z, aa, ab."""
    word = ""
    while place > 0:
        place, letter = divmod(place - 1, 26)
        word = _LETTERS[letter] + word
    return word


def _moment(place: int) -> datetime:
    return datetime(2024, 1, 1) + timedelta(days=place, seconds=61 * place)


def _uuid(random: Random) -> str:
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def _edges(random: Random, domain: Domain, shortest: int, longest: int | None) -> Iterator[str]:
    """Change good values a little: too long, too short, one character another, none that fits."""
    for good in [*domain.pool(random, 5), ""]:
        if longest is not None:
            yield from (good + (good[-1:] or "a") * (longest + 1 - len(good)), good + "a" * (longest + 1 - len(good)))
        if shortest:
            yield from (good[: shortest - 1], good[:1] * (shortest - 1))
        for strange in "~ 0A\u00e9":
            yield from (good[:place] + strange + good[place + 1 :] for place in range(min(len(good), 40)))
            yield from (good + strange, strange + good)
        yield from (good[:-1], good[1:], good * 2)
        yield "~" * max(shortest, 1)
