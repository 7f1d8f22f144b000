"""What the warehouse on PostgreSQL stages, the audit there takes for what it is: every type, nested or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from auditing import CONNECTION, LOCATION
from postgres_server import Server

from platform_core.audit import plan
from platform_core.contracts import parse_contract
from platform_core.contracts.types import property_of
from platform_core.documents import Document
from platform_core.names import AssetId

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

# A value of each type that something could go wrong with on its way into a text, a jsonb and back.
VALUES = {
    "flag": "true",
    "tiny": "(-128)::TINYINT",
    "big": "9223372036854775807",
    "exact": "12345678901234567890123456789012345.123::DECIMAL(38,3)",
    "ratio": "0.1::FLOAT",
    "none": "'nan'::DOUBLE",
    "edge": "'-inf'::DOUBLE",
    "day": "DATE '0044-03-15 (BC)'",
    "moment": "TIMESTAMP '2013-01-01 10:00:00.000001'",
    "zoned": "TIMESTAMPTZ '0044-03-15 (BC) 10:00:00+00'",
    "hour": "TIME '23:59:59.999999'",
    "name": "'a\"b\\c' || chr(10) || ', NaN] {x}'",
    "blob": "'\\x00\\xFFa'::BLOB",
    "home": "{'city': 'x', 'at': DATE '2013-02-28', 'lot': 1.50::DECIMAL(4,2), 'wide': 'nan'::DOUBLE}",
    "tags": "[1, NULL, -2147483648]",
    "deep": "[{'a': [0.1::FLOAT], 'b': MAP {'k': TIMESTAMPTZ '2013-01-01 00:00:00+00'}}]",
    "rates": "MAP {'a': 'inf'::DOUBLE, 'b': 1e300}",
    "huge": "[12345678901234567890123456789012345.123::DECIMAL(38,3)]",
    "days": "[DATE '0044-03-15 (BC)', DATE '2012-02-29', DATE '12013-01-01', DATE 'infinity']",
    "moments": "[TIMESTAMP '0044-03-15 (BC) 10:00:00', TIMESTAMP '2012-02-29 10:00:00.5']",
    "times": "[TIME '10:00:00', NULL]",
}


def test_every_type(postgres: Server, postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from platform_core.resources.postgres import Warehouse
    from platform_core.resources.postgres_address import PostgresAddress

    monkeypatch.setenv("TEST_POSTGRES_PASSWORD", postgres.password)
    address = PostgresAddress(postgres.url(postgres_database).replace("//", "//admin@"), "TEST_POSTGRES_PASSWORD")
    listed = ", ".join(f"{value} AS {name}" for name, value in VALUES.items())
    nulls = ", ".join("NULL" for _ in VALUES)
    CONNECTION.execute(f"CREATE OR REPLACE TABLE every_type AS SELECT {listed} UNION ALL SELECT {nulls}")
    described = CONNECTION.execute("DESCRIBE every_type").fetchall()
    properties: list[Any] = [property_of(row[0], row[1]) for row in described]
    for each in properties:
        if each["name"] in ("days", "moments"):  # judged inside, so that each is also read
            each["items"]["logicalTypeOptions"] = {"maximum": "9999-01-01"}
    data = {"version": "1.0.0", "schema": [{"name": "orders", "properties": properties}]}
    contract = parse_contract(Document(Path("orders.odcs.yaml"), data))
    table = Warehouse(address).table(AssetId(LOCATION, "orders"))
    with table.stage(None, "run") as stage, duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("rows", CONNECTION.table("every_type").to_arrow_table())
        stage.write(connection, connection.sql("FROM rows"), contract)
        result = table.audit(plan(contract, LOCATION), stage.relation, None, {})
    broken = {each.check.name: (each.violations, each.error) for each in result.outcomes if not each.passed}
    assert broken == {"range_days_item": (1, "")}
    assert result.rows == 2
