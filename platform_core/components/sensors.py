"""The sensors every location runs: Dagster's own default would arrive stopped."""

from __future__ import annotations

import dagster as dg

from platform_core.components.loading import LoadedLocation

__all__ = ["INTERVAL_SECONDS", "sensors_of"]

INTERVAL_SECONDS = 5  # the daemon looks no more often than this


def sensors_of(loaded: LoadedLocation) -> list[dg.SensorDefinition]:
    """Return the location's sensors, all RUNNING: automation, and those that a location with datasets needs."""
    automation = dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL_SECONDS,
        description="Asks for derived datasets when what they read was published.",
    )
    return [automation]
