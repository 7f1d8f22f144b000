"""Regular expressions of RE2 read into a tree of what they mean: sets of characters, repeats, alternatives, anchors.

Only what is needed to say the same to another engine. That a pattern is valid is for RE2 itself to say
(`lint.patterns.pattern_problem`), and so is what its larger classes hold: they are asked for, not copied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

__all__ = ["MOST", "Alternatives", "Anchor", "Characters", "Node", "Repeat", "Sequence", "Untranslatable", "read"]

MOST = 0x10FFFF
Ranges = tuple[tuple[int, int], ...]  # of code points, both ends included, sorted, apart from each other


class Untranslatable(ValueError):
    """A part of a pattern that cannot be said to another engine; the text says which."""


@dataclass(frozen=True)
class Characters:
    ranges: Ranges


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Alternatives:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    part: Node
    least: int
    most: int | None


@dataclass(frozen=True)
class Anchor:
    kind: Literal["start", "end", "line start", "line end", "word edge", "no word edge"]


Node = Characters | Sequence | Alternatives | Repeat | Anchor

_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_PERL: dict[str, Ranges] = {"d": ((48, 57),), "w": _WORD, "s": ((9, 10), (12, 13), (32, 32))}
_CONTROL = {"a": 7, "f": 12, "t": 9, "n": 10, "r": 13, "v": 11}
_ANCHORS: dict[str, Anchor] = {
    "\\A": Anchor("start"),
    "\\z": Anchor("end"),
    "\\b": Anchor("word edge"),
    "\\B": Anchor("no word edge"),
}
_TIMES = re.compile(r"\{(\d+)(?:(,)(\d*))?\}")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-([imsU]+))?([:)])")
_GROUP = re.compile(r"\(\?P?<\w+>")
_CODE = re.compile(r"\\(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))")
_UNICODE = re.compile(r"\\[pP](?:\{\^?\w+\}|\w)")
_POSIX = re.compile(r"\[:\^?\w+:\]")


def read(pattern: str) -> Node:
    """Return what a pattern that RE2 accepts means. Raises Untranslatable for what is not read here."""
    reader = _Reader(pattern)
    try:
        tree = reader.alternatives()
    except RecursionError:
        raise Untranslatable("nests too deeply") from None
    if reader.place < len(pattern):
        raise Untranslatable("has a bracket too many")
    return tree


class _Reader:
    """A descent along the text. `flags` are those in force: i, m, s and U (which changes no answer)."""

    def __init__(self, text: str) -> None:
        self.text, self.place, self.flags = text, 0, frozenset[str]()

    def alternatives(self) -> Node:
        branches = [self.sequence()]
        while self.took("|"):
            branches.append(self.sequence())
        return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))

    def sequence(self) -> Node:
        parts: list[Node] = []
        while self.place < len(self.text) and self.text[self.place] not in "|)":
            part = self.atom()
            if part is not None:
                parts.append(self.repeated(part))
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def took(self, text: str) -> bool:
        if self.text.startswith(text, self.place):
            self.place += len(text)
            return True
        return False

    def match(self, shape: re.Pattern[str]) -> re.Match[str] | None:
        found = shape.match(self.text, self.place)
        self.place = found.end() if found else self.place
        return found

    def repeated(self, part: Node) -> Node:
        least: int = 1
        most: int | None = 1
        if self.took("*"):
            least, most = 0, None
        elif self.took("+"):
            least, most = 1, None
        elif self.took("?"):
            least, most = 0, 1
        elif found := self.match(_TIMES):
            least = int(found[1])
            most = least if not found[2] else int(found[3]) if found[3] else None
        else:
            return part
        self.took("?")  # lazy or not: the whole value matches or it does not
        return Repeat(part, least, most)

    def atom(self) -> Node | None:
        """Return the next atom; None for what only sets flags."""
        if self.text[self.place] == "(":
            return self.group()
        if self.took("\\Q"):
            quoted, _, rest = self.text[self.place :].partition("\\E")
            self.place = len(self.text) - len(rest)
            return Sequence(tuple(Characters(self.folded(((ord(char), ord(char)),))) for char in quoted))
        return self.anchor() or Characters(self.characters())

    def anchor(self) -> Anchor | None:
        if self.took("^"):
            return Anchor("line start" if "m" in self.flags else "start")
        if self.took("$"):
            return Anchor("line end" if "m" in self.flags else "end")
        found = _ANCHORS.get(self.text[self.place : self.place + 2])
        self.place += 2 if found else 0
        return found

    def characters(self) -> Ranges:
        if self.took("["):
            return self.bracket()
        if self.took("."):
            return ((0, MOST),) if "s" in self.flags else _negated(((10, 10),))
        return self.one()

    def group(self) -> Node | None:
        before = self.flags
        if found := self.match(_FLAGS):
            self.flags = (before | set(found[1])) - set(found[2] or "")
            if found[3] == ")":
                return None
        elif not self.match(_GROUP):
            self.place += 1
            if self.text.startswith("?", self.place):
                raise Untranslatable("has a group of an unknown kind")
        inner = self.alternatives()
        self.flags = before
        if not self.took(")"):
            raise Untranslatable("has a bracket that is not closed")
        return inner if isinstance(inner, (Characters, Alternatives)) else Sequence((inner,))

    def one(self) -> Ranges:
        """Return the set that one escape, or one plain character, stands for."""
        if self.text[self.place] != "\\":
            self.place += 1
            return self.folded(((ord(self.text[self.place - 1]),) * 2,))
        letter = self.text[self.place + 1 : self.place + 2]
        if letter.lower() in _PERL:
            self.place += 2
            held = self.folded(_PERL[letter.lower()])
            return held if letter.islower() else _negated(held)
        if found := self.match(_UNICODE):
            return _asked(found[0], "i" in self.flags)
        return self.folded(((self.code(),) * 2,))

    def code(self) -> int:
        """Return the code point that a character, or an escape for one, stands for."""
        if not self.took("\\"):
            self.place += 1
            return ord(self.text[self.place - 1])
        self.place -= 1
        if found := self.match(_CODE):
            return int(found[1] or found[2] or found[3], 8 if found[3] else 16)
        letter = self.text[self.place + 1 : self.place + 2]
        if letter in _CONTROL or (letter and not letter.isalnum()):
            self.place += 2
            return _CONTROL.get(letter, ord(letter))
        raise Untranslatable(f"uses \\{letter}")

    def bracket(self) -> Ranges:
        negated, held, first = self.took("^"), list[tuple[int, int]](), True
        while first or not self.text.startswith("]", self.place):
            if self.place >= len(self.text):
                raise Untranslatable("has a class that is not closed")
            held += self.member()
            first = False
        self.place += 1
        ranges = self.folded(_joined(held))
        return _negated(ranges) if negated else ranges

    def member(self) -> Ranges:
        if found := self.match(_POSIX):
            return _asked(f"[{found[0]}]", False)
        letter = self.text[self.place + 1 : self.place + 2]
        if self.text[self.place] == "\\" and (letter.lower() in _PERL or letter in "pP"):
            return self.one()
        low = high = self.code()
        if self.text.startswith("-", self.place) and not self.text.startswith("-]", self.place):
            self.place += 1
            high = self.code()
        return ((low, high),)

    def folded(self, ranges: Ranges) -> Ranges:
        """Return the set with both cases of each letter, where flag i is in force."""
        if "i" not in self.flags or not ranges:
            return ranges
        written = "".join(f"\\x{{{low:x}}}-\\x{{{high:x}}}" for low, high in ranges)
        return _asked(f"[{written}]", True)


def _joined(ranges: list[tuple[int, int]]) -> Ranges:
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def _negated(ranges: Ranges) -> Ranges:
    edges = [0, *(edge for low, high in ranges for edge in (low, high + 1)), MOST + 1]
    return tuple((low, high - 1) for low, high in zip(edges[::2], edges[1::2], strict=True) if low < high)


@lru_cache(maxsize=256)
def _asked(written: str, folded: bool) -> Ranges:
    """Return the code points that a class of RE2 holds, as RE2 itself says: its Unicode is its own."""
    import duckdb

    shape = f"(?i){written}" if folded else written
    query = """
        SELECT min(code), max(code) FROM (
            SELECT code, code - row_number() OVER (ORDER BY code) AS island
            FROM (FROM range(1, 55296) UNION ALL FROM range(57344, 1114112)) AS codes(code)
            WHERE regexp_full_match(chr(code::INTEGER), $shape)
        ) GROUP BY island ORDER BY 1
    """
    with duckdb.connect(":memory:", config={"threads": 1, "enable_external_access": False}) as connection:
        return tuple(connection.execute(query, {"shape": shape}).fetchall())
