"""The golden conditions, tick by tick: what they ask for after which publication, and what they do not."""

from __future__ import annotations

import dagster as dg
import pytest

from platform_core.components.conditions import follow
from platform_core.components.partitions import Partitions
from platform_core.names import AssetId

MONTHS = Partitions(type="monthly", start_date="2026-01-01", end_date="2026-07-01").definition()
A, B, REF = AssetId("up", "a"), AssetId("up", "b"), AssetId("up", "ref")


class Ticks:
    """A sensor over `part` (by month over up/a), `whole` (over up/a and up/b) and `judged` (with a reference)."""

    def __init__(self) -> None:
        self.instance, self.cursor = dg.DagsterInstance.ephemeral(), None
        every = dg.AllPartitionMapping()

        def asset(name, inputs, references=(), partitions=None):
            deps = [dg.AssetDep(dg.AssetKey(item.path)) for item in inputs]
            deps += [
                dg.AssetDep(dg.AssetKey(item.path), partition_mapping=every if partitions else None)
                for item in references
            ]
            condition = follow(inputs, references, partitioned=partitions is not None)
            return dg.AssetSpec(name, deps=deps, automation_condition=condition, partitions_def=partitions)

        @dg.multi_asset(specs=[asset("part", [A], partitions=MONTHS)], partitions_def=MONTHS)
        def part(): ...

        @dg.multi_asset(specs=[asset("whole", [A, B])])
        def whole(): ...

        @dg.multi_asset(specs=[asset("judged", [A], [REF], MONTHS)], partitions_def=MONTHS)
        def judged(): ...

        ups = [
            dg.AssetSpec(dg.AssetKey(A.path), partitions_def=MONTHS),
            dg.AssetSpec(dg.AssetKey(B.path)),
            dg.AssetSpec(dg.AssetKey(REF.path)),
        ]
        self.definitions = dg.Definitions(assets=[part, whole, judged, *ups])

    def publish(self, asset: AssetId | str, *partitions: str) -> None:
        key = dg.AssetKey(asset.path) if isinstance(asset, AssetId) else dg.AssetKey(asset)
        for partition in partitions or (None,):
            self.instance.report_runless_asset_event(dg.AssetMaterialization(key, partition=partition))

    def tick(self) -> dict[str, list[str]]:
        """Return what is requested: partitions by asset, [''] for one without."""
        result = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        found = {}
        for name in ("part", "whole", "judged"):
            keys = result.get_requested_partitions(dg.AssetKey(name))
            if keys:
                found[name] = sorted(key or "" for key in keys)
        return found


@pytest.fixture
def ticks():
    made = Ticks()
    assert made.tick() == {}
    yield made
    made.instance.dispose()


def test_each_month_follows_its_own_and_the_total_waits_for_both_inputs(ticks):
    ticks.publish(A, "2026-01", "2026-03")
    assert ticks.tick() == {"part": ["2026-01", "2026-03"]}
    assert ticks.tick() == {}
    ticks.publish(B)
    assert ticks.tick() == {"whole": [""]}  # though months of A are missing
    assert ticks.tick() == {}


def test_a_late_correction_of_an_old_month_is_followed(ticks):
    ticks.publish(A, "2026-01", "2026-06")
    ticks.publish(B)
    ticks.tick()
    ticks.publish("part", "2026-01", "2026-06")
    ticks.publish("whole")
    assert ticks.tick() == {}
    ticks.publish(A, "2026-01")
    assert ticks.tick() == {"part": ["2026-01"], "whole": [""]}


def test_data_published_before_the_consumer_was_deployed_is_followed():
    made = Ticks()
    made.publish(A, "2026-02")
    made.publish(B)
    assert made.tick() == {"part": ["2026-02"], "whole": [""]}


def test_a_reference_is_waited_for_once_and_then_triggers_nothing(ticks):
    ticks.publish(A, "2026-01")
    assert "judged" not in ticks.tick()
    ticks.publish(REF)
    assert ticks.tick() == {"judged": ["2026-01"]}
    ticks.publish("judged", "2026-01")
    assert ticks.tick() == {}
    ticks.publish(REF)
    assert ticks.tick() == {}
    ticks.publish(A, "2026-01", "2026-02")
    assert ticks.tick()["judged"] == ["2026-01", "2026-02"]


def test_a_failed_check_of_an_input_holds_nothing_back(ticks):
    ticks.publish(A, "2026-01")
    check = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(A.path), check_name="late", passed=False, severity=dg.AssetCheckSeverity.ERROR
    )
    ticks.instance.report_runless_asset_event(check)
    assert ticks.tick() == {"part": ["2026-01"]}
