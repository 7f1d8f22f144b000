"""What every published dataset must promise, and that a location's definitions load as Dagster loads them."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

from platform_core.audit import plan
from platform_core.contracts import Contract
from platform_core.contracts.sla import FRESHNESS
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding
from platform_core.locations import Location
from platform_core.testing.computed import own_line

__all__ = ["load_definitions", "missing_promises"]

_ANY_DATASET = ("schema_columns", "schema_types")  # checks that every contract has by itself


def missing_promises(contract: Contract, location: Location) -> Iterator[Finding]:
    """Yield a finding for each thing a published dataset must have and this one lacks."""

    def lacks(id: str, message: str, fix: str, *keys: str | int) -> Finding:
        return Finding(id, "error", contract.dataset, message, fix=fix, where=contract.where(*keys))

    if not (contract.owner or location.owner):
        yield lacks("no-owner", "nobody owns this dataset.", "Write team: {name: <team>}.")
    if not contract.description.strip():
        fix = "Write description: {purpose: <what one row is, and what it is for>}."
        yield lacks("no-description", "the dataset has no description.", fix, "description")
    if contract.sla(*FRESHNESS) is None:
        fix = "Write slaProperties: [{property: frequency, value: 1, unit: d}], how old the data may get."
        yield lacks("no-freshness", "it is not said how fresh the data is kept.", fix, "slaProperties")
    blocking = [c for c in plan(contract, location.name) if c.severity == "error" and c.kind not in _ANY_DATASET]
    if not blocking:
        fix = "Declare a primary key, a required column, an enum or a range (severity error)."
        yield lacks("no-blocking-check", "no rule stops bad data from being published.", fix, "schema", 0)


def load_definitions(root: Path, package: str) -> None:
    """Import the location's definitions and resolve them as a code server does.

    Raises FindingsError or PlatformError with what is wrong.
    """
    import dagster as dg

    try:
        module = importlib.import_module(f"{package}.definitions")
    except PlatformError:
        raise
    except Exception as error:
        raise _broken(root, error) from error
    found = [value for value in vars(module).values() if isinstance(value, dg.Definitions)]
    file = Path(module.__file__ or root)
    if len(found) != 1:
        text = f"it must hold one Definitions object, and holds {len(found)}."
        raise PlatformError(text, Where(file), "Write defs = build_definitions(__file__).")
    try:
        dg.Definitions.validate_loadable(found[0])
    except Exception as error:
        raise _broken(root, error) from error


def _broken(root: Path, error: Exception) -> PlatformError:
    """Point at the last line of the location's own code."""
    where = own_line(root, error)
    if isinstance(error, SyntaxError) and error.filename:
        where = Where(Path(error.filename), error.lineno or 0)
    text = f"the definitions do not load: {type(error).__name__}: {error}."
    return PlatformError(text, where, "dg check defs shows the whole traceback.")
