"""The sensors every location runs: Dagster's own default one would arrive stopped."""

import time
from collections.abc import Mapping, Sequence

import dagster as dg

from platform_core.components.location import LoadedLocation
from platform_core.errors import PlatformError

__all__ = ["INTERVAL_SECONDS", "RECONCILE_SECONDS", "sensors_of"]

INTERVAL_SECONDS = 5  # the daemon looks no more often than this
RECONCILE_SECONDS = 15


def sensors_of(loaded: LoadedLocation) -> list[dg.SensorDefinition]:
    """Return the location's sensors, all RUNNING: automation, reconcile, and landing where files are expected."""
    automation = dg.AutomationConditionSensorDefinition(
        "automation",
        target=dg.AssetSelection.all(),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL_SECONDS,
        description="Asks for derived datasets when what they read was published.",
    )
    sensors: list[dg.SensorDefinition] = [automation]
    if loaded.datasets:
        sensors.append(_reconcile(loaded))
    if any(dataset.declaration.kind == "file" for dataset in loaded.datasets):
        sensors.append(_landing(loaded))
    return sensors


def _landing(loaded: LoadedLocation) -> dg.SensorDefinition:
    files = [dataset for dataset in loaded.datasets if dataset.declaration.kind == "file"]

    @dg.sensor(
        name="landing",
        # Not `target`: Dagster makes one job of that, and refuses it over datasets that are cut differently.
        asset_selection=dg.AssetSelection.assets(*(dataset.key for dataset in files)),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=INTERVAL_SECONDS,
        description="Asks for file datasets when a delivery stands still in the landing folder.",
    )
    def landing(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        from platform_core.components.landing import take_look
        from platform_core.resources.catalog import Catalog

        try:
            catalog = Catalog.from_environment(loaded.root)
            look = take_look(files, catalog, context.instance, context.cursor, time.time())
        except PlatformError as error:  # the files stand where they are: the next look finds them
            return dg.SensorResult(skip_reason=str(error), cursor=context.cursor)
        for note in look.notes:
            context.log.info(note)
        skip = None if look.requests else "\n".join(look.notes) or None
        return dg.SensorResult(
            run_requests=look.requests,
            skip_reason=skip,
            cursor=look.cursor,
            dynamic_partitions_requests=_registrations(look.new_keys, look.gone_keys),
        )

    return landing


def _registrations(
    new: Mapping[str, Sequence[str]], gone: Mapping[str, Sequence[str]] | None = None
) -> list[dg.AddDynamicPartitionsRequest | dg.DeleteDynamicPartitionsRequest]:
    """Return what tells Dagster of keys of dynamic partitions, by their name."""
    added = [dg.DynamicPartitionsDefinition(name=name).build_add_request(keys) for name, keys in new.items()]
    removed = [
        dg.DynamicPartitionsDefinition(name=name).build_delete_request(keys) for name, keys in (gone or {}).items()
    ]
    return [*added, *removed]


def _reconcile(loaded: LoadedLocation) -> dg.SensorDefinition:
    @dg.sensor(
        name="reconcile",
        asset_selection=dg.AssetSelection.assets(*(dataset.key for dataset in loaded.datasets)),
        default_status=dg.DefaultSensorStatus.RUNNING,
        minimum_interval_seconds=RECONCILE_SECONDS,
        description="Announces commits whose run was killed, and asks again for what did not follow its inputs.",
    )
    def reconcile(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        from platform_core.components import reconcile as work
        from platform_core.resources.catalog import Catalog

        catalog = Catalog.from_environment(loaded.root)
        done = work.reconcile(loaded.datasets, catalog, context.instance, context.cursor, time.time())
        for note in done.notes:
            context.log.warning(note)
        skip = None if done.requests else "\n".join(done.notes) or None
        return dg.SensorResult(
            run_requests=done.requests,
            skip_reason=skip,
            cursor=done.cursor,
            asset_events=done.events,
            dynamic_partitions_requests=_registrations(done.new_keys),
        )

    return reconcile
