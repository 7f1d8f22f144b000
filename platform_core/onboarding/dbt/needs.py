"""What a dbt project needs of others: the columns that its models use, told from the SQL that dbt compiled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from platform_core.components.dbt.manifest import Manifest, Model, Source
from platform_core.contracts import Contract
from platform_core.contracts.places import did_you_mean
from platform_core.findings import Finding
from platform_core.onboarding.dbt.built import Built
from platform_core.onboarding.dbt.places import line_naming
from platform_core.onboarding.dbt.promises import source_asset
from platform_core.sql import SyntaxProblem, column_usage

__all__ = ["missing_columns", "needs"]


def needs(
    manifest: Manifest, built: Built, contracts: Mapping[str, Contract], dialect: str = "duckdb"
) -> dict[str, dict[str, list[str]]]:
    """Return, for each asset that the project reads, its columns, each with the datasets of the models that use it.

    `contracts` are those of the sources by unique id; `dialect` is duckdb or postgres. A model that cannot be
    understood counts as using all of what it reads.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for model in manifest.in_order():
        for source, used, _ in _uses(manifest, built, contracts, model, dialect):
            columns = found.setdefault(source_asset(source), {})
            for name in used:
                columns.setdefault(name, []).append(model.dataset)
    return {asset: dict(sorted(columns.items())) for asset, columns in sorted(found.items())}


def missing_columns(
    manifest: Manifest, built: Built, contracts: Mapping[str, Contract], dialect: str = "duckdb"
) -> Iterator[Finding]:
    """Yield a finding for each column that a model uses and the contract of its producer lacks."""
    for model in manifest.in_order():
        for source, _, missing in _uses(manifest, built, contracts, model, dialect):
            contract, asset = contracts[source.unique_id], source_asset(source)
            for name in missing:
                message = f"column '{name}' of {asset} is used, and its contract has none."
                known = [column.name for column in contract.columns]
                fix = f"{did_you_mean(name, known)} Use a column that {asset} promises, or ask its team for it."
                why = "What is not promised may be gone tomorrow; here it is not there today."
                where = line_naming(model, [name])
                yield Finding("dbt-column-unknown", "error", model.dataset, message, why, fix, where)


def _uses(
    manifest: Manifest, built: Built, contracts: Mapping[str, Contract], model: Model, dialect: str
) -> Iterator[tuple[Source, tuple[str, ...], tuple[str, ...]]]:
    """Yield source, columns used and columns missing for each source that a model reads."""
    read = [manifest.sources[name] for name in model.depends_on if name in manifest.sources]
    read = [source for source in read if source.unique_id in contracts]
    keys = {source.unique_id: "/".join(source.relation[1:]) for source in read}
    schema = {keys[s.unique_id]: [c.name for c in contracts[s.unique_id].columns] for s in read}
    # With the columns of the others (itself, where it goes on from what it was), a bare name is told from a source's.
    for name in (*model.depends_on, model.unique_id):
        if name in manifest.models and name in built.columns:
            schema.setdefault("/".join(manifest.models[name].relation[1:]), list(built.columns[name]))
    used: dict[str, set[str]] = {}
    missing: dict[str, list[str]] = {}
    texts = built.compiled.get(model.unique_id) or []
    for text in texts if read else ():
        try:
            usage = column_usage(text, schema, dialect=dialect)
        except SyntaxProblem:
            usage = None
        for source in read:
            key = keys[source.unique_id]
            used.setdefault(key, set()).update(usage.used.get(key, ()) if usage else schema[key])
            missing.setdefault(key, []).extend(usage.missing.get(key, ()) if usage else ())
    for source in read:
        key = keys[source.unique_id]
        columns = tuple(name for name in schema[key] if name in used.get(key, ()) or not texts)
        yield source, columns, tuple(dict.fromkeys(missing.get(key, ())))
