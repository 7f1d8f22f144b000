"""The list of what is promised and relied on: columns, and the terms of the dataset as a whole."""

from pathlib import Path

import pytest

from platform_core.contracts import parse_contract
from platform_core.documents import read_document
from platform_core.formats.needs import need_rows
from platform_core.lineage.needs import parse_need
from platform_core.onboarding.needs import Known

CONTRACT = """\
version: 2.1.0
slaProperties:
  - {property: frequency, value: 40, unit: d}
  - {property: retention, value: 1, unit: y}
schema:
  - name: orders
    properties:
      - {name: order, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: line, logicalType: integer, primaryKey: true, primaryKeyPosition: 2}
      - {name: amount, logicalType: number}
"""
KNOWN = Known(parse_contract(read_document(Path("orders.odcs.yaml"), CONTRACT.encode())), {"amount": ["totals"]})


def rows(text: str | None) -> list[tuple[str, str, str]]:
    """What the list says below the column, without the name of the dataset: what, promised, relied on."""
    need = None
    if text is not None:
        need = parse_need(read_document(Path("shop.orders.yaml"), f"dataset: shop/orders\n{text}".encode()))
    found = list(need_rows("shop/orders", KNOWN, need))
    assert {row[0] for row in found} == {"shop/orders"}
    assert found[0][1] in {"amount", "(rows only)"}
    return [(row[1], row[3], row[4]) for row in found[1:]]


def test_who_wrote_nothing_relies_on_every_term_but_the_version() -> None:
    assert rows(None) == [
        ("(version)", "2.1.0", "any"),
        ("(key order, line)", "one row for each", "all (no file)"),
        ("(frequency)", "at most 40 d", "all (no file)"),
        ("(retention)", "at least 1 y", "all (no file)"),
    ]


def test_what_is_not_relied_on_is_said() -> None:
    assert rows("properties: [{name: amount}]\n") == [
        ("(version)", "2.1.0", "any"),
        ("(key order, line)", "one row for each", "not relied on"),
        ("(frequency)", "at most 40 d", "not relied on"),
        ("(retention)", "at least 1 y", "not relied on"),
    ]


@pytest.mark.parametrize(
    ("term", "row"),
    [
        ("version: ^3", ("(version)", "2.1.0", "^3 - NOT MET")),
        ("version: ^2", ("(version)", "2.1.0", "^2")),
        ("keys: [[order, line]]", ("(key order, line)", "one row for each", "as promised")),
        ("keys: [[amount]]", ("(key amount)", "nothing: its key is order, line", "one row for each - NOT MET")),
        ("keys: [[order, line, amount]]", ("(key order, line, amount)", "one row for each", "as promised")),
        ("slaProperties: [{property: frequency, value: 40, unit: d}]", ("(frequency)", "at most 40 d", "as promised")),
        ("slaProperties: [{property: frequency, value: 2, unit: mo}]", ("(frequency)", "at most 40 d", "at most 2 mo")),
        (
            "slaProperties: [{property: frequency, value: 1, unit: d}]",
            ("(frequency)", "at most 40 d", "at most 1 d - NOT MET"),
        ),
        ("slaProperties: [{property: latency, value: 2, unit: d}]", ("(latency)", "nothing", "at most 2 d - NOT MET")),
    ],
)
def test_a_term_that_is_relied_on_is_a_row(term: str, row: tuple[str, str, str]) -> None:
    assert row in rows(f"properties: [{{name: amount}}]\n{term}\n")


def test_a_key_that_is_not_met_says_nothing_of_its_column() -> None:
    need = parse_need(
        read_document(
            Path("shop.orders.yaml"), b"dataset: shop/orders\nproperties: [{name: amount}]\nkeys: [[amount]]\n"
        )
    )
    (column, *_) = need_rows("shop/orders", KNOWN, need)
    assert column[1] == "amount" and "NOT MET" not in column[4]
