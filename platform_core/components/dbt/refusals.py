"""What a dbt project asks for that would be written, or read, beside the models themselves.

A run builds in a database of its own, which is thrown away: what a project writes elsewhere is lost on DuckDB without a
word, and on a server would be somebody else's table. Both are said before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.components.dbt.nodes import Manifest, Model, Source
from platform_core.components.declaration import problem
from platform_core.errors import Where
from platform_core.findings import Finding

__all__ = ["BUILT_IN", "refusals"]

BUILT_IN = {"dbt", "dbt_duckdb", "dbt_postgres"}
_KINDS = {"table", "view", "incremental", "ephemeral", "seed", "snapshot"}
_THIS = re.compile(r"\{\{\s*this\s*\}\}")
_OWN = "platform_this"


def refusals(manifest: Manifest, used: set[str], database: str) -> Iterator[Finding]:
    """Yield what must not be in a project of which `used` are the unique ids a location needs.

    `database` is the one that the platform's profile names.
    """
    for operation in manifest.operations:
        message = f"{operation.stage} of {operation.package} runs for every build, and what it writes is thrown away."
        fix = "Take it out of the project; what models need belongs into models."
        where = manifest.line_of(operation.path, f"{operation.stage}:")
        yield problem("dbt-hook", operation.package, message, fix, where)
    for name, kind in sorted(manifest.others.items()):
        fix = "Take it out, or exclude what uses it."
        yield problem("dbt-kind", name, f"{name} is of a kind ({kind}) that has no private build.", fix, None)
    for macro in manifest.macros.values():
        if macro.package not in BUILT_IN and macro.name.startswith("materialization_"):
            message = f"the materialization {macro.name.removeprefix('materialization_')} is the project's own."
            fix = "Use table, view, incremental or ephemeral."
            yield problem("dbt-materialization", macro.package, message, fix, Where(macro.path, 1))
    for unique_id in sorted(used & set(manifest.models)):
        yield from _of_model(manifest.models[unique_id], database, manifest.adapter == "postgres")
    for unique_id in sorted(used & set(manifest.sources)):
        yield from _of_source(manifest.sources[unique_id], database)
    yield from _twice(manifest, used)


def _of_model(model: Model, database: str, grants: bool) -> Iterator[Finding]:
    name = model.dataset
    if model.language != "sql":
        fix = "Write SQL, or make it a platform_core.PythonDataset."
        yield problem("dbt-python", name, f"{name} is a {model.language} model.", fix, model.where())
    if model.materialized not in _KINDS:
        message = f"{name} is materialized as '{model.materialized}', which has no private build."
        fix = "Use table, view, incremental or ephemeral."
        yield problem("dbt-materialization", name, message, fix, model.where("materialized"))
    if model.config.get("incremental_strategy") == "microbatch":
        message = f"{name} is built in microbatches: which ones there are, and end with, follows from the clock."
        fix = "Use delete+insert or append, and let is_incremental() compare with max(...) of {{ this }}."
        yield problem("dbt-microbatch", name, message, fix, model.where("microbatch"))
    if model.database.lower() != database.lower() and model.materialized != "ephemeral":
        message = f"{name} is built in a database of its own: '{model.database}'."
        fix = "Take out `database`: a model is published where its location publishes."
        yield problem("dbt-database", name, message, fix, model.where("database"))
    if grants and model.config.get("grants"):
        message = f"{name} grants rights by itself: who may read what is published follows from what is declared."
        yield problem("dbt-grants", name, message, "Take `grants` out.", model.where("grants"))
    for key in ("pre-hook", "post-hook"):
        for hook in model.config.get(key) or ():
            text = str(hook.get("sql") if isinstance(hook, Mapping) else hook)
            if reason := _hook_problem(text):
                fix = "Let it change {{ this }} only, or make it a model."
                where = (
                    model.where(key.replace("-", "_")) if key.replace("-", "_") in model.raw_code else model.where(key)
                )
                yield problem("dbt-hook", name, f"a {key} of {name} {reason}.", fix, where)


def _hook_problem(text: str) -> str:
    """Say why a hook is not allowed; empty when all it changes is the model it belongs to."""
    from sqlglot import exp, parse
    from sqlglot.errors import SqlglotError

    plain = _THIS.sub(_OWN, text)
    if not plain.strip():
        return ""
    if "{{" in plain or "{%" in plain:
        return "holds more Jinja than {{ this }}: nobody can say what it writes"
    try:
        trees = [tree for tree in parse(plain, read="duckdb") if tree is not None]
    except SqlglotError:
        return "is no SQL that can be judged"
    for tree in trees:
        if isinstance(tree, (exp.Update, exp.Delete, exp.Insert, exp.Alter, exp.Comment, exp.Analyze)):
            target: Any = tree.find(exp.Table)
        elif isinstance(tree, exp.Create) and tree.args.get("kind") == "INDEX":
            target = tree.find(exp.Table)
        else:
            return "does something else than changing its model"
        if target is None or target.name.lower() != _OWN or target.db:
            return "changes something else than its model"
    return ""


def _of_source(source: Source, database: str) -> Iterator[Finding]:
    name = f"{source.source_name}.{source.name}"
    if source.database.lower() != database.lower():
        message = f"the source {name} names a database: '{source.database}'."
        fix = "Take out `database`: the platform knows where a dataset lies."
        yield problem("dbt-database", name, message, fix, source.where())
    for key in ("external_location", "plugin", "formatter"):
        if source.meta.get(key):
            message = f"the source {name} is read from somewhere else ({key})."
            fix = f"Take out `{key}`: what a location reads is published, or delivered to a FileDataset."
            yield problem("dbt-source-location", name, message, fix, source.where())


def _twice(manifest: Manifest, used: set[str]) -> Iterator[Finding]:
    """Two models would be one table, or a model the table that stands for a source."""
    owners: dict[tuple[str, ...], str] = {}
    nodes: list[Model | Source] = [manifest.sources[name] for name in sorted(used & set(manifest.sources))]
    nodes += [manifest.models[name] for name in sorted(used & set(manifest.models))]
    for node in nodes:
        if isinstance(node, Model) and node.materialized == "ephemeral":
            continue
        place = tuple(part.lower() for part in node.relation)
        if isinstance(node, Model) and place in owners:
            message = f"{node.name} would be built as {'.'.join(node.relation[1:])}, which is {owners[place]} already."
            yield problem("dbt-relation", node.name, message, "Change its alias or schema.", node.where("alias"))
        owners[place] = node.name if isinstance(node, Model) else f"the source {node.source_name}.{node.name}"
