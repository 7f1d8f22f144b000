"""What the models of a project are when they are built: their columns with types, and the SQL that dbt made of them.

dbt builds the project in a private database over empty tables that have the columns and types of the contracts of what
it reads. No data is looked at, and nothing is published. The result is kept in the project's `target/platform/`.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from platform_core.components.dbt.fingerprint import fingerprint
from platform_core.components.dbt.invocation import Finished, run_dbt
from platform_core.components.dbt.locking import CONFIGURATION, lock
from platform_core.components.dbt.manifest import Manifest, read_manifest
from platform_core.components.dbt.preparing import KEPT, keep_parsed
from platform_core.components.dbt.profile import DATABASE, DATABASE_FILE, READABLE, SPILL, write_profile
from platform_core.components.dbt.saying import without_values
from platform_core.contracts import Contract, duckdb_type
from platform_core.sql.quoting import quoted

__all__ = ["Built", "built", "remembered"]

_FILE = "built.json"
_BUILD = ("build", "--exclude-resource-types", "test", "unit_test")


@dataclass(frozen=True)
class Built:
    """By unique id of the model: its columns with DuckDB types, its compiled SQL, and what dbt said where it failed.

    A model built on what it was before has two texts: of its first run and of the later ones.
    """

    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    compiled: Mapping[str, list[str]] = field(default_factory=dict)
    failed: Mapping[str, str] = field(default_factory=dict)


def built(manifest: Manifest, location: str, contracts: Mapping[str, Contract], variables: str = "") -> Built:
    """Return what the models are. `contracts` are those of the sources, by unique id; `variables` dbt's, as JSON.

    Raises PlatformError when dbt cannot run at all. A model that does not build is in `failed`.
    """
    if (known := remembered(manifest, location, contracts, variables)) is not None:
        return known
    with tempfile.TemporaryDirectory(prefix="platform-dbt-") as name:
        found = _build(manifest, location, contracts, variables, Path(name))
    _keep(manifest.folder / KEPT / _FILE, _state(manifest, location, contracts, variables), found)
    return found


def remembered(
    manifest: Manifest, location: str, contracts: Mapping[str, Contract], variables: str = ""
) -> Built | None:
    """Return what the last build found, if neither the project nor any contract it reads has changed since."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        data = json.loads((manifest.folder / KEPT / _FILE).read_bytes())
        if data.pop("state") == _state(manifest, location, contracts, variables):
            return Built(**data)
    return None


def _state(manifest: Manifest, location: str, contracts: Mapping[str, Contract], variables: str) -> str:
    promised = [f"{name} {contract.hash}" for name, contract in sorted(contracts.items())]
    return hashlib.sha256(
        "\0".join([fingerprint(manifest.folder, location), variables, *promised]).encode()
    ).hexdigest()


def _build(manifest: Manifest, location: str, contracts: Mapping[str, Contract], variables: str, folder: Path) -> Built:
    database, readable = folder / f"{DATABASE}.duckdb", folder / "readable.json"
    seeds = [str(model.path) for model in manifest.models.values() if model.resource_type == "seed"]
    readable.write_text(json.dumps(seeds), "utf-8")
    _make_sources(manifest, contracts, database)
    write_profile(folder, location)
    places = {DATABASE_FILE: str(database), READABLE: str(readable), SPILL: str(folder / "spill")}
    arguments = [*_BUILD, *(["--vars", variables] if variables else [])]
    found = Built({}, {}, {})
    # The second time a model that is built on what it was takes its other branch.
    for target in ("first", "again")[: 2 if any(model.lasting for model in manifest.models.values()) else 1]:
        (folder / target).mkdir()
        keep_parsed(manifest.folder, folder / target)
        finished = run_dbt(manifest.folder, arguments, profiles=folder, target=folder / target, variables=places)
        found = _collected(found, manifest, finished, folder / target)
        if not finished.results:
            break
    return Built(dict(_columns(manifest, database)), found.compiled, found.failed)


def _make_sources(manifest: Manifest, contracts: Mapping[str, Contract], database: Path) -> None:
    import duckdb

    with duckdb.connect(str(database)) as connection:
        for name, contract in contracts.items():
            _, schema, table = manifest.sources[name].relation
            columns = ", ".join(f"{quoted(column.name)} {duckdb_type(column)}" for column in contract.columns)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(schema)}")
            connection.execute(f"CREATE TABLE IF NOT EXISTS {quoted(schema)}.{quoted(table)} ({columns})")


def _collected(before: Built, manifest: Manifest, finished: Finished, target: Path) -> Built:
    compiled, failed = {name: list(texts) for name, texts in before.compiled.items()}, dict(before.failed)
    for result in finished.results.values():
        if result.unique_id in manifest.models and result.status in ("error", "fail", "runtime error"):
            failed[result.unique_id] = without_values(result.message)
    if finished.code and not finished.results:
        failed[""] = " ".join(without_values(error) for error in finished.errors) or "dbt stopped and said nothing"
    if (target / "manifest.json").is_file():
        for name, model in read_manifest(target / "manifest.json", manifest.folder).models.items():
            if model.compiled_code and model.compiled_code not in compiled.setdefault(name, []):
                compiled[name].append(model.compiled_code)
    return Built(before.columns, compiled, failed)


def _columns(manifest: Manifest, database: Path) -> Iterator[tuple[str, dict[str, str]]]:
    import duckdb

    # To describe a view is to bind the team's SQL: this connection is shut as dbt's was.
    with duckdb.connect(str(database), read_only=True, config={**CONFIGURATION}) as connection:
        lock(connection, ())
        for model in manifest.models.values():
            _, schema, table = model.relation
            try:
                rows = connection.execute(f"DESCRIBE {quoted(schema)}.{quoted(table)}").fetchall()
            except duckdb.Error:  # ephemeral, or not built
                continue
            yield model.unique_id, {str(row[0]): str(row[1]) for row in rows}


def _keep(path: Path, state: str, found: Built) -> None:
    """A folder that cannot be written only costs time."""
    new = path.with_suffix(f".{os.getpid()}")
    data: dict[str, Any] = {"state": state, **asdict(found)}
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps(data), "utf-8")
        new.replace(path)
