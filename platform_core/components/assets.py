"""A dataset as a Dagster asset: what is stamped on it, and the step that takes it through the door."""

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from platform_core.checks import check_specs
from platform_core.components.conditions import follow, on_new_code
from platform_core.components.dataset import Dataset
from platform_core.components.engine import engine_kinds, engine_of
from platform_core.components.metadata import asset_metadata, asset_tags, freshness_policy
from platform_core.components.partitions import Partitions, mapping_to
from platform_core.components.rerun import said_of_rerun
from platform_core.names import AssetId

__all__ = ["asset_of", "spec_of"]


def asset_of(dataset: Dataset) -> dg.AssetsDefinition:
    """Return the asset of one dataset."""

    @dg.multi_asset(
        name="__".join(dataset.asset.path),
        specs=[spec_of(dataset)],
        check_specs=check_specs(dataset.checks, dataset.key),
        partitions_def=dataset.partitions.definition() if dataset.partitions else None,
        backfill_policy=_backfill_policy(dataset),
        pool=dataset.declaration.pool or None,
    )
    def step(context: dg.AssetExecutionContext) -> Iterator[Any]:
        from platform_core.components.door import run_step

        yield from run_step(context, dataset)

    return step


def _backfill_policy(dataset: Dataset) -> dg.BackfillPolicy | None:
    """Process start is most of the cost of a small run: a backfill is one run over all its partitions.

    Of what is not safe to run again each partition is a run of its own: to finish a backfill that broke off, only those
    that failed have to be run.
    """
    if dataset.partitions is None:
        return None
    if most := 1 if dataset.unsafe else dataset.declaration.partitions_per_run:
        return dg.BackfillPolicy.multi_run(most)
    return dg.BackfillPolicy.single_run()


def spec_of(dataset: Dataset, internal: Sequence[AssetId] = ()) -> dg.AssetSpec:
    """Return what Dagster knows of a dataset. `internal` are assets it is made of that are not published."""
    declaration, contract = dataset.declaration, dataset.contract
    return dg.AssetSpec(
        key=dataset.key,
        deps=[*_deps(dataset), *(dg.AssetDep(dg.AssetKey(asset.path)) for asset in internal)],
        description=contract.description or None,
        metadata=asset_metadata(declaration, contract, dataset.asset),
        # Not skippable, Dagster would announce refused data: an output that is not yielded counts as materialized.
        skippable=True,
        group_name=dataset.asset.location,
        owners=[dataset.location.owner],
        kinds={*engine_kinds(engine_of(dataset)), *declaration.kinds},
        tags={**asset_tags(contract), **said_of_rerun(dataset.unsafe)[0]},
        code_version=f"{contract.hash}-{declaration.fingerprint}",
        freshness_policy=freshness_policy(contract),
        automation_condition=_condition(dataset, other_deps=bool(internal)),
        partitions_def=dataset.partitions.definition() if dataset.partitions else None,
    )


def _deps(dataset: Dataset) -> list[dg.AssetDep]:
    # Only the audit reads a reference, and it reads all that is published of it.
    every = dg.AllPartitionMapping() if dataset.partitions else None
    deps = [_dep(dataset, asset) for asset in sorted(set(dataset.inputs.values()))]
    return deps + [dg.AssetDep(dg.AssetKey(asset.path), partition_mapping=every) for asset in dataset.references]


def _dep(dataset: Dataset, asset: AssetId) -> dg.AssetDep:
    mapping = mapping_to(dataset.partitions, *_cut(dataset, asset))
    return dg.AssetDep(dg.AssetKey(asset.path), partition_mapping=mapping)


def _cut(dataset: Dataset, asset: AssetId) -> tuple[Partitions | None, bool]:
    """Return how an input is cut, and whether that is known: of another team's it is not, when a location loads."""
    own = dataset.neighbours.get(asset)
    return (own.partitions, True) if own else (None, False)


def _condition(dataset: Dataset, other_deps: bool) -> Any:
    if not dataset.inputs and dataset.declaration.kind == "dbt":
        return on_new_code()
    if not dataset.inputs:
        return dg.AutomationCondition.on_cron(dataset.declaration.cron) if dataset.declaration.cron else None
    inputs = set(dataset.inputs.values())
    return follow(
        inputs,
        dataset.references,
        partitioned=dataset.partitions is not None,
        skip_missing=dataset.declaration.missing_partitions == "skip",
        uneven=[asset for asset in inputs if mapping_to(dataset.partitions, *_cut(dataset, asset)) is not None],
        other_deps=other_deps,
    )
