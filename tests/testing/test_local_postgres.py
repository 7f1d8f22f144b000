"""A location on Postgres on one machine: DuckDB stands in where no database is named, and says so."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from homes import copy_location, run_pytest

from platform_core.cli.dev import dev
from platform_core.resources.postgres.connection import forget_connections
from platform_core.testing import run_dataset

NAMES = ("URL", "USER", "PASSWORD")
QUERY = """\
SELECT
    o.day::date AS day,
    count(*) FILTER (WHERE o.channel ~ '.') AS orders,
    sum(o.amount)::numeric(18, 2) AS amount
FROM orders AS o
GROUP BY o.day
"""


@pytest.fixture(autouse=True)
def _environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())  # `dev` makes the variables those of the location


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (*(f"PLATFORM_POSTGRES_{name}" for name in NAMES), "PLATFORM_CATALOG", "PLATFORM_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    root = copy_location("location", tmp_path / "shop")
    (root / "location.yaml").write_text((root / "location.yaml").read_text() + "engine: postgres\n")
    (root / "src" / "shop" / "defs" / "order_totals" / "order_totals.sql").write_text(QUERY)
    return root


ORDERS = [{"order_id": 1, "customer": 1, "day": date(2026, 1, 1), "amount": Decimal(2), "channel": "web"}]


@pytest.mark.processes
def test_without_a_server_duckdb_stands_in_and_says_so(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = run_dataset("order_totals", {"orders": ORDERS}, "2026-01", shop).to_pylist()
    assert [(str(row["day"]), row["orders"], float(row["amount"])) for row in rows] == [("2026-01-01", 1, 2.0)]
    code, said = run_pytest(shop)
    assert code == 0, said
    assert "DuckDB stands in for Postgres: set PLATFORM_POSTGRES_URL to a database to try it there" in said


@pytest.mark.processes
def test_what_duckdb_has_no_words_for_says_what_to_do(shop: Path) -> None:
    file = shop / "src" / "shop" / "defs" / "order_totals" / "order_totals.sql"
    file.write_text(QUERY.replace("o.day::date AS day", "make_date(2026, 1, num_nonnulls(o.day)) AS day"))
    code, said = run_pytest(shop)
    assert code != 0 and "num_nonnulls" in said and "order_totals.sql" in said


@pytest.mark.processes
def test_dev_says_where_data_goes(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = CliRunner().invoke(dev, ["--once", "--samples", "--location-root", str(shop)])
    assert "engine postgres: DuckDB stands in for Postgres" in told.output, told.output
    assert "published  shop/grand_total" in told.output


@pytest.mark.postgres
@pytest.mark.processes
def test_with_a_server_it_runs_there_and_leaves_nothing(
    shop: Path, postgres: Any, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLATFORM_POSTGRES_URL", postgres.url(postgres_database))
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "admin")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", postgres.password)
    schemas = "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'dev%' ORDER BY 1"
    try:
        file = shop / "src" / "shop" / "defs" / "order_totals" / "order_totals.sql"
        file.write_text(QUERY.replace("o.day::date AS day", "make_date(2026, 1, num_nonnulls(o.day)) AS day"))
        rows = run_dataset("order_totals", {"orders": ORDERS}, "2026-01", shop).to_pylist()
        assert [str(row["day"]) for row in rows] == ["2026-01-01"]
        assert postgres.run(schemas, postgres_database) == []
        told = CliRunner().invoke(dev, ["--once", "--samples", "--location-root", str(shop)])
        assert f"of {postgres_database} on 127.0.0.1" in told.output, told.output
        assert "published  shop/grand_total" in told.output, told.output
        (live,) = [name for (name,) in postgres.run(schemas, postgres_database) if name.endswith("__shop")]
        assert postgres.run(f'SELECT count(*) FROM "{live}".grand_total', postgres_database)[0][0] > 0
    finally:
        forget_connections()
