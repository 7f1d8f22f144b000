"""Audit outcomes as Dagster asset checks, inline in the asset's own step."""

from platform_core.checks.results import check_result
from platform_core.checks.specs import DELIVERY, NOT_EMPTY, check_specs, door_checks

__all__ = ["DELIVERY", "NOT_EMPTY", "check_result", "check_specs", "door_checks"]
