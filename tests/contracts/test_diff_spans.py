"""Inclusion of ranges and of patterns, against brute force."""

from __future__ import annotations

import re
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.audit.check import Limit
from platform_core.contracts.diff.patterns import compared
from platform_core.contracts.diff.spans import Spans, direction, number, spans, union, within
from platform_core.contracts.diff.thresholds import OPERATORS, threshold

_ENDS = st.none() | st.integers(-6, 6).map(lambda value: Fraction(value, 2))
_STEPS = [Fraction(value, 4) for value in range(-20, 21)]  # between and on all ends that are drawn


@st.composite
def drawn(draw: Any) -> tuple[bool, list[tuple[Any, ...]]]:
    return draw(st.booleans()), draw(st.lists(st.tuples(_ENDS, _ENDS, _ENDS, _ENDS), min_size=1, max_size=3))


def _built(whole: bool, parts: list[tuple[Any, ...]]) -> Spans:
    made = [spans(low, high, above=above, below=below, whole=whole) for low, high, above, below in parts]
    return union(made, whole=whole)


def _held(whole: bool, parts: list[tuple[Any, ...]]) -> set[Fraction]:
    def fits(value: Fraction, part: tuple[Any, ...]) -> bool:
        low, high, above, below = part
        return (
            (low is None or low <= value)
            and (high is None or value <= high)
            and (above is None or above < value)
            and (below is None or value < below)
        )

    values = [value for value in _STEPS if not whole or value.denominator == 1]
    return {value for value in values if any(fits(value, part) for part in parts)}


@settings(max_examples=100, deadline=None)
@given(drawn(), st.data())
def test_inclusion_is_what_counting_says(one: tuple[bool, list[Any]], data: st.DataObject) -> None:
    whole, parts = one
    others = data.draw(st.lists(st.tuples(_ENDS, _ENDS, _ENDS, _ENDS), min_size=1, max_size=3))
    inner, outer = _built(whole, parts), _built(whole, others)
    held, other_held = _held(whole, parts), _held(whole, others)
    assert within(inner, outer) == (held <= other_held)
    expected = {(True, True): "equal", (True, False): "looser", (False, True): "tighter", (False, False): "moved"}
    assert direction(inner, outer) == expected[held <= other_held, other_held <= held]


_RULES = st.one_of(
    st.tuples(st.sampled_from(OPERATORS[:6]), st.integers(0, 6)),
    st.tuples(st.sampled_from(OPERATORS[6:]), st.lists(st.integers(0, 6), min_size=2, max_size=2).map(sorted)),
)


@settings(max_examples=100, deadline=None)
@given(_RULES, _RULES)
def test_thresholds_are_what_the_audit_makes_of_them(old: tuple[str, Any], new: tuple[str, Any]) -> None:
    """Every count that passes one rule passes the other just when the diff says so."""
    held, other_held = ({count for count in range(12) if Limit(*rule).holds(count)} for rule in (old, new))
    expected = {(True, True): "equal", (True, False): "looser", (False, True): "tighter", (False, False): "moved"}
    assert threshold(dict([old]), dict([new])) == expected[held <= other_held, other_held <= held]


def test_numbers_are_taken_as_they_are_written() -> None:
    assert number(0.1) == Fraction(1, 10)
    assert number(2**63) == 2**63
    assert [number(value) for value in (True, "1", None, float("nan"), float("inf"))] == [None] * 5


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[A-Z]{3}", "^[A-Z][A-Z][A-Z]$", "equal"),
        ("[A-Z]{3}", r"\A(?:[A-Z]{3})\z", "equal"),
        ("a|b", "[ab]", "equal"),
        ("(a|b)*", "(?:a*b*)*", "equal"),
        ("[A-Z]{3}", "[A-Z]{2,3}", "looser"),
        ("a+", "a*", "looser"),
        (r"\d{5}", r"\d{5}(-\d{4})?", "looser"),
        (r"\w+", "[a-z]+", "tighter"),
        ("[Aa]bc", "abc", "tighter"),
        ("[a-z]+", "[A-Z]+", "moved"),
        ("", "a", "moved"),
        ("", "a?", "looser"),
        (r"a\b.*", "a.*", None),
        ("[a-z]{1,9}", "(?m)^[a-z]{1,9}$", None),
        ("[a-z]{1,5000}", "[a-z]{1,5001}", None),
        ("(?:a|b)*a(?:a|b){18}", "(?:a|b)*a(?:a|b){17}.?", None),
        ("(?i)abc", "(?i)abcd?", None),
        (r"\pL+", r"\pL*", None),
        ("[[:alpha:]]", "[[:alnum:]]", None),
    ],
)
def test_patterns(old: str, new: str, expected: str | None) -> None:
    assert compared(old, new) == expected


_PATTERNS = st.recursive(
    st.sampled_from(["a", "b", "1", "[ab]", "[^a]", ".", ""]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{1,2}"])).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)
_TEXTS = ["".join(text) for length in range(5) for text in product("ab1", repeat=length)]


@settings(max_examples=100, deadline=None)
@given(_PATTERNS, _PATTERNS)
def test_a_pattern_that_allows_more_matches_all_that_the_other_does(old: str, new: str) -> None:
    before, after = ({text for text in _TEXTS if re.fullmatch(pattern, text)} for pattern in (old, new))
    found = compared(old, new)
    assert found is not None
    assert found not in ("equal", "looser") or before <= after
    assert found not in ("equal", "tighter") or after <= before
    if before == after == set():
        return
    if before - after and after - before:
        assert found == "moved"
