"""A published table in the database and its door. See `resources.engine.Table` for what each word means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from platform_core.names import AssetId
from platform_core.resources.decisions import failed_reason, newest_refusals
from platform_core.resources.engine import POSTGRES, Audit
from platform_core.resources.postgres import quarantine
from platform_core.resources.postgres.connection import reading, run
from platform_core.resources.postgres.log import history_of, not_there
from platform_core.resources.postgres.place import Place
from platform_core.resources.postgres.publish import publish
from platform_core.resources.postgres.retention import vacuum
from platform_core.resources.postgres.rollback import release, rollback
from platform_core.resources.postgres.snapshot import Snapshot, read_snapshot, refuse_missing
from platform_core.resources.postgres.stage import Stage, open_stage
from platform_core.resources.warehouse.quarantine import Refusal
from platform_core.resources.warehouse.records import Publication, PublicationRecord
from platform_core.resources.warehouse.retention import Cleared, Retention

if TYPE_CHECKING:
    from platform_core.audit import AuditResult, Check
    from platform_core.resources.postgres_address import PostgresAddress
    from platform_core.sql.relation import Relation

__all__ = ["Table"]


class Table:
    """The data of one asset in the database at `address`."""

    engine = POSTGRES

    def __init__(self, address: PostgresAddress, asset: AssetId) -> None:
        self.asset = asset
        self.place = Place(address, asset)

    @property
    def address(self) -> str:
        return f"{self.place.live}.{self.asset.dataset} in {self.place.address.database}"

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        with reading(self.place.address) as connection:
            found = read_snapshot(connection, self.place, version)
            if found is not None and version is not None:
                refuse_missing(connection, found)
            return found

    def current(self) -> Mapping[str | None, Publication]:
        snapshot = self.snapshot()
        return snapshot.partitions if snapshot else {}

    def history(self, limit: int | None = None) -> list[Publication]:
        with reading(self.place.address) as connection:
            return history_of(connection, self.place, limit)

    def state(self, refusals: bool = False) -> str:
        dataset = (self.asset.dataset,)
        said = []
        queries = [f"SELECT max(version) FROM {self.place.log} WHERE dataset = %s"]  # noqa: S608 - quoted
        if refusals:
            queries.append(f"SELECT count(*), max(refused_at) FROM {self.place.refusals} WHERE dataset = %s")  # noqa: S608
        with reading(self.place.address) as connection:
            for query in queries:
                try:
                    said += [str(value) for value in run(connection, query, dataset).fetchall()[0]]
                except not_there():
                    said.append("never")
        return " ".join(said)

    @contextmanager
    def stage(self, partition: str | None, run_id: str) -> Iterator[Stage]:
        with ExitStack() as stack:
            yield stack.enter_context(open_stage(self.place, partition, run_id, self.snapshot()))

    def audit(
        self,
        checks: Sequence[Check],
        staged: Relation,
        others: Relation | None = None,
        references: Mapping[str, Relation] | None = None,
        *,
        as_declared: bool = False,
    ) -> AuditResult:
        from platform_core.audit.postgres import audit

        with reading(self.place.address) as connection:
            return audit(connection, checks, staged, others, references or {}, as_declared=as_declared)

    def publish(
        self, stage: Stage, record: PublicationRecord, verify: Callable[[Snapshot | None], bool] | None = None
    ) -> Publication:
        return publish(self.place, stage, record, verify)

    def rollback(
        self, partition: str | None, to: int | None = None, *, by: str, contract: tuple[str, str], audit: Audit
    ) -> list[Publication]:
        return rollback(self.place, partition, to, by=by, contract=contract, audit=audit)

    def release(self, partition: str | None = None, *, by: str) -> list[Publication]:
        return release(self.place, partition, by)

    def refuse(self, stage: Stage, record: PublicationRecord, reason: str = "") -> Refusal:
        return quarantine.write_refusal(self.place, stage, record, reason or failed_reason(record))

    def vacuum(self, retention: Retention, dry_run: bool = False) -> Cleared:
        return vacuum(self.place, retention, dry_run)

    def refusals(self) -> list[Refusal]:
        with reading(self.place.address) as connection:
            return quarantine.read_refusals(connection, self.place)

    def standing_refusals(self) -> dict[str | None, Refusal]:
        return newest_refusals(self.current(), self.refusals())
