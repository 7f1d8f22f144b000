"""The facts come from the warehouse; a table that cannot be read hides nothing about the others."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from deployments import FLIGHTS, TOTALS, Deployment, deploy, register_flights, rows

from platform_core.adapters.facts import gather
from platform_core.adapters.facts_history import events
from platform_core.answers import State, answer
from platform_core.answers.facts import DatasetFacts
from platform_core.cli.asked import registered
from platform_core.resources.warehouse import CheckRecord, Publication


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    return deploy(tmp_path / "workspace")


def facts_of(deployment: Deployment, asset: object = FLIGHTS) -> DatasetFacts:
    found = gather(tuple(registered(deployment.workspace).values()), deployment.table)
    return next(item for item in found if item.asset == asset)


def test_what_is_registered_is_known(deployment: Deployment) -> None:
    known = facts_of(deployment)
    assert (known.owner, known.contact, known.description) == ("team:flight_ops", "#flights", "All flights.")
    assert known.window == timedelta(days=1)
    assert known.partitions and known.partitions["type"] == "monthly"
    assert known.version is None and known.published == ()
    assert facts_of(deployment, TOTALS).waiting_for == (FLIGHTS,)


def test_published_and_refused(deployment: Deployment) -> None:
    deployment.deliver(rows(1, 2), "2013-01")
    deployment.deliver(rows(3), "2013-02")
    deployment.deliver(rows(4, 5, 6, origin="secret"), "2013-02", run_id="bad-run")
    known = facts_of(deployment)
    assert [(item.partition, item.rows) for item in known.published] == [("2013-01", 2), ("2013-02", 1)]
    assert "enum_origin" in known.published[0].checks.passed
    (refused,) = known.refused
    assert (refused.partition, refused.rows, refused.run_id) == ("2013-02", 3, "bad-run")
    assert [(rule.name, rule.violations, rule.blocking) for rule in refused.checks.broken] == [("enum_origin", 3, True)]
    assert refused.checks.broken[0].message.startswith("3 of 3 rows")
    assert refused.passed == len(known.published[0].checks.passed) - 1
    assert Path(refused.quarantine).is_dir()
    assert refused.delivery == "flights-2013-02.csv"
    verdict = answer(known).verdict
    assert verdict.states == (State.INCOMPLETE, State.NEWER_REFUSED, State.SAFE)
    assert verdict.missing == ("2013-03",)
    assert facts_of(deployment, TOTALS).waiting_for == ()


def test_the_corrected_delivery_settles_the_refusal(deployment: Deployment) -> None:
    for month in ("2013-01", "2013-02", "2013-03"):
        deployment.deliver(rows(int(month[-1])), month)
    deployment.deliver(rows(9, origin="XXX"), "2013-02")
    assert answer(facts_of(deployment)).verdict.state is State.NEWER_REFUSED
    deployment.deliver(rows(9), "2013-02")
    assert answer(facts_of(deployment)).verdict.states == (State.SAFE,)


def test_a_rollback_is_held_and_makes_nothing_fresh(deployment: Deployment) -> None:
    first = deployment.deliver(rows(1), "2013-03")
    assert isinstance(first, Publication)
    deployment.deliver(rows(2), "2013-03")
    deployment.table().rollback("2013-03", by="someone", contract=("1.0.0", "h"), audit=lambda _: [])
    (live,) = facts_of(deployment).published
    assert live.held and live.kind == "rollback" and live.rows == 1
    assert live.fresh_since == first.published_at
    assert live.published_at > live.fresh_since
    deployment.table().release("2013-03", by="someone")
    (live,) = facts_of(deployment).published
    assert not live.held and live.fresh_since == first.published_at


def test_a_new_contract_is_told_apart_from_the_published_one(deployment: Deployment) -> None:
    for month in ("2013-01", "2013-02", "2013-03"):
        deployment.deliver(rows(int(month[-1])), month)
    register_flights(deployment, "1.1.0")
    deployment.deliver(rows(33), "2013-03")
    verdict = answer(facts_of(deployment)).verdict
    assert verdict.state is State.CONTRACT_CHANGED
    assert verdict.outdated == ("2013-01", "2013-02")


def test_a_broken_table_is_one_answer_among_others(deployment: Deployment) -> None:
    deployment.deliver(rows(1), "2013-01")
    deployment.deliver(rows(1), asset=TOTALS)
    log = deployment.table().path / "_delta_log" / f"{0:020}.json"
    log.write_text("no json")
    assert answer(facts_of(deployment)).verdict.state is State.UNKNOWN
    assert answer(facts_of(deployment, TOTALS)).verdict.state is State.SAFE


def test_a_broken_record_in_quarantine_is_an_unknown_and_no_crash(deployment: Deployment) -> None:
    deployment.deliver(rows(1), "2013-01")
    deployment.deliver(rows(2, origin="XXX"), "2013-01")
    (record,) = deployment.table().quarantine.glob("*/refusal.json")
    record.write_text("{")
    assert answer(facts_of(deployment)).verdict.state is State.UNKNOWN


def test_history_holds_commits_and_refusals_newest_first(deployment: Deployment) -> None:
    deployment.deliver(rows(1), "2013-01")
    deployment.deliver(rows(2, origin="XXX"), "2013-01")
    deployment.deliver(rows(2), "2013-01")
    table = deployment.table()
    table.rollback(None, by="someone", contract=("1.0.0", "h"), audit=lambda _: [CheckRecord("enum_origin", True)])
    table.release(by="someone")
    found = events(table)
    assert [event.kind for event in found] == ["release", "rollback", "publish", "refusal", "publish"]
    assert [event.current for event in found] == [False, True, False, False, False]
    assert (found[1].by, found[1].back_to) == ("someone", 0)
    assert found[3].version is None and found[3].place
    assert [event.kind for event in events(table, "2013-02")] == []
    assert len(events(table, limit=2)) == 2
