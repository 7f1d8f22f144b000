"""The SQL that gives each location its rights in the Postgres warehouse: its own schemas, and what it declares to read.

Rendered from what is registered, and run by whoever runs the database. It may be run again at any time, before the
first publication as well as after: it makes what is missing, and takes away what is no longer declared.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from platform_core.errors import PlatformError, Where
from platform_core.locations.engines import POSTGRES
from platform_core.names import AssetId
from platform_core.resources.postgres.layout import READERS
from platform_core.resources.postgres.place import Place
from platform_core.resources.postgres_address import PostgresAddress
from platform_core.sql.quoting import quoted, text
from platform_core.workspace.layout import Workspace
from platform_core.workspace.registry import Registration, load_registry

__all__ = ["Rights", "grants_sql", "rights_of"]

_LOCATION, _READER = "platform: location", "platform: reader"  # comments by which a later run knows its own roles


@dataclass(frozen=True)
class Rights:
    """Who may do what: `owners` have schemas of their own, `readers` are one role a dataset, `reads` who is in which.

    `logins` are all locations that log in: also those on another engine that copy something out of Postgres.
    """

    address: PostgresAddress
    owners: tuple[str, ...]
    logins: tuple[str, ...]
    readers: tuple[AssetId, ...]
    reads: tuple[tuple[AssetId, str], ...]


def rights_of(workspace: Workspace) -> Rights:
    """Return the rights that follow from what is registered. Raises PlatformError when no warehouse is on Postgres."""
    address = workspace.settings.places.get(POSTGRES)
    if not isinstance(address, PostgresAddress):
        hint = "Add it: warehouses: {postgres: {url: ...}}."
        raise PlatformError("the workspace has no Postgres warehouse.", Where(workspace.root / "platform.yaml"), hint)
    return _rights(address, load_registry(workspace))


def _rights(address: PostgresAddress, registry: Mapping[str, Registration]) -> Rights:
    owners = sorted(name for name, one in registry.items() if one.engine == POSTGRES)
    published = {
        AssetId.parse(key)
        for name in owners
        for key, asset in registry[name].graph.assets.items()
        if asset.contract is not None
    }
    reads = {
        (AssetId.parse(dep), name)
        for name, one in registry.items()
        for asset in one.graph.assets.values()
        for dep in asset.deps
        if not dep.startswith(f"{name}/")
    }
    reads = {(asset, name) for asset, name in reads if asset in published}
    logins = sorted({*owners, *(name for _, name in reads)})
    return Rights(address, tuple(owners), tuple(logins), tuple(sorted(published)), tuple(sorted(reads)))


def grants_sql(rights: Rights) -> str:
    """Return the SQL, one transaction. No password is in it, and none is changed by it."""
    return "\n".join([_HEAD, *_statements(rights), "COMMIT;", *_tail(rights)]) + "\n"


# Statements are built from names that are quoted, and texts that are literals: hence the S608 below.
_HEAD = """\
-- Rendered by `platformctl workspace grants`: the rights of every registered location, and no others.
-- Run it as a superuser, or as the owner of the database with CREATEROLE:
--   platformctl workspace grants | psql --set ON_ERROR_STOP=1 <database>
-- Run it again after a registration: it makes what is missing and takes away what is no longer declared.
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;"""


def _tail(rights: Rights) -> Iterator[str]:
    if rights.logins:
        yield "-- Passwords stand nowhere here. Give each role one, once, in psql:"
        yield from (f"--   \\password {name}" for name in rights.logins)


def _statements(rights: Rights) -> Iterator[str]:
    for name in rights.logins:
        yield from _login(name)
    yield from _role(READERS, "NOLOGIN", "platform: records")
    for name in rights.logins:
        yield f"GRANT {quoted(READERS)} TO {quoted(name)};"
    if platform := _platform_role(rights.address):
        # Its commands (status, rollback, vacuum) act as the location whose data it is.
        yield _made(platform, "LOGIN")
        yield from (f"GRANT {quoted(name)} TO {quoted(platform)};" for name in rights.logins if name != platform)
        yield f"GRANT {quoted(READERS)} TO {quoted(platform)};"
    for name in rights.owners:
        yield from _schemas(Place(rights.address, AssetId(name, "x")))
    for asset in rights.readers:
        yield from _reader(Place(rights.address, asset))
    for asset, name in rights.reads:
        yield f"GRANT {quoted(Place(rights.address, asset).reader)} TO {quoted(name)};"
    yield from _revoked(rights)


def _platform_role(address: PostgresAddress) -> str:
    """The role that the URL names: the platform's own."""
    return unquote(urlsplit(address.url).netloc.rpartition("@")[0])


def _login(name: str) -> Iterator[str]:
    yield from _role(name, "LOGIN", _LOCATION)
    yield _do(f"""
  IF (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = {text(name)}) THEN
    RAISE EXCEPTION 'the role {name} may do everything: no location can have its name';
  END IF;
  IF NOT pg_has_role(current_user, {text(name)}, 'MEMBER') THEN
    GRANT {quoted(name)} TO CURRENT_USER;
  END IF;""")  # noqa: S608
    yield f"ALTER ROLE {quoted(name)} LOGIN NOCREATEDB NOCREATEROLE;"
    yield _do(f"EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), {text(name)});")


def _role(name: str, kind: str, comment: str) -> Iterator[str]:
    yield _made(name, kind)
    # With the database: roles are the server's, and another of its databases may have locations of its own.
    yield _do(f"EXECUTE format('COMMENT ON ROLE %I IS %L', {text(name)}, {_said(comment)});")


def _made(name: str, kind: str) -> str:
    return _do(f"""
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {text(name)}) THEN CREATE ROLE {quoted(name)} {kind}; END IF;""")


def _schemas(place: Place) -> Iterator[str]:
    """The schemas of a location belong to it, with all that is in them."""
    owner = place.asset.location
    schemas = (place.live, place.versions, place.stages, place.quarantine, place.dbt)
    for schema in schemas:
        yield f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)} AUTHORIZATION {quoted(owner)};"
        yield f"ALTER SCHEMA {quoted(schema)} OWNER TO {quoted(owner)};"
        yield f"REVOKE ALL ON SCHEMA {quoted(schema)} FROM PUBLIC;"
    names = ", ".join(text(schema) for schema in schemas)
    yield _do(f"""
  FOR one IN SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname IN ({names}) AND c.relkind IN ('r', 'v') AND pg_get_userbyid(c.relowner) <> {text(owner)}
  LOOP EXECUTE format('ALTER TABLE %I.%I OWNER TO %I', one.nspname, one.relname, {text(owner)}); END LOOP;""")  # noqa: S608
    yield f"GRANT USAGE ON SCHEMA {quoted(place.versions)}, {quoted(place.quarantine)} TO {quoted(READERS)};"
    for record in (place.log, place.refusals):
        yield _do(f"""
  IF to_regclass({text(record)}) IS NOT NULL THEN GRANT SELECT ON {record} TO {quoted(READERS)}; END IF;""")


def _reader(place: Place) -> Iterator[str]:
    """One role a dataset: it may read the view, and the versions that a run has fixed."""
    reader = quoted(place.reader)
    yield from _role(place.reader, "NOLOGIN", _READER)
    yield f"GRANT USAGE ON SCHEMA {quoted(place.live)}, {quoted(place.versions)} TO {reader};"
    of_dataset = f"SELECT DISTINCT jsonb_array_elements_text(record -> 'files') FROM {place.log} WHERE dataset = $1"  # noqa: S608 - quoted
    yield _do(f"""
  IF to_regclass({text(place.view)}) IS NOT NULL THEN GRANT SELECT ON {place.view} TO {reader}; END IF;
  IF to_regclass({text(place.log)}) IS NULL THEN RETURN; END IF;
  FOR one IN EXECUTE {text(of_dataset)} USING {text(place.asset.dataset)} LOOP
    IF to_regclass(format('%I.%I', {text(place.versions)}, one.jsonb_array_elements_text)) IS NOT NULL THEN
      EXECUTE format('GRANT SELECT ON %I.%I TO %I', {text(place.versions)}, one.jsonb_array_elements_text,
        {text(place.reader)});
    END IF;
  END LOOP;""")


def _revoked(rights: Rights) -> Iterator[str]:
    """Take from everybody what no registration declares; only roles that a run of this has made are looked at."""
    declared = [(Place(rights.address, asset).reader, name) for asset, name in rights.reads]
    pairs = ", ".join(f"({text(reader)}, {text(name)})" for reader, name in declared)
    kept = f"AND (g.rolname, m.rolname) NOT IN (VALUES {pairs})" if pairs else ""
    yield _do(f"""
  FOR one IN SELECT g.rolname AS reader, m.rolname AS member FROM pg_auth_members a
    JOIN pg_roles g ON g.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
    WHERE shobj_description(g.oid, 'pg_authid') = {_said(_READER)}
    AND shobj_description(m.oid, 'pg_authid') = {_said(_LOCATION)} {kept}
  LOOP EXECUTE format('REVOKE %I FROM %I', one.reader, one.member); END LOOP;""")  # noqa: S608
    names = ", ".join(text(name) for name in rights.logins)
    gone = f"AND rolname NOT IN ({names})" if names else ""
    yield _do(f"""
  FOR one IN SELECT rolname FROM pg_roles
    WHERE rolcanlogin AND shobj_description(oid, 'pg_authid') = {_said(_LOCATION)} {gone}
  LOOP EXECUTE format('ALTER ROLE %I NOLOGIN', one.rolname); END LOOP;""")  # noqa: S608


def _said(comment: str) -> str:
    return f"{text(comment + ' in ')} || current_database()"


def _do(body: str) -> str:
    tag = "$platform$"
    if tag in body:
        raise PlatformError("a name holds the sign that ends a block of SQL.", hint="Name it otherwise.")
    return f"DO {tag} DECLARE one record; BEGIN {body.strip()} END {tag};"
