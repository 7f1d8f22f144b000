"""A published table and its door. Everything a component, a command or an answer asks of one dataset's data."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.names import AssetId
from platform_core.resources.decisions import failed_reason, newest_refusals
from platform_core.resources.engine import DUCKDB_DELTA
from platform_core.resources.warehouse.locks import table_lock
from platform_core.resources.warehouse.log import is_newest, publications
from platform_core.resources.warehouse.publish import publish
from platform_core.resources.warehouse.quarantine import Refusal, read_refusals, write_refusal
from platform_core.resources.warehouse.records import Publication, PublicationRecord
from platform_core.resources.warehouse.refused import room
from platform_core.resources.warehouse.retention import Cleared, Retention, sweep_stages, vacuum
from platform_core.resources.warehouse.rollback import Audit, release, rollback
from platform_core.resources.warehouse.snapshot import Snapshot, open_delta, read_snapshot, snapshot_of
from platform_core.resources.warehouse.stage import Stage, open_stage

if TYPE_CHECKING:
    from platform_core.audit import AuditResult, Check
    from platform_core.sql.relation import Relation

__all__ = ["Table"]


class Table:
    """The data of one asset: its published versions, its stages, its quarantine."""

    engine = DUCKDB_DELTA

    def __init__(self, root: Path, asset: AssetId) -> None:
        parts = Path(asset.location) / asset.dataset
        self.asset = asset
        self.path = root / parts
        self.stages = root / "_stage" / parts
        self.quarantine = root / "_quarantine" / parts
        self._lock_file = root / "_locks" / asset.location / f"{asset.dataset}.lock"
        self._newest: tuple[Any, Snapshot] | None = None

    @property
    def address(self) -> str:
        return str(self.path)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the table against all other writers, in this process and others."""
        with table_lock(self._lock_file, str(self.asset)):
            yield

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        """Return one complete version, by default the newest; None when the dataset was never published.

        Raises PlatformError when `version` is unknown or no longer kept.
        """
        return read_snapshot(self.path, version) if version is not None else self.newest()[1]

    def newest(self) -> tuple[Any | None, Snapshot | None]:
        """Return the newest version, open as a Delta table and as a snapshot; None twice when nothing was published.

        Looked at anew only when there is a newer one: a run over a year of days asks this twice a day.
        """
        if self._newest is None or not is_newest(self.path, self._newest[1].version):
            delta = open_delta(self.path)
            self._newest = None if delta is None else (delta, snapshot_of(self.path, delta))
        return self._newest or (None, None)

    def current(self) -> Mapping[str | None, Publication]:
        """Return the live publication of each published partition (None: the table has no partitions)."""
        snapshot = self.snapshot()
        return snapshot.partitions if snapshot else {}

    def history(self, limit: int | None = None) -> list[Publication]:
        """Return what was committed to each partition, newest first, at most `limit` records.

        `Publication.readable` tells whether its files are still kept, so that it can be read and gone back to.
        """
        delta = open_delta(self.path)
        if delta is None:
            return []
        newest = islice(publications(self.path, delta.version()), limit)
        return [
            replace(record, readable=all((self.path / file).exists() for file in record.files)) for record in newest
        ]

    def state(self, refusals: bool = False) -> str:
        """See `engine.Table.state`: the times of folders."""
        folders = [self.path / "_delta_log", *([self.quarantine] if refusals else [])]
        return " ".join(str(_changed(folder)) for folder in folders)

    def audit(
        self,
        checks: Sequence[Check],
        staged: Relation,
        others: Relation | None = None,
        references: Mapping[str, Relation] | None = None,
        *,
        as_declared: bool = False,
    ) -> AuditResult:
        """See `engine.Table.audit`: DuckDB reads the files."""
        from platform_core.audit.duckdb import audit
        from platform_core.sql.scratch import scratch_connection

        with scratch_connection() as connection:
            judged = staged.bound(connection) if as_declared else staged
            return audit(connection, checks, judged, others, references)

    @contextmanager
    def stage(self, partition: str | None, run_id: str) -> Iterator[Stage]:
        """Open a place to write a delivery to `partition`; None for a table without partitions."""
        sweep_stages(self.stages)  # what a killed run left does not wait for the next vacuum
        with ExitStack() as stack:
            with room():
                stage = stack.enter_context(open_stage(self.stages, partition, run_id, self.snapshot()))
            yield stage

    def publish(
        self, stage: Stage, record: PublicationRecord, verify: Callable[[Snapshot | None], bool] | None = None
    ) -> Publication:
        """Make a stage that passed its audit the content of its partition, whole and at once.

        `verify` is called under the table's lock when other partitions changed since `stage.base` was read: audit the
        rules over the whole dataset again, against the snapshot it is given; False keeps the stage unpublished.
        Raises EmptyDelivery, HeldBack, BaseMoved, SchemaChange, Busy or DiskFull; the stage is then still there.
        """
        return publish(self, stage, record, verify)

    def rollback(
        self, partition: str | None, to: int | None = None, *, by: str, contract: tuple[str, str], audit: Audit
    ) -> list[Publication]:
        """Put older files back as a new version, and hold them against deliveries that bring nothing new.

        `partition` None stands for every partition that differs (those not published then stay as they are); `to` is
        the table version to go back to, by default the previous content. `contract` is (version, hash) of today's,
        `audit` judges what would be restored by it. `by` is who decided. Returns one record for each partition.
        The hold: input that was published after the restored version up to what stood, or of unknown identity, raises
        HeldBack in `publish` until `release`; the restored version's own input may come again and the hold remains; any
        other input is new and ends it. Raises NotValid, SchemaChange, or PlatformError when there is no such version.
        """
        return rollback(self, partition, to, by=by, contract=contract, audit=audit)

    def release(self, partition: str | None = None, *, by: str) -> list[Publication]:
        """End the hold of one partition, or of all (None). Raises PlatformError when nothing is held."""
        return release(self, partition, by)

    def refuse(self, stage: Stage, record: PublicationRecord, reason: str = "") -> Refusal:
        """Move a stage that failed its audit into quarantine. What was published stands.

        `reason` fits after 'because'; by default it names the rules that failed. A stage without files may be refused.
        """
        with room():
            return write_refusal(stage, record, self.quarantine, reason or failed_reason(record))

    def vacuum(self, retention: Retention, dry_run: bool = False) -> Cleared:
        """Remove what `retention` does not keep, and what killed processes left; on a dry run, only say how much.

        It touches no live stage, no file that a kept version needs, nothing replaced within the last hour (somebody
        may still be reading it) and no file that another tool wrote. The history stays whole.
        """
        return vacuum(self, retention, dry_run)

    def refusals(self) -> list[Refusal]:
        """Return the refused deliveries still in quarantine, newest first."""
        return read_refusals(self.quarantine)

    def standing_refusals(self) -> dict[str | None, Refusal]:
        """Return, for each partition whose newest delivery was refused, that refusal: nothing was published since."""
        return newest_refusals(self.current(), self.refusals())


def _changed(folder: Path) -> int:
    try:
        return folder.stat().st_mtime_ns
    except OSError:
        return 0
