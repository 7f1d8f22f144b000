"""One audit outcome as the result of one asset check: counts, never values."""

from __future__ import annotations

from typing import Any

import dagster as dg

from platform_core.audit import Outcome

__all__ = ["check_result"]


def check_result(outcome: Outcome, asset: dg.AssetKey, partition: str | None) -> dg.AssetCheckResult:
    """Return the result of one rule for one partition.

    Dagster keeps the status of a check by asset, not by partition: the partition stands in the metadata.
    """
    metadata: dict[str, Any] = {"violations": outcome.violations, "rows": outcome.rows, "partition": partition}
    if outcome.error:
        metadata["error"] = outcome.error
    severity = dg.AssetCheckSeverity.ERROR if outcome.severity == "error" else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        passed=outcome.passed,
        asset_key=asset,
        check_name=outcome.check.name,
        severity=severity,
        description=outcome.message or None,
        metadata={key: value for key, value in metadata.items() if value is not None},
    )
