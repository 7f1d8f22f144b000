"""What the tests of the audit share: contracts made of properties, and relations written by several writers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import polars
import pyarrow
from pyarrow import parquet

from platform_core.audit import AuditResult, Outcome, plan
from platform_core.audit.duckdb import audit
from platform_core.contracts.model import Contract, parse_contract
from platform_core.documents import Document
from platform_core.sql import Relation

LOCATION = "shop"
CONNECTION = duckdb.connect(":memory:", config={"threads": 2})  # one for all: opening it costs more than an audit
CONNECTION.execute("SET TimeZone = 'UTC'")


def contract_of(*properties: Mapping[str, Any], **schema: Any) -> Contract:
    """Return a contract of the dataset `orders` with these ODCS properties."""
    data = {"version": "1.0.0", "schema": [{"name": "orders", "properties": list(properties), **schema}]}
    return parse_contract(Document(Path("orders.odcs.yaml"), data))


def by_duckdb(table: pyarrow.Table, path: Path) -> Relation:
    CONNECTION.from_arrow(table).write_parquet(str(path))
    return Relation.of([path])


def by_pyarrow(table: pyarrow.Table, path: Path) -> Relation:
    parquet.write_table(table, path)
    return Relation.of([path])


def by_polars(table: pyarrow.Table, path: Path) -> Relation:
    polars.DataFrame(table).write_parquet(path)
    return Relation.of([path])


WRITERS: Mapping[str, Callable[[pyarrow.Table, Path], Relation]] = {
    "duckdb": by_duckdb,
    "pyarrow": by_pyarrow,
    "polars": by_polars,
}


def column_of(type_: str, values: Sequence[Any]) -> pyarrow.Table:
    """Return a table with one column, `value`, of a DuckDB type; values are text as DuckDB reads it."""
    texts = [None if value is None else str(value) for value in values]
    rows = pyarrow.table({"text": pyarrow.array(texts, pyarrow.string())})
    CONNECTION.register("rows_of_text", rows)
    return CONNECTION.sql(f"SELECT CAST(text AS {type_}) AS value FROM rows_of_text").to_arrow_table()


def as_table(name: str, table: pyarrow.Table) -> Relation:
    """Return a DuckDB table with these rows."""
    CONNECTION.register("rows_of_table", table)
    CONNECTION.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT * FROM rows_of_table")
    return Relation.table(name)


def run(
    contract: Contract,
    staged: Relation | pyarrow.Table,
    others: Relation | None = None,
    references: Mapping[str, Relation] | None = None,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> AuditResult:
    """Audit a relation, or an Arrow table as a DuckDB view, by every check of the contract."""
    if isinstance(staged, pyarrow.Table):
        staged = as_table("staged", staged)
    return audit(connection or CONNECTION, plan(contract, LOCATION), staged, others, references)


def outcome(result: AuditResult, name: str) -> Outcome:
    """Return the one outcome of the check `name`."""
    found = [each for each in result.outcomes if each.check.name == name]
    assert len(found) == 1, [each.check.name for each in result.outcomes]
    return found[0]


NAMES = ['a"b', "a'b", "a b", "select", "Grösse", "{x}", "a;--", "a.b", "%s", "`x`", "x\\y", "?", "$1", "日本"]
NAMES += ["found", "rows_of_found", "key_1", "low", "filled", "staged", "used", "item_1", "value"]


def named_contract(name: str) -> Contract:
    """Return a contract with a column of this name, a field of this name, and rules of most kinds about them."""
    return contract_of(
        {"name": name, "logicalType": "string", "required": True, "unique": True, "enum": [{"value": name}]}
        | {"logicalTypeOptions": {"minLength": 1, "pattern": ".*"}}
        | {"quality": [{"type": "sql", "query": "SELECT count(${column}) FROM ${table}", "mustBe": 1}]}
        | {"relationships": [{"to": f"other.{name.replace('.', '_')}"}]},
        {"name": "nested", "logicalType": "object"}
        | {"properties": [{"name": name, "logicalType": "integer", "logicalTypeOptions": {"minimum": 2}}]},
    )


# Keys hold over the dataset; other rules over the delivery, unless the contract says otherwise.
KEY = contract_of(
    {"name": "id", "logicalType": "integer", "unique": True},
    quality=[
        {"metric": "rowCount", "mustBe": 2},
        {"metric": "rowCount", "mustBe": 5, "customProperties": [{"property": "platformScope", "value": "dataset"}]},
        {"metric": "duplicateValues", "arguments": {"properties": ["id"]}, "mustBe": 0},
        {"name": "here", "metric": "duplicateValues", "arguments": {"properties": ["id"]}, "mustBe": 0}
        | {"customProperties": [{"property": "platformScope", "value": "partition"}]},
        {"name": "sum", "type": "sql", "query": "SELECT sum(id) FROM ${table}", "mustBe": 7},
        {"name": "sums", "type": "sql", "query": "SELECT sum(id) FROM orders", "mustBe": 12}
        | {"customProperties": [{"property": "platformScope", "value": "dataset"}]},
    ],
)
