"""Tells Dagster of a publication: counts, versions and names, never a data value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.resources.warehouse import Publication

__all__ = ["announce", "publication_metadata"]


def publication_metadata(publication: Publication) -> dict[str, Any]:
    """Return the metadata of the materialization that announces a publication.

    Dagster shows `dagster/row_count` as the size of the whole asset: a partition's rows have a key of their own.
    """
    whole = publication.partition is None
    metadata: dict[str, Any] = {
        "dagster/row_count" if whole else "dagster/partition_row_count": publication.rows,
        "platform/version": publication.version,
        "platform/kind_of_commit": publication.kind,
        "platform/contract_version": publication.contract_version,
        "platform/contract_hash": publication.contract_hash,
    }
    if not whole:
        metadata["platform/partition"] = publication.partition
    if publication.inputs:
        metadata["platform/inputs"] = dict(publication.inputs)
    if publication.input_name:
        metadata["platform/file"] = publication.input_name
    return metadata


def announce(instance: Any, asset: AssetId, publications: Sequence[Publication]) -> None:
    """Report commits that no run made, each as one materialization: what reads the asset then follows."""
    import dagster as dg

    for publication in publications:
        metadata = publication_metadata(publication)
        event = dg.AssetMaterialization(dg.AssetKey(asset.path), partition=publication.partition, metadata=metadata)
        instance.report_runless_asset_event(event)
