"""What a new dataset relies on of other teams, drafted together with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from platform_core.contracts import Contract
from platform_core.contracts.types import types_of
from platform_core.documents import load_document
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.need_use import DRAFT
from platform_core.lineage.needs import need_path, parse_need
from platform_core.names import AssetId
from platform_core.onboarding.need_files import needs_text
from platform_core.sql import SyntaxProblem, column_usage

__all__ = ["added_needs", "used_by"]

Read = tuple[Contract, Collection[str] | None]  # a contract, and the columns that are used; None: nobody knows which


def used_by(query: str, inputs: Mapping[str, Contract], location: str, root: Path) -> dict[str, Read]:
    """Return what a query uses of each of its inputs (`location/dataset` -> contract)."""
    from platform_core.components.engine import engine_at
    from platform_core.locations.engines import POSTGRES

    schema = {name: types_of(contract) for name, contract in inputs.items()}
    dialect = "postgres" if engine_at(root, location) == POSTGRES else "duckdb"
    try:
        used = column_usage(query, schema, location, dialect).used
    except SyntaxProblem:
        used = {}
    return {name: (contract, used.get(name)) for name, contract in inputs.items()}


def added_needs(root: Path, location: str, read: Mapping[str, Read]) -> tuple[dict[str, bytes], list[str]]:
    """Return the needs files to be written for what is `read` of other teams, and what to say of those there are."""
    files: dict[str, bytes] = {}
    notes = []
    for name, (contract, columns) in sorted(read.items()):
        asset = AssetId.parse(name)
        path = need_path(Path(), asset)
        if asset.location == location:
            continue
        if not (root / path).exists():
            files[path.as_posix()] = needs_text(contract, columns, name).encode()
        elif columns is not None and not set(columns) <= _written(root / path):
            notes.append(f"It uses more of {name} than {path.as_posix()} says: bring that up to date with {DRAFT}")
    if files:
        notes.append(f"Read {', '.join(files)}, too: take out what you do not rely on.")
    return files, notes


def _written(path: Path) -> set[str]:
    document = load_document(path)
    return set() if need_findings(document) else {column.name for column in parse_need(document).columns}
