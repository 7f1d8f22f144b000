from dataclasses import replace
from pathlib import Path

import pytest
from places import registration

from platform_core.lineage import Graph
from platform_core.workspace.gate import gate

SHOP = registration("shop", {"orders": [], "totals": ["shop/orders"]})
ERP = registration("erp", {"items": []})


def ids(new, *others, **options) -> list[str]:
    """What the gate finds; that no file says what is relied on is another matter."""
    found = gate(new, {one.name: one for one in others}, **options)
    return [finding.id for finding in found if finding.id != "use-without-need"]


def test_a_location_in_order_passes_first_and_again():
    assert ids(SHOP) == []
    assert ids(SHOP, ERP) == []
    assert ids(SHOP, SHOP, ERP) == []


def test_another_repository_may_not_take_a_name():
    [finding] = gate(replace(SHOP, repository="https://git.example/other"), {"shop": SHOP})
    assert finding.id == "name-taken"
    assert "https://git.example/shop" in finding.message
    assert "team:shop" in finding.message


def test_another_owner_is_agreed_with_the_platform_team():
    changed = replace(SHOP, owner="team:other", home=Path("/srv/shop"), lines={"owner": 3})
    assert ids(changed, SHOP) == ["owner-changed"]
    [finding] = gate(changed, {"shop": SHOP})
    assert str(finding.where) == "/srv/shop/location.yaml:3"


def test_a_name_that_cannot_be_one_is_refused():
    assert ids(registration("Shop", {})) == ["location-name"]


def test_an_asset_without_an_owner_is_refused():
    assets = {key: replace(asset, owners=()) for key, asset in SHOP.graph.assets.items()}
    assert ids(replace(SHOP, graph=Graph(assets))) == ["owner-missing", "owner-missing"]


@pytest.mark.parametrize("key", ["erp/orders", "orders", "shop/raw/orders", "shop/Orders"])
def test_a_key_outside_the_location_is_refused(key):
    asset = replace(SHOP.graph.assets["shop/orders"], key=key)
    assert ids(replace(SHOP, graph=Graph({key: asset}), contracts={})) == ["key-outside-location"]


def test_a_key_that_another_location_has_is_refused():
    squatter = replace(ERP, graph=Graph({**ERP.graph.assets, "shop/orders": SHOP.graph.assets["shop/orders"]}))
    assert ids(SHOP, squatter) == ["duplicate-key"]


def test_a_dataset_without_a_contract_and_the_reverse_are_refused():
    bare = {**SHOP.graph.assets, "shop/orders": replace(SHOP.graph.assets["shop/orders"], contract=None)}
    assert ids(replace(SHOP, graph=Graph(bare))) == ["dataset-without-contract"]
    assert ids(replace(SHOP, contracts={**SHOP.contracts, "refunds": b""})) == ["contract-without-dataset"]


def test_a_mistyped_upstream_is_an_error_and_told_what_was_meant():
    [finding] = gate(registration("shop", {"totals": ["erp/itmes"]}), {"erp": ERP})
    assert (finding.id, finding.level) == ("unknown-upstream", "error")
    assert "Did you mean erp/items?" in finding.fix
    assert "--allow-pending" in finding.fix


def test_an_upstream_still_to_come_is_a_warning_when_that_was_asked_for():
    [finding] = gate(registration("shop", {"totals": ["erp/items"]}), {}, allow_pending=True)
    assert (finding.id, finding.level) == ("pending-upstream", "warning")


def test_an_upstream_that_is_published_is_no_finding():
    assert ids(registration("shop", {"totals": ["erp/items"]}), ERP) == []


def test_a_dataset_that_others_read_may_not_go():
    reader = registration("sales", {"report": ["shop/orders"]})
    without = registration("shop", {"totals": []})
    [finding] = gate(without, {"shop": SHOP, "sales": reader})
    assert finding.id == "dataset-in-use"
    assert "sales/report" in finding.message
    assert "team:sales" in finding.message
    assert ids(without, SHOP) == []


def test_locations_that_wait_for_one_another_are_refused():
    one, other = registration("one", {"a": ["other/b"]}), registration("other", {"b": ["one/a"]})
    assert ids(other, one) == ["cycle"]


def test_a_cycle_elsewhere_is_not_this_locations_fault():
    one, other = registration("one", {"a": ["other/b"]}), registration("other", {"b": ["one/a"]})
    assert ids(SHOP, one, other) == []


def test_everything_wrong_is_told_at_once():
    new = registration("shop", {"a": ["erp/itmes"], "erp/b": []}, contracts={})
    assert ids(new, ERP) == ["key-outside-location", "unknown-upstream"]


def test_a_dataset_of_ones_own_is_never_pending():
    [finding] = gate(registration("shop", {"orders": [], "totals": ["shop/oders"]}), {}, allow_pending=True)
    assert (finding.id, finding.level) == ("unknown-upstream", "error")
    assert "Did you mean shop/orders?" in finding.fix
    assert "--allow-pending" not in finding.fix


def cut(location, key, partitions, **changes):
    """The registration with one of its datasets cut like this."""
    assets = {**location.graph.assets, key: replace(location.graph.assets[key], partitions=partitions, **changes)}
    return replace(location, graph=Graph(assets))


@pytest.mark.parametrize(
    ("upstream", "reader", "found"),
    [
        ({"type": "daily", "start_date": "2026-01-01"}, {"type": "monthly", "start_date": "2026-01-01"}, []),
        ({"type": "static", "keys": ["a", "b"]}, {"type": "static", "keys": ["b"]}, []),
        ({"type": "static", "keys": ["a"]}, {"type": "static", "keys": ["a", "c"]}, ["unmapped-partitions"]),
        ({"type": "static", "keys": ["a"]}, {"type": "monthly", "start_date": "2026-01-01"}, ["unmapped-partitions"]),
        ({"type": "dynamic", "name": "shop/orders"}, {"type": "dynamic", "name": "shop/orders"}, []),
        ({"type": "dynamic", "name": "shop/orders"}, {"type": "dynamic", "name": "x/y"}, ["unmapped-partitions"]),
        ({"type": "static", "keys": ["a"]}, None, []),
        (None, {"type": "static", "keys": ["a"]}, []),
    ],
)
def test_partitions_of_two_teams_must_belong_together_whoever_registers_last(upstream, reader, found):
    shop = cut(SHOP, "shop/orders", upstream)
    board = cut(registration("board", {"days": ["shop/orders"]}), "board/days", reader)
    assert ids(board, shop) == found
    assert ids(shop, board) == found
    every = cut(board, "board/days", reader, whole=("shop/orders",))  # only audited against it, say
    assert ids(every, shop) == []


def test_what_is_to_be_done_about_a_pending_upstream_hangs_on_a_guess():
    [near] = gate(registration("shop", {"totals": ["erp/itmes"]}), {"erp": ERP}, True)
    [far] = gate(registration("shop", {"totals": ["crm/people"]}), {"erp": ERP}, True)
    assert near.fix == "Did you mean erp/items? If not, there is nothing to do: it starts when that is published."
    assert far.fix == "There is nothing to do: it starts when that is published."
