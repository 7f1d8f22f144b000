"""What publishing and going back decide, on every engine alike: from records and names of content, never from data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from platform_core.audit.reasons import refusal_reason
from platform_core.audit.standing import standing_refusals
from platform_core.errors import PlatformError
from platform_core.names import AssetId
from platform_core.resources.warehouse.records import NEVER, CheckRecord, Publication, PublicationRecord
from platform_core.resources.warehouse.refused import BaseMoved, EmptyDelivery, HeldBack, NotValid

if TYPE_CHECKING:
    from platform_core.resources.engine import Stage
    from platform_core.resources.warehouse.quarantine import Refusal
    from platform_core.resources.warehouse.retention import Retention

__all__ = [
    "Contents",
    "differing",
    "failed_reason",
    "kept_contents",
    "named",
    "new_publication",
    "newest_refusals",
    "no_such_version",
    "passed",
    "previous_version",
    "refuse_empty",
    "refuse_moved",
    "rolled_back",
    "still_withheld",
]


class Contents(Protocol):
    """A version by what its partitions consist of: the names of files or tables, as publications record them."""

    @property
    def version(self) -> int: ...

    @property
    def partitions(self) -> Mapping[str | None, Publication]: ...

    def names_of(self, partition: str | None) -> tuple[str, ...]:
        """Return the names of what a partition consists of; none when it is not published."""


def named(asset: AssetId, partition: str | None) -> str:
    """Return how a partition is called in a sentence."""
    return f"{asset}" if partition is None else f"{asset}, partition '{partition}',"


def refuse_empty(asset: AssetId, stage: Stage) -> None:
    """Raise EmptyDelivery for a delivery without rows that the contract does not allow."""
    if stage.empty_refused:
        raise EmptyDelivery(
            f"The delivery of {named(asset, stage.partition)} has no rows.",
            hint="If that is right, set the custom property platformAllowEmpty: true in its contract.",
        )


def refuse_moved(asset: AssetId, stage: Stage, now: Contents | None, verify: Any) -> None:
    """Raise BaseMoved when other partitions changed since the stage's base was read, and `verify` says no to that."""
    if verify is None or _others(now, stage.partition) == _others(stage.base, stage.partition):
        return
    if not verify(now):
        raise BaseMoved(
            f"{named(asset, stage.partition)} was not published: another partition published meanwhile breaks a rule "
            "over the whole dataset."
        )


def _others(version: Any, partition: str | None) -> dict[str | None, tuple[str, ...]]:
    return {key: version.names_of(key) for key in version.partitions if key != partition} if version else {}


def still_withheld(
    asset: AssetId, partition: str | None, record: PublicationRecord, standing: Publication | None
) -> tuple[str, ...] | None:
    """Return what stays withheld after this publication; None when no hold remains.

    See `Publication.withholds` for what is held back. The input of the version that stands may be published again, and
    the hold remains; any other input is new and ends it. Raises HeldBack.
    """
    if standing is None or not standing.held:
        return None
    if standing.withholds(record.input_hash):
        raise HeldBack(
            f"{named(asset, partition)} was rolled back to version {standing.source_version} and is held: "
            "this delivery brings no new input.",
            hint=f"Deliver a corrected input, or run: platformctl release {asset}",
        )
    return standing.withheld if record.input_hash == standing.input_hash else None


def new_publication(
    stage: Stage, record: PublicationRecord, standing: Publication | None, withheld: tuple[str, ...] | None
) -> Publication:
    """Return the record of a stage about to be published; version, time and files are the commit's to say."""
    return Publication(
        version=-1,
        partition=stage.partition,
        kind="publish",
        published_at=NEVER,
        run_id=record.run_id,
        rows=stage.rows,
        contract_version=record.contract_version,
        contract_hash=record.contract_hash,
        input_hash=record.input_hash,
        input_name=record.input_name,
        inputs=dict(record.inputs),
        checks=record.checks,
        columns=tuple(stage.columns),
        held=withheld is not None,
        withheld=withheld or (),
        source_version=standing.source_version if standing and withheld is not None else None,
    )


def previous_version(asset: AssetId, now: Contents, history: Iterable[Publication], partition: str | None) -> int:
    """Find the newest kept version, older than what stands, at which the partition (or the table) held something else.

    After a rollback the search starts below what it restored: going back twice goes further back.
    """
    standing = [value for key, value in now.partitions.items() if partition in (None, key)]
    newest = max(standing, key=lambda publication: publication.version, default=None)
    start = now.version if newest is None else _origin(newest)
    for publication in history:
        if publication.version >= start or not (publication.brings_files and publication.readable):
            continue
        if partition in (None, publication.partition) and publication.files != now.names_of(publication.partition):
            return publication.version
    what = f"{asset}" if partition is None else f"Partition '{partition}' of {asset}"
    raise PlatformError(f"{what} has no earlier version.", hint=f"See: platformctl history {asset}")


def _origin(publication: Publication) -> int:
    """Return the version that first published what this publication put in place."""
    if publication.kind == "rollback" and publication.source_version is not None:
        return publication.source_version
    return publication.version


def no_such_version(asset: AssetId, version: int, newest: int) -> PlatformError:
    return PlatformError(
        f"{asset} has no earlier version {version}; the newest is {newest}.",
        hint=f"See: platformctl history {asset}",
    )


def differing(asset: AssetId, now: Contents, then: Contents, partition: str | None) -> list[str | None]:
    """Return the partitions that going back from `now` to `then` changes. Raises PlatformError when there are none."""
    if partition is not None and partition not in then.partitions:
        raise PlatformError(
            f"Partition '{partition}' of {asset} was not published at version {then.version}.",
            hint=f"See: platformctl history {asset}",
        )
    wanted = [key for key in then.partitions if partition in (None, key)]
    keys = [key for key in sorted(wanted, key=lambda key: key or "") if then.names_of(key) != now.names_of(key)]
    if not keys:
        raise PlatformError(f"{asset} already has the content of version {then.version}.")
    return keys


def passed(
    asset: AssetId, version: int, partition: str | None, checks: Iterable[CheckRecord]
) -> tuple[CheckRecord, ...]:
    """Return the checks of what a rollback would restore. Raises NotValid when today's contract refuses it."""
    found = tuple(checks)
    failed = [check.name for check in found if not check.passed and check.severity == "error"]
    if failed:
        what = "" if partition is None else f", partition '{partition}',"
        raise NotValid(
            f"Version {version} of {asset}{what} does not satisfy today's contract: {', '.join(failed)}.",
            hint="Go back to a version that does, or correct the data and publish it.",
        )
    return found


def rolled_back(
    old: Publication, left: Publication | None, history: Iterable[Publication], by: str, files: tuple[str, ...]
) -> Publication:
    """Return the record of putting `old` back in the place of `left`, held against all input in between.

    `history` are the table's publications, newest first.
    """
    away = set(left.withheld) if left else set()
    for publication in history if left else ():
        if publication.version <= _origin(old):
            break
        if publication.brings_files and publication.partition == old.partition:
            away.add(publication.input_hash)
    return replace(
        old,
        kind="rollback",
        run_id="",
        by=by,
        source_version=_origin(old),
        held=True,
        withheld=tuple(sorted(away - {"", old.input_hash})),
        unchanged=False,
        files=files,
    )


def failed_reason(record: PublicationRecord) -> str:
    """Say why a delivery with these checks is refused."""
    return refusal_reason(
        (rule.name, rule.violations) for rule in record.checks if not rule.passed and rule.severity == "error"
    )


def newest_refusals(
    current: Mapping[str | None, Publication], refusals: Iterable[Refusal]
) -> dict[str | None, Refusal]:
    """Return, for each partition whose newest delivery was refused, that refusal."""
    return standing_refusals(refusals, {partition: item.published_at for partition, item in current.items()})


def kept_contents(records: Iterable[Publication], retention: Retention, since: datetime) -> Iterator[str]:
    """Yield the names of each partition's newest contents, and of all that still stood at the moment `since`.

    `records` come newest first.
    """
    seen: dict[str | None, list[tuple[str, ...]]] = {}
    replaced_at: dict[str | None, datetime] = {}
    for record in records:
        if not record.brings_files:
            continue
        contents = seen.setdefault(record.partition, [])
        if record.files not in contents:
            contents.append(record.files)
        ended = replaced_at.get(record.partition)
        if contents.index(record.files) < retention.versions or ended is None or ended >= since:
            yield from record.files
        replaced_at[record.partition] = record.published_at
