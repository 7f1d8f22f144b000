"""The step of a dbt project: runs it, announces what was published, and says what was not and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import dagster as dg

from platform_core.audit import Outcome
from platform_core.checks import check_result
from platform_core.components.announcement import publication_metadata
from platform_core.components.dataset import Dataset
from platform_core.components.dbt.assets import FULL_REFRESH, INTERNAL
from platform_core.components.dbt.project import Project
from platform_core.components.dbt.run import Ended, run_project
from platform_core.components.door import tell
from platform_core.components.rerun import NO_RETRIES, wants_again
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

__all__ = ["run_step"]

_MOST_LINES = 40


def run_step(context: dg.AssetExecutionContext, project: Project, datasets: Mapping[AssetId, Dataset]) -> Iterator[Any]:
    """Run the selected models; fail the run at its end when one of them was not published.

    A materialization is told of as soon as its model is published; of what is not, its checks where it was judged.
    """
    root = project.where.path.parents[4]
    names = {dg.AssetKey(project.asset(name).path): name for name in (*project.contracted, *project.internal)}
    wanted = [names[key] for key in context.selected_asset_keys]
    if not wanted:
        message = "The checks of a model are done when it is built."
        raise dg.Failure(f"{message} Materialize the model itself.", allow_retries=False)
    if any((own := datasets.get(project.asset(name))) is not None and own.unsafe for name in wanted):
        context.instance.add_run_tags(context.run.run_id, NO_RETRIES)
    catalog = Catalog.from_environment(root)
    bad: list[Ended] = []
    for ended in run_project(
        project,
        datasets,
        catalog,
        wanted,
        context.run.run_id,
        again=wants_again(context.run.tags),
        full_refresh=context.run.tags.get(FULL_REFRESH, "").lower() == "true",
        tell=print,
    ):
        if ended.unique_id not in names.values():
            continue  # ephemeral: nothing that anyone can see
        asset = project.asset(ended.unique_id)
        if not ended.well and ended.unique_id in wanted:
            bad.append(ended)
        yield from _events(context, asset, datasets.get(asset), catalog, ended)
        if asset in datasets:
            yield from _evaluations(dg.AssetKey(asset.path), _broken_units(project, ended))
    if bad:
        raise _failure(project, datasets, bad, len(wanted) - len(bad))


def _events(
    context: dg.AssetExecutionContext, asset: AssetId, dataset: Dataset | None, catalog: Catalog, ended: Ended
) -> Iterator[Any]:
    key, verdict = dg.AssetKey(asset.path), ended.verdict
    if dataset is None:
        if ended.error is None and key in context.selected_asset_keys:
            yield dg.MaterializeResult(asset_key=key, metadata={INTERNAL: True})
        elif ended.error is None:  # on the way to others: nobody asked for it, and it is as new as they are
            yield dg.AssetMaterialization(key, metadata={INTERNAL: True})
        yield from _evaluations(key, ended.tests)
    elif verdict is not None:
        tell(context, dataset, verdict)
        if verdict.publication is not None:
            metadata = publication_metadata(dataset, catalog, verdict.publication)
            yield dg.MaterializeResult(asset_key=key, metadata=metadata)
        yield from _evaluations(key, verdict.outcomes)


def _broken_units(project: Project, ended: Ended) -> list[Outcome]:
    """Return the unit tests that kept a model from being built: they judge its SQL, and no rows of it."""
    if ended.verdict is not None:
        return []
    tests = zip(project.tests.get(ended.unique_id, ()), ended.tests, strict=False)
    return [outcome for test, outcome in tests if test.kind == "unit_test" and not (outcome.passed or outcome.error)]


def _evaluations(key: dg.AssetKey, outcomes: Sequence[Outcome]) -> Iterator[dg.AssetCheckEvaluation]:
    """Yield what the checks said, as Dagster records it.

    Not as AssetCheckResult: for each of those Dagster goes through all checks of the step, twice, which for 200 models
    took a third of the run. And it takes none of a check that nobody selected, as of internal models.
    """
    for outcome in outcomes:
        result = check_result(outcome, key, None)
        yield dg.AssetCheckEvaluation(
            asset_key=key,
            check_name=outcome.check.name,
            passed=result.passed,
            metadata=result.metadata,
            severity=result.severity,
            description=result.description,
            blocking=outcome.check.severity == "error",
        )


def _failure(project: Project, datasets: Mapping[AssetId, Dataset], bad: Sequence[Ended], published: int) -> Exception:
    """Return what the run fails with: it names every model that was not published, with the reason."""
    crashes = [ended.error for ended in bad if ended.error and not isinstance(ended.error, PlatformError)]
    lines = [_line(project, ended) for ended in bad]
    more = len(lines) - _MOST_LINES
    lines = lines[:_MOST_LINES] + ([f"and {more} more: the metadata of this event says why."] if more > 0 else [])
    owner = next(iter(datasets.values())).location.owner if datasets else ""
    lines.append(f"What was published stands. It belongs to {owner}.")
    if published:
        lines.append(f"{published} other model{'s' if published > 1 else ''} of the run were published.")
    metadata: dict[str, Any] = {"platform/owner": owner}
    refused = {str(project.asset(ended.unique_id)): ended.verdict for ended in bad if ended.verdict}
    if refused:
        metadata["platform/refused"] = {name: verdict.broken for name, verdict in refused.items()}
        metadata["platform/quarantine"] = [verdict.refusal.place for verdict in refused.values() if verdict.refusal]
    if failed := {str(project.asset(ended.unique_id)): _reason(ended.error) for ended in bad if ended.error}:
        metadata["platform/failed"] = failed
    failure = dg.Failure("\n".join(lines), metadata=metadata, allow_retries=bool(crashes))
    failure.__cause__ = next(iter(crashes), None)
    return failure


def _line(project: Project, ended: Ended) -> str:
    name = str(project.asset(ended.unique_id))
    if ended.verdict is not None and ended.verdict.refusal is not None:
        refusal = ended.verdict.refusal
        return f"{name} was refused because {refusal.reason}. It lies in {refusal.place}."
    return f"{name}: {_reason(ended.error)}"


def _reason(error: Exception | None) -> str:
    if isinstance(error, PlatformError):
        return str(error)
    return f"{type(error).__name__} while it was taken through the door; the log says where."
