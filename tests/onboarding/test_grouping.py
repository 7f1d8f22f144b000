"""The key that a query's GROUP BY proves."""

from pathlib import Path

import pytest

from platform_core.contracts import Contract, load_contract
from platform_core.onboarding.grouping import grouping_key


@pytest.fixture
def orders(tmp_path: Path) -> Contract:
    """Orders, of which day and shop are always filled and country is not."""
    (tmp_path / "orders.odcs.yaml").write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: o\nversion: 1.0.0\nstatus: active\nschema:\n"
        "  - name: orders\n    properties:\n"
        "      - {name: day, logicalType: date, required: true}\n"
        "      - {name: shop, logicalType: string, required: true}\n"
        "      - {name: country, logicalType: string}\n"
        "      - {name: amount, logicalType: number, required: true}\n"
    )
    return load_contract(tmp_path / "orders.odcs.yaml")


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("SELECT day, count(*) AS n FROM orders GROUP BY day", ("day",)),
        ("SELECT day AS d, o.shop, sum(amount) FROM orders AS o GROUP BY day, o.shop", ("d", "shop")),
        ("SELECT sum(amount), shop, day FROM orders GROUP BY 2, 3", ("shop", "day")),
        ("SELECT day, count(*) AS n FROM orders GROUP BY ALL", ("day",)),
        ("SELECT country, count(*) FROM orders GROUP BY country", ()),  # a group of those without one
        ("SELECT count(*) FROM orders GROUP BY day", ()),  # the key is not in the result
        ("SELECT day, shop FROM orders", ()),
        ("SELECT day, count(*) FROM orders GROUP BY ROLLUP (day)", ()),
        ("SELECT day, count(*) FROM orders GROUP BY GROUPING SETS ((day), ())", ()),
        ("SELECT a.day, count(*) FROM orders a LEFT JOIN orders b ON a.shop = b.shop GROUP BY a.day", ()),
        ("SELECT upper(shop) AS shop, count(*) FROM orders GROUP BY upper(shop)", ()),
        ("SELECT nullif(shop, 'x') AS shop, count(*) FROM orders GROUP BY ALL", ()),
        ("WITH o AS (SELECT nullif(shop, 'x') AS shop FROM orders) SELECT shop, count(*) FROM o GROUP BY shop", ()),
        ("SELECT shop, n FROM (SELECT shop, count(*) AS n FROM orders GROUP BY shop) GROUP BY ALL", ()),
        ("SELECT day, count(*) FROM orders GROUP BY day UNION ALL SELECT day, 1 FROM orders", ()),
        ("SELECT day, unnest([1, 2]) AS n, count(*) FROM orders GROUP BY day", ()),
        ("this is no query", ()),
    ],
)
def test_key(orders: Contract, query: str, key: tuple[str, ...]) -> None:
    """Only what is certain; a guess would refuse good data."""
    assert grouping_key(query, [orders]) == key
