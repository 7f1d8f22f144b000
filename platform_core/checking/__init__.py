"""All that a location's pull request must pass, in one process and with one import of Dagster."""

from platform_core.checking.location import check_location

__all__ = ["check_location"]
