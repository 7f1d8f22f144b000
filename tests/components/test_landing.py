"""What the landing sensor asks for: deliveries that stand still, once, and again only when there is a reason."""

from __future__ import annotations

import dagster as dg
import pytest
from shop_location import CUSTOMERS, asked

from platform_core.components.landing import take_look
from platform_core.components.loading import load_datasets
from platform_core.components.requests import ASK_TAG, MAX_TRIES
from platform_core.resources.catalog import Catalog

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together


class Watcher:
    """The landing sensor of a shop, one look at a time; `now` in seconds."""

    def __init__(self, shop) -> None:
        self.shop, self.cursor, self.now = shop, None, 1000.0
        self.notes: list[str] = []

    def look(self, seconds: float = 5.0) -> list[tuple[str, str]]:
        """Return what is asked for, as (dataset, partitions)."""
        self.now += seconds
        files = [item for item in load_datasets(self.shop.package).datasets if item.declaration.kind == "file"]
        catalog = Catalog.from_environment(self.shop.root)
        found = take_look(files, catalog, self.shop.instance, self.cursor, self.now)
        self.cursor, self.notes = found.cursor, found.notes
        return [asked(request) for request in found.requests]


@pytest.fixture
def watcher(shop):
    return Watcher(shop)


def test_a_file_is_taken_when_it_stood_still_for_two_looks(shop, watcher):
    shop.deliver("customers.csv", CUSTOMERS[:30])
    assert watcher.look() == []
    assert "stands still" in watcher.notes[0]
    shop.deliver("customers.csv", CUSTOMERS)  # the copy goes on
    assert watcher.look() == []
    assert watcher.look() == [("customers", "")]
    assert watcher.look() == []  # asked once


def test_files_half_written_or_hidden_are_passed_over_and_links_never_followed(shop, watcher, tmp_path):
    shop.deliver("customers.csv.part", CUSTOMERS)
    shop.deliver(".customers.csv", CUSTOMERS)
    (shop.landing / "sub").symlink_to(tmp_path)
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    assert [watcher.look(), watcher.look(), watcher.look()] == [[], [], []]
    assert watcher.notes == ["sub: it is a link, and links are not read."]


def test_a_link_where_a_file_is_expected_is_asked_for_once_so_that_its_owner_hears_of_it(shop, watcher, tmp_path):
    (tmp_path / "secret.csv").write_text(CUSTOMERS)
    (shop.landing / "customers.csv").symlink_to(tmp_path / "secret.csv")
    watcher.look()
    assert watcher.look() == [("customers", "")]
    assert not shop.run("customers").success
    assert [watcher.look(), watcher.look()] == [[], []]
    (shop.landing / "customers.csv").unlink()
    shop.deliver("customers.csv", CUSTOMERS)
    watcher.look()
    assert watcher.look() == [("customers", "")]


def test_what_nobody_expects_is_said(shop, watcher):
    shop.deliver("orders-2027-01.csv", "x")
    shop.deliver("orders-13.csv", "x")
    shop.deliver("notes.txt", "x")
    watcher.look()
    watcher.look()
    expects = "it expects orders-{partition}.csv with a key as 2013-01, from 2026-01-01 until before 2026-05-01."
    assert f"orders-2027-01.csv: shop/orders has no partition '2027-01'; {expects}" in watcher.notes
    assert f"orders-13.csv: shop/orders has no partition '13'; {expects}" in watcher.notes
    assert "notes.txt: no dataset expects this file." in watcher.notes


def test_months_that_arrive_together_are_one_run_and_wait_for_their_reference(shop, watcher):
    for month in (1, 2, 4):
        shop.orders(month)
    watcher.look()
    assert watcher.look() == []
    assert any("shop/orders is waiting for shop/customers" in note for note in watcher.notes)
    shop.deliver("customers.csv", CUSTOMERS)
    watcher.look()
    assert watcher.look() == [("customers", "")]
    assert shop.run("customers").success
    assert watcher.look() == [("orders", "2026-01..2026-02"), ("orders", "2026-04")]


def test_what_was_published_or_refused_is_not_asked_for_again(shop, watcher):
    shop.deliver("customers.csv", CUSTOMERS)
    watcher.look(), watcher.look()
    assert shop.run("customers").success
    assert [watcher.look(300), watcher.look(300)] == [[], []]
    shop.deliver("customers.csv", CUSTOMERS.replace("PT", "pt"))
    watcher.look()
    assert watcher.look() == [("customers", "")]
    assert not shop.run("customers").success
    assert [watcher.look(300), watcher.look(300)] == [[], []]
    shop.deliver("customers.csv", CUSTOMERS.replace("PT", "pt"))  # the same again, only newer
    assert [watcher.look(300), watcher.look(300)] == [[], []]
    shop.deliver("customers.csv", CUSTOMERS.replace("Ana", "Eva"))
    watcher.look()
    assert watcher.look() == [("customers", "")]


def test_a_refused_file_is_asked_for_again_when_the_contract_or_a_reference_changed(shop, watcher, edit):
    shop.deliver("customers.csv", CUSTOMERS)
    assert shop.run("customers").success
    shop.orders(1, customer=8)
    watcher.look()
    first = watcher.look()
    assert first == [("orders", "2026-01")]
    assert not shop.run("orders", "2026-01").success
    assert watcher.look(300) == []
    shop.deliver("customers.csv", CUSTOMERS + "8,Di,FR,NA\n")
    assert shop.run("customers").success
    assert watcher.look(300) == first
    assert shop.run("orders", "2026-01").success
    shop.orders(2, amount="-1.00")
    watcher.look(), watcher.look()
    assert not shop.run("orders", "2026-02").success
    assert watcher.look(300) == []
    edit("contracts/orders.odcs.yaml", "minimum: 0", "minimum: -5")
    assert watcher.look(300) == [("orders", "2026-02")]


def test_a_file_refused_for_the_keys_of_another_month_is_asked_for_when_that_month_is_corrected(shop, watcher):
    shop.deliver("customers.csv", CUSTOMERS)
    assert shop.run("customers").success
    keys = shop.orders(2).read_text()
    shop.deliver("orders-2026-01.csv", keys)  # by mistake the keys of February
    assert shop.run("orders", "2026-01").success
    assert not shop.run("orders", "2026-02").success
    watcher.look()
    assert watcher.look() == []
    shop.orders(1)
    watcher.look()
    assert watcher.look() == [("orders", "2026-01")]
    assert shop.run("orders", "2026-01").success
    assert watcher.look(300) == [("orders", "2026-02")]
    assert shop.run("orders", "2026-02").success
    assert [watcher.look(300), watcher.look(300)] == [[], []]


def test_a_run_that_died_is_asked_for_again_a_few_times(shop, watcher):
    shop.deliver("customers.csv", CUSTOMERS)
    watcher.look()
    requests = 0
    for _ in range(40):
        requests += len(watcher.look(100))  # no run ever comes of it
    assert requests == MAX_TRIES
    assert any("ended without a verdict" in note for note in watcher.notes)


def test_a_run_under_way_is_waited_for(shop, watcher):
    shop.deliver("customers.csv", CUSTOMERS)
    watcher.look(), watcher.look()
    ask = __import__("json").loads(watcher.cursor)["customers|"]["ask"]
    run = shop.instance.create_run_for_job(
        shop.definitions.resolve_implicit_global_asset_job_def(),
        tags={ASK_TAG: ask},
        status=dg.DagsterRunStatus.STARTED,
    )
    assert watcher.look(10_000) == []
    shop.instance.report_run_canceled(run)
    assert watcher.look(10_000) == [("customers", "")]


def test_a_file_rolled_away_from_is_left_alone_until_it_is_released(shop, watcher):
    for text in (CUSTOMERS, CUSTOMERS.replace("Ana", "Eva")):
        shop.deliver("customers.csv", text)
        assert shop.run("customers").success
    table = shop.table("customers")
    table.rollback(None, by="somebody", contract=("1.0.0", table.current()[None].contract_hash), audit=lambda *_: ())
    assert [watcher.look(), watcher.look(), watcher.look(300)] == [[], [], []]
    table.release(None, by="somebody")
    assert watcher.look() == [("customers", "")]


def test_a_correction_right_after_a_delivery_waits_for_no_longer_than_its_run(shop, watcher):
    shop.deliver("customers.csv", CUSTOMERS)
    watcher.look()
    assert watcher.look() == [("customers", "")]
    ask = __import__("json").loads(watcher.cursor)["customers|"]["ask"]
    run = shop.instance.create_run_for_job(
        shop.definitions.resolve_implicit_global_asset_job_def(),
        tags={ASK_TAG: ask},
        status=dg.DagsterRunStatus.STARTED,
    )
    shop.deliver("customers.csv", CUSTOMERS.replace("Ana", "Eva"))
    assert [watcher.look(), watcher.look()] == [[], []]
    shop.instance.report_run_canceled(run)
    assert watcher.look() == [("customers", "")]
