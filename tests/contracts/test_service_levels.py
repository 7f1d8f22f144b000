"""Lengths of time in service levels."""

from datetime import timedelta
from typing import Any

import pytest

from platform_core.contracts.sla import UNITS, sla_duration


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        (2, "d", timedelta(days=2)),
        (1.5, "hours", timedelta(minutes=90)),
        (1, "mo", timedelta(days=31)),
        (100, "y", timedelta(days=36600)),
        (101, "y", None),
        (0, "d", None),
        (-1, "d", None),
        (True, "d", None),
        ("1", "d", None),
        (float("nan"), "d", None),
        (float("inf"), "d", None),
        (1, None, None),
        (1, "fortnight", None),
    ],
)
def test_duration(value: Any, unit: Any, expected: timedelta | None) -> None:
    assert sla_duration({"value": value, "unit": unit}) == expected


def test_every_unit_is_a_length() -> None:
    assert all(sla_duration({"value": 1, "unit": unit}) for unit in UNITS)
