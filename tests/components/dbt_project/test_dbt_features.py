"""What dbt projects make use of beside plain models: versions, packages, unit tests, configurations, selections."""

from __future__ import annotations

from typing import Any

import pytest

from platform_core.components.dbt.declaring import declare_project
from platform_core.components.loading import load_datasets
from platform_core.documents import load_document
from platform_core.findings import FindingsError

pytestmark = pytest.mark.processes

TOTALS = (
    "select customer, count(*) as orders, cast(sum(amount) as decimal(18, 2)) as amount from {of} group by customer"
)
MACRO = "{% macro sums_of(t) %}" + TOTALS.format(of="{{ t }}") + "{% endmacro %}"
DEEP = "{{ config(alias='other name', schema='elsewhere') }} select * from {{ ref('sums', v=1) }}"
ON_TOP = "select t.* from {{ ref('of_a_package') }} t left join {{ ref('shared', 'unseen') }} u using (customer)"
OF_HISTORY = "select customer, 1.0::decimal(18, 2) as amount from {{ ref('customers_history') }}"
SOURCE = "{{ source('market', 'orders') }}"

VERSIONS = """
version: 2
models:
  - name: sums
    latest_version: 2
    columns: [{name: customer}]
    versions: [{v: 1}, {v: 2, defined_in: sums_new}]
"""
SEED = """
version: 2
seeds:
  - name: codes
    config: {quote_columns: true, column_types: {code: varchar, label: varchar(20)}}
"""


def said(result) -> str:
    (event,) = [event for event in result.all_events if event.is_step_failure]
    return event.step_failure_data.user_failure_data.description


def write(market, files: dict[str, str]) -> None:
    for name, text in files.items():
        file = market.dbt / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


def contract(market, name: str, like: str = "order_totals") -> None:
    text = (market.root / "contracts" / f"{like}.odcs.yaml").read_text("utf-8")
    (market.root / "contracts" / f"{name}.odcs.yaml").write_text(text.replace(like, name))


def published(market, *names: str) -> dict[str, Any]:
    return {name: found.version for name in names if (found := market.table(name).snapshot()) is not None}


def test_versions_packages_folders_aliases_and_seeds_are_datasets_like_any_other(market):
    names = ("sums_v1", "sums_v2", "of_the_first", "of_the_last", "deep_sums", "of_a_package", "on_top")
    write(
        market,
        {
            "models/sums_v1.sql": TOTALS.format(of=SOURCE),
            "models/sums_new.sql": TOTALS.format(of=SOURCE).replace("sum(", "max("),
            "models/sums.yml": VERSIONS,
            "models/of_the_first.sql": "select * from {{ ref('sums', v=1) }}",
            "models/of_the_last.sql": "select * from {{ ref('sums') }}",
            "models/a/b/c/deep_sums.sql": DEEP,
            "models/a/off.sql": "{{ config(enabled=false) }} select * from {{ ref('nobody') }}",
            "seeds/codes.csv": "code,label\n001,One\n",
            "seeds/codes.yml": SEED,
            "dbt_packages/shared/dbt_project.yml": "name: shared\nversion: '1.0'\nmodels: {+materialized: table}\n",
            "dbt_packages/shared/macros/of.sql": "{% macro sums_of(t) %}"
            + TOTALS.format(of="{{ t }}")
            + "{% endmacro %}",
            "dbt_packages/shared/models/of_a_package.sql": "{{ sums_of(" + SOURCE[3:-3] + ") }}",
            "dbt_packages/shared/models/unseen.sql": "select 1 as customer",
            "packages.yml": "packages: [{local: dbt_packages/shared}]\n",
            "models/on_top.sql": ON_TOP,
        },
    )
    for name in names:
        contract(market, name)
    contract(market, "codes", "countries")
    text = (market.root / "contracts" / "codes.odcs.yaml").read_text("utf-8")
    (market.root / "contracts" / "codes.odcs.yaml").write_text(text.replace("{name: country,", "{name: code,"))
    result = market.run(*names, "codes")
    assert result.success, said(result)
    assert set(published(market, *names, "codes")) == {*names, "codes"}
    assert market.rows("of_the_first") == market.rows("sums_v1") == market.rows("deep_sums")
    assert market.rows("of_the_last") == market.rows("sums_v2") == [(1, 2, 120.00), (2, 1, 5.00)]
    assert market.rows("of_a_package") == market.rows("on_top") == [(1, 2, 130.50), (2, 1, 5.00)]
    assert market.rows("codes") == [("001", "One")]
    assert set(market.table("of_the_last").current()[None].inputs) == {"market/sums_v2"}
    loaded = {dataset.asset.dataset for dataset in load_datasets(market.package).datasets}
    assert "off" not in loaded and "unseen" not in loaded


UNIT = """
version: 2
unit_tests:
  - name: sums_add_up
    model: order_totals
    given:
      - {input: ref('stg_orders'), rows: [{customer: 7, amount: 1.5}, {customer: 7, amount: 2}]}
    expect: {rows: [{customer: 7, orders: 2, amount: %s}]}
"""


@pytest.mark.slow
def test_unit_tests_are_checks_and_a_failed_one_keeps_its_model_from_being_published(market):
    file = market.dbt / "models" / "unit.yml"
    file.write_text(UNIT % "3.50")
    result = market.run("order_totals", "best_customers")
    assert result.success, said(result)
    assert told(result, "order_totals")["dbt_sums_add_up"] is True
    assert "dbt_sums_add_up" in {check.name for check in market.table("order_totals").current()[None].checks}
    before = market.versions()
    file.write_text(UNIT % "99")
    result = market.run("order_totals", "order_log", "best_customers")
    assert market.announced(result) <= {"order_log"}
    assert {name: market.versions()[name] for name in ("order_totals", "best_customers")} == {
        name: before[name] for name in ("order_totals", "best_customers")
    }
    assert "dbt skipped order_totals, for the test sums_add_up failed" in said(result)
    assert "99" not in said(result)
    assert told(result, "order_totals") == {"dbt_sums_add_up": False}


def told(result, dataset: str) -> dict[str, bool]:
    found = result.get_asset_check_evaluations()
    return {item.check_name: item.passed for item in found if item.asset_key.path[-1] == dataset}


@pytest.mark.slow
def test_full_refresh_true_builds_from_nothing_each_time(market, edit):
    edit("dbt/models/order_log.sql", "unique_key='order_id'", "unique_key='order_id', full_refresh=true")
    market.deliver((4, 2, "2026-02-01", "1.00"))
    result = market.run("order_log")
    assert result.success, said(result)
    assert market.rows("order_log", "order_id, seen_before") == [(1, 0), (2, 0), (3, 0), (4, 0)]


# select, exclude -> what is published then
SELECTIONS = {
    ("+best_customers", ""): {"best_customers", "order_totals"},
    ("order_totals+ countries", ""): {"best_customers", "order_totals", "countries"},
    ("config.materialized:incremental", ""): {"order_log"},
    ("path:models,source:market+", "order_log"): {"best_customers", "order_totals"},
    ("resource_type:snapshot resource_type:seed", ""): {"countries", "customers_history"},
    ("@stg_orders", "best_customers+"): {"order_log", "order_totals"},
    ("*", "models/order_log.sql fqn:sales.best*"): {"countries", "customers_history", "order_totals"},
    ("tag:nothing", ""): set(),
}


def select(market, select: str, exclude: str = "") -> None:
    text = (
        f"type: platform_core.DbtProject\nattributes:\n  project: dbt\n  select: '{select}'\n  exclude: '{exclude}'\n"
    )
    (market.package / "defs" / "sales" / "defs.yaml").write_text(text)


def declared(market):
    return declare_project(load_document(market.package / "defs" / "sales" / "defs.yaml"), "market")


def test_a_selection_means_what_dbt_means_by_it(market):
    found = {}
    for chosen, excluded in SELECTIONS:
        select(market, chosen, excluded)
        project = declared(market)
        found[chosen, excluded] = {project.asset(name).dataset for name in project.contracted}
    assert found == SELECTIONS
    select(market, "bogus_method:x")
    (finding,) = declared(market)
    assert "dbt cannot read the selection" in finding.message


@pytest.mark.slow
def test_what_was_not_selected_is_built_in_private_and_a_history_cannot_be(market):
    select(market, "best_customers order_log")
    for name in ("countries", "customers_history", "order_totals"):  # a contract needs a dataset
        (market.root / "contracts" / f"{name}.odcs.yaml").unlink()
    market.deliver((4, 2, "2026-02-01", "500.00"))
    result = market.run("best_customers", "order_log")
    assert result.success, said(result)
    assert market.rows("best_customers") == [(1, 130.50), (2, 505.00)]  # of totals that nobody published
    assert set(market.table("best_customers").current()[None].inputs) == {"market/orders"}
    write(market, {"models/best_customers.sql": OF_HISTORY})
    with pytest.raises(FindingsError) as refused:
        load_datasets(market.package)
    (finding,) = refused.value.findings
    assert "the snapshot customers_history is read and not selected" in finding.message
    assert str(finding.where).endswith("customers_history.sql:1")


def test_microbatches_are_refused_for_they_follow_the_clock(market, edit):
    words = "incremental_strategy='microbatch', event_time='day', batch_size='day', begin='2026-01-01'"
    edit("dbt/models/order_log.sql", "unique_key='order_id'", words)
    with pytest.raises(FindingsError) as refused:
        load_datasets(market.package)
    (finding,) = refused.value.findings
    assert finding.id == "dbt-microbatch" and str(finding.where).endswith("order_log.sql:1")
