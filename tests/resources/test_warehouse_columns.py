"""Column names are untrusted text, too."""

from __future__ import annotations

from typing import Any

import polars
import pytest
from warehouse_tables import contract_of, deliver, rows

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.resources.warehouse import Table

NAMES = ["a b", "a.b", "ü", 'say "hi"', "it's", "select", "a,b;{}()=", "x" * 300, "%", "$$"]


@pytest.mark.postgres
@pytest.mark.processes
def test_odd_column_names_in_a_database(postgres_table: Any) -> None:
    """As long as the database allows."""
    names = [name for name in NAMES if len(name) < 64]
    columns = dict.fromkeys(names, "BIGINT")
    values = [f'{place} AS "{name.replace(chr(34), chr(34) * 2)}"' for place, name in enumerate(names)]
    for partition in ("p1", "p2"):
        deliver(postgres_table, f"SELECT {', '.join(values)}", contract_of(columns), partition)
    assert rows(postgres_table, columns) == [tuple(range(len(names)))] * 2
    with pytest.raises(FindingsError, match="63"):
        deliver(postgres_table, f'SELECT 1 AS "{"x" * 64}"', contract_of({"x" * 64: "BIGINT"}), "p1")


def test_odd_column_names_come_back(table: Table) -> None:
    columns = dict.fromkeys(NAMES, "BIGINT") | {"obj": 'STRUCT("p q" BIGINT, "r.s" VARCHAR)'}
    values = [f'{place} AS "{name.replace(chr(34), chr(34) * 2)}"' for place, name in enumerate(NAMES)]
    query = f"""SELECT {", ".join(values)}, {{'p q': 1, 'r.s': 'x'}} AS obj"""
    for partition in ("p1", "p2"):
        deliver(table, query, contract_of(columns), partition)
    expected = (*range(len(NAMES)), {"p q": 1, "r.s": "x"})
    assert rows(table, columns) == [expected, expected]
    assert polars.read_delta(str(table.path)).select(NAMES).rows() == [tuple(range(len(NAMES)))] * 2


@pytest.mark.parametrize("name", ["_partition", "_PARTITION"])
def test_the_partition_column_is_ours(table: Table, name: str) -> None:
    with pytest.raises(PlatformError, match="reserved"):
        deliver(table, f"SELECT 1 AS {name}", contract_of({name: "BIGINT"}), "p1")
    assert table.snapshot() is None
