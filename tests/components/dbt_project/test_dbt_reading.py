"""What is wrong with a dbt project is said before anything runs: all at once, with file and line."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from platform_core.components.dbt.invocation import run_dbt
from platform_core.components.dbt.refusals import refusals
from platform_core.components.loading import load_datasets
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError

pytestmark = pytest.mark.processes


def problems(market) -> list[str]:
    with pytest.raises(FindingsError) as caught:
        load_datasets(market.package)
    return [str(f"{f.where}: {f.message}").replace(f"{market.root}{os.sep}", "") for f in caught.value.findings]


def test_what_writes_elsewhere_is_refused_with_its_place(market, edit):
    edit("dbt/dbt_project.yml", "models:\n", 'on-run-end: ["create table log as select 1 as x"]\nmodels:\n')
    edit("dbt/models/best_customers.sql", "select", "{{ config(database='other', alias='order_totals') }}\nselect")
    edit("dbt/models/order_totals.sql", "select", "{{ config(post_hook='insert into log select 1') }}\nselect")
    edit("dbt/models/order_log.sql", "materialized='incremental'", "materialized='external'")
    (market.dbt / "models" / "in_python.py").write_text(
        "def model(dbt, session):\n    return session.sql('select 1')\n"
    )
    (market.dbt / "models" / "Loud.sql").write_text("select 1 as x")
    (market.dbt / "snapshots" / "unpromised.sql").write_text(
        "{% snapshot unpromised %}{{ config(unique_key='x', strategy='check', check_cols='all') }}"
        "select 1 as x{% endsnapshot %}"
    )
    edit(
        "dbt/models/sources.yml", "      - name: orders\n", "      - {name: orders, meta: {external_location: x.csv}}\n"
    )
    found = problems(market)
    assert found == [
        "dbt/dbt_project.yml:4: on-run-end of sales runs for every build, and what it writes is thrown away.",
        "dbt/models/Loud.sql:1: 'Loud' cannot name a dataset: use lower case letters, digits and underscores, "
        "starting with a letter.",
        "dbt/models/best_customers.sql:1: best_customers is built in a database of its own: 'other'.",
        "dbt/models/in_python.py:1: in_python is a python model.",
        "dbt/models/order_log.sql:1: order_log is materialized as 'external', which has no private build.",
        "dbt/models/order_totals.sql:1: a post-hook of order_totals changes something else than its model.",
        "dbt/models/sources.yml:5: the source market.orders is read from somewhere else (external_location).",
        "dbt/snapshots/unpromised.sql:1: the snapshot unpromised has no contract: its history is what is published "
        "of it.",
    ]


@pytest.mark.parametrize(
    ("hook", "allowed"),
    [
        ("update {{ this }} set amount = 0 where amount is null", True),
        ("create index by_day on {{ this }} (day)", True),
        ("delete from {{this}} where day is null; analyze {{ this }}", True),
        ("", True),
        ("insert into {{ this }} select * from other_table", True),
        ("insert into audit_log values (1)", False),
        ("update other.platform_this set x = 1", False),
        ("copy {{ this }} to 'x.csv'", False),
        ("grant select on {{ this }} to everybody", False),
        ("create table copy_of as select * from {{ this }}", False),
        ("{{ log_it() }}", False),
        ("update {{ this }} set x = 1; drop table other", False),
        ("no sql at all (", False),
    ],
)
def test_a_hook_may_change_its_own_model_and_nothing_else(market, hook, allowed):
    (project,) = load_datasets(market.package).projects
    name = "model.sales.order_totals"
    model = replace(project.manifest.models[name], config={"post-hook": [{"sql": hook}]})
    manifest = replace(project.manifest, models={**project.manifest.models, name: model})
    assert ([finding.id for finding in refusals(manifest, {name}, "memory")] == []) == allowed


def test_a_project_that_does_not_parse_says_where(market, edit):
    edit("dbt/models/best_customers.sql", "ref('order_totals')", "ref('nothing_like_it')")
    (found,) = problems(market)
    assert found.startswith("dbt/models/best_customers.sql:1: Compilation Error")
    assert "nothing_like_it" in found
    (market.dbt / "models" / "wrong.yml").write_text("models:\n  - name: x\n   description: y\n")
    (found,) = problems(market)  # dbt names this one from the folder of the models
    assert found.startswith("dbt/models/wrong.yml:3: Parsing Error")
    (market.dbt / "models" / "wrong.yml").unlink()
    enforced = "{{ config(materialized='incremental', contract={'enforced': true}) }} select 1 as one"
    (market.dbt / "models" / "best_customers.sql").write_text(enforced)
    (found,) = problems(market)  # and no stack of dbt's own beside it
    assert "Invalid value for on_schema_change" in found
    (market.dbt / "dbt_project.yml").unlink()
    assert problems(market) == ["src/market/defs/sales/defs.yaml:3: there is no dbt/dbt_project.yml."]


def test_attributes_that_the_platform_decides_are_refused_and_a_stale_manifest_is_noticed(market, edit):
    edit("src/market/defs/sales/defs.yaml", "  project: dbt\n", "  project: ../dbt\n  cli_args: [run]\n  colour: red\n")
    assert problems(market) == [
        "src/market/defs/sales/defs.yaml:4: 'cli_args' does not apply: what a run builds follows from what is asked "
        "for; variables go to `vars`.",
        "src/market/defs/sales/defs.yaml:5: unknown key 'colour'.",
    ]
    edit("src/market/defs/sales/defs.yaml", "../dbt\n  cli_args: [run]\n  colour: red\n", "dbt\n  exclude: order_log\n")
    assert problems(market) == ["contracts/order_log.odcs.yaml:1: the contract order_log has no dataset."]
    (market.root / "contracts" / "order_log.odcs.yaml").unlink()
    edit("dbt/models/best_customers.sql", "ref('order_totals')", "ref('stg_orders')")
    loaded = load_datasets(market.package)
    (best,) = [dataset for dataset in loaded.datasets if dataset.asset.dataset == "best_customers"]
    assert {str(asset) for asset in best.inputs.values()} == {"market/orders"}  # through an internal model
    assert str(best.declaration.place("market.orders")).endswith("dbt/models/stg_orders.sql:3")


def test_dbt_or_its_adapter_missing_is_said_as_such(market, tmp_path):
    with pytest.raises(PlatformError, match="the adapter dbt-nosuch is not installed") as caught:
        run_dbt(market.dbt, ["parse"], profiles=tmp_path, target=tmp_path, adapter="nosuch")
    assert "platform-core[dbt]" in caught.value.hint


def test_an_internal_model_is_no_input_of_others_and_no_upstream_of_other_teams(market):
    from platform_core.adapters.graph import graph_of

    folder = market.package / "defs" / "reader"
    folder.mkdir()
    (folder / "defs.yaml").write_text("type: platform_core.SqlDataset\nattributes: {}\n")
    (folder / "reader.sql").write_text("SELECT customer\nFROM market.stg_orders\n")
    assert [text for text in problems(market) if "stg_orders" in text] == [
        "src/market/defs/reader/reader.sql:2: market/stg_orders is internal to the dbt project: it is not published."
    ]
    for path in (*folder.iterdir(), folder):
        path.rmdir() if path.is_dir() else path.unlink()
    graph = graph_of(market.definitions, "market")
    assert graph.assets["market/stg_orders"].internal
    assert not graph.assets["market/order_totals"].internal
    assert set(graph.assets["market/order_totals"].deps) == {"market/orders", "market/stg_orders", "market/customers"}
