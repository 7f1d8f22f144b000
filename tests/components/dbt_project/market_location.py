"""The location of tests/cases/dbt_location: what is delivered to it, a way to run its models, what came of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from platform_core.components import build_definitions
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

__all__ = ["CASE", "MODELS", "PUBLISHED", "Market", "PostgresMarket"]

CASE = Path(__file__).parents[2] / "cases" / "dbt_location"
PUBLISHED = ("best_customers", "countries", "customers_history", "order_log", "order_totals")
MODELS = (*PUBLISHED, "stg_orders")
_ORDERS = [(1, 1, "2026-01-01", "10.50"), (2, 1, "2026-01-02", "120.00"), (3, 2, "2026-01-02", "5.00")]


class Market:
    """A copy of the location, with an instance that forgets."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.package = root / "src" / "market"
        self.dbt = root / "dbt"
        self.instance = dg.DagsterInstance.ephemeral()
        (root / "landing").mkdir(exist_ok=True)

    @property
    def catalog(self) -> Catalog:
        return Catalog.from_environment(self.root)

    @property
    def definitions(self) -> dg.Definitions:
        return build_definitions(self.package / "definitions.py")

    def deliver(self, *more: tuple[Any, ...], customers: str = "1,PT\n2,SE\n") -> None:
        """Publish the customers, and the orders with `more` of them: (number, customer, day, euros)."""
        lines = [",".join(map(str, order)) for order in (*_ORDERS, *more)]
        (self.root / "landing" / "orders.csv").write_text("order_id,customer,day,amount\n" + "\n".join(lines) + "\n")
        (self.root / "landing" / "customers.csv").write_text("customer,country\n" + customers)
        assert self.run("orders", "customers").success

    def run(self, *datasets: str, tags: dict[str, str] | None = None) -> dg.ExecuteInProcessResult:
        return self.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[dg.AssetKey(["market", name]) for name in datasets],
            instance=self.instance,
            tags=tags,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )

    def table(self, dataset: str) -> Any:
        return self.catalog.table(AssetId("market", dataset))

    def versions(self) -> dict[str, int]:
        """Return the version that stands of each model that was ever published."""
        found = {name: self.table(name).snapshot() for name in PUBLISHED}
        return {name: snapshot.version for name, snapshot in found.items() if snapshot}

    def rows(self, dataset: str, columns: str = "*") -> list[tuple[Any, ...]]:
        """Return what is published."""
        relation = self.table(dataset).snapshot().relation()
        return sorted(duckdb.sql(f"SELECT {columns} FROM {relation.source().sql('duckdb')}").fetchall())

    def announced(self, result: dg.ExecuteInProcessResult) -> set[str]:
        """Return the models under contract that Dagster was told of."""
        told = {event.asset_key.path[-1] for event in result.all_events if event.is_step_materialization}
        return told & set(PUBLISHED)


class PostgresMarket(Market):
    """The same on a real server."""

    def ask(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        import psycopg

        with psycopg.connect(**self.table("orders").place.address.arguments()) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []

    def rows(self, dataset: str, columns: str = "*") -> list[tuple[Any, ...]]:
        return sorted(self.ask(f"SELECT {columns} FROM {self.table(dataset).place.view}"))

    def private(self) -> list[str]:
        """Return what lies in the schema of private builds."""
        query = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s"
        return [name for (name,) in self.ask(f"{query} AND relkind IN ('r', 'v', 'm')", self.table("orders").place.dbt)]

    def staged(self) -> list[str]:
        """Return the tables of deliveries that are neither published nor refused."""
        stage = self.table("orders").place.stages
        return [name for (name,) in self.ask("SELECT tablename FROM pg_tables WHERE schemaname = %s", stage)]

    def leave_behind(self) -> None:
        """Make what a killed run leaves: relations with its name, and nobody who holds its lock."""
        schema = self.table("orders").place.dbt
        self.ask(f'CREATE TABLE "{schema}".b00000000_orders AS SELECT 1 AS x')
        self.ask(f'CREATE VIEW "{schema}".b00000000_view AS TABLE "{schema}".b00000000_orders')
