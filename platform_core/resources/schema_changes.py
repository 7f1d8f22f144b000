"""Which changes of a table's columns a publication may bring, on every engine alike. An engine says what types are one.

A delivery to one partition may add columns, in a commit of its own that says so; it can never change a type, for the
other partitions would no longer be what the table says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from platform_core.names import AssetId
from platform_core.resources.warehouse.records import NEVER, Publication, PublicationRecord
from platform_core.resources.warehouse.refused import SchemaChange

__all__ = ["not_gone_back_to", "refuse_changed", "refuse_recut", "widening"]


def refuse_recut(asset: AssetId, was_partitioned: bool, is_partitioned: bool) -> None:
    """Raise SchemaChange when a table with partitions is given a delivery without one, or the reverse."""
    if was_partitioned == is_partitioned:
        return
    was, now = ("partitions", "none") if was_partitioned else ("no partitions", "some")
    raise SchemaChange(
        f"{asset} is published with {was}, and this delivery has {now}.",
        hint="Publish it under a new dataset name: readers rely on the partitions they know.",
    )


def refuse_changed(asset: AssetId, changed: Mapping[str, tuple[str, str]]) -> None:
    """Raise SchemaChange for columns of a partitioned table that changed: name -> published type, wanted type."""
    if not changed:
        return
    types = "; ".join(f"column '{name}' is published as {published}" for name, (published, _) in changed.items())
    raise SchemaChange(
        f"{asset}: {types}, and the contract now says {', '.join(wanted for _, wanted in changed.values())}.",
        hint="One partition cannot change a type of the whole table: keep it, or use a new column or dataset name.",
    )


def not_gone_back_to(asset: AssetId, version: int) -> SchemaChange:
    """Return the error for partitions of an older version whose types are no longer the table's."""
    return SchemaChange(
        f"Version {version} of {asset} has other column types than the table has today.",
        hint="Correct the data and publish it.",
    )


def widening(record: PublicationRecord, new: Iterable[str], version: int = -1) -> Publication:
    """Return the record of a commit that adds columns and brings no rows; the version is the commit's to say."""
    return Publication(
        version=version,
        partition=None,
        kind="schema",
        published_at=NEVER,
        run_id=record.run_id,
        contract_version=record.contract_version,
        contract_hash=record.contract_hash,
        columns=tuple(new),
    )
