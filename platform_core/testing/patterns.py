"""Strings made from a regular expression, so that a sample satisfies a pattern by construction.

The standard library's own parser reads the pattern (private, hence only here). What is made is printable ASCII.
"""

from __future__ import annotations

import re
import string
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from random import Random
from typing import Any

_parser: Any = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_codes: Any = import_module("re._constants" if sys.version_info >= (3, 11) else "sre_constants")

__all__ = ["fits", "make"]

_MORE = 6  # how many repeats an open-ended `*` or `+` may add
_PRINTABLE = string.ascii_letters + string.digits + " -_.,:;/@#%&+=()!?*'\""
_CLASSES = {
    "CATEGORY_DIGIT": string.digits,
    "CATEGORY_SPACE": " ",
    "CATEGORY_WORD": string.ascii_letters + string.digits + "_",
}
_POSIX = {
    "alpha": "a-zA-Z", "digit": "0-9", "alnum": "a-zA-Z0-9", "upper": "A-Z", "lower": "a-z", "word": "a-zA-Z0-9_",
    "space": " ", "blank": " ", "xdigit": "0-9A-Fa-f", "punct": "!-/:-@[-`{-~",
}  # fmt: skip
_Maker = Callable[[Random, Any], str]


def fits(pattern: str, text: str) -> bool:
    """Say whether the whole of `text` matches `pattern`, as RE2 reads it (classes are ASCII)."""
    return re.fullmatch(_as_python(pattern), text, re.ASCII) is not None


def make(pattern: str, random: Random) -> str:
    """Return a string that `pattern` matches whole, short where the pattern leaves the length open.

    Raises ValueError when the pattern cannot be read, or uses what only a back-tracking engine has.
    """
    try:
        tree = _parser.parse(_as_python(pattern), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise ValueError(f"the pattern cannot be read: {error}") from error
    return _sequence(random, tree)


def _as_python(pattern: str) -> str:
    """Rewrite what RE2 has and Python lacks: POSIX classes and the end of text."""
    pattern = re.sub(r"\[:(\w+):\]", lambda match: _POSIX.get(match.group(1), match.group(0)), pattern)
    return re.sub(r"(?<!\\)((?:\\\\)*)\\z", r"\1\\Z", pattern)


def _sequence(random: Random, tokens: Sequence[Any]) -> str:
    return "".join(_token(random, code, argument) for code, argument in tokens)


def _token(random: Random, code: Any, argument: Any) -> str:
    maker = _MAKERS.get(str(code))
    if maker is None:
        raise ValueError(f"no example can be made of '{str(code).lower()}' in a pattern")
    return maker(random, argument)


def _repeat(random: Random, argument: Any) -> str:
    least, most, tokens = argument
    top = least + _MORE if most is _codes.MAXREPEAT else min(most, least + 2 * _MORE)
    return "".join(_sequence(random, tokens) for _ in range(random.randint(least, max(least, top))))


def _one_of(random: Random, argument: Sequence[Any]) -> str:
    negated = bool(argument) and argument[0][0] is _codes.NEGATE
    members = argument[1:] if negated else argument
    if negated:
        allowed = [char for char in _PRINTABLE if not any(_member(code, value, char) for code, value in members)]
    else:
        printable = [char for char in _PRINTABLE if any(_member(code, value, char) for code, value in members)]
        allowed = printable or [chr(value if code is _codes.LITERAL else value[0]) for code, value in members]
    if not allowed:
        raise ValueError("a character class of the pattern leaves no printable character")
    return random.choice(allowed)


def _member(code: Any, value: Any, char: str) -> bool:
    if code is _codes.LITERAL:
        return ord(char) == value
    if code is _codes.RANGE:
        return bool(value[0] <= ord(char) <= value[1])
    name = str(value)
    wanted = _CLASSES.get(name.replace("_NOT_", "_"), "")
    return (char in wanted) != ("_NOT_" in name)


def _without(random: Random, argument: int) -> str:
    return random.choice([char for char in _PRINTABLE if ord(char) != argument])


_MAKERS: dict[str, _Maker] = {
    "LITERAL": lambda random, argument: chr(argument),
    "NOT_LITERAL": _without,
    "ANY": lambda random, argument: random.choice(string.ascii_lowercase),
    "IN": _one_of,
    "CATEGORY": lambda random, argument: _one_of(random, [(_codes.CATEGORY, argument)]),
    "BRANCH": lambda random, argument: _sequence(random, random.choice(argument[1])),
    "SUBPATTERN": lambda random, argument: _sequence(random, argument[3]),
    "MAX_REPEAT": _repeat,
    "MIN_REPEAT": _repeat,
    "AT": lambda random, argument: "",  # an anchor takes no room; `fits` has the last word
}
