"""From a contract to its checks. An engine turns each into SQL of its own; nothing here knows one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from platform_core.audit.check import Check
from platform_core.audit.columns import column_checks
from platform_core.audit.quality import quality_checks
from platform_core.audit.relationships import relationship_checks
from platform_core.contracts.model import Contract

__all__ = ["plan"]


def plan(contract: Contract, location: str) -> tuple[Check, ...]:
    """Return a check for each rule of `contract`, in the order in which they are written.

    `location` is the one that publishes the dataset: references without a location mean it. A rule that no engine can
    execute is a check too, of kind `unsupported`: it always fails, so that nothing is promised and not checked.
    """
    found = [*_schema(contract), *_keys(contract)]
    for column in contract.columns:
        found += column_checks(contract, column)
    found += relationship_checks(contract, location)
    found += quality_checks(contract, location)
    if len(contract.primary_key) == 1:  # the check primary_key says it already
        found = [check for check in found if check.name == "primary_key" or not _says_unique(check, contract)]
    return tuple(_uniquely_named(found))


def _schema(contract: Contract) -> Iterator[Check]:
    if contract.columns:
        arguments = {"columns": contract.columns}
        where = contract.where("schema", 0, "properties")
        yield Check("schema_columns", "schema_columns", arguments=arguments, description="the columns", where=where)
        yield Check("schema_types", "schema_types", arguments=arguments, description="the types", where=where)


def _keys(contract: Contract) -> Iterator[Check]:
    columns = contract.primary_key
    if columns:
        yield Check(
            name="primary_key",
            kind="unique",
            columns=columns,
            path=columns if len(columns) == 1 else (),
            scope="dataset",
            description=f"the primary key ({', '.join(columns)}) must be unique",
            where=contract.where("schema", 0),
        )


def _says_unique(check: Check, contract: Contract) -> bool:
    return check.kind == "unique" and check.path == contract.primary_key


def _uniquely_named(checks: list[Check]) -> Iterator[Check]:
    taken: set[str] = set()
    for check in checks:
        plain = re.sub(r"_+", "_", re.sub(r"[^a-z0-9_]", "_", check.name.lower())).strip("_") or check.kind
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        yield replace(check, name=name)
