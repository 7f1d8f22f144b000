"""Every state that a dataset can be in has its verdict, read from the publication record alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from dataset_facts import CONTRACT, MONTHS, NOW, YEAR, ago, facts, months, published, refused

from platform_core.answers import State, judge
from platform_core.answers.facts import (
    Audited,
    BrokenRule,
    Checks,
    ContractRef,
    FailedRun,
    Observed,
    Running,
    StrayFile,
)
from platform_core.names import AssetId

S = State
OTHER = ContractRef("1.1.0", "000000000000")
WARNED = Checks(("primary_key",), (BrokenRule("foreign_key_tailnum", 12, False),))
UPSTREAM = (AssetId("weather", "hourly"),)

MISNAMED = (StrayFile("flights-2013-4.csv", "flight_ops/flights has no partition '2013-4'."),)
DYNAMIC = {"type": "dynamic", "name": "flight_ops/scans"}

CASES: dict[str, tuple[dict[str, Any], tuple[State, ...]]] = {
    "never published": ({}, (S.NEVER_PUBLISHED,)),
    "never published, its only run crashed": (
        {"failed_run": FailedRun("run-1", ago(1))},
        (S.NEVER_PUBLISHED, S.FAILED_RUN),
    ),
    "never published, for its file is misnamed": ({"strays": MISNAMED}, (S.NEVER_PUBLISHED, S.STRAY_FILES)),
    "a misnamed file beside what is published": (
        {"published": (published(),), "strays": MISNAMED},
        (S.SAFE, S.STRAY_FILES),
    ),
    "dynamic partitions, all of those there are": (
        {"published": (published("b"), published("a")), "partitions": DYNAMIC, "dynamic_keys": ("a", "b")},
        (S.SAFE,),
    ),
    "a dynamic partition was published where it comes from, and not here": (
        {"published": (published("a"),), "partitions": DYNAMIC, "dynamic_keys": ("a", "b")},
        (S.INCOMPLETE, S.SAFE),
    ),
    "first delivery refused": ({"refused": (refused(),)}, (S.REFUSED, S.NEVER_PUBLISHED)),
    "first delivery refused, and a new one at work": (
        {"refused": (refused(),), "running": (Running("run-2"),)},
        (S.REFUSED, S.IN_PROGRESS, S.NEVER_PUBLISHED),
    ),
    "first version being made": ({"running": (Running("run-2"),)}, (S.IN_PROGRESS, S.NEVER_PUBLISHED)),
    "waits for an input": ({"waiting_for": UPSTREAM}, (S.PENDING, S.NEVER_PUBLISHED)),
    "cannot be read": ({"unreadable": "the table is broken"}, (S.UNKNOWN,)),
    "safe": ({"published": (published(),)}, (S.SAFE,)),
    "safe, with a warning": ({"published": (published(checks=WARNED),)}, (S.SAFE, S.WARNED)),
    "safe, all partitions": ({"published": YEAR, "partitions": MONTHS}, (S.SAFE,)),
    "safe, and a newer version is made": (
        {"published": (published(),), "running": (Running("run-2"),)},
        (S.SAFE, S.UPDATING),
    ),
    "safe, the newest run crashed": (
        {"published": (published(),), "failed_run": FailedRun("run-1", ago(1))},
        (S.SAFE, S.FAILED_RUN),
    ),
    "safe, an old crash was made good": (
        {"published": (published(),), "failed_run": FailedRun("run-1", ago(3))},
        (S.SAFE,),
    ),
    "one partition's run crashed, and the others published since": (
        {
            "published": (published("2013-01"), published("2013-02", hours_ago=4), *months(*range(3, 13))),
            "partitions": MONTHS,
            "failed_run": FailedRun("run-1", ago(3), "2013-02"),
        },
        (S.SAFE, S.FAILED_RUN),
    ),
    "one partition's crash was made good": (
        {"published": YEAR, "partitions": MONTHS, "failed_run": FailedRun("run-1", ago(3), "2013-02")},
        (S.SAFE,),
    ),
    "a newer delivery refused": (
        {"published": (published(),), "refused": (refused(),)},
        (S.NEWER_REFUSED, S.SAFE),
    ),
    "the failed run is the refusal": (
        {"published": (published(),), "refused": (refused(),), "failed_run": FailedRun("run-9", ago(1))},
        (S.NEWER_REFUSED, S.SAFE),
    ),
    "an older refusal is settled by the publication": (
        {"published": (published(),), "refused": (refused(hours_ago=3),)},
        (S.SAFE,),
    ),
    "one partition's newer delivery refused": (
        {"published": YEAR, "partitions": MONTHS, "refused": (refused("2013-06"),)},
        (S.NEWER_REFUSED, S.SAFE),
    ),
    "a publication of another partition settles nothing": (
        {
            "published": (*months(*range(1, 12)), published("2013-12", hours_ago=0.1)),
            "partitions": MONTHS,
            "refused": (refused("2013-06"),),
        },
        (S.NEWER_REFUSED, S.SAFE),
    ),
    "partitions missing": ({"published": months(1, 2, 3), "partitions": MONTHS}, (S.INCOMPLETE, S.SAFE)),
    "a partition missing, since its first delivery was refused": (
        {"published": months(*range(1, 12)), "partitions": MONTHS, "refused": (refused("2013-12"),)},
        (S.INCOMPLETE, S.NEWER_REFUSED, S.SAFE),
    ),
    "published empty, as allowed": ({"published": (published(rows=0),)}, (S.EMPTY, S.SAFE)),
    "one empty partition makes nothing empty": (
        {"published": (*months(*range(1, 12)), published("2013-12", rows=0)), "partitions": MONTHS},
        (S.SAFE,),
    ),
    "held by a rollback": ({"published": (published(kind="rollback", held=True),)}, (S.HELD, S.SAFE)),
    "released": ({"published": (published(kind="rollback"),)}, (S.SAFE,)),
    "contract changed since": ({"published": (published(),), "registered": OTHER}, (S.CONTRACT_CHANGED, S.SAFE)),
    "no contract is registered": ({"published": (published(),), "registered": None}, (S.SAFE,)),
    "published data breaks the new contract": (
        {
            "published": (published(),),
            "registered": OTHER,
            "audited": (Audited(None, Checks((), (BrokenRule("enum_origin", 4, True),))),),
        },
        (S.BREAKS_CONTRACT, S.CONTRACT_CHANGED, S.SAFE),
    ),
    "published data keeps the new contract": (
        {"published": (published(),), "registered": OTHER, "audited": (Audited(None, WARNED),)},
        (S.CONTRACT_CHANGED, S.SAFE),
    ),
    "written past the door": (
        {"published": (published(kind="foreign", contract=ContractRef("", "")),)},
        (S.UNVERIFIED, S.SAFE),
    ),
    "stale": (
        {"published": (published(hours_ago=25),), "window": timedelta(days=1)},
        (S.STALE, S.SAFE),
    ),
    "stale by Dagster's word": (
        {"published": (published(),), "observed": Observed("FAIL", ago(1))},
        (S.STALE, S.SAFE),
    ),
    "Dagster's older word is old news": (
        {"published": (published(),), "observed": Observed("FAIL", ago(3))},
        (S.SAFE,),
    ),
    "everything at once": (
        {
            "published": months(1, 2, kind="rollback", held=True, hours_ago=50),
            "partitions": MONTHS,
            "refused": (refused("2013-02"),),
            "window": timedelta(days=1),
            "registered": OTHER,
            "running": (Running("run-2"),),
        },
        (S.INCOMPLETE, S.NEWER_REFUSED, S.HELD, S.STALE, S.CONTRACT_CHANGED, S.SAFE, S.UPDATING),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_states(name: str) -> None:
    known, states = CASES[name]
    assert judge(facts(**known)).states == states


def test_every_state_has_a_case() -> None:
    assert {state for _, states in CASES.values() for state in states} == set(State)


@pytest.mark.parametrize("state", State)
def test_only_published_and_whole_data_is_safe(state: State) -> None:
    verdict = replace(judge(facts()), states=(state,))
    assert verdict.safe == state.value.startswith("safe")
    assert not judge(facts()).safe


def test_only_the_latest_standing_refusal_of_a_partition_counts() -> None:
    known = facts(
        partitions=MONTHS,
        published=YEAR,
        refused=(
            refused("2013-06", hours_ago=1, run_id="second"),
            refused("2013-06", hours_ago=1.5, run_id="first"),
            refused("2013-07", hours_ago=3, run_id="settled"),
        ),
    )
    assert [item.run_id for item in judge(known).refused] == ["second"]


def test_standing_refusals_are_in_the_order_of_their_partitions() -> None:
    known = facts(partitions=MONTHS, refused=(refused("2013-07"), refused("2013-02"), refused("2013-11")))
    assert [item.partition for item in judge(known).refused] == ["2013-02", "2013-07", "2013-11"]


def test_missing_partitions_are_those_due() -> None:
    known = facts(partitions=MONTHS, published=months(1, 3))
    assert judge(known).missing == ("2013-02", *(f"2013-{month:02}" for month in range(4, 13)))
    open_end = {"type": "monthly", "start_date": "2026-09-01"}
    two = (published("2026-09"), published("2026-10"))
    assert judge(facts(partitions=open_end, published=two)).missing == ()


def test_nothing_is_called_missing_where_nobody_could_look() -> None:
    assert judge(facts(partitions=MONTHS, unreadable="the database is down")).missing == ()


def test_a_promise_gives_a_new_partition_time_to_arrive() -> None:
    daily = {"type": "daily", "start_date": "2026-11-20"}
    there = (published("2026-11-20"),)
    assert judge(facts(partitions=daily, published=there)).missing == ("2026-11-21",)
    assert judge(facts(partitions=daily, published=there, window=timedelta(hours=36))).missing == ()
    late = replace(facts(partitions=daily, published=there, window=timedelta(hours=36)), now=NOW + timedelta(days=1))
    assert judge(late).missing == ("2026-11-21",)


def test_outdated_partitions_are_named() -> None:
    known = facts(
        partitions=MONTHS,
        published=(*months(*range(1, 12)), published("2013-12", contract=OTHER)),
        registered=CONTRACT,
    )
    assert judge(known).outdated == ("2013-12",)
