"""What every asset of a location has: an owner, a contract, checks of its own, and sensors that run."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.contracts.files import FOLDER, contract_path
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.workspace.gate.world import World
from platform_core.workspace.registry import Registration
from platform_core.workspace.terms import comparable

__all__ = ["automation", "checks", "contracts", "owners", "readable"]


def owners(new: Registration) -> Iterator[Finding]:
    """Yield assets that nobody answers for, or others than location.yaml says."""
    for key, asset in new.graph.assets.items():
        if asset.executable and not asset.owners:
            message = f"{key} has no owner."
            fix = "Write owners=[...]; definitions made by build_definitions() take the location's."
            yield Finding("owner-missing", "error", key, message, "Nobody would be told when it fails.", fix)
        elif asset.executable and new.owner not in asset.owners:
            message = f"{key} belongs to {', '.join(asset.owners)}; location.yaml says {new.owner}."
            fix = f'Write owners=["{new.owner}", ...], or leave them to build_definitions().'
            yield Finding("asset-owner", "error", key, message, "Readers would ask the wrong people.", fix)


def contracts(new: Registration) -> Iterator[Finding]:
    """Yield datasets without a contract, and contracts without a dataset."""
    for key, asset in new.graph.assets.items():
        if asset.executable and asset.contract is None and not asset.internal:
            dataset = key.split("/")[-1]
            message = f"{key} has no contract."
            fix = f"Write {FOLDER}/{dataset}.odcs.yaml (platformctl contract infer drafts one)."
            why = "Nothing would be promised or checked."
            yield Finding("dataset-without-contract", "error", key, message, why, fix)
    for dataset in new.contracts:
        key = f"{new.name}/{dataset}"
        if key not in new.graph.assets:
            message = f"{FOLDER}/{dataset}.odcs.yaml promises a dataset that no asset publishes."
            fix = f"Add src/{new.package}/defs/{dataset}/, or remove the contract."
            where = Where(contract_path(new.home, dataset), 1)
            yield Finding("contract-without-dataset", "error", key, message, fix=fix, where=where)


def readable(new: Registration, registered: Registration | None) -> Iterator[Finding]:
    """Yield contracts that come or change and cannot be read, or were registered so: nothing could be compared."""
    for dataset, raw in sorted(new.contracts.items()):
        key = f"{new.name}/{dataset}"
        before = registered.contracts.get(dataset) if registered else None
        if before == raw or key not in new.graph.assets:
            continue
        for one, text, fix in (
            (new, raw, "See what is wrong with it: platformctl contract lint."),
            (registered, before, "It was edited by hand. Ask the platform team to take it from git again."),
        ):
            if one is not None and text is not None and comparable(contract_path(one.home, dataset), text) is None:
                said = "its registered contract" if one is registered else f"{FOLDER}/{dataset}.odcs.yaml"
                message = f"{said} says nothing that can be read as a contract."
                where = Where(contract_path(one.home, dataset), 1)
                yield Finding("contract-unreadable", "error", key, message, fix=fix, where=where)


def automation(new: Registration) -> Iterator[Finding]:
    """Yield sensors and schedules that would be deployed and never start anything."""
    for name, status in sorted(new.graph.automation.items()):
        if status != "RUNNING":
            subject = f"{new.name}.{name}"
            message = f"the sensor or schedule '{name}' is {status.lower()} when it is deployed."
            why = "It would start nothing until somebody finds the switch, and every new deployment begins anew."
            fix = (
                "Write default_status=DefaultSensorStatus.RUNNING (DefaultScheduleStatus for a schedule), or remove it."
            )
            yield Finding("automation-stopped", "error", subject, message, why, fix)


def checks(new: Registration, world: World) -> Iterator[Finding]:
    """Yield checks of this location on another team's assets that could be taken for a check of somebody else."""
    for key, found in sorted(new.graph.checks_elsewhere.items()):
        for check in found:
            if not check.name.startswith(f"{new.name}_"):
                message = f"the check '{check.name}' on {key} is named as if it were of {key.split('/')[0]}."
                why = "Dagster takes two checks of one name on one asset for the same, and lets the last result win."
                fix = f"Call it {new.name}_{check.name}."
                yield Finding("check-name", "error", f"{key}:{check.name}", message, why, fix)
    yield from _collisions(new, world)


def _collisions(new: Registration, world: World) -> Iterator[Finding]:
    mine = {(key, check.name) for key, asset in new.graph.assets.items() for check in asset.checks}
    mine |= {(key, check.name) for key, found in new.graph.checks_elsewhere.items() for check in found}
    for other in world.registry.values():
        if other.name == new.name:
            continue
        theirs = {(key, check.name) for key, found in other.graph.checks_elsewhere.items() for check in found}
        for key in new.graph.checks_elsewhere:
            if key in other.graph.assets:
                theirs |= {(key, check.name) for check in other.graph.assets[key].checks}
        for key, name in sorted(mine & theirs):
            message = f"{other.name} ({other.owner}) has a check '{name}' on {key}, too."
            why = "Dagster takes two checks of one name on one asset for the same, and lets the last result win."
            yield Finding("check-collides", "error", f"{key}:{name}", message, why, f"Call it {new.name}_{name}_2.")
