"""What Dagster is told of a publication. Counts, versions and names: never a data value."""

from __future__ import annotations

from typing import Any

import dagster as dg

from platform_core.adapters.announcing import publication_metadata as of_publication
from platform_core.components.dataset import Dataset
from platform_core.resources.catalog import Catalog
from platform_core.resources.warehouse import Publication

__all__ = ["announced_version", "publication_metadata"]


def publication_metadata(dataset: Dataset, catalog: Catalog, publication: Publication) -> dict[str, Any]:
    """Return the metadata of the materialization that announces a publication."""
    metadata = of_publication(publication)
    entry = catalog.entries.get(dataset.asset)
    if entry is not None and entry.contract_hash != publication.contract_hash:
        metadata["platform/warning"] = dg.MetadataValue.text(
            f"The contract differs from the registered one ({entry.contract_hash}): run platformctl register."
        )
    return metadata


def announced_version(materialization: dg.AssetMaterialization | None) -> int:
    """Return the version that a materialization announced; -1 when there is none, or it names none."""
    entry = materialization.metadata.get("platform/version") if materialization else None
    return int(entry.value) if isinstance(entry, dg.IntMetadataValue) and entry.value is not None else -1
