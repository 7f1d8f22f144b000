"""What the gate says of engines: a copy where one is missing, a warehouse that is not there, data left behind."""

from __future__ import annotations

from dataclasses import replace

import yaml
from places import registration

from platform_core.lineage import Graph
from platform_core.workspace.engines import engine_findings
from platform_core.workspace.registry import Registration

BOTH = ("duckdb_delta", "postgres")
SHOP = registration("shop", {"orders": []})
BILLING = registration("billing", {"invoices": ["shop/orders"]}, engine="postgres")


def ids(new: Registration, *others: Registration, engines: tuple[str, ...] = BOTH) -> list[str]:
    return [one.id for one in engine_findings(new, {other.name: other for other in others}, engines)]


def test_one_engine_needs_no_copy() -> None:
    assert ids(replace(BILLING, engine="duckdb_delta"), SHOP) == []


def test_another_engine_needs_one() -> None:
    (finding,) = engine_findings(BILLING, {"shop": SHOP}, BOTH)
    assert finding.id == "other-engine"
    assert finding.message == "billing/invoices is on postgres and reads shop/orders, which is on duckdb_delta."
    assert "platformctl add dataset shop_orders --copy-of shop/orders" in finding.fix


def test_a_copy_reads_across() -> None:
    copied = replace(BILLING.graph.assets["billing/invoices"], kinds=("copy", "postgres"))
    assert ids(replace(BILLING, graph=Graph({copied.key: copied})), SHOP) == []


def test_an_engine_needs_its_warehouse() -> None:
    assert ids(BILLING, engines=("duckdb_delta",)) == ["engine-missing"]
    (finding,) = engine_findings(BILLING, {}, ("duckdb_delta",))
    written = yaml.safe_load(finding.fix.partition("`")[2].partition("`")[0])  # what it says to write can be written
    assert list(written["warehouses"]["postgres"]) == ["url"]


def test_another_engine_than_before_is_agreed_with_the_platform_team() -> None:
    (finding,) = engine_findings(replace(SHOP, engine="postgres"), {"shop": SHOP}, BOTH)
    assert finding.id == "engine-changed" and "locations/shop/location.yaml" in finding.fix


def test_under_another_teams_name_nothing_is_compared() -> None:
    assert ids(replace(SHOP, engine="postgres", repository="https://git.example/other"), SHOP) == []
