"""A dataset that is a copy of another team's, on the engine of this location."""

from __future__ import annotations

import hashlib

import dagster as dg
from pydantic import Field

from platform_core.components.declaration import Copy, Declaration, problem
from platform_core.components.partitions import Partitions
from platform_core.components.scaffolding import CopyScaffolder
from platform_core.components.standalone import standalone_definitions
from platform_core.documents import Document
from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.names import AssetId

__all__ = ["CopyDataset"]


@dg.scaffold_with(CopyScaffolder)
class CopyDataset(dg.Component, dg.Resolvable, dg.Model):
    """What another location publishes, copied to this location's engine, so that its queries can read it.

    A dataset of its own: under contracts/<dataset>.odcs.yaml, which may promise less than the source does, and through
    the door. It is copied anew whenever the source was published.
    """

    of: str = Field(description="The dataset that is copied, as in flight_ops/flights.")
    partitions: Partitions | None = Field(
        default=None,
        description="How the copy is cut: as its source is, then each partition is copied by itself. Without any, all "
        "that the source has published is copied each time.",
    )

    def declare(self, document: Document, dataset: str, location: str) -> Declaration | list[Finding]:
        """Return the declaration, or everything wrong with it."""
        place = document.where("attributes", "of")
        try:
            source = AssetId.parse(self.of, location)
        except PlatformError as error:
            return [problem("copy", dataset, f"of: {error.message}", "As in of: flight_ops/flights.", place)]
        own = AssetId(location, dataset)
        if source == own:
            return [problem("cycle", dataset, "a dataset is no copy of itself.", "Name another team's.", place)]
        return Declaration(
            dataset=dataset,
            kind="copy",
            where=document.where(),
            recipe=Copy(source),
            partitions=self.partitions.of(own) if self.partitions else None,
            inputs={str(source): source},
            places={str(source): place},
            fingerprint=hashlib.sha256(f"copy of {source}".encode()).hexdigest()[:12],
            kinds=("copy",),
        )

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return this one dataset, for Dagster's own loader; `build_definitions` adds the sensors."""
        return standalone_definitions(self, context.path)
