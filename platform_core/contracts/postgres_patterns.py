"""Patterns of RE2 as regular expressions of PostgreSQL that match the same values whole.

PostgreSQL reads \\d, \\w and [a-z] by its locale, lets a dot match a line break and repeats 255 times at most. So every
class is written out as the code points it holds, and nothing is left to a default.
"""

from __future__ import annotations

from functools import lru_cache

from platform_core.contracts.expressions import (
    MOST,
    Alternatives,
    Anchor,
    Characters,
    Node,
    Repeat,
    Sequence,
    Untranslatable,
    read,
)
from platform_core.contracts.lint.patterns import pattern_problem

__all__ = ["Untranslatable", "postgres_pattern"]

_MOST_TIMES = 255
_WORD = "[0-9A-Za-z_]"
_ANCHORS = {
    "start": "^",
    "end": "$",
    "line start": r"(?:^|(?<=\u000A))",
    "line end": r"(?:$|(?=\u000A))",
    "word edge": f"(?:(?<={_WORD})(?!{_WORD})|(?<!{_WORD})(?={_WORD}))",
    "no word edge": f"(?:(?<={_WORD})(?={_WORD})|(?<!{_WORD})(?!{_WORD}))",
}


@lru_cache(maxsize=1024)
def postgres_pattern(pattern: str) -> str:
    """Return what to write after `~` so that it holds exactly for the values that `pattern` matches whole.

    For a text in UTF-8 with COLLATE "C". Raises Untranslatable (a ValueError) when RE2 does not accept the pattern,
    or it says what PostgreSQL cannot.
    """
    if problem := pattern_problem(pattern):
        raise Untranslatable(problem[0].removeprefix("the pattern "))
    return f"^(?:{_written(read(pattern))})$"


def _written(node: Node) -> str:
    if isinstance(node, Characters):
        return _characters(node)
    if isinstance(node, Sequence):
        return "".join(
            f"(?:{_written(part)})" if isinstance(part, Alternatives) else _written(part) for part in node.parts
        )
    if isinstance(node, Alternatives):
        return "|".join(_written(part) for part in node.parts)
    if isinstance(node, Repeat):
        return _repeated(node)
    assert isinstance(node, Anchor)  # noqa: S101 - there is no other
    return _ANCHORS[node.kind]


def _repeated(node: Repeat) -> str:
    part = _written(node.part)
    if not isinstance(node.part, Characters):
        part = f"(?:{part})"
    short = {(0, None): "*", (1, None): "+", (0, 1): "?", (1, 1): ""}.get((node.least, node.most))
    if short is not None:
        return part + short
    whole, rest = divmod(node.least, _MOST_TIMES)
    text = f"{part}{{{_MOST_TIMES}}}" * whole
    if node.most is None:
        return text + (f"{part}{{{rest},}}" if rest else f"{part}*")
    if not whole and node.most <= _MOST_TIMES:
        return f"{part}{{{node.least},{node.most}}}"
    text += f"{part}{{{rest}}}" if rest else ""
    whole, rest = divmod(node.most - node.least, _MOST_TIMES)
    return text + f"{part}{{0,{_MOST_TIMES}}}" * whole + (f"{part}{{0,{rest}}}" if rest else "")


def _characters(node: Characters) -> str:
    # NUL stands in no text of PostgreSQL, nor in a pattern of it.
    held = [(max(low, 1), high) for low, high in node.ranges if high >= 1 and not _surrogates(low, high)]
    if not held:
        raise Untranslatable("has a class that no character is in")
    if len(held) == 1 and held[0][0] == held[0][1]:
        return _escaped(held[0][0])
    left_out, after = [], 1
    for low, high in [*held, (MOST + 1, MOST + 1)]:
        if low > after and not _surrogates(after, low - 1):
            left_out.append((after, low - 1))
        after = high + 1
    if not left_out:
        return "."  # PostgreSQL's dot matches all there is
    if len(left_out) < len(held):
        return f"[^{_ranges(left_out)}]"
    return f"[{_ranges(held)}]"


def _surrogates(low: int, high: int) -> bool:
    """Whether these are all surrogates: no text holds one."""
    return low >= 0xD800 and high <= 0xDFFF


def _ranges(ranges: list[tuple[int, int]]) -> str:
    return "".join(_escaped(low) + (f"-{_escaped(high)}" if high > low else "") for low, high in ranges)


def _escaped(code: int) -> str:
    if code < 128 and chr(code).isalnum():
        return chr(code)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
