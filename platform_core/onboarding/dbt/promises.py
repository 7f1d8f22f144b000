"""What a dbt project says of a model by its tests and constraints, in the words of a contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.components.dbt.manifest import Manifest, Model, Source, Test
from platform_core.errors import Where
from platform_core.onboarding.dbt.places import column_place, model_place, test_place

__all__ = ["Promise", "Promises", "Untold", "promises_of", "source_asset"]


@dataclass(frozen=True)
class Promise:
    """One rule. `kind` is required, unique, key, values, reference, limits or condition.

    `detail` holds the allowed values, the target (`location.dataset.column`), the limits by ODCS option, or the SQL
    condition. `said` is how the project writes it, as in `dbt test unique`.
    """

    kind: str
    columns: tuple[str, ...]
    said: str
    where: Where
    detail: Any = None
    name: str = ""


@dataclass(frozen=True)
class Untold:
    """A test that a contract has no words for, or that holds for a part only; `why` says which."""

    said: str
    why: str
    where: Where


@dataclass(frozen=True)
class Promises:
    """All that a project says of one model."""

    promises: tuple[Promise, ...]
    untold: tuple[Untold, ...]

    def of(self, kind: str, column: str = "") -> list[Promise]:
        """Return those of a kind; with `column`, those about this column alone."""
        return [one for one in self.promises if one.kind == kind and (not column or one.columns == (column,))]


def source_asset(source: Source) -> str:
    """Return the asset that a source stands for: `<source>/<table>`, unless its meta names another."""
    about = source.meta.get("platform")
    named = about.get("asset") if isinstance(about, Mapping) else None
    return str(named or f"{source.source_name}/{source.name}")


def promises_of(model: Model, manifest: Manifest, location: str, published: frozenset[str]) -> Promises:
    """Return what tests and constraints promise. `published` are the datasets of the location under contract.

    Tests that only warn, that look at a part of the rows, and kinds nobody knows here are untold.
    """
    project = _Project(manifest, location, published)
    found: list[Promise | Untold] = list(_constraints(model, project))
    for test in manifest.tests_of(model.unique_id):
        if test.kind != "unit_test":
            found.append(_test(test, model, project))
    for test in manifest.tests.values():
        if not test.kind and not test.attached and model.unique_id in test.depends_on:
            found.append(Untold(f"the test {test.name}", "it is a query of its own", Where(test.path, 1)))
    if model.resource_type == "snapshot":
        where = model_place(model)
        found.append(Promise("key", (_snapshot_column(model, "dbt_scd_id"),), "a snapshot numbers its rows", where))
    return Promises(
        tuple(one for one in found if isinstance(one, Promise)), tuple(one for one in found if isinstance(one, Untold))
    )


@dataclass(frozen=True)
class _Project:
    manifest: Manifest
    location: str
    published: frozenset[str]

    def target(self, unique_id: str, field: str) -> str:
        """Return `location.dataset.column` of what a key points to. Raises _NoWords when nobody could look there."""
        if unique_id in self.manifest.sources:
            home, _, dataset = source_asset(self.manifest.sources[unique_id]).partition("/")
            return f"{dataset if home == self.location else f'{home}.{dataset}'}.{field}"
        target = self.manifest.models.get(unique_id)
        if target is None:
            raise _NoWords("what it points to is no model of the project")
        if target.dataset not in self.published:
            raise _NoWords(f"{target.dataset} has no contract: nobody could look it up")
        return f"{target.dataset}.{field}"

    def built_as(self, relation: str) -> str:
        """Return the unique id of what has this name in the database, as dbt constraints write it; or nothing."""
        wanted = relation.replace('"', "").replace("`", "").lower().split(".")
        nodes: dict[str, Model | Source] = {**self.manifest.models, **self.manifest.sources}
        named = {name: [part.lower() for part in node.relation] for name, node in nodes.items()}
        return next((name for name, parts in named.items() if parts[-len(wanted) :] == wanted), "")


class _NoWords(Exception):
    """A contract cannot say it; the text says why."""


def _test(test: Test, model: Model, project: _Project) -> Promise | Untold:
    on = f" on '{test.column}'" if test.column else ""
    said, where = f"dbt test {test.kind}{on}", test_place(model, test)
    if test.severity == "warn":
        return Untold(said, "it only warns", where)
    if test.condition:
        return Untold(said, "it looks at a part of the rows", where)
    try:
        kind, detail = _told(test, project)
    except _NoWords as error:
        return Untold(said, str(error), where)
    columns = test.arguments.get("combination_of_columns") if kind == "key" else [test.column]
    return Promise(kind, tuple(map(str, filter(None, columns or ()))), said, where, detail, test.name)


def _told(test: Test, project: _Project) -> tuple[str, Any]:
    """Return kind and detail of what a test promises. Raises _NoWords."""
    given = test.arguments
    plain = {"not_null": "required", "unique": "unique", "dbt_utils.unique_combination_of_columns": "key"}
    if test.kind in plain:
        return plain[test.kind], None
    if test.kind == "accepted_values":
        return "values", tuple(given.get("values") or ())
    if test.kind == "relationships":
        others = [name for name in test.depends_on if name != test.attached] or [test.attached]
        return "reference", project.target(others[0], str(given.get("field") or ""))
    if test.kind == "dbt_utils.accepted_range":
        return "limits", _limits(given)
    if test.kind == "dbt_utils.expression_is_true" and not test.column and _plain(given.get("expression")):
        return "condition", str(given["expression"])
    raise _NoWords("a contract has no words for it")


def _limits(given: Mapping[str, Any]) -> dict[str, Any]:
    words = ("minimum", "maximum") if given.get("inclusive", True) else ("exclusiveMinimum", "exclusiveMaximum")
    ends = zip(words, ("min_value", "max_value"), strict=True)
    limits = {word: given[name] for word, name in ends if given.get(name) is not None}
    if not all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in limits.values()):
        raise _NoWords("its limits are expressions")
    return limits


def _constraints(model: Model, project: _Project) -> Iterator[Promise | Untold]:
    """Constraints of a dbt contract. Whether dbt or the engine enforces them does not matter: here the door does."""
    every: list[tuple[Mapping[str, Any], tuple[str, ...]]] = [(one, ()) for one in model.constraints]
    every += [(one, (column.name,)) for column in model.columns.values() for one in column.constraints]
    for constraint, own in every:
        columns = own or tuple(map(str, constraint.get("columns") or ()))
        where = column_place(model, columns[0]) if columns else model_place(model)
        yield from _constraint(constraint, columns, where, project)


def _constraint(
    constraint: Mapping[str, Any], columns: tuple[str, ...], where: Where, project: _Project
) -> Iterator[Promise | Untold]:
    kind = str(constraint.get("type") or "")
    said = f"dbt constraint {kind}"
    if kind in ("not_null", "primary_key"):
        yield from (Promise("required", (column,), said, where) for column in columns)
    if kind == "primary_key" or (kind == "unique" and len(columns) > 1):
        yield Promise("key", columns, said, where)
    elif kind == "unique":
        yield Promise("unique", columns, said, where)
    elif kind == "check" and _plain(constraint.get("expression")):
        name = str(constraint.get("name") or "")
        yield Promise("condition", columns, said, where, str(constraint["expression"]), name)
    elif kind == "foreign_key" and len(constraint.get("to_columns") or ()) == len(columns):
        for column, field in zip(columns, constraint["to_columns"], strict=True):
            try:
                target = project.target(project.built_as(str(constraint.get("to"))), str(field))
                yield Promise("reference", (column,), said, where, target)
            except _NoWords as error:
                yield Untold(said, str(error), where)
    elif kind != "not_null":
        yield Untold(said, "a contract has no words for it", where)


def _plain(expression: Any) -> bool:
    """Whether an expression is one of the engine's, with no Jinja left in it."""
    return (
        isinstance(expression, str) and bool(expression.strip()) and "{{" not in expression and "{%" not in expression
    )


def _snapshot_column(model: Model, name: str) -> str:
    """Return what the project calls a column that snapshots add."""
    names = model.config.get("snapshot_meta_column_names")
    return str((names or {}).get(name) or name) if isinstance(names, Mapping) else name
