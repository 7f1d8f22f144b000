"""Which columns of other teams each asset uses, as a registration tells it."""

import shutil
from pathlib import Path

import pytest
from dbt_projects import check, manifest, model, source

from platform_core.contracts import Contract, parse_contract
from platform_core.documents import Document
from platform_core.onboarding.dbt.built import Built
from platform_core.onboarding.dbt.needs import reads
from platform_core.onboarding.reads import reads_of
from platform_core.testing.runs import load

CASES = Path(__file__).parents[1] / "cases"


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(CASES / "reader_location", tmp_path / "board", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(CASES / "location/contracts", tmp_path / "workspace/locations/shop/contracts")
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path / "workspace"))
    load.cache_clear()
    return tmp_path / "board"


def test_queries_and_the_rules_of_contracts(board: Path) -> None:
    """What a foreign key points to and what a rule in SQL looks at is used, too."""
    contract = board / "contracts/all_time.odcs.yaml"
    text = contract.read_text()
    first = text.index("      - {name: country")
    rule = (
        "    quality:\n      - name: every_order\n        type: sql\n        mustBe: 0\n        query: >-\n"
        "          SELECT count(*) FROM ${object} WHERE orders > (SELECT count(order_id) FROM shop.orders)\n"
    )
    link = "relationships: [{to: shop.customers.country}], "
    contract.write_text(text[:first] + text[first:].replace("{name: country, ", f"{{name: country, {link}", 1) + rule)
    found = reads_of(board)["board/all_time"]
    assert {name: set(columns or ()) for name, columns in found.items()} == {
        "shop/customers": {"customer", "country"},
        "shop/orders": {"customer", "amount", "order_id"},
    }


def test_a_star_that_reaches_the_result_is_told(board: Path) -> None:
    """It hands on what will be added; an inner one, of which columns are named, does not."""
    query = board / "src/board/defs/month_board/month_board.sql"
    text = query.read_text()
    query.write_text(text.replace("shop.orders", "(SELECT * FROM shop.orders)"))
    assert reads_of(board)["board/month_board"] == {"shop/orders": ("amount", "channel")}
    load.cache_clear()
    query.write_text(f"SELECT * FROM ({text}) CROSS JOIN shop.customers")
    assert (reads_of(board)["board/month_board"]["shop/customers"] or ())[-1] == "*"
    assert reads_of(board)["board/month_board"]["shop/orders"] == ("amount", "channel")


def test_what_nobody_can_say(board: Path) -> None:
    """A contract that is not known here, a function, a query that the contract does not fit: all columns, then."""
    (board.parent / "workspace/locations/shop/contracts/customers.odcs.yaml").unlink()
    assert reads_of(board)["board/all_time"]["shop/customers"] is None
    assert reads_of(board)["board/month_board"] == {"shop/orders": ("amount", "channel")}


def test_a_description_of_a_location_tells_them(board: Path) -> None:
    """What is registered: by asset; of what nobody can say there is no entry."""
    from platform_core.adapters.graph import graph_of
    from platform_core.components import build_definitions
    from platform_core.workspace.describe import with_reads

    definitions = build_definitions(board / "src/board/definitions.py")
    graph = with_reads(graph_of(definitions, "board"), board)
    assert graph.assets["board/all_time"].columns_read("shop/orders") == ("amount", "customer")
    (board.parent / "workspace/locations/shop/contracts/customers.odcs.yaml").unlink()
    load.cache_clear()
    graph = with_reads(graph_of(definitions, "board"), board)
    assert graph.assets["board/all_time"].columns_read("shop/customers") is None


def contract_of(*columns: str) -> Contract:
    properties = [{"name": name, "logicalType": "integer"} for name in columns]
    return parse_contract(
        Document(Path("x.odcs.yaml"), {"version": "1.0.0", "schema": [{"name": "x", "properties": properties}]})
    )


def test_models_of_dbt() -> None:
    """An ephemeral model is part of its reader; tests read, too; what asks while it compiles, nobody can say."""
    orders, customers = source("crm", "orders"), source("crm", "customers")
    step = model("step", depends_on=(orders.unique_id,), materialized="ephemeral")
    plain = model("plain", depends_on=(step.unique_id, customers.unique_id))
    asking = model("asking", depends_on=(orders.unique_id,), raw_code="{% set x = run_query('select 1') %}")
    unseen = model("unseen", depends_on=(orders.unique_id,))
    tested = model("tested", depends_on=(orders.unique_id,))
    project = manifest(
        *(step, plain, asking, unseen, tested, orders, customers),
        check("relationships", "id", "tested", field="number", reads=(tested.unique_id, customers.unique_id)),
    )
    of_orders = 'select id from "memory"."crm"."orders"'
    built = Built(
        compiled={
            step.unique_id: [of_orders],
            plain.unique_id: [
                'with s as (select 1 as id) select s.id, c.name from s join "memory"."crm"."customers" c using (id)'
            ],
            asking.unique_id: [of_orders],
            unseen.unique_id: ["select 1 as id"],
            tested.unique_id: [of_orders],
        }
    )
    contracts = {
        orders.unique_id: contract_of("id", "amount"),
        customers.unique_id: contract_of("id", "name", "number"),
    }
    assert reads(project, built, contracts) == {
        "step": {"crm/orders": ("id",)},
        "plain": {"crm/orders": ("id",), "crm/customers": ("id", "name")},
        "asking": {"crm/orders": None},
        "unseen": {"crm/orders": None},
        "tested": {"crm/orders": ("id",), "crm/customers": ("number",)},
    }
