"""A copy of another dataset: declared in a line, under its own contract, through the door."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from shop_location import CUSTOMERS, Shop, failure, outcomes

from platform_core.components.loading import load_datasets
from platform_core.findings import FindingsError
from platform_core.names import AssetId

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: shop.people
version: 1.0.0
status: active
schema:
  - name: people
    logicalType: object
    properties:
      - {name: customer, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}
      - {name: country, logicalType: string}
"""


@pytest.fixture
def copied(shop: Shop) -> Shop:
    folder = shop.package / "defs" / "people"
    folder.mkdir()
    (folder / "defs.yaml").write_text("type: platform_core.CopyDataset\nattributes:\n  of: shop/customers\n")
    (shop.root / "contracts" / "people.odcs.yaml").write_text(CONTRACT)
    return shop


def test_a_copy_holds_what_its_contract_promises(copied: Shop) -> None:
    copied.deliver("customers.csv", CUSTOMERS)
    assert copied.run("customers").success
    assert copied.run("people").success
    assert copied.rows("people") == [(1, "PT"), (2, "SE"), (3, "PT")]
    (asset,) = [one for one in copied.definitions.resolve_asset_graph().asset_nodes if one.key.path[-1] == "people"]
    assert {"copy", "duckdb", "deltalake"} == asset.kinds
    assert [key.path for key in asset.parent_keys] == [["shop", "customers"]]
    publication = copied.table("people").current()[None]
    assert publication.inputs == {"shop/customers": copied.table("customers").current()[None].version}


def test_what_the_source_lacks_refuses_the_copy(copied: Shop, edit: Callable[[str, str, str], None]) -> None:
    edit("contracts/people.odcs.yaml", "name: country", "name: planet")
    copied.deliver("customers.csv", CUSTOMERS)
    assert copied.run("customers").success
    result = copied.run("people")
    assert not result.success and "could not be read" in failure(result).description
    assert "planet" in str(outcomes(result)["delivery"])
    assert copied.table("people").current() == {}


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("of: shop/customers", "of: shop/people", "a dataset is no copy of itself"),
        ("of: shop/customers", "of: ../x", "not a dataset"),
        ("of: shop/customers", "from: shop/customers", "'of' is needed"),
        ("of: shop/customers", "of: shop/customer", "nobody produces shop/customer"),
        ("CopyDataset", "CopiedDataset", "There are: platform_core.CopyDataset"),
    ],
)
def test_problems_have_their_line(copied: Shop, old: str, new: str, says: str) -> None:
    file = copied.package / "defs" / "people" / "defs.yaml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(FindingsError) as caught:
        load_datasets(copied.package)
    found = [one for one in caught.value.findings if says in f"{one.message} {one.fix}"]
    assert found and found[0].where is not None and found[0].where.path == file


def test_the_engine_shows(copied: Shop) -> None:
    file = copied.root / "location.yaml"
    file.write_text(file.read_text() + "engine: postgres\n")
    loaded = load_datasets(copied.package)
    assert loaded.location.engine == "postgres"
    nodes = {one.key.path[-1]: one.kinds for one in copied.definitions.resolve_asset_graph().asset_nodes}
    assert nodes["people"] == {"copy", "postgres"} and AssetId("shop", "people") in {d.asset for d in loaded.datasets}
