"""Findings, the error that carries many, and the exit code that follows."""

from pathlib import Path

import pytest

from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError, exit_code, raise_errors

_WRONG = Finding(
    "typo", "error", "flights", "unknown key 'requried'.", fix="Write required.", where=Where(Path("a"), 3)
)
_ODD = Finding("odd", "warning", "flights", "no description.")


def test_exit_code_is_one_only_for_errors() -> None:
    assert exit_code([]) == exit_code([_ODD]) == 0
    assert exit_code([_ODD, _WRONG]) == 1


def test_all_errors_are_shown_at_once() -> None:
    with pytest.raises(FindingsError) as caught:
        raise_errors("2 problems:", [_WRONG, _ODD, _WRONG])
    assert caught.value.findings == (_WRONG, _WRONG)
    assert str(caught.value).count("a:3: unknown key 'requried'.\n    Write required.") == 2


def test_warnings_raise_nothing() -> None:
    raise_errors("problems:", [_ODD])


def test_an_error_says_what_where_and_what_next() -> None:
    error = PlatformError("cannot be read.", Where(Path("a.yaml"), 3), hint="Write it.")
    assert str(error) == "a.yaml:3: cannot be read.\n  Write it."
