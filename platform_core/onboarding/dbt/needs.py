"""What a dbt project needs of others: the columns that its models use, told from the SQL that dbt compiled."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from platform_core.components.dbt.manifest import Manifest, Model, Source
from platform_core.contracts import Contract
from platform_core.contracts.places import did_you_mean
from platform_core.contracts.types import types_of
from platform_core.findings import Finding
from platform_core.lineage.graph import ALL
from platform_core.onboarding.dbt.built import Built
from platform_core.onboarding.dbt.places import line_naming
from platform_core.onboarding.dbt.promises import source_asset
from platform_core.sql import ColumnUsage, SyntaxProblem, column_usage

__all__ = ["missing_columns", "reads"]

_OF_DBT = ("dbt", "dbt_duckdb", "dbt_postgres")
_QUESTION = re.compile(r"\b(run_query|statement|get_column_values|get_single_value)\b")


def reads(
    manifest: Manifest, built: Built, contracts: Mapping[str, Contract], dialect: str = "duckdb"
) -> dict[str, dict[str, tuple[str, ...] | None]]:
    """Return, for each model by its dataset, the columns it and its tests use of each asset that the project reads.

    None where nobody can say. `contracts` are those of the sources by unique id; `dialect` is duckdb or postgres. An
    ephemeral model is part of those that read it.
    """
    found: dict[str, dict[str, tuple[str, ...] | None]] = {}
    for model in manifest.in_order():
        used = found.setdefault(model.dataset, {})
        for parent in (manifest.models[name] for name in model.depends_on if name in manifest.models):
            if parent.materialized == "ephemeral":
                _join(used, found[parent.dataset])
        for use in _uses(manifest, built, contracts, model, dialect):
            _join(used, {source_asset(use.source): use.columns if use.said else None})
        for asset, column in _tested(manifest, model):
            _join(used, {asset: (column,) if column else None})
    return found


def _join(used: dict[str, tuple[str, ...] | None], more: Mapping[str, tuple[str, ...] | None]) -> None:
    for asset, columns in more.items():
        before = used.get(asset, ())
        known = before is not None and columns is not None
        used[asset] = tuple(dict.fromkeys([*(before or ()), *(columns or ())])) if known else None


def _tested(manifest: Manifest, model: Model) -> Iterator[tuple[str, str]]:
    """Yield each source that a test of the model reads, with the column it is known to need; '' for nobody can say."""
    for test in manifest.tests_of(model.unique_id):
        for source in (manifest.sources[name] for name in test.depends_on if name in manifest.sources):
            # A condition on the rows stands for the model and for what it points to, who knows.
            plain = test.kind == "relationships" and not test.condition
            yield source_asset(source), str(test.arguments.get("field") or "") if plain else ""


def missing_columns(
    manifest: Manifest, built: Built, contracts: Mapping[str, Contract], dialect: str = "duckdb"
) -> Iterator[Finding]:
    """Yield a finding for each column that a model uses and the contract of its producer lacks."""
    for model in manifest.in_order():
        for use in _uses(manifest, built, contracts, model, dialect):
            contract, asset = contracts[use.source.unique_id], source_asset(use.source)
            for name in use.missing:
                message = f"column '{name}' of {asset} is used, and its contract has none."
                known = [column.name for column in contract.columns]
                fix = f"{did_you_mean(name, known)} Use a column that {asset} promises, or ask its team for it."
                why = "What is not promised may be gone tomorrow; here it is not there today."
                where = line_naming(model, [name])
                yield Finding("dbt-column-unknown", "error", model.dataset, message, why, fix, where)


@dataclass(frozen=True)
class _Use:
    """What a model uses of a source: columns it has, and such as it `missing`. Not `said`: nobody knows, so all."""

    source: Source
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    said: bool


def _uses(
    manifest: Manifest, built: Built, contracts: Mapping[str, Contract], model: Model, dialect: str
) -> Iterator[_Use]:
    """Yield what a model uses of each source that it reads."""
    read = [manifest.sources[name] for name in model.depends_on if name in manifest.sources]
    read = [source for source in read if source.unique_id in contracts]
    keys = {source.unique_id: "/".join(source.relation[1:]) for source in read}
    schema: dict[str, Mapping[str, str]] = {keys[s.unique_id]: types_of(contracts[s.unique_id]) for s in read}
    # With the columns of the others (itself, where it goes on from what it was), a bare name is told from a source's.
    for name in (*model.depends_on, model.unique_id):
        if name in manifest.models and name in built.columns:
            schema.setdefault("/".join(manifest.models[name].relation[1:]), built.columns[name])
    texts = built.compiled.get(model.unique_id) or []
    asked = set(keys.values())
    usages = [_understood(text, schema, dialect, asked) for text in texts if read]
    asks = bool(read) and _asks(manifest, model)
    for source in read:
        key = keys[source.unique_id]
        # A source that no text names is read while dbt compiles: by a query of a macro's that nobody sees here.
        said = not asks and None not in usages and any(usage and key in usage.used for usage in usages)
        used = {name for usage in usages if usage for name in usage.used.get(key, ())}
        missing = [name for usage in usages if usage for name in usage.missing.get(key, ())]
        columns = tuple(name for name in schema[key] if name in used or not said)
        columns += (ALL,) if any(usage and key in usage.open for usage in usages) else ()
        yield _Use(source, columns, tuple(dict.fromkeys(missing)), said)


def _understood(
    text: str, schema: Mapping[str, Mapping[str, str]], dialect: str, asked: Collection[str]
) -> ColumnUsage | None:
    try:
        return column_usage(text, schema, dialect=dialect, asked=asked)
    except SyntaxProblem:
        return None


def _asks(manifest: Manifest, model: Model) -> bool:
    """Whether a model may put questions of its own to the database while dbt compiles it."""
    texts, ahead, seen = [model.raw_code], manifest.macros_of(model), set()
    while ahead:
        macro = manifest.macros.get(ahead.pop())
        if macro is not None and macro.unique_id not in seen and macro.package not in _OF_DBT:
            seen.add(macro.unique_id)
            texts.append(macro.code)
            ahead += macro.macros
    return any(_QUESTION.search(text) for text in texts)
