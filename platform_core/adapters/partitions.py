"""Dagster partitions definitions -> the words of defs.yaml (`type: monthly`, `start_date`, ...)."""

from __future__ import annotations

from typing import Any

from platform_core.names import KEY_FORMATS

__all__ = ["partitions_data"]

_TYPES = {"0 * * * *": "hourly", "0 0 * * *": "daily", "0 0 * * 1": "weekly", "0 0 1 * *": "monthly"}


def partitions_data(definition: Any) -> dict[str, Any] | None:
    """Return a partitions definition as plain data; None when the asset is not partitioned.

    `type` is daily, weekly (from Monday), monthly, hourly, time_window, static, dynamic or multi; an open end has no
    `end_date`.
    """
    import dagster as dg

    if definition is None:
        return None
    if isinstance(definition, dg.StaticPartitionsDefinition):
        return {"type": "static", "keys": list(definition.get_partition_keys())}
    if isinstance(definition, dg.DynamicPartitionsDefinition):
        return {"type": "dynamic", "name": definition.name}
    if isinstance(definition, dg.MultiPartitionsDefinition):
        dimensions = {d.name: partitions_data(d.partitions_def) for d in definition.partitions_defs}
        return {"type": "multi", "dimensions": dimensions}
    if isinstance(definition, dg.TimeWindowPartitionsDefinition):
        return _time_window(definition)
    return {"type": type(definition).__name__}


def _time_window(definition: Any) -> dict[str, Any]:
    """Say only what differs from how the platform writes this type, so that most read `type` and `start_date` alone."""
    type_ = _TYPES.get(definition.cron_schedule, "time_window")
    date = "%Y-%m-%d" if type_ in KEY_FORMATS else "%Y-%m-%d-%H:%M"
    found: dict[str, Any] = {"type": type_, "start_date": definition.start.strftime(date)}
    if definition.end is not None:
        found["end_date"] = definition.end.strftime(date)
    if definition.end_offset:
        found["end_offset"] = definition.end_offset
    if definition.timezone != "UTC":
        found["timezone"] = definition.timezone
    if definition.fmt != KEY_FORMATS.get(type_):
        found["fmt"] = definition.fmt
    if type_ == "time_window":
        found["cron_schedule"] = definition.cron_schedule
    return found
