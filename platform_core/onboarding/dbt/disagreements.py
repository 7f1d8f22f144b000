"""Where a dbt model and its contract disagree: columns, types, and what is tested against what is promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from platform_core.components.dbt.manifest import Model
from platform_core.contracts import Column, Contract, duckdb_type
from platform_core.contracts.physical import canonical_type
from platform_core.contracts.places import did_you_mean
from platform_core.contracts.types import logical_family, property_of
from platform_core.errors import Where
from platform_core.findings import Finding, Level
from platform_core.onboarding.dbt.places import column_place, model_place
from platform_core.onboarding.dbt.promises import Promise, Promises

__all__ = ["disagreements"]

_SAME = {("number", "integer")}  # declared, built: every whole number is a number


@dataclass(frozen=True)
class _Pair:
    model: Model
    contract: Contract

    def finding(
        self, id: str, level: Level, column: str, message: str, fix: str, *, where: Where | None = None, why: str = ""
    ) -> Finding:
        """Return a finding about a column of the contract ("": the dataset), by default at its place there."""
        subject = f"{self.contract.dataset}.{column}" if column else self.contract.dataset
        return Finding(id, level, subject, message, why, fix, where or self.place(column))

    def place(self, column: str) -> Where:
        found = self.column(column)
        return self.contract.where(*found.keys) if found else self.contract.where("schema", 0, "properties")

    def column(self, name: str) -> Column | None:
        return next((one for one in self.contract.columns if one.name.lower() == name.lower()), None)


def disagreements(
    model: Model,
    contract: Contract,
    promises: Promises,
    built: Mapping[str, str] | None,
    types: Mapping[str, str] | None = None,
) -> Iterator[Finding]:
    """Yield everything that differs. `built` are the columns a build of the model has, with their DuckDB types.

    Without it (None) the project's YAML is all that is known of the columns. `types` are those to compare, where they
    are not those of `built`.
    """
    pair = _Pair(model, contract)
    yield from _columns(pair, built)
    yield from _types(pair, (built or {}) if types is None else types)
    yield from _required(pair, promises)
    yield from _unique(pair, promises)
    yield from _values(pair, promises)
    yield from _references(pair, promises)
    yield from _untested(pair, promises)


def _columns(pair: _Pair, built: Mapping[str, str] | None) -> Iterator[Finding]:
    model, promised = pair.model, [column.name for column in pair.contract.columns]
    described = [column.name for column in model.columns.values()]
    file = model.path.name
    for name in promised if built is not None else ():
        if name not in (built or {}):
            near = did_you_mean(name, built or ())
            message = f"column '{name}' is promised, and {file} does not make it."
            fix = f"{near} Add it to {file}, or take it out of the contract."
            why = "Every delivery would be refused."
            yield pair.finding("dbt-column-missing", "error", name, message, fix, why=why)
    for name in built or {}:
        if name not in promised and name.lower() in map(str.lower, promised):
            continue  # told above, with the right spelling
        if name not in promised:
            written = property_of(name, (built or {})[name])
            message = f"column '{name}' of {file} is not in the contract."
            fix = f"Add to the contract: - {{name: {name}, logicalType: {written['logicalType']}}}; or leave it out."
            why = "Every delivery would be refused."
            yield pair.finding(
                "dbt-column-unpromised", "error", name, message, fix, where=column_place(model, name), why=why
            )
    for name in described:
        if name.lower() not in map(str.lower, [*promised, *(built or {})]):
            message = f"column '{name}' is described, and neither the contract nor the model has it."
            message = message if built is not None else f"column '{name}' is described, and the contract has none."
            near = did_you_mean(name, promised)
            fix = f"{near} Add it to the contract, or take it out of the description."
            yield pair.finding("dbt-column-unpromised", "warning", name, message, fix, where=column_place(model, name))
    level: Level = "error" if model.contract_enforced else "info"
    for name in promised if described else ():
        if name.lower() not in map(str.lower, described):
            why = "dbt's own contract is enforced: it must list every column." if level == "error" else ""
            message = f"column '{name}' is promised, and the project does not describe it."
            fix = f"Add it to the columns of {model.name} in {model_place(model).path.name}."
            yield pair.finding("dbt-column-undescribed", level, name, message, fix, where=model_place(model), why=why)


def _types(pair: _Pair, built: Mapping[str, str]) -> Iterator[Finding]:
    said = {column.name.lower(): column.data_type for column in pair.model.columns.values() if column.data_type}
    for column in pair.contract.columns:
        declared = duckdb_type(column)
        for given, whose, where in (
            (built.get(column.name, ""), f"{pair.model.path.name} makes", None),
            (said.get(column.name.lower(), ""), "the project declares", column_place(pair.model, column.name)),
        ):
            canonical = canonical_type(given) if given else None
            if canonical is None or _fits(declared, canonical):
                continue
            fix = f"Write {column.name}::{declared.lower()} in the model, or physicalType: {canonical} in the contract."
            message = f"column '{column.name}': the contract says {declared}, {whose} {canonical}."
            why = "The door casts each value, and refuses the delivery where one does not fit."
            yield pair.finding("dbt-type", "warning", column.name, message, fix, where=where, why=why)
            break


def _fits(declared: str, given: str) -> bool:
    want, have = logical_family(declared), logical_family(given)
    zones = want == "timestamp" and ("ZONE" in declared) != ("ZONE" in given)
    return (want == have or (want, have) in _SAME) and not zones


def _required(pair: _Pair, promises: Promises) -> Iterator[Finding]:
    for one in _once(promises.of("required")):
        column = pair.column(one.columns[0])
        if column is not None and not column.required:
            yield _unpromised(pair, one, f"'{column.name}' is never missing", "required: true")


def _unique(pair: _Pair, promises: Promises) -> Iterator[Finding]:
    keys = {pair.contract.primary_key, *_duplicate_rules(pair.contract)}
    for one in _once(promises.of("unique") + promises.of("key")):
        name = one.columns[0] if len(one.columns) == 1 else ""
        column = pair.column(name) if name else None
        if tuple(one.columns) in keys or set(one.columns) in map(set, keys) or (column is not None and column.unique):
            continue
        if column is not None:
            yield _unpromised(pair, one, f"'{name}' is unique", "unique: true")
        elif len(one.columns) > 1 and all(map(pair.column, one.columns)):
            names = ", ".join(one.columns)
            rule = f"quality: [{{metric: duplicateValues, mustBe: 0, arguments: {{properties: [{names}]}}}}]"
            yield _unpromised(pair, one, f"{names} together are unique", rule)


def _duplicate_rules(contract: Contract) -> Iterator[tuple[str, ...]]:
    for rule in contract.quality:
        if rule.get("metric") == "duplicateValues" and rule.get("mustBe") == 0:
            yield tuple(map(str, (rule.get("arguments") or {}).get("properties") or ()))


def _values(pair: _Pair, promises: Promises) -> Iterator[Finding]:
    for one in _once(promises.of("values")):
        column = pair.column(one.columns[0])
        if column is None:
            continue
        allowed, tested = set(map(str, column.enum)), set(map(str, one.detail))
        if not allowed:
            values = ", ".join(f"{{value: {value}}}" for value in one.detail)
            yield _unpromised(pair, one, f"'{column.name}' has one of {len(one.detail)} values", f"enum: [{values}]")
            continue
        for extra, whose, other in (
            (sorted(tested - allowed), "the dbt test allows", "the contract does not"),
            (sorted(allowed - tested), "the contract allows", "the dbt test does not"),
        ):
            if extra:
                message = f"column '{column.name}': {whose} {', '.join(extra)}, and {other}."
                fix = "Let both name the same values."
                why = "A delivery with such a value is refused by one of the two."
                yield pair.finding("dbt-test-differs", "warning", column.name, message, fix, where=one.where, why=why)


def _references(pair: _Pair, promises: Promises) -> Iterator[Finding]:
    for one in _once(promises.of("reference")):
        column = pair.column(one.columns[0])
        if column is None:
            continue
        known = {str(entry.get("to")) for entry in column.relationships}
        if not any(target == one.detail or target.endswith(f".{one.detail}") for target in known):
            rule = f"relationships: [{{to: {one.detail}}}]"
            yield _unpromised(pair, one, f"'{column.name}' is always found in {one.detail}", rule)


def _untested(pair: _Pair, promises: Promises) -> Iterator[Finding]:
    """One line a model: nothing is wrong with it, for the door looks at each rule anyway."""
    tested = {name for one in promises.of("required") for name in one.columns}
    single = {one.columns for one in promises.of("unique") + promises.of("key")}
    listed = {one.columns[0] for one in promises.of("values")}
    key = pair.contract.primary_key
    found = [
        f"not_null on {column.name}"
        for column in pair.contract.columns
        if column.required and column.name not in tested
    ]
    found += [f"unique on {', '.join(key)}"] if key and key not in single else []
    found += [f"unique on {c.name}" for c in pair.contract.columns if c.unique and (c.name,) not in single]
    found += [f"accepted_values on {c.name}" for c in pair.contract.columns if c.enum and c.name not in listed]
    if found:
        message = f"the contract promises more than dbt tests: {', '.join(found)}."
        fix = "Nothing needs to be done: the door looks at every rule. Add the tests for `dbt build` to say so, too."
        yield pair.finding("dbt-test-missing", "info", "", message, fix, where=model_place(pair.model))


def _unpromised(pair: _Pair, one: Promise, what: str, rule: str) -> Finding:
    name = one.columns[0] if one.columns else ""
    message = f"{one.said}: {what}, and the contract does not promise it."
    why = "dbt would refuse what the contract lets pass, and no reader can rely on it."
    fix = f"Add to the contract{f' at {name}' if name else ''}: {rule}; or take the test out."
    about = name if len(one.columns) == 1 else ""
    return pair.finding("dbt-test-unpromised", "warning", about, message, fix, where=one.where, why=why)


def _once(promises: list[Promise]) -> list[Promise]:
    """A test and a constraint may say the same."""
    return list({(one.kind, one.columns, str(one.detail)): one for one in reversed(promises)}.values())[::-1]
