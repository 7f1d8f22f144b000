"""Uses without a need, and needs without a use."""

from pathlib import Path

import pytest

from platform_core.contracts import Contract, parse_contract
from platform_core.documents import read_document
from platform_core.lineage import Asset, Graph
from platform_core.lineage.need_use import Use, not_met, use_findings, uses
from platform_core.lineage.needs import Need, parse_need

ROOT = Path("/location")


def graph(reads: dict[str, tuple[str, ...]] | None) -> Graph:
    own = Asset("board/all", ("board/own", "shop/orders"), reads=reads)
    return Graph({"board/all": own, "board/own": Asset("board/own")})


def need_of(text: str) -> dict[str, Need]:
    need = parse_need(read_document(ROOT / "needs/shop.orders.yaml", text.encode()))
    return {need.dataset: need}


def contract_of(*names: str) -> Contract:
    columns = ", ".join(f"{{name: {name}}}" for name in names)
    text = f"version: 1.0.0\nschema: [{{name: orders, properties: [{columns}]}}]\n"
    return parse_contract(read_document(Path("orders.odcs.yaml"), text.encode()))


ORDERS_CONTRACT = contract_of("amount", "customer")
ORDERS = "dataset: shop/orders\nproperties:\n  - {name: amount}\n  - {name: customer}\n"


def test_what_is_read_of_others() -> None:
    assert uses(graph({"shop/orders": ("amount",)}), "board") == {"shop/orders": Use({"amount": ("board/all",)})}
    assert uses(graph(None), "board") == {"shop/orders": Use({}, ("board/all",))}
    assert uses(Graph({"board/own": Asset("board/own")}), "board") == {}


@pytest.mark.parametrize(
    ("reads", "needs", "expected"),
    [
        ({"shop/orders": ("amount", "customer")}, ORDERS, []),
        ({"shop/orders": ("amount",)}, "", [("use-without-need", 0, "shop/orders is read by all, and no file")]),
        (None, "", [("use-without-need", 0, "shop/orders is read by all")]),
        (
            {"shop/orders": ("amount", "customer", "channel")},
            ORDERS,
            [("use-without-need", 2, "column 'channel' of shop/orders is used by all")],
        ),
        ({"shop/orders": ("amount",)}, ORDERS, [("unused-need", 4, "column 'customer' of shop/orders is needed")]),
        (None, ORDERS, []),  # nobody can look into it: what it uses is for its team to say
        ({"shop/orders": ()}, "dataset: shop/orders\n", []),
        (
            {"shop/orders": ("amount", "customer")},
            f"{ORDERS}  - {{name: gone}}\n",
            [("unused-need", 5, "column 'gone' of shop/orders")],
        ),
    ],
)
def test_use_and_need_side_by_side(
    reads: dict[str, tuple[str, ...]] | None, needs: str, expected: list[tuple[str, int, str]]
) -> None:
    found = use_findings(graph(reads), "board", need_of(needs) if needs else {}, ROOT)
    assert [(one.id, one.where.line if one.where else -1) for one in found] == [(id, line) for id, line, _ in expected]
    assert all(one.level == "warning" and one.fix for one in found)
    for one, (_, _, said) in zip(found, expected, strict=True):
        assert said in one.message


def test_what_nobody_promises_is_told_once() -> None:
    """`need-not-met` says that there is no such column: that nobody uses it says nothing more."""
    needs = need_of(f"{ORDERS}  - {{name: gone}}\n")
    found = use_findings(graph({"shop/orders": ("amount",)}), "board", needs, ROOT, {"shop/orders": ORDERS_CONTRACT})
    assert [(one.id, one.where and one.where.line) for one in found] == [("unused-need", 4)]
    assert found[0].fix.startswith("Take it out by hand")


def test_columns_that_are_not_named_are_added_together() -> None:
    for reads, word in ((("amount",), "it"), (("amount", "channel"), "them")):
        (found,) = use_findings(graph({"shop/orders": reads}), "board", need_of("dataset: shop/orders\n"), ROOT)
        assert found.message.endswith(f"the need does not name {word}.") and found.fix.startswith(f"Add {word} with: ")


def test_a_need_of_what_nobody_reads() -> None:
    found = use_findings(graph({"shop/orders": ()}), "board", need_of("dataset: shop/prices\n"), ROOT)
    assert [one.message for one in found if one.id == "unused-need"] == ["nothing here reads shop/prices."]
    (own,) = use_findings(Graph({}), "shop", need_of(ORDERS), ROOT)
    assert own.message == "shop/orders is a dataset of this location itself."


def test_what_is_not_met_is_an_error_with_its_line() -> None:
    (found,) = not_met(need_of(ORDERS)["shop/orders"], contract_of("amount"))
    assert (found.id, found.level, found.where and found.where.line) == ("need-not-met", "error", 4)


def test_who_hands_on_any_column_is_warned() -> None:
    """One that is added is in no contract of the reader: its delivery would be refused."""
    (found,) = use_findings(
        graph({"shop/orders": ("amount", "*")}), "board", need_of(ORDERS.replace("  - {name: customer}\n", "")), ROOT
    )
    assert (found.id, found.level, found.subject) == ("star-read", "warning", "board/all")
    assert "all hands on whatever columns shop/orders has" in found.message
    assert graph({"shop/orders": ("amount", "*")}).assets["board/all"].columns_read("shop/orders") == ("amount",)


def test_reads_go_through_a_file_and_an_older_one_knows_none() -> None:
    told = graph({"shop/orders": ("amount",)})
    assert Graph.from_data(told.as_data()) == told
    older = told.as_data()
    del older["assets"]["board/all"]["reads"]
    asset = Graph.from_data(older).assets["board/all"]
    assert asset.reads is None and asset.columns_read("shop/orders") is None
    assert told.assets["board/all"].columns_read("shop/orders") == ("amount",)
    assert told.assets["board/all"].columns_read("shop/other") is None
