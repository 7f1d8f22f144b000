"""Partitions as written, their keys, and which partitions of an input belong to one of a dataset."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from platform_core.components.partitions import Partitions, key_problem, mappable, upstream_keys
from platform_core.errors import PlatformError
from platform_core.names import AssetId

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


@pytest.mark.parametrize("key", ["", " a", "a/b", "..", "a*", "x" * 101, "a\nb", "__HIVE_DEFAULT_PARTITION__"])
def test_a_key_that_no_file_can_carry(key):
    assert key_problem(key)


WEEKLY = Partitions(type="weekly", start_date="2026-01-01")
SCANS = Partitions(type="dynamic").of(AssetId("lab", "scans"))


def test_a_month_waits_for_the_week_that_ends_after_it_though_no_such_week_exists_yet():
    month = Partitions(type="monthly", start_date="2026-01-01")
    last = datetime.now(timezone.utc).replace(day=1) - timedelta(days=1)
    weeks = upstream_keys(month, f"{last:%Y-%m}", WEEKLY, [])
    monday = last - timedelta(days=last.weekday())
    assert weeks[-1] == f"{monday:%Y-%m-%d}"


def test_a_period_before_the_first_of_its_input_reads_nothing():
    assert upstream_keys(DAILY, "2026-01-02", Partitions(type="daily", start_date="2026-02-01"), []) == ()
    assert upstream_keys(MONTHLY, "2026-02", Partitions(type="daily", start_date="2026-02-27"), []) == (
        "2026-02-27",
        "2026-02-28",
    )


def test_static_partitions_read_their_equals_and_no_others():
    north = Partitions(type="static", keys=["north"])
    assert upstream_keys(north, "north", STATIC, []) == ("north",)
    with pytest.raises(PlatformError, match="no partition south"):
        upstream_keys(STATIC, "south", north, [])


def test_dynamic_partitions_belong_together_by_the_dataset_whose_files_make_them():
    assert SCANS.name == "lab/scans"
    assert Partitions(type="dynamic", name="scans").of(AssetId("lab", "spots")) == SCANS
    assert upstream_keys(SCANS, "A17", SCANS, []) == ("A17",)
    other = Partitions(type="dynamic").of(AssetId("lab", "plates"))
    assert not mappable(other, SCANS)
    assert SCANS.definition() is Partitions.model_validate(SCANS.as_mapping()).definition()


@pytest.mark.parametrize(
    ("key", "may"), [("A17", True), ("2026-01-31 late", True), ("..", False), ("a\tb", False), ("a:b", False)]
)
def test_a_file_name_makes_a_key_only_where_the_key_can_be_a_folder(key, may):
    assert SCANS.has(key) is may


@pytest.mark.parametrize(
    "written",
    [
        {"type": "dynamic", "keys": ["a"]},
        {"type": "dynamic", "start_date": "2026-01-01"},
        {"type": "static", "keys": ["a"], "name": "lab/scans"},
    ],
)
def test_what_makes_no_sense_of_dynamic_partitions_is_refused(written):
    with pytest.raises(ValidationError):
        Partitions.model_validate(written)
