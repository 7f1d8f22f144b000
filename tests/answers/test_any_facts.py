"""Whatever the facts are, there is an answer, and its words agree with its verdict."""

from __future__ import annotations

from datetime import timedelta

from dataset_facts import BROKEN, CONTRACT, MONTHS, PASSED, facts, published, refused
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.answers import DatasetFacts, State, answer
from platform_core.answers.facts import Audited, ContractRef, FailedRun, Observed, Running
from platform_core.formats.status import render
from platform_core.names import AssetId

HOURS = st.floats(-1, 100)  # a clock may be ahead of ours
KEYS = st.sampled_from(["2013-01", "2013-02", "2013-12", "2014-01", "no key"])
CHECKS = st.sampled_from([PASSED, BROKEN])
CONTRACTS = st.sampled_from([CONTRACT, ContractRef("1.0.0", "other"), ContractRef("", "")])


@st.composite
def any_facts(draw: st.DrawFn) -> DatasetFacts:
    cut = draw(st.sampled_from([None, MONTHS, {"type": "static", "keys": ["2013-01", "no key"]}, {"type": "dynamic"}]))
    keys = st.none() if cut is None else KEYS
    current = st.builds(
        published,
        keys,
        HOURS,
        rows=st.integers(0, 3),
        contract=CONTRACTS,
        checks=CHECKS,
        kind=st.sampled_from(["publish", "rollback", "foreign"]),
        held=st.booleans(),
    )
    return facts(
        partitions=cut,
        owner=draw(st.sampled_from(["", "team:x", "a@b.org"])),
        contact=draw(st.sampled_from(["", "#x"])),
        published=tuple(draw(st.lists(current, max_size=4, unique_by=lambda item: item.partition))),
        refused=tuple(draw(st.lists(st.builds(refused, keys, HOURS, checks=CHECKS), max_size=3))),
        registered=draw(st.sampled_from([None, CONTRACT, ContractRef("1.1.0", "newer")])),
        audited=tuple(draw(st.lists(st.builds(Audited, keys, CHECKS), max_size=2))),
        window=draw(st.none() | st.integers(1, 90).map(lambda hours: timedelta(hours=hours))),
        observed=draw(
            st.none() | st.builds(Observed, st.sampled_from(["PASS", "WARN", "FAIL", "UNKNOWN"]), st.just(facts().now))
        ),
        running=draw(st.sampled_from([(), (Running("run-1"),)])),
        failed_run=draw(st.none() | st.just(FailedRun("run-2", facts().now))),
        waiting_for=draw(st.sampled_from([(), (AssetId("weather", "hourly"),)])),
    )


@settings(max_examples=150, deadline=None, derandomize=True)
@given(any_facts())
def test_words_and_verdict_agree(known: DatasetFacts) -> None:
    said = answer(known)
    assert said.verdict.safe == (said.sentence.startswith("Safe to use") and "only in part" not in said.sentence)
    assert said.verdict.safe == (State.SAFE in said.verdict.states and said.verdict.state.value.startswith("safe"))
    assert said.sentence.endswith(".") and "\n" not in said.sentence and "None" not in said.sentence
    assert "  " not in said.sentence and "()" not in said.sentence and " ;" not in said.sentence


@settings(max_examples=60, deadline=None, derandomize=True)
@given(any_facts())
def test_every_format_can_lay_it_out(known: DatasetFacts) -> None:
    answers = [answer(known)]
    for format in ("text", "json", "html", "markdown"):
        assert answers[0].sentence[:30] in " ".join(render(answers, format).split())
    assert known.asset.dataset in render(answers, "text", story=True)
