"""Which asset checks a contract becomes: one for each of its rules, and the door's own."""

from __future__ import annotations

from collections.abc import Iterable

import dagster as dg

from platform_core.audit import Check
from platform_core.audit.check import DELIVERY, NOT_EMPTY
from platform_core.contracts.model import Contract

__all__ = ["DELIVERY", "NOT_EMPTY", "check_specs", "door_checks"]


def door_checks(contract: Contract) -> tuple[Check, ...]:
    """Return the door's own rules: the rows can be read in the declared columns and types, and there are some."""
    about = "The delivery can be read, with exactly the declared columns and values of their types."
    delivery = Check(DELIVERY, kind=DELIVERY, description=about)
    if contract.allows_empty:
        return (delivery,)
    return delivery, Check(NOT_EMPTY, kind=NOT_EMPTY, description="There is at least one row.")


def check_specs(checks: Iterable[Check], asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Return the spec of each rule; those of severity error block: nothing is published when one fails."""
    return [
        dg.AssetCheckSpec(
            check.name, asset=asset, description=check.description or None, blocking=check.severity == "error"
        )
        for check in checks
    ]
