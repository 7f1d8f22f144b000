"""The checks that `quality` rules ask for: the metrics of the ODCS library, and SQL."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from platform_core.audit.check import NONE_ALLOWED, OPERATORS, Check, Limit, Path, Unit
from platform_core.audit.columns import named, slug, with_paths
from platform_core.contracts.model import Contract, custom_property
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["notes", "quality_checks"]

Rule = Mapping[str, Any]
_UNAUDITED = ("text", "custom")


def quality_checks(contract: Contract, location: str) -> Iterator[Check]:
    """Yield a check for each quality rule that an engine can execute."""
    for rule, path, keys in _rules(contract):
        if _type(rule) in _UNAUDITED:
            continue
        plain = Check(
            name=_name(rule, path),
            kind="unsupported",
            columns=(str(path[0]),) if path else (),
            path=path,
            severity="error" if str(rule.get("severity") or "error").lower() == "error" else "warning",
            scope="dataset" if _scope(rule) == "dataset" else "partition",
            limit=_limit(rule),
            where=contract.where(*keys),
        )
        if _type(rule) == "sql":
            yield _sql(plain, rule, contract, location)
        else:
            plan = METRICS.get(str(_metric(rule)), _unknown)
            yield plan(plain, rule.get("arguments") or {}, rule)


def notes(contract: Contract) -> list[Finding]:
    """Return an info finding for each quality rule that people read and nobody executes (types text and custom)."""
    found = []
    for rule, path, keys in _rules(contract):
        if _type(rule) in _UNAUDITED:
            about = rule.get("description") or rule.get("name") or (named(path) if path else "the dataset")
            message = f"a quality rule of type {_type(rule)} is not executed: {about}"
            fix = "Write it as a library metric or as type sql to have it audited."
            found.append(
                Finding("rule-not-executed", "info", contract.dataset, message, "", fix, contract.where(*keys))
            )
    return found


def _rules(contract: Contract) -> Iterator[tuple[Rule, Path, Keys]]:
    for index, rule in enumerate(contract.quality):
        yield rule, (), ("schema", 0, "quality", index)
    for column in contract.columns:
        for each, path in with_paths(column):
            for index, rule in enumerate(each.quality):
                yield rule, path, (*each.keys, "quality", index)


def _type(rule: Rule) -> str:
    return str(rule.get("type") or "library")


def _metric(rule: Rule) -> Any:
    return rule.get("metric") or rule.get("rule")


def _scope(rule: Rule) -> str:
    default = "dataset" if _metric(rule) == "duplicateValues" else "partition"
    return str(custom_property(rule, "platformScope", default))


def _name(rule: Rule, path: Path) -> str:
    given = rule.get("name") or rule.get("id")
    if given:
        return str(given)
    columns = (rule.get("arguments") or {}).get("properties") or ([slug(path)] if path else [])
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", str(_metric(rule) or _type(rule)))
    return "_".join([words, *map(str, columns)])


def _limit(rule: Rule) -> Limit:
    for name in OPERATORS:
        if name in rule:
            unit: Unit = "percent" if rule.get("unit") in ("percent", "%") else "rows"
            return Limit(name, rule[name], unit)
    return NONE_ALLOWED


def _null(check: Check, arguments: Rule, rule: Rule) -> Check:
    return replace(check, kind="required", description=f"{named(check.path)} must not be null")


def _missing(check: Check, arguments: Rule, rule: Rule) -> Check:
    values = tuple(arguments.get("missingValues", (None, "")))
    return replace(
        check, kind="missing", arguments={"values": values}, description=f"{named(check.path)} must be given"
    )


def _invalid(check: Check, arguments: Rule, rule: Rule) -> Check:
    wanted = {}
    if arguments.get("validValues") is not None:
        wanted["values"] = tuple(value for value in arguments["validValues"] if value is not None)
    if arguments.get("pattern") is not None:
        wanted["pattern"] = arguments["pattern"]
    if not wanted:
        return replace(check, arguments={"reason": "invalidValues needs the argument validValues or pattern"})
    kind = "invalid" if len(wanted) == 2 else "enum" if "values" in wanted else "pattern"
    return replace(check, kind=kind, arguments=wanted, description=f"{named(check.path)} must be valid")


def _duplicate(check: Check, arguments: Rule, rule: Rule) -> Check:
    columns = tuple(map(str, arguments.get("properties") or check.columns))
    if not columns:
        return replace(check, arguments={"reason": "duplicateValues needs the argument properties"})
    if len(check.path) > 1:
        return replace(check, kind="duplicates", description=f"{named(check.path)} must not repeat")
    text = ", ".join(f"'{column}'" for column in columns)
    return replace(check, kind="duplicates", columns=columns, path=(), description=f"{text} must not repeat")


def _row_count(check: Check, arguments: Rule, rule: Rule) -> Check:
    # A share of the rows that are counted would always be 100 %.
    return replace(check, kind="row_count", limit=replace(check.limit, unit="rows"), description="rows")


def _unknown(check: Check, arguments: Rule, rule: Rule) -> Check:
    return replace(check, arguments={"reason": f"the metric {_metric(rule)} is not known"})


def _sql(check: Check, rule: Rule, contract: Contract, location: str) -> Check:
    from platform_core.sql import SyntaxProblem, fill, reads  # loads a parser: only for contracts that have SQL

    query = str(rule.get("query") or "")
    needed: tuple[str, ...] = ()
    try:
        # What is nested has no name that a query could use for it.
        query = fill(query, contract.dataset, str(check.path[0]) if len(check.path) == 1 else "")
        own = f"{location}/{contract.dataset}"
        tables = {f"{table.location}/{table.dataset}" for table in reads(query, location)}
        needed = tuple(sorted(tables - {own}))
    except SyntaxProblem as problem:
        return replace(check, arguments={"reason": f"its SQL cannot be read: {problem.message}"})
    arguments = {"query": query, "location": location, "dataset": contract.dataset}
    description = str(rule.get("description") or rule.get("name") or "the result of the query")
    return replace(check, kind="sql", arguments=arguments, reads=needed, description=description)


METRICS = {
    "nullValues": _null,
    "missingValues": _missing,
    "invalidValues": _invalid,
    "duplicateValues": _duplicate,
    "rowCount": _row_count,
}
