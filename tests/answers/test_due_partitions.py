"""The partitions that are due are those of Dagster's own definitions, and a person can read their names."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

import pytest
from dataset_facts import MONTHS
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from platform_core.answers.partitions import due, partition_words, runs_of, span_words

DAYS = st.dates(date(2012, 1, 1), date(2014, 6, 1))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    kind=st.sampled_from(["daily", "weekly", "monthly"]),
    start=DAYS,
    length=st.none() | st.integers(1, 500),
    later=st.integers(-20, 700),
)
def test_due_as_dagster_counts(kind: str, start: date, length: int | None, later: int) -> None:
    from platform_core.components.partitions import Partitions

    end = start + timedelta(days=length) if length else None
    now = datetime(start.year, start.month, start.day, 6, tzinfo=timezone.utc) + timedelta(days=later)
    partitions = Partitions(type=kind, start_date=start, end_date=end)
    first = partitions.definition().get_first_partition_window()
    # Where not even the first period fits, Dagster makes it a partition all the same: nobody means that.
    assume(end is None or first is None or first.end.date() <= end)
    expected = partitions.definition().get_partition_keys(current_time=now)
    assert list(due(partitions.as_mapping(), now)) == list(expected)


def test_due_of_other_kinds() -> None:
    now = datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert due(None, now) == ()
    assert due({"type": "static", "keys": ["eu", "us"]}, now) == ("eu", "us")
    assert due({"type": "dynamic", "name": "x"}, now) == ()
    assert due({"type": "dynamic", "name": "x"}, now, dynamic=("b", "a")) == ("b", "a")
    assert due({"type": "monthly", "start_date": "2013-01-01", "fmt": "%m/%Y"}, now) == ()


@pytest.mark.parametrize(
    ("key", "kind", "words"),
    [
        ("2013-06", "monthly", "June 2013"),
        ("2013-06-02", "daily", "2 June 2013"),
        ("2013-06-03", "weekly", "the week of 3 June 2013"),
        ("eu", "static", "eu"),
        ("nonsense", "monthly", "nonsense"),
    ],
)
def test_names(key: str, kind: str, words: str) -> None:
    assert partition_words(key, {"type": kind}) == words


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["2013-01"], "January 2013"),
        (["2013-01", "2013-03"], "January 2013 and March 2013"),
        (["2013-11", "2013-12", "2014-01", "2014-02"], "November 2013 to February 2014"),
        (["2013-01", "2013-03", "2013-05", "2013-07", "2013-09"], "January 2013, March 2013 and 3 more"),
    ],
)
def test_spans(keys: list[str], words: str) -> None:
    assert span_words(keys, MONTHS) == words


def test_neighbours_are_listed_as_one_run() -> None:
    keys = due({"type": "monthly", "start_date": "2013-01-01"}, datetime(2026, 10, 3, tzinfo=timezone.utc))
    assert runs_of([key for key in keys if key != "2013-03"], MONTHS) == ["2013-01", "2013-02", "2013-04 to 2026-09"]
    assert runs_of(["eu", "uk", "us"], {"type": "static", "keys": ["eu", "uk", "us"]}) == ["eu", "uk", "us"]
    assert runs_of(["2013-01-07", "2013-01-14", "2013-01-21"], {"type": "weekly"}) == ["2013-01-07 to 2013-01-21"]
    assert runs_of([], MONTHS) == []
