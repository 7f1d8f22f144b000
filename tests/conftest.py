"""Fixtures that tests of every part share."""

from postgres_server import own_postgres, postgres, postgres_database

__all__ = ["own_postgres", "postgres", "postgres_database"]
