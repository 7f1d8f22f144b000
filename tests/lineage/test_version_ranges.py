"""Ranges of versions, as a need writes them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.lineage.version_ranges import caret, parse_range, widened


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("^1", ["1.0.0", "1.9.9"], ["0.9.9", "2.0.0", "2.0.0-rc.1", "1.0.0-rc.1"]),
        ("^1.2", ["1.2.0", "1.3.0"], ["1.1.9", "2.0.0"]),
        ("^0.2", ["0.2.0", "0.2.9"], ["0.3.0", "0.1.9"]),
        ("^0.0.3", ["0.0.3"], ["0.0.4"]),
        ("^1.0.0-rc.2", ["1.0.0-rc.2", "1.0.0-rc.10", "1.0.0"], ["1.0.0-rc.1", "2.0.0"]),
        ("~1.2", ["1.2.0", "1.2.9"], ["1.3.0"]),
        ("1.x", ["1.0.0", "1.7.0"], ["2.0.0"]),
        ("1", ["1.7.0"], ["2.0.0"]),
        ("1.2.*", ["1.2.5"], ["1.3.0"]),
        ("1.2.3", ["1.2.3"], ["1.2.4", "1.2.2", "1.2.3-rc.1"]),
        (">=1.2 <3", ["1.2.0", "2.9.9"], ["1.1.9", "3.0.0", "3.0.0-rc.1"]),
        (">= 1.2  < 3", ["1.2.0"], ["3.0.0"]),
        (">1.2", ["1.3.0"], ["1.2.0", "1.2.9"]),
        (">1.2.3", ["1.2.4"], ["1.2.3"]),
        ("<=1.2", ["1.2.9"], ["1.3.0"]),
        ("^1 || ^3", ["1.0.0", "3.1.0"], ["2.0.0"]),
        ("*", ["0.0.1", "99.0.0"], ["1.0.0-rc.1.1.x!"]),
    ],
)
def test_what_lies_in_a_range(text: str, inside: list[str], outside: list[str]) -> None:
    found = parse_range(text)
    assert [version for version in inside if version not in found] == []
    assert [version for version in outside if version in found] == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no version"),
        ("^1 ||", "names no version"),
        ("latest", "'latest' is no range"),
        (">3 <2", "no version lies in it"),
        ("^1.x-rc", "is no range"),
        ("=>1", "is no range"),
        ("1.2.3.4", "is no range"),
        ("9" * 400, "is no range"),
    ],
)
def test_what_is_no_range_says_why(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_range(text)


versions = st.builds(
    lambda numbers, pre: ".".join(map(str, numbers)) + pre,
    st.tuples(*[st.integers(0, 4)] * 3),
    st.sampled_from(["", "", "-rc.1", "-alpha"]),
)


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(versions)
def test_the_range_drafted_of_a_version_holds_it_and_not_the_next_that_breaks(version: str) -> None:
    found = parse_range(caret(version))
    major, minor, patch = (int(part) for part in version.split("-", maxsplit=1)[0].split("."))
    breaking = (major + 1, 0, 0) if major else (0, minor + 1, 0) if minor else (0, 0, patch + 1)
    assert version in found
    assert ".".join(map(str, breaking)) not in found


@pytest.mark.parametrize(
    ("text", "version", "expected"),
    [
        ("^1", "2.0.0", "^1 || ^2"),
        ("^3", "2.1.0", "^2 || ^3"),
        ("^1||^3", "2.1.0", "^1 || ^2 || ^3"),
        (">=1.2  <2", "0.3.1", "^0.3 || >=1.2 <2"),
        ("1.x", "2.0.0-rc.1", "1.x || ^2.0.0-rc.1"),
        ("^1", "first", "^1"),
    ],
)
def test_a_range_is_widened_by_one_version(text: str, version: str, expected: str) -> None:
    assert widened(text, version) == expected
    assert parse_range(expected)


def test_no_version_has_no_range() -> None:
    assert caret("first") == ""
