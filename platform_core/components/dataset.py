"""A dataset with all that its declaration, its contract and its location say about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import dagster as dg

from platform_core.audit import Check, plan
from platform_core.checks import door_checks
from platform_core.components.dbt.project import DbtModel
from platform_core.components.dbt.tests import checks_of
from platform_core.components.declaration import Declaration
from platform_core.components.partitions import Partitions
from platform_core.contracts.model import Contract
from platform_core.locations import Location
from platform_core.names import AssetId

__all__ = ["Dataset"]


@dataclass(frozen=True)
class Dataset:
    """One published dataset. `neighbours` are all datasets of the location, itself too."""

    asset: AssetId
    declaration: Declaration
    contract: Contract
    location: Location
    root: Path
    neighbours: Mapping[AssetId, Dataset] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> dg.AssetKey:
        return dg.AssetKey(self.asset.path)

    @property
    def partitions(self) -> Partitions | None:
        return self.declaration.partitions

    @property
    def inputs(self) -> Mapping[str, AssetId]:
        return self.declaration.inputs

    @property
    def unsafe(self) -> str:
        """Why it may not be computed again from the same inputs, in its team's words; empty when it may."""
        return self.declaration.unsafe

    @cached_property
    def rules(self) -> tuple[Check, ...]:
        """The contract's own checks."""
        return plan(self.contract, self.location.name)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """All checks: the door's own, the contract's, then the tests of a dbt model."""
        recipe = self.declaration.recipe
        tests = checks_of(recipe) if isinstance(recipe, DbtModel) else ()
        return (*door_checks(self.contract), *self.rules, *tests)

    @cached_property
    def references(self) -> tuple[AssetId, ...]:
        """Datasets that only the audit reads."""
        read = {AssetId.parse(name) for check in self.checks for name in check.reads}
        return tuple(sorted(read - set(self.inputs.values()) - {self.asset}))
