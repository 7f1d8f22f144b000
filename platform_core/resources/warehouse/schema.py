"""The table's schema follows the contract, and only ever on purpose.

What a delivery may change is said in `resources.schema_changes`; here Delta is made to follow. A table without
partitions is replaced whole, so its schema changes with it. A column the contract dropped stays in a partitioned table,
NULL in what is published later.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from platform_core.names import AssetId
from platform_core.resources.schema_changes import refuse_changed, refuse_recut, widening
from platform_core.resources.warehouse.log import METADATA_KEY
from platform_core.resources.warehouse.records import PublicationRecord, records_to_json
from platform_core.resources.warehouse.refused import Conflict
from platform_core.resources.warehouse.snapshot import open_delta
from platform_core.resources.warehouse.storage import PARTITION_COLUMN

__all__ = ["Settled", "settle_schema"]


@dataclass(frozen=True)
class Settled:
    """The table as the commit shall find it (None: not there yet), and the schema it has after the commit."""

    delta: Any | None
    schema: Any
    replaced: bool = False  # the commit brings a new schema, and with it replaces every file


def settle_schema(asset: AssetId, path: Path, delta: Any | None, wanted: Any, record: PublicationRecord) -> Settled:
    """Widen the table if the contract has new columns.

    Raises SchemaChange when a published column has another type, or when the table is partitioned and the delivery is
    not, or the reverse.
    """
    if delta is None:
        return Settled(None, wanted)
    have = {field.name: field.type for field in delta.schema().fields}
    partitioned = PARTITION_COLUMN in have
    refuse_recut(asset, partitioned, PARTITION_COLUMN in {field.name for field in wanted.fields})
    new = [field for field in wanted.fields if field.name not in have]
    changed = [field for field in wanted.fields if have.get(field.name, field.type) != field.type]
    if partitioned:
        refuse_changed(asset, {field.name: (_type(have[field.name]), _type(field.type)) for field in changed})
    if not partitioned and (changed or new or len(have) != len(wanted.fields)):
        return Settled(_able(asset, path, delta, wanted, record), wanted, replaced=True)
    if new:
        with _raced(asset):
            delta.alter.add_columns(new, commit_properties=_properties(record, new))
        delta = open_delta(path)
    return Settled(delta, delta.schema() if delta is not None else wanted)


def _able(asset: AssetId, path: Path, delta: Any, wanted: Any, record: PublicationRecord) -> Any:
    """Let the table hold timestamps without zone: a feature of Delta that replacing a schema does not bring."""
    from deltalake import TableFeatures

    if "timestamp_ntz" not in wanted.to_json() or "timestampNtz" in (delta.protocol().writer_features or ()):
        return delta
    feature = TableFeatures.TimestampWithoutTimezone
    properties = _properties(record, [])
    with _raced(asset):
        delta.alter.add_feature(feature, allow_protocol_versions_increase=True, commit_properties=properties)
    return open_delta(path)


@contextmanager
def _raced(asset: AssetId) -> Iterator[None]:
    from deltalake.exceptions import DeltaError

    try:
        yield
    except DeltaError as error:
        raise Conflict(str(asset), error) from None


def _properties(record: PublicationRecord, new: list[Any]) -> Any:
    from deltalake import CommitProperties

    told = records_to_json([widening(record, [field.name for field in new])])
    return CommitProperties(custom_metadata={METADATA_KEY: told}, max_commit_retries=0)


def _type(kind: Any) -> str:
    return str(getattr(kind, "type", kind))
