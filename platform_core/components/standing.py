"""What stands is not computed again where a re-run is unsafe, unless somebody asks for just that."""

from __future__ import annotations

from platform_core.components.dataset import Dataset
from platform_core.components.rerun import AGAIN, RERUN_TAG
from platform_core.errors import PlatformError
from platform_core.resources.warehouse import Publication

__all__ = ["Standing", "refuse_rerun"]


class Standing(PlatformError):
    """The partition was computed already, from the same inputs by the same code, and a re-run is unsafe."""


def refuse_rerun(dataset: Dataset, partition: str | None, input_hash: str, standing: Publication | None) -> None:
    """Raise Standing when computing the partition from the input of this identity would be an unsafe re-run.

    `standing` is what is published of it now. New input or new code make a run that nobody has made before.
    """
    if not dataset.unsafe or standing is None or not _identified(dataset):
        return
    if standing.input_hash == input_hash or standing.withholds(input_hash):
        name = f"{dataset.asset} ({partition})" if partition else str(dataset.asset)
        text = f"{name} was computed from these very inputs already, and a re-run is unsafe: {dataset.unsafe}"
        hint = f"What is published stands. To compute it all the same, give the run the tag {RERUN_TAG}: {AGAIN}"
        raise Standing(text, hint=hint)


def _identified(dataset: Dataset) -> bool:
    """A function without inputs asks the world outside: that is the same only as far as its partition says so."""
    declared = dataset.declaration
    return bool(dataset.inputs) or declared.kind == "file" or (dataset.partitions is not None and not declared.cron)
