"""The asset's own step: takes each of its partitions through the door, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from platform_core.checks import check_result
from platform_core.components.announcement import publication_metadata
from platform_core.components.dataset import Dataset
from platform_core.components.passage import Door, Verdict
from platform_core.components.report import Ended
from platform_core.components.rerun import NO_RETRIES, wants_again
from platform_core.errors import PlatformError
from platform_core.resources.catalog import Catalog
from platform_core.resources.notifier import Message, notify

__all__ = ["run_step", "tell"]


def run_step(context: dg.AssetExecutionContext, dataset: Dataset) -> Iterator[Any]:
    """Publish every partition of the run that passes its audit; fail the run at its end when one does not.

    Yields every check result before it stops, and a materialization for what was published, nothing else.
    """
    if dataset.unsafe:  # a crash before this line has touched nothing, and may be tried again by Dagster
        context.instance.add_run_tags(context.run.run_id, NO_RETRIES)
    catalog = Catalog.from_environment(dataset.root)
    ended = _all_through(context, dataset, catalog)
    results = [check_result(outcome, dataset.key, key) for outcome, key in ended.worst()]
    if ended.well:
        yield _materialized(context, dataset, catalog, ended.published, results)
        return
    for verdict in ended.published:
        metadata = _metadata(dataset, catalog, verdict)
        yield dg.AssetMaterialization(dataset.key, partition=verdict.partition, metadata=metadata)
    yield from results
    raise ended.failure()


def _all_through(context: dg.AssetExecutionContext, dataset: Dataset, catalog: Catalog) -> Ended:
    """Take each partition through the door. One that cannot be judged is no reason to leave out those after it."""
    keys: Sequence[str | None] = context.partition_keys if dataset.partitions else [None]
    door = Door(dataset, catalog, context.run.run_id, wants_again(context.run.tags))
    ended = Ended(dataset)
    for place, key in enumerate(keys, 1):
        try:
            ended.verdicts.append(door.pass_through(key))
        except Exception as error:  # whatever it is, what was published before and after must be announced
            ended.failed.append((key, error))
            if len(keys) > 1 and not isinstance(error, PlatformError):
                context.log.error(f"{dataset.asset} ({key}) could not be computed.", exc_info=error)
            if ended.hopeless:
                ended.untried = list(keys[place:])
                break
        else:
            tell(context, dataset, ended.verdicts[-1])
    return ended


def _materialized(
    context: dg.AssetExecutionContext,
    dataset: Dataset,
    catalog: Catalog,
    published: Sequence[Verdict],
    results: Sequence[dg.AssetCheckResult],
) -> dg.MaterializeResult:
    for verdict in published if dataset.partitions else ():
        context.add_asset_metadata(_metadata(dataset, catalog, verdict), dataset.key, verdict.partition)
    whole = None if dataset.partitions else _metadata(dataset, catalog, published[0])
    return dg.MaterializeResult(asset_key=dataset.key, metadata=whole, check_results=results)


def _metadata(dataset: Dataset, catalog: Catalog, verdict: Verdict) -> dict[str, Any]:
    return publication_metadata(dataset, catalog, verdict.publication) if verdict.publication else {}


def tell(context: dg.AssetExecutionContext, dataset: Dataset, verdict: Verdict) -> None:
    """Notify the owner of a refusal, and of the publication that ends one."""
    if verdict.refusal is None and not verdict.healed:
        return
    name = _named(dataset, verdict)
    if verdict.refusal is not None:
        sentence = f"A delivery of {name} was refused because {verdict.refusal.reason}. What was published stands."
        rules = tuple((rule.name, rule.violations) for rule in verdict.refusal.rules if rule.severity == "error")
        message = Message(dataset.asset, verdict.partition, "refused", sentence, rules, context.run.run_id)
    else:
        sentence = f"{name} was published again after a refusal."
        message = Message(dataset.asset, verdict.partition, "healed", sentence, run_id=context.run.run_id)
    if problem := notify(dataset.location.webhook_secret, message):
        context.log.warning(problem)


def _named(dataset: Dataset, verdict: Verdict) -> str:
    return f"{dataset.asset} ({verdict.partition})" if verdict.partition else str(dataset.asset)
