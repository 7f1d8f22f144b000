"""Columns that a query names in vain, asked of DuckDB."""

import pytest

from platform_core.sql.unknown_columns import unknown_column

SCHEMA = {
    "shop/orders": {"id": "INTEGER", "amount": "DECIMAL(10,2)", "customer": "INTEGER"},
    "shop/customers": {"customer": "INTEGER", "home": "STRUCT(street VARCHAR)"},
}


@pytest.mark.parametrize(
    ("query", "name", "line"),
    [
        ("SELECT sum(amuont) FROM shop.orders", "amuont", 1),
        ("SELECT\n  sum(o.amuont)\nFROM shop.orders o;\n", "amuont", 2),
        ("SELECT * FROM shop.orders\nJOIN shop.customers USING (custmer)", "custmer", 2),
        ("SELECT * EXCLUDE (amuont) FROM shop.orders", "amuont", 1),
        ("SELECT id FROM shop.orders WHERE amuont > $least", "amuont", 1),
        ("SELECT id FROM shop.orders QUALIFY row_number() OVER (ORDER BY amuont) = 1", "amuont", 1),
        ("WITH a AS (SELECT amount AS b FROM shop.orders)\nSELECT amount FROM a", "amount", 2),
    ],
)
def test_a_column_that_is_not_there_is_told_with_its_line(query: str, name: str, line: int) -> None:
    found = unknown_column(query, SCHEMA, "board")
    assert found is not None and (found.name, found.line) == (name, line)
    assert "amount" in found.known


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sum(amount) AS total FROM shop.orders WHERE id > $least ORDER BY total",
        "SELECT home.street, c.home.street FROM shop.customers c",
        "SELECT O.Amount FROM shop.orders AS o",
        "SELECT amuont FROM shop.elsewhere",  # nobody knows what it has
        "SELECT nosuch(amount) FROM shop.orders",  # another mistake
        "SELEC amuont FROM shop.orders",
        "SELECT x.amount FROM shop.orders",
    ],
)
def test_what_is_there_and_what_nobody_knows_is_no_mistake(query: str) -> None:
    assert unknown_column(query, SCHEMA, "board") is None
