"""Datasets of a location run here and now, without Dagster: the same door, the verdicts as a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.testing.dbt_local import batches, run_batch
from platform_core.testing.local import LocalPlatform

if TYPE_CHECKING:
    from platform_core.components.dataset import Dataset
    from platform_core.components.passage import Verdict
    from platform_core.components.readings import Upstream
    from platform_core.resources.catalog import Catalog

__all__ = ["Ran", "run_here"]

_MOST_KEYS = 400
Word = Literal["published", "kept", "refused", "waiting", "failed"]


@dataclass(frozen=True)
class Ran:
    """How one partition (None: the dataset has none) ended: `word`, and a clause that says more."""

    asset: AssetId
    partition: str | None
    word: Word
    detail: str


def run_here(
    platform: LocalPlatform, dataset: str = "", partition: str | None = None, again: bool = False
) -> Iterator[Ran]:
    """Run every dataset, inputs first, and yield how each of its partitions ended.

    With `dataset`, that one and those of the location it is made from, as far as they were never published. Partitions
    are those there is something to make of; with `partition`, that one of `dataset`. What stands and is not safe to run
    again is kept; `dataset` itself is run all the same if `again` says so.
    Raises PlatformError when there is no such dataset.
    """
    ordered = _inputs_first(platform.loaded.datasets)
    if dataset:
        wanted = _needed(platform, ordered, AssetId.parse(dataset, platform.location))
        ordered = [one for one in ordered if one.asset in wanted]
    for batch in batches(ordered):
        one = batch[0]
        if one.declaration.kind == "dbt":
            yield from _models(platform, batch, again and ordered[-1] in batch)
            continue
        last = bool(dataset) and one is ordered[-1]
        yield from _run(platform, one, [partition] if last and partition else None, again and last)


def _models(platform: LocalPlatform, batch: Sequence[Dataset], again: bool) -> Iterator[Ran]:
    """Run models of a dbt project, all in one build."""
    from platform_core.components.readings import Waiting
    from platform_core.components.standing import Standing

    platform.lay_out_dbt()
    try:
        for dataset, ended in run_batch(batch, platform.catalog(), again):
            if ended.verdict is not None:
                yield _told(dataset, None, ended.verdict)
            elif isinstance(ended.error, Standing):
                yield _kept(dataset, None, ended.error)
            else:
                word: Word = "waiting" if isinstance(ended.error, Waiting) else "failed"
                said = getattr(ended.error, "message", "") or f"{type(ended.error).__name__}: {ended.error}"
                yield Ran(dataset.asset, None, word, said.removeprefix("waiting "))
    except PlatformError as error:  # dbt could not be started
        yield from (Ran(dataset.asset, None, "failed", error.message) for dataset in batch)


def _run(platform: LocalPlatform, dataset: Dataset, keys: Sequence[str | None] | None, again: bool) -> Iterator[Ran]:
    keys = _keys(platform, dataset) if keys is None else keys
    if dataset.declaration.kind == "file" and not _deliveries(platform, dataset) and _published(platform, dataset):
        yield Ran(dataset.asset, None, "kept", "nothing new in landing/")
        return
    if not keys:
        yield Ran(dataset.asset, None, "waiting", _why_nothing(dataset))
    for key in keys:
        yield _one(platform, dataset, key, again)


def _one(platform: LocalPlatform, dataset: Dataset, key: str | None, again: bool) -> Ran:
    from platform_core.components.passage import pass_through
    from platform_core.components.readings import Waiting
    from platform_core.components.standing import Standing

    try:
        verdict = pass_through(dataset, platform.catalog(), key, "local", again)
    except Standing as error:
        return _kept(dataset, key, error)
    except Waiting as error:
        return Ran(dataset.asset, key, "waiting", error.message.removeprefix("waiting "))
    except PlatformError as error:
        return Ran(dataset.asset, key, "waiting" if dataset.declaration.kind == "file" else "failed", error.message)
    except Exception as error:  # the team's own code: its line helps more than ours
        return Ran(dataset.asset, key, "failed", f"{_line(dataset, error)}{type(error).__name__}: {error}")
    return _told(dataset, key, verdict)


def _kept(dataset: Dataset, key: str | None, error: PlatformError) -> Ran:
    name = f"{dataset.asset} ({key})" if key else str(dataset.asset)
    return Ran(dataset.asset, key, "kept", error.message.removeprefix(name).strip())


def _told(dataset: Dataset, key: str | None, verdict: Verdict) -> Ran:
    if verdict.refusal is not None:
        return Ran(dataset.asset, key, "refused", f"because {verdict.refusal.reason}")
    passed = sum(outcome.passed for outcome in verdict.outcomes)
    warned = [outcome.check.name for outcome in verdict.outcomes if not outcome.passed]
    tail = f", warnings: {', '.join(warned)}" if warned else ""
    rows, rules = verdict.publication.rows if verdict.publication else 0, len(verdict.outcomes)
    return Ran(
        dataset.asset,
        key,
        "published",
        f"{rows:,} row{'s' if rows != 1 else ''}, {passed} of {rules} rules passed{tail}",
    )


def _keys(platform: LocalPlatform, dataset: Dataset) -> list[str | None]:
    """Return the partitions that have what they are made of: a file, or all partitions of each input."""
    if dataset.partitions is None:
        return [None]
    known = dataset.partitions.known_keys(_dynamic_keys(platform, dataset))[-_MOST_KEYS:]
    if dataset.declaration.kind == "file":
        landed = _deliveries(platform, dataset)
        return [key for key in known if key in landed]
    from platform_core.components.readings import fix_inputs

    catalog = platform.catalog()
    fixed = fix_inputs(dataset, catalog)
    return [key for key in known if _ready(dataset, catalog, key, fixed)]


def _dynamic_keys(platform: LocalPlatform, dataset: Dataset) -> list[str]:
    """Return the keys that files lie there for, or that an input has published; none for other partitions."""
    cut = dataset.partitions
    if cut is None or cut.type != "dynamic":
        return []
    if dataset.declaration.kind == "file":
        return sorted(str(key) for key in _deliveries(platform, dataset) if key is not None and cut.has(key))
    published = platform.catalog().table(AssetId.parse(str(cut.name))).current()
    return sorted(str(key) for key in published)


def _deliveries(platform: LocalPlatform, dataset: Dataset) -> Mapping[str | None, Any]:
    from platform_core.components.files.landing import deliveries, look

    landed = look(platform.catalog().landing_folder(platform.location))
    recipe: Any = dataset.declaration.recipe
    return deliveries(recipe, landed)


def _published(platform: LocalPlatform, dataset: Dataset) -> bool:
    return bool(platform.catalog().table(dataset.asset).current())


def _ready(dataset: Dataset, catalog: Catalog, key: str, fixed: Sequence[Upstream]) -> bool:
    from platform_core.components.readings import Waiting, read_inputs

    try:
        read_inputs(dataset, catalog, key, fixed)
    except Waiting:
        return False
    return True


def _why_nothing(dataset: Dataset) -> str:
    recipe: Any = dataset.declaration.recipe
    if dataset.declaration.kind == "file":
        return f"for a file {recipe.path} in landing/"
    return f"for a partition of {', '.join(sorted(str(asset) for asset in dataset.inputs.values()))}"


def _inputs_first(datasets: Sequence[Dataset]) -> list[Dataset]:
    left, ordered = {one.asset: one for one in datasets}, []
    while left:
        ready = [
            one for one in left.values() if not {*one.inputs.values(), *one.references} & (set(left) - {one.asset})
        ]
        for one in ready or list(left.values()):  # references may point both ways
            ordered.append(left.pop(one.asset))
    return ordered


def _needed(platform: LocalPlatform, ordered: Sequence[Dataset], asset: AssetId) -> set[AssetId]:
    """Return the dataset and the own ones it reads, near or far, that were never published."""
    by_asset = {one.asset: one for one in ordered}
    if asset not in by_asset:
        known = ", ".join(sorted(one.dataset for one in by_asset))
        raise PlatformError(f"{platform.location} has no dataset '{asset.dataset}'.", hint=f"It has: {known}.")
    needed, ahead = {asset}, [asset]
    while ahead:
        one = by_asset[ahead.pop()]
        for read in (*one.inputs.values(), *one.references):
            if read in by_asset and read not in needed and not platform.catalog().table(read).current():
                needed.add(read)
                ahead.append(read)
    return needed


def _line(dataset: Dataset, error: Exception) -> str:
    from platform_core.testing.computed import own_line

    where = own_line(dataset.root, error)
    return f"{where.path.name}:{where.line}: " if where else ""
