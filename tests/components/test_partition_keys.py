"""Partitions as written, their keys, and which partitions of an input belong to one of a dataset."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from platform_core.components.partitions import Partitions, key_problem, mappable, upstream_keys
from platform_core.errors import PlatformError

MONTHLY = Partitions(type="monthly", start_date="2026-01-01", end_date="2026-04-01")
DAILY = Partitions(type="daily", start_date="2026-01-01", end_date="2026-04-01")
STATIC = Partitions(type="static", keys=["north", "south"])


def test_keys_are_written_as_months_days_and_mondays():
    assert MONTHLY.definition().get_partition_keys() == ["2026-01", "2026-02", "2026-03"]
    assert DAILY.definition().get_partition_keys()[::45] == ["2026-01-01", "2026-02-15"]
    weekly = Partitions(type="weekly", start_date="2026-01-01", end_date="2026-01-31")
    assert weekly.definition().get_partition_keys() == ["2026-01-05", "2026-01-12", "2026-01-19"]
    assert STATIC.definition().get_partition_keys() == ["north", "south"]


def test_equal_partitions_share_a_definition_and_survive_the_catalog():
    assert Partitions.model_validate(MONTHLY.as_mapping()) == MONTHLY
    assert Partitions.model_validate(MONTHLY.as_mapping()).definition() is MONTHLY.definition()


@pytest.mark.parametrize(
    "written",
    [
        {"type": "monthly"},
        {"type": "static"},
        {"type": "static", "keys": ["a", "a"]},
        {"type": "static", "keys": ["../up"]},
        {"type": "static", "keys": ["a"], "start_date": "2026-01-01"},
        {"type": "daily", "start_date": "2026-02-01", "end_date": "2026-02-01"},
        {"type": "daily", "start_date": "2026-02-01", "keys": ["a"]},
        {"type": "hourly", "start_date": "2026-02-01"},
        {"type": "daily", "start": "2026-02-01"},
    ],
)
def test_what_makes_no_sense_is_refused(written):
    with pytest.raises(ValidationError):
        Partitions.model_validate(written)


@pytest.mark.parametrize(
    ("own", "key", "upstream", "needed"),
    [
        (MONTHLY, "2026-02", None, (None,)),
        (None, None, None, (None,)),
        (None, None, MONTHLY, ("2026-01", "2026-03")),  # all that is published
        (MONTHLY, "2026-02", MONTHLY, ("2026-02",)),
        (DAILY, "2026-02-15", MONTHLY, ("2026-02",)),
        (STATIC, "north", STATIC, ("north",)),
    ],
)
def test_what_one_partition_reads(own, key, upstream, needed):
    assert upstream_keys(own, key, upstream, ["2026-03", "2026-01"]) == needed


def test_a_month_reads_all_its_days():
    needed = upstream_keys(MONTHLY, "2026-02", DAILY, [])
    assert (needed[0], needed[-1], len(needed)) == ("2026-02-01", "2026-02-28", 28)


def test_static_over_monthly_says_that_nothing_belongs_together():
    assert not mappable(STATIC, MONTHLY)
    with pytest.raises(PlatformError, match="static partitions over monthly"):
        upstream_keys(STATIC, "north", MONTHLY, [])


@pytest.mark.parametrize("key", ["", " a", "a/b", "..", "a*", "x" * 101, "a\nb"])
def test_a_key_that_no_file_can_carry(key):
    assert key_problem(key)
