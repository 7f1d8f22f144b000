from datetime import timedelta

import dagster as dg
import pytest

from platform_core.adapters.graph import graph_of
from platform_core.adapters.partitions import partitions_data
from platform_core.lineage import Asset, Check, ContractRef, Graph


@dg.asset(
    key=["shop", "orders"],
    owners=["team:shop"],
    kinds={"csv", "duckdb"},
    group_name="shop",
    description="Orders.",
    deps=[dg.AssetKey(["erp", "orders"])],
    partitions_def=dg.StaticPartitionsDefinition(["north", "south"]),
    freshness_policy=dg.FreshnessPolicy.time_window(fail_window=timedelta(hours=2), warn_window=timedelta(hours=1)),
    check_specs=[dg.AssetCheckSpec("required_id", asset=["shop", "orders"], blocking=True)],
)
def orders(): ...


@dg.asset(key=["shop", "totals"], deps=[orders])
def totals(): ...


@dg.asset_check(asset=dg.AssetKey(["shop", "totals"]))
def plausible():
    return dg.AssetCheckResult(passed=True)


@dg.sensor(job_name="nothing", name="landing", default_status=dg.DefaultSensorStatus.RUNNING)
def landing(): ...


def test_everything_a_consumer_or_a_reviewer_asks_about_an_asset_is_in_the_graph():
    found = graph_of(dg.Definitions([orders, totals]), "shop", {"orders": ContractRef("1.0.0", "0123456789ab")})
    assert found.assets["shop/orders"] == Asset(
        "shop/orders",
        deps=("erp/orders",),
        kinds=("csv", "duckdb"),
        group="shop",
        owners=("team:shop",),
        description="Orders.",
        partitions={"type": "static", "keys": ["north", "south"]},
        checks=(Check("required_id", True),),
        freshness={"fail_window": 7200, "warn_window": 3600},
        contract=ContractRef("1.0.0", "0123456789ab"),
    )
    assert found.assets["shop/totals"].contract is None
    assert found.external == ("erp/orders",)


def test_a_check_defined_apart_from_its_asset_is_found():
    found = graph_of(dg.Definitions([orders, totals], asset_checks=[plausible]), "shop")
    assert found.assets["shop/totals"].checks == (Check("plausible", False),)


def test_another_teams_asset_described_here_is_an_upstream_not_an_asset_of_ours():
    described = dg.AssetSpec(["erp", "orders"], description="theirs")
    found = graph_of(dg.Definitions([described, orders]), "shop")
    assert set(found.assets) == {"shop/orders"}
    assert found.external == ("erp/orders",)


def test_an_asset_of_our_own_that_is_made_elsewhere_is_told_apart():
    found = graph_of(dg.Definitions([dg.AssetSpec(["shop", "manual"])]), "shop")
    assert not found.assets["shop/manual"].executable


def test_sensors_and_schedules_are_told_with_their_status_the_one_dagster_adds_too():
    job = dg.define_asset_job("nothing", [orders])
    nightly = dg.ScheduleDefinition(name="nightly", job=job, cron_schedule="0 3 * * *")
    eager = dg.AutomationCondition.eager()
    followed = totals.map_asset_specs(lambda spec: spec.replace_attributes(automation_condition=eager))
    found = graph_of(dg.Definitions([orders, followed], jobs=[job], sensors=[landing], schedules=[nightly]), "shop")
    assert found.automation == {
        "default_automation_condition_sensor": "STOPPED",
        "landing": "RUNNING",
        "nightly": "STOPPED",
    }


def test_the_graph_does_not_depend_on_the_order_of_definitions():
    one = graph_of(dg.Definitions([orders, totals], asset_checks=[plausible]), "shop")
    other = graph_of(dg.Definitions([totals, orders], asset_checks=[plausible]), "shop")
    assert list(one.assets.items()) == list(other.assets.items())


def test_partitions_are_told_as_the_team_wrote_them_where_that_is_known():
    told = {"type": "monthly", "start_date": "2013-01-01", "end_date": "2014-01-01"}

    @dg.asset(
        key=["shop", "flights"],
        metadata={"platform/partitions": told},
        partitions_def=dg.MonthlyPartitionsDefinition("2013-01", fmt="%Y-%m"),
    )
    def flights(): ...

    assert graph_of(dg.Definitions([flights]), "shop").assets["shop/flights"].partitions == told


@pytest.mark.parametrize(
    ("definition", "told"),
    [
        (None, None),
        (
            dg.MonthlyPartitionsDefinition("2013-01", end_date="2014-01", fmt="%Y-%m"),
            {"type": "monthly", "start_date": "2013-01-01", "end_date": "2014-01-01"},
        ),
        (dg.DailyPartitionsDefinition("2013-02-03"), {"type": "daily", "start_date": "2013-02-03"}),
        (dg.WeeklyPartitionsDefinition("2013-01-07", day_offset=1), {"type": "weekly", "start_date": "2013-01-07"}),
        (
            dg.DailyPartitionsDefinition("2013-02-03", timezone="Europe/Berlin", end_offset=1),
            {"type": "daily", "start_date": "2013-02-03", "timezone": "Europe/Berlin", "end_offset": 1},
        ),
        (
            dg.TimeWindowPartitionsDefinition(start="2013-01-01", fmt="%Y-%m-%d", cron_schedule="0 0 15 * *"),
            {"type": "time_window", "start_date": "2013-01-01-00:00", "fmt": "%Y-%m-%d", "cron_schedule": "0 0 15 * *"},
        ),
        (dg.DynamicPartitionsDefinition(name="shops"), {"type": "dynamic", "name": "shops"}),
        (
            dg.MultiPartitionsDefinition(
                {"day": dg.DailyPartitionsDefinition("2013-01-01"), "shop": dg.StaticPartitionsDefinition(["a"])}
            ),
            {
                "type": "multi",
                "dimensions": {
                    "day": {"type": "daily", "start_date": "2013-01-01"},
                    "shop": {"type": "static", "keys": ["a"]},
                },
            },
        ),
    ],
)
def test_partitions_in_the_words_of_defs_yaml(definition, told):
    assert partitions_data(definition) == told


def test_a_check_on_another_locations_asset_is_told_apart():
    @dg.asset_check(asset=dg.AssetKey(["erp", "orders"]), name="fresh")
    def fresh():
        return dg.AssetCheckResult(passed=True)

    found = graph_of(dg.Definitions([orders, totals], asset_checks=[fresh]), "shop")
    assert found.checks_elsewhere == {"erp/orders": (Check("fresh", False),)}
    assert "erp/orders" not in found.assets
    assert Graph.from_data(found.as_data()) == found
    assert "checks_elsewhere" not in graph_of(dg.Definitions([orders, totals]), "shop").as_data()
