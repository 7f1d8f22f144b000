"""The audit on DuckDB: of Parquet files and of tables, statistics first."""

from platform_core.audit.duckdb.engine import audit

__all__ = ["audit"]
