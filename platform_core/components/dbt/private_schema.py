"""The private build of one run on PostgreSQL: relations that carry the run's name, in a schema that nobody reads."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from platform_core.components.dbt.invocation import Finished, run_dbt
from platform_core.components.dbt.preparing import keep_parsed
from platform_core.components.dbt.profile import SECRET, write_parsing_profile, write_profile_of
from platform_core.components.dbt.project import Plan, Project
from platform_core.components.dbt.selecting import selection
from platform_core.contracts.model import Contract
from platform_core.errors import PlatformError
from platform_core.resources.engine import POSTGRES
from platform_core.resources.warehouse.refused import Busy
from platform_core.sql.quoting import quoted
from platform_core.sql.relation import Relation

__all__ = ["TURN_SECONDS", "PrivateSchema", "open_private_schema"]

TURN_SECONDS = 600  # a build of models that go on from what stands waits so long for another one


class PrivateSchema:
    """See `bench.Bench`. `connection` holds the lock that says this run is alive."""

    engine = POSTGRES

    def __init__(self, project: Project, place: Any, connection: Any, folder: Path) -> None:
        self.project, self.place, self.connection, self.folder = project, place, connection, folder
        self.id = f"b{secrets.token_hex(4)}"
        self.schema: str = place.dbt

    def build(
        self, plan: Plan, published: Mapping[str, Relation], *, full_refresh: bool, tell: Callable[[str], None]
    ) -> Finished:
        """Let dbt build what is planned, over `published`, in the schema of private builds."""
        if foreign := sorted(name for name, relation in published.items() if relation.engine != POSTGRES):
            named = ", ".join(str(self.project.asset(name)) for name in foreign)
            hint = "Declare a copy of it: a dataset of type platform_core.CopyDataset."
            raise PlatformError(f"{named} does not lie in this database.", hint=hint)
        names = self._names()
        kept = self.project.gone_on_from(plan, full_refresh)
        self._furnish({name: published[name] for name in plan.lent}, "VIEW", names)
        self._furnish({name: published[name] for name in kept if name in published}, "TABLE", names)
        target, profiles, parsing = (self.folder / part for part in ("target", "profiles", "parsing"))
        for path in (target, profiles, parsing):
            path.mkdir(parents=True)
        arguments = self.place.address.arguments()
        write_profile_of(profiles, arguments, self.schema)
        write_parsing_profile(parsing, self.project.location)
        keep_parsed(self.project.folder, target)
        told = {
            "database": self.connection.info.dbname,
            "schema": self.schema,
            "closed": [self.place.versions, self.place.stages, self.place.quarantine],
            "live": self.place.live,
            "names": {name: [self.schema, alias] for name, alias in names.items()},
            # What a test keeps of failing rows is this run's as well: another's would be counted for it.
            "tests": {name: f"{self.id}_t{n}" for n, name in enumerate(self.project.manifest.tests)},
        }
        words = ["build", *selection(self.project.manifest, plan)]
        words += ["--vars", self.project.variables] if self.project.variables else []
        return run_dbt(
            self.project.folder,
            [*words, *(["--full-refresh"] if full_refresh else [])],
            profiles=profiles,
            target=target,
            adapter=POSTGRES,
            variables={SECRET: str(arguments.get("password", "")), "PGTZ": "UTC"},
            relocation=(self.folder / "relocation.json", told, parsing),
            tell=tell,
        )

    def write(self, unique_id: str, contract: Contract, stage: Any) -> None:
        """Take what was built of a model for the delivery. Raises as `Stage.adopt` does."""
        stage.adopt(self.schema, self._names()[unique_id], contract)

    @property
    def places(self) -> Mapping[str, tuple[str, str]]:
        """See `bench.Bench.places`."""
        return {name: (self.schema, alias) for name, alias in self._names().items()}

    def _names(self) -> dict[str, str]:
        from platform_core.resources.postgres.place import fitted

        models, sources = self.project.manifest.models, self.project.manifest.sources
        named = {name: f"{self.id}_{model.dataset}" for name, model in models.items()}
        named |= {name: f"{self.id}_in_{source.source_name}_{source.name}" for name, source in sources.items()}
        return {name: fitted(text) for name, text in named.items()}

    def _furnish(self, relations: Mapping[str, Relation], kind: str, names: Mapping[str, str]) -> None:
        from platform_core.resources.postgres.connection import run
        from platform_core.resources.postgres.errors import explained
        from platform_core.resources.postgres.selects import rows_of

        with explained(self.place.address), self.connection.transaction():
            for name, relation in relations.items():
                target = f"{quoted(self.schema)}.{quoted(names[name])}"
                run(self.connection, f"CREATE {kind} {target} AS {rows_of(self.connection, relation)}")


@contextmanager
def open_private_schema(project: Project, place: Any, folder: Path, *, alone: bool) -> Iterator[PrivateSchema]:
    """Make a place for a private build, which is gone afterwards; what killed runs left goes first.

    `alone`: no other run of the project meanwhile. Raises Busy when another one does not come to its end.
    """
    from platform_core.resources.postgres.connection import run, staging
    from platform_core.resources.postgres.errors import explained
    from platform_core.resources.postgres.layout import ensure_layout

    with staging(place.address) as connection:
        bench = PrivateSchema(project, place, connection, folder)
        with explained(place.address):
            ensure_layout(connection, place)
            if not run(connection, "SELECT 1 FROM pg_namespace WHERE nspname = %s", (place.dbt,)).fetchall():
                run(connection, f"CREATE SCHEMA IF NOT EXISTS {quoted(place.dbt)}")
            if alone:
                _take_turn(connection, place, project)
            run(connection, "SELECT pg_advisory_lock(%s)", (_key(place.dbt, bench.id),))
            _sweep(connection, place.dbt, bench.id)
        try:
            yield bench
        finally:
            with suppress(Exception):  # a lost connection has lost its lock: the next run sweeps
                connection.rollback()
                _drop(connection, place.dbt, bench.id)
                run(connection, "SELECT pg_advisory_unlock_all()")


def _take_turn(connection: Any, place: Any, project: Project) -> None:
    from psycopg.errors import LockNotAvailable

    from platform_core.resources.postgres.connection import run
    from platform_core.resources.postgres.layout import lock_key

    try:
        with connection.transaction():  # the time limit goes with it, and the lock stays: it is the session's
            run(connection, f"SET LOCAL lock_timeout = '{TURN_SECONDS}s'")
            run(connection, "SELECT pg_advisory_lock(%s)", (lock_key(f"dbt {place.dbt} {project.name}"),))
    except LockNotAvailable:
        message = f"Another run has been building the dbt project {project.name} for more than {TURN_SECONDS} seconds."
        hint = "Nothing was built. Wait for it, or find and stop that run; then run again."
        raise Busy(message, hint=hint) from None


def _key(schema: str, build: str) -> int:
    from platform_core.resources.postgres.layout import lock_key

    return lock_key(f"dbt build {schema}.{build}")


def _sweep(connection: Any, schema: str, own: str) -> None:
    """Remove what runs left whose connection is gone: nobody holds the lock of their build."""
    from platform_core.resources.postgres.connection import run

    for build in sorted({name.split("_")[0] for _, name in _relations(connection, schema)} - {own}):
        if run(connection, "SELECT pg_try_advisory_lock(%s)", (_key(schema, build),)).fetchall()[0][0]:
            _drop(connection, schema, build)
            run(connection, "SELECT pg_advisory_unlock(%s)", (_key(schema, build),))


def _drop(connection: Any, schema: str, build: str) -> None:
    from platform_core.resources.postgres.connection import run

    for kind, name in _relations(connection, schema):
        if name.startswith(f"{build}_"):
            what = "VIEW" if kind == "v" else "MATERIALIZED VIEW" if kind == "m" else "TABLE"
            run(connection, f"DROP {what} IF EXISTS {quoted(schema)}.{quoted(name)} CASCADE")


def _relations(connection: Any, schema: str) -> list[tuple[str, str]]:
    from platform_core.resources.postgres.connection import run

    query = "SELECT relkind, relname FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = %s"
    return [(_text(kind), name) for kind, name in run(connection, f"{query} AND relkind IN ('r', 'v', 'm')", (schema,))]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
