"""Partitions read from a file's name, and from the command line."""

from pathlib import Path

import pytest

from platform_core.errors import PlatformError
from platform_core.onboarding.partitioning import detect, parse_partitions, with_partitions


@pytest.mark.parametrize(
    ("name", "path", "partitions"),
    [
        ("flights-2013-01.csv", "flights-{partition}.csv", {"type": "monthly", "start_date": "2013-01-01"}),
        ("flights-2013-01-31.csv", "flights-{partition}.csv", {"type": "daily", "start_date": "2013-01-31"}),
        ("2013-01_flights.parquet", "{partition}_flights.parquet", {"type": "monthly", "start_date": "2013-01-01"}),
        ("flights-2013-13.csv", "flights-2013-13.csv", None),  # no such month
        ("flights-2013-02-30.csv", "flights-2013-02-30.csv", None),
        ("order-12013-01.csv", "order-12013-01.csv", None),  # part of a longer number
        ("model-8000-12.csv", "model-8000-12.csv", None),  # a number, not a year
        ("flights-201301.csv", "flights-201301.csv", None),  # its key would not be Dagster's
        ("flights.csv", "flights.csv", None),
    ],
)
def test_key_in_the_name(tmp_path: Path, name: str, path: str, partitions: object) -> None:
    """The key becomes {partition}; what only looks like one stays."""
    (tmp_path / name).touch()
    found = detect(tmp_path / name)
    assert (found.path, found.partitions) == (path, partitions)


def test_earliest_neighbour_starts_the_partitions(tmp_path: Path) -> None:
    """A past that arrives with the file is not left out; files of another name do not count."""
    for name in (
        "f-2013-03.csv",
        "f-2013-02.csv",
        "f-2012-11.csv",
        "f-2011-01.csv.bak",
        "g-2001-01.csv",
        "f-2010-99.csv",
    ):
        (tmp_path / name).touch()
    assert detect(tmp_path / "f-2013-03.csv").partitions == {"type": "monthly", "start_date": "2012-11-01"}


def test_told_partitions() -> None:
    """The words of defs.yaml in one argument."""
    assert parse_partitions("none") is None
    assert parse_partitions("daily:2013-01-31") == {"type": "daily", "start_date": "2013-01-31"}
    told = {"type": "monthly", "start_date": "2013-01-01", "end_date": "2014-01-01"}
    assert parse_partitions("monthly:2013-01-01:2014-01-01") == told
    assert parse_partitions("dynamic") == {"type": "dynamic"}
    assert parse_partitions("static:EWR,JFK") == {"type": "static", "keys": ["EWR", "JFK"]}


@pytest.mark.parametrize(
    "text",
    [
        "monthly",
        "yearly:2013-01-01",
        "monthly:2013-13-01",
        "static:",
        "static:a/b",
        "monthly:2014-01-01:2013-01-01",
        "",
    ],
)
def test_told_wrongly(text: str) -> None:
    """The error says how it is written."""
    with pytest.raises(PlatformError) as caught:
        parse_partitions(text)
    assert "monthly:2013-01-01" in caught.value.hint


@pytest.mark.parametrize(
    ("name", "told", "path"),
    [
        ("flights-EWR.csv", "static:EWR,JFK", "flights-{partition}.csv"),
        ("EWR_flights_EWR2.csv", "static:EWR,EWR2", "EWR_flights_{partition}.csv"),  # the longest key
        ("flights-NEWR.csv", "static:EWR", "flights-NEWR.csv"),  # no key of its own
        ("csv.csv", "static:csv", "{partition}.csv"),  # not the suffix
        ("flights-2013-02.csv", "monthly:2010-01-01", "flights-{partition}.csv"),
        ("flights-2013-02.csv", "none", "flights-2013-02.csv"),
    ],
)
def test_told_partitions_and_the_name(tmp_path: Path, name: str, told: str, path: str) -> None:
    """Their key is looked for in the file's name."""
    (tmp_path / name).touch()
    assert with_partitions(tmp_path / name, parse_partitions(told)).path == path


@pytest.mark.parametrize(
    ("name", "told", "path"),
    [
        ("scans-A17.csv", "dynamic", "scans-{partition}.csv"),
        ("lab_scans_2026-01-31.csv", "dynamic", "lab_scans_{partition}.csv"),
        ("A17.csv", "dynamic:A17", "{partition}.csv"),
        ("A17-scan.parquet", "dynamic:A17", "{partition}-scan.parquet"),
    ],
)
def test_the_key_of_a_dynamic_partition_is_found_in_the_name(tmp_path: Path, name: str, told: str, path: str) -> None:
    (tmp_path / name).touch()
    found = with_partitions(tmp_path / name, parse_partitions(told))
    assert (found.path, found.partitions) == (path, {"type": "dynamic"})


@pytest.mark.parametrize("told", ["dynamic", "dynamic:B1"])
def test_a_name_without_a_key_is_said_so(tmp_path: Path, told: str) -> None:
    with pytest.raises(PlatformError, match="which part of the name"):
        with_partitions(tmp_path / "scans.csv", parse_partitions(told))
