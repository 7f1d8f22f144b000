"""What PostgreSQL cannot audit of a contract, said when it is written rather than when data arrives."""

from __future__ import annotations

from platform_core.audit.check import Check
from platform_core.audit.outcome import NotAudited
from platform_core.audit.plan import plan
from platform_core.audit.postgres.keys import Key
from platform_core.audit.postgres.predicates import PREDICATES
from platform_core.audit.postgres.reading import Source
from platform_core.audit.postgres.values import breaks
from platform_core.contracts.model import Contract
from platform_core.contracts.postgres_types import name_unheld
from platform_core.contracts.types import duckdb_type
from platform_core.findings import Finding
from platform_core.sql.postgres import guard

__all__ = ["foreseen"]

_WHY = "A rule that cannot be checked refuses every delivery."
_FIX = "Say it in another way, or as a rule of type sql."
_WHY_NAME = "No delivery could be written down."
_FIX_NAME = "Give it another name."
_KEYS = ("unique", "duplicates", "foreign_key")


def foreseen(contract: Contract, location: str) -> list[Finding]:
    """Return a finding for each rule that no delivery on PostgreSQL could pass, and for names it cannot hold.

    By asking the engine itself: what it would run is built on the declared types, and not run.
    """
    types = {column.name: duckdb_type(column) for column in contract.columns}
    delivery = Source((("stage", "delivery"),), types, ({},))
    found = [
        Finding(
            "not-on-postgres", "error", contract.dataset, f"{problem}.", _WHY_NAME, _FIX_NAME, contract.where(*at.keys)
        )
        for at in contract.columns
        if (problem := name_unheld(at.name))
    ]
    for check in plan(contract, location):
        if problem := _problem(check, delivery):
            message = f"the rule {check.name} cannot be checked on PostgreSQL: {problem}."
            found.append(Finding("not-on-postgres", "error", contract.dataset, message, _WHY, _FIX, check.where))
    return found


def _problem(check: Check, delivery: Source) -> str:
    known = all(name in delivery.types for name in check.columns)
    if check.kind == "sql":
        errors = [finding.message for finding in guard(check.arguments["query"]) if finding.level == "error"]
        return " ".join(errors).rstrip(".")
    try:
        if known and check.kind in PREDICATES:
            breaks(check, delivery.types[check.columns[0]])
        elif known and check.kind in _KEYS:
            Key.of(check).select(delivery)
    except NotAudited as problem:
        return str(problem)
    return ""
