"""What an engine offers: the words in which components, commands and answers ask for data, whatever holds it.

Two engines fit them: `duckdb_delta` (resources.warehouse) and `postgres` (resources.postgres). What they say, records
of publications, refusals and errors, is the same for both and stands in resources.warehouse.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from platform_core.locations.engines import DUCKDB_DELTA, ENGINES, POSTGRES
from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.audit import AuditResult, Check
    from platform_core.contracts.model import Contract
    from platform_core.resources.warehouse import (
        CheckRecord,
        Cleared,
        Publication,
        PublicationRecord,
        Refusal,
        Retention,
    )
    from platform_core.sql.relation import Relation

__all__ = ["DUCKDB_DELTA", "ENGINES", "POSTGRES", "Audit", "Restored", "Snapshot", "Stage", "Table", "Warehouse"]


class Restored(Protocol):
    """The rows of one partition, and of the others beside it: what a rollback would put back, or what stands."""

    @property
    def partition(self) -> str | None: ...

    def relation(self, columns: Mapping[str, str]) -> Relation:
        """Return the rows, in the declared `columns` (name -> DuckDB type); one it was published without is NULL."""

    def beside(self, columns: Mapping[str, str]) -> Relation | None:
        """Return the rows of the table's other partitions; None when there are none."""


class Snapshot(Protocol):
    """One complete version of a table: what readers and audits see, whatever is published meanwhile."""

    @property
    def version(self) -> int: ...

    @property
    def partitions(self) -> Mapping[str | None, Publication]:
        """The publication that is live in each published partition (None: the table has no partitions)."""

    @property
    def published_at(self) -> datetime:
        """When its newest content was published; a release brings none."""

    @property
    def rows(self) -> int: ...

    def relation(self, keys: Iterable[str | None] | None = None, columns: Mapping[str, str] | None = None) -> Relation:
        """Return the rows of the partitions `keys` (None: of all; those not published are left out).

        In the declared `columns` (name -> DuckDB type), a column that older content lacks is NULL there; without them,
        as they lie.
        """

    def beside(self, partition: str | None, columns: Mapping[str, str]) -> Relation | None:
        """Return the rows of all partitions but one; None when there are none.

        They are what a rule over the whole dataset reads beside a stage.
        """

    def restored(self, partition: str | None) -> Restored:
        """Return one published partition as an audit of what stands takes it."""


class Stage(Protocol):
    """One delivery to one partition (None: the table has none), written and not yet published."""

    @property
    def id(self) -> str: ...

    @property
    def partition(self) -> str | None: ...

    @property
    def run_id(self) -> str: ...

    @property
    def base(self) -> Snapshot | None:
        """The published version the delivery is audited against."""

    @property
    def rows(self) -> int: ...

    @property
    def columns(self) -> Mapping[str, str]:
        """The declared columns, name -> DuckDB type; none before anything was written."""

    @property
    def next_path(self) -> Path:
        """The file that `write` uses next: all that a guarded connection handed to it may write to."""

    @property
    def relation(self) -> Relation:
        """The staged rows, in the contract's types."""

    @property
    def empty_refused(self) -> bool:
        """Whether there are no rows, though the contract does not allow publishing none."""

    def write(self, connection: Any, source: Any, contract: Contract) -> None:
        """Write `source` as the delivery (each further call adds to it), its columns cast to the contract's types.

        `connection` is DuckDB's on every engine. `source` is a SELECT (text) for it, a DuckDB relation, an Arrow table
        or stream, or a Polars or pandas frame. Raises FindingsError naming every column that is missing, unknown or
        cannot be cast; never a data value.
        """

    def compute(self, query: str, inputs: Mapping[str, Relation], location: str, contract: Contract) -> None:
        """Write what a team's SELECT returns, computed where the data is.

        `inputs` maps `location/dataset` to what it reads; nothing else can be read. The datasets of `location` may be
        named bare. Raises as `write` does, and PlatformError for a query that is not one guarded SELECT.
        """


Audit = Callable[[Restored], Iterable["CheckRecord"]]


class Table(Protocol):
    """The data of one asset: its published versions, its stages, its quarantine."""

    @property
    def asset(self) -> AssetId: ...

    @property
    def engine(self) -> str:
        """One of ENGINES."""

    @property
    def address(self) -> str:
        """Where it lies, for people: a path, or a schema and table. Never a secret."""

    def snapshot(self, version: int | None = None) -> Snapshot | None:
        """Return one complete version, by default the newest; None when the dataset was never published.

        Raises PlatformError when `version` is unknown or no longer kept.
        """

    def current(self) -> Mapping[str | None, Publication]:
        """Return the live publication of each published partition (None: the table has no partitions)."""

    def history(self, limit: int | None = None) -> list[Publication]:
        """Return what was committed to each partition, newest first, at most `limit` records."""

    def state(self, refusals: bool = False) -> str:
        """Return a text that changes with every commit (and, if asked, every refusal); asking costs next to nothing."""

    def stage(self, partition: str | None, run_id: str) -> AbstractContextManager[Stage]:
        """Open a place to write a delivery to `partition`; None for a table without partitions.

        Leaving the `with` block removes what was neither published nor refused.
        """

    def audit(
        self,
        checks: Sequence[Check],
        staged: Relation,
        others: Relation | None = None,
        references: Mapping[str, Relation] | None = None,
        *,
        as_declared: bool = False,
    ) -> AuditResult:
        """Do every check on `staged`, which is of this table's engine, as `others` and `references` are.

        `others` are the other partitions, `references` what is published of other datasets, by `location/dataset`.
        `as_declared` fills a column that `staged` lacks with NULL: what was published before the column was declared.
        """

    def publish(
        self, stage: Any, record: PublicationRecord, verify: Callable[[Any], bool] | None = None
    ) -> Publication:
        """Make a stage of this table that passed its audit the content of its partition, whole and at once.

        `verify` is called under the table's lock when other partitions changed since `stage.base` was read: audit the
        rules over the whole dataset again, against the snapshot it is given; False keeps the stage unpublished.
        Raises EmptyDelivery, HeldBack, BaseMoved, SchemaChange, Busy or DiskFull; the stage is then still there.
        """

    def refuse(self, stage: Any, record: PublicationRecord, reason: str = "") -> Refusal:
        """Move a stage of this table that failed its audit into quarantine. What was published stands."""

    def rollback(
        self, partition: str | None, to: int | None = None, *, by: str, contract: tuple[str, str], audit: Audit
    ) -> list[Publication]:
        """Put older content back as a new version, and hold it against deliveries that bring nothing new."""

    def release(self, partition: str | None = None, *, by: str) -> list[Publication]:
        """End the hold of one partition, or of all (None). Raises PlatformError when nothing is held."""

    def vacuum(self, retention: Retention, dry_run: bool = False) -> Cleared:
        """Remove what `retention` does not keep, and what killed processes left; on a dry run, only say how much."""

    def refusals(self) -> list[Refusal]:
        """Return the refused deliveries still in quarantine, newest first."""

    def standing_refusals(self) -> dict[str | None, Refusal]:
        """Return, for each partition whose newest delivery was refused, that refusal: nothing was published since."""


class Warehouse(Protocol):
    """All tables of an engine in one place."""

    @property
    def engine(self) -> str:
        """One of ENGINES."""

    def table(self, asset: AssetId) -> Table:
        """Return the table of an asset, whether or not anything was ever published."""
