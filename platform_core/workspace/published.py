"""What is published already, against a contract that asks for more: which partitions would not keep it.

Looked at before the workspace is locked: it takes as long as the data is large. Counts are told, and no values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.answers.facts import Audited
from platform_core.contracts.files import contract_path
from platform_core.contracts.lifecycle import major_of, versioned_name
from platform_core.contracts.model import Contract
from platform_core.errors import PlatformError
from platform_core.findings import Finding
from platform_core.lineage.comparison import Comparison
from platform_core.locations.engines import DUCKDB_DELTA
from platform_core.names import AssetId
from platform_core.workspace.gate.changing import contract_changes
from platform_core.workspace.gate.identity import identity
from platform_core.workspace.gate.world import World
from platform_core.workspace.layout import Workspace
from platform_core.workspace.plan import Plan
from platform_core.workspace.registry import Registration, load_registry
from platform_core.workspace.terms import contract_of
from platform_core.workspace.warehouses import warehouse_of

if TYPE_CHECKING:
    from platform_core.resources.engine import Table

__all__ = ["published_findings", "with_published"]

_NAMED = 5  # partitions named in a message; the rest are counted


def with_published(plan: Plan, workspace: Workspace) -> Plan:
    """Return the plan with what is to be said of the data its location has published so far."""
    new = plan.registration
    if not _changed(new, workspace):
        return plan  # most registrations: the others are not even read
    registry = load_registry(workspace)
    registered = registry.get(new.name)
    if any(identity(new, registered)):
        return plan  # it would speak of another team's data
    changes = list(contract_changes(new, registered, World({**registry, new.name: new})))
    found = tuple(published_findings(changes, {**registry, new.name: new}, workspace))
    return replace(plan, findings=(*plan.findings, *found))


def _changed(new: Registration, workspace: Workspace) -> bool:
    """Whether a contract that is registered would be another."""
    files = {contract_path(workspace.locations / new.name, dataset): raw for dataset, raw in new.contracts.items()}
    return any(file.is_file() and file.read_bytes() != raw for file, raw in files.items())


def published_findings(
    changes: Sequence[Comparison], registry: Mapping[str, Registration], workspace: Workspace
) -> Iterator[Finding]:
    """Yield a warning for each dataset whose published partitions do not keep its new contract.

    Only changes that may ask for more than before are looked at, and only where the warehouse answers: where it does
    not, a note says so.
    """

    def contracts(asset: AssetId) -> Contract:
        one = registry.get(asset.location)
        contract = contract_of(one, asset.dataset) if one else None
        if contract is None:
            raise PlatformError(f"{asset} has no contract that could be read.")
        return contract

    for change in changes:
        if change.writer_safe is True or change.new is None:
            continue
        try:
            audited = _audited(change, contracts, workspace)
        except PlatformError as error:
            message = f"whether what is published keeps the new contract was not looked at: {error.message}"
            yield Finding("published-data-unseen", "info", change.subject, message, owner=change.owner)
            continue
        if broken := [one for one in audited if any(rule.blocking for rule in one.checks.broken)]:
            yield _violates(change, change.new, audited, broken)


def _audited(change: Comparison, contracts: Callable[[AssetId], Contract], workspace: Workspace) -> tuple[Audited, ...]:
    from platform_core.adapters.restoring import audit_published

    asset = AssetId.parse(change.subject)
    return audit_published(asset, contracts, lambda one: _table(one, workspace), None, since=change.old)


def _table(asset: AssetId, workspace: Workspace) -> Table:
    """The published table; a folder of its own that is not there is another machine's, and tells nothing."""
    warehouse, place = warehouse_of(workspace, asset.location), workspace.settings.places.get(DUCKDB_DELTA)
    folder = place if warehouse.engine == DUCKDB_DELTA and isinstance(place, Path) else None
    if folder and not folder.is_relative_to(workspace.root) and not (folder.is_absolute() and folder.is_dir()):
        raise PlatformError(f"the folder {folder} is not on this machine.")
    return warehouse.table(asset)


def _violates(change: Comparison, new: Contract, audited: Sequence[Audited], broken: Sequence[Audited]) -> Finding:
    key, count = change.subject, len(broken)
    named = "; ".join(_said(one) for one in broken[:_NAMED])
    more = f"; and {count - _NAMED} more" if count > _NAMED else ""
    if broken[0].partition is None:
        message = f"what is published of {key} does not keep the new contract: {named}."
    else:
        message = (
            f"of {len(audited)} published partition{'s' if len(audited) > 1 else ''} of {key}, {count} "
            f"{'do' if count > 1 else 'does'} not keep the new contract: {named}{more}."
        )
    why = "Readers are promised what this data does not hold, until it is published again."
    again = "it" if broken[0].partition is None else "this partition" if count == 1 else "these partitions"
    beside = versioned_name(new.dataset, (major_of(change.old.version if change.old else "") or 0) + 1)
    fix = (
        f"Register it, correct the inputs and run {again} again in Dagster; or publish {beside} beside it, as a dataset"
        " of its own."
    )
    where = new.where("schema", 0)
    return Finding("published-data-violates", "warning", key, message, why, fix, where, change.owner)


def _said(one: Audited) -> str:
    rules = [rule for rule in one.checks.broken if rule.blocking]
    said = ", ".join(
        f"{rule.name}: {rule.violations:,} row{'s' if rule.violations != 1 else ''}"
        if rule.violations is not None
        else rule.name
        for rule in rules[:_NAMED]
    )
    return f"{one.partition} ({said})" if one.partition is not None else said
