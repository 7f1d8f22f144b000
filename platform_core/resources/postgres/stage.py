"""Where a delivery is written before anyone may read it: a table in the stage schema of its location."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from platform_core.contracts.model import Contract
from platform_core.contracts.postgres_types import name_unheld, postgres_type
from platform_core.errors import PlatformError
from platform_core.findings import Finding, FindingsError
from platform_core.locations.engines import POSTGRES
from platform_core.resources.postgres.adopting import adopt
from platform_core.resources.postgres.computing import compute
from platform_core.resources.postgres.connection import run, staging
from platform_core.resources.postgres.errors import explained
from platform_core.resources.postgres.layout import dropped, ensure_layout, lock_key
from platform_core.resources.postgres.loading import copy_in, export_csv
from platform_core.resources.postgres.place import Place, full
from platform_core.resources.postgres.snapshot import Snapshot
from platform_core.resources.warehouse.stage import new_id
from platform_core.resources.warehouse.write import declared_columns
from platform_core.sql.quoting import quoted
from platform_core.sql.relation import Relation

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["Stage", "open_stage", "sweep_stages"]


class Stage:
    """See `engine.Stage`. `connection` is its own: it holds the lock that keeps sweeps away for as long as it lives."""

    def __init__(
        self,
        connection: Connection[Any],
        place: Place,
        partition: str | None,
        run_id: str,
        *,
        base: Snapshot | None,
        folder: Path,
    ) -> None:
        self.connection = connection
        self.place = place
        self.id = new_id()
        self.partition = partition
        self.run_id = run_id
        self.base = base
        self.contract: Contract | None = None
        self.columns: dict[str, str] = {}
        self.rows = 0
        self.name = place.stage_table(self.id)
        self.next_path = folder / "delivery.csv"
        self.written = False

    @property
    def table(self) -> str:
        """The quoted name of the staged table."""
        return full(self.place.stages, self.name)

    @property
    def relation(self) -> Relation:
        places = [(self.place.stages, self.name)] if self.written else []
        return Relation.tables(*places, columns=self.columns, home=self.place.address)

    @property
    def empty_refused(self) -> bool:
        return self.rows == 0 and not (self.contract and self.contract.allows_empty)

    def write(self, connection: Any, source: Any, contract: Contract) -> None:
        """See `engine.Stage.write`: DuckDB writes a file, which is copied into the table."""
        self.contract = _holdable(contract)
        try:
            self.columns = export_csv(connection, source, contract, self.next_path)
            with explained(self.place.address), self._settled():
                if not self.written:
                    self._create()
                self.rows += copy_in(self.connection, self.table, self.columns, self.next_path, contract)
        finally:
            self.next_path.unlink(missing_ok=True)

    def compute(self, query: str, inputs: Mapping[str, Relation], location: str, contract: Contract) -> None:
        """See `engine.Stage.compute`: the database computes it, straight into the table."""
        here = self.place.address.database
        if foreign := sorted(name for name, relation in inputs.items() if _database(relation) not in ("", here)):
            hint = "Declare a copy of it: a dataset of type platform_core.CopyDataset."
            raise PlatformError(f"{', '.join(foreign)} does not lie in this database.", hint=hint)
        self.contract = _holdable(contract)
        with explained(self.place.address), self._settled():
            self.rows += compute(
                self.connection, self.table, query, inputs, location=location, contract=contract, there=self.written
            )
        self.columns = declared_columns(contract)

    def adopt(self, schema: str, table: str, contract: Contract) -> None:
        """Take a table that was built in a schema of the run as the delivery: moved where its types are the declared
        ones, else copied. Raises as `write` does.
        """
        if self.written:
            raise PlatformError(f"{self.place.asset} is staged already: only a first part can be a whole table.")
        self.contract = _holdable(contract)
        with explained(self.place.address), self._settled():
            self.rows += adopt(self.connection, (schema, table), (self.place.stages, self.name), contract)
        self.columns = declared_columns(contract)

    @contextmanager
    def _settled(self) -> Iterator[None]:
        """All of one write, or nothing of it; a table of some size is looked at for the planner of the audit."""
        before = self.written
        with self.connection.transaction():
            yield
            self.written = True
        if not before:
            run(self.connection, f"ANALYZE {self.table}")

    def _create(self) -> None:
        columns = declared_columns(self.contract) if self.contract else {}
        listed = ", ".join(f"{quoted(name)} {postgres_type(kind)}" for name, kind in columns.items())
        run(self.connection, f"CREATE TABLE {self.table} ({listed})")


def _holdable(contract: Contract) -> Contract:
    """Return the contract. Raises FindingsError for names of columns that the database cannot hold."""
    findings = [
        Finding(
            "unheld-name",
            "error",
            contract.dataset,
            f"{problem}.",
            fix="Give it another one.",
            where=contract.where(*column.keys),
        )
        for column in contract.columns
        if (problem := name_unheld(column.name))
    ]
    if findings:
        raise FindingsError(f"PostgreSQL cannot hold the columns of {contract.dataset}:", findings)
    return contract


def _database(relation: Relation) -> str:
    """Say which database a relation lies in; empty when that is not known."""
    if relation.engine != POSTGRES:
        return "elsewhere"
    return str(getattr(relation.home, "database", ""))


@contextmanager
def open_stage(place: Place, partition: str | None, run_id: str, base: Snapshot | None) -> Iterator[Stage]:
    """Open a stage, locked by its connection for as long as that lives, so that no sweep takes it."""
    with tempfile.TemporaryDirectory(prefix="platform-") as folder, staging(place.address) as connection:
        with explained(place.address):
            ensure_layout(connection, place)
            stage = Stage(connection, place, partition, run_id, base=base, folder=Path(folder))
            run(connection, "SELECT pg_advisory_lock(%s)", (_key(place.stages, stage.name),))
            sweep_stages(connection, place)  # what a killed run left does not wait for the next vacuum
        try:
            yield stage
        finally:
            # When the connection is lost, its lock is too: the next sweep takes what is left.
            try:
                connection.rollback()
                run(connection, f"DROP TABLE IF EXISTS {stage.table}")
                run(connection, "SELECT pg_advisory_unlock_all()")
            except Exception:
                connection.close()


def sweep_stages(connection: Connection[Any], place: Place, dry_run: bool = False) -> int:
    """Remove the stages of a location whose connection is gone (nobody holds their lock); return how many.

    `connection` must hold no stage of its own that was written: its own locks do not stop it.
    """
    query = "SELECT relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s"
    count = 0
    for (name,) in run(connection, f"{query} AND relkind = 'r'", (place.stages,)).fetchall():
        key = (_key(place.stages, name),)
        if not run(connection, "SELECT pg_try_advisory_lock(%s)", key).fetchall()[0][0]:
            continue
        try:
            count += dry_run or dropped(connection, full(place.stages, name))
        finally:
            run(connection, "SELECT pg_advisory_unlock(%s)", key)
    return count


def _key(schema: str, name: str) -> int:
    return lock_key(f"stage {schema}.{name}")
