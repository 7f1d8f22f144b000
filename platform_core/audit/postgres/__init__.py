"""The audit on PostgreSQL: one aggregate pass over the staged table, and as few other queries as can be."""

from platform_core.audit.postgres.engine import audit

__all__ = ["audit"]
