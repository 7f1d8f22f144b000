"""The asset's own step: takes each of its partitions through the door, and says what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg

from platform_core.audit import Outcome
from platform_core.checks import check_result
from platform_core.components.announcement import publication_metadata
from platform_core.components.dataset import Dataset
from platform_core.components.passage import Verdict, pass_through
from platform_core.components.readings import Waiting
from platform_core.errors import PlatformError
from platform_core.resources.catalog import Catalog
from platform_core.resources.notifier import Message, notify

__all__ = ["run_step"]


def run_step(context: dg.AssetExecutionContext, dataset: Dataset) -> Iterator[Any]:
    """Publish every partition of the run that passes its audit; fail the run when one does not.

    Yields every check result before it stops, and a materialization for what was published, nothing else.
    """
    catalog = Catalog.from_environment(dataset.root)
    keys: Sequence[str | None] = context.partition_keys if dataset.partitions else [None]
    verdicts: list[Verdict] = []
    waiting: list[str] = []
    stopped: Exception | None = None
    for key in keys:
        try:
            verdicts.append(pass_through(dataset, catalog, key, context.run.run_id))
        except Waiting as error:
            waiting.append(f"{key}: {error.message}" if key else error.message)
            continue
        except Exception as error:  # what was published before it must still be announced
            stopped = error
            break
        _tell(context, dataset, verdicts[-1])
    refused = [verdict for verdict in verdicts if verdict.refusal]
    published = [verdict for verdict in verdicts if verdict.publication]
    results = [check_result(outcome, dataset.key, key) for outcome, key in _worst(dataset, verdicts)]
    if published and not refused and not waiting and stopped is None:
        yield _materialized(context, dataset, catalog, published, results)
        return
    for verdict in published:
        metadata = _metadata(dataset, catalog, verdict)
        yield dg.AssetMaterialization(dataset.key, partition=verdict.partition, metadata=metadata)
    yield from results
    if stopped is not None:
        raise _failure(stopped) from stopped
    raise _refusal(dataset, refused, waiting, len(published))


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


def _worst(dataset: Dataset, verdicts: Sequence[Verdict]) -> Iterator[tuple[Outcome, str | None]]:
    """Yield one outcome for each check, of the partition in which it did worst: Dagster has one for all of a run."""
    for place in range(len(dataset.checks)) if verdicts else ():
        verdict = max(verdicts, key=lambda verdict: _badness(verdict.outcomes[place]))
        yield verdict.outcomes[place], verdict.partition


def _badness(outcome: Outcome) -> tuple[bool, bool, int]:
    return outcome.refuses, not outcome.passed, outcome.violations or 0


def _tell(context: dg.AssetExecutionContext, dataset: Dataset, verdict: Verdict) -> None:
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


def _failure(error: Exception) -> Exception:
    """Return the error as Dagster should see it: those a person must mend are not tried again."""
    if isinstance(error, PlatformError):
        return dg.Failure(str(error), allow_retries=False)
    return error


def _refusal(dataset: Dataset, refused: Sequence[Verdict], waiting: Sequence[str], published: int) -> dg.Failure:
    lines = []
    for verdict, refusal in ((verdict, verdict.refusal) for verdict in refused if verdict.refusal):
        lines.append(f"{_named(dataset, verdict)} was refused because {refusal.reason}. It lies in {refusal.place}.")
    lines += waiting
    if refused:
        lines.append(f"What was published stands. It belongs to {dataset.location.owner}.")
    if published:
        lines.append(f"{published} other partition{'s' if published > 1 else ''} of the run were published.")
    metadata: dict[str, Any] = {"platform/owner": dataset.location.owner}
    if refused:
        metadata["platform/refused"] = {verdict.partition or str(dataset.asset): verdict.broken for verdict in refused}
        metadata["platform/quarantine"] = [verdict.refusal.place for verdict in refused if verdict.refusal]
    if waiting:
        metadata["platform/waiting"] = list(waiting)
    return dg.Failure("\n".join(lines), metadata=metadata, allow_retries=False)


def _named(dataset: Dataset, verdict: Verdict) -> str:
    return f"{dataset.asset} ({verdict.partition})" if verdict.partition else str(dataset.asset)
