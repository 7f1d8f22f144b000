"""The case folders of compatibility: two contracts, and what is expected of them. Shared by tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from platform_core.contracts import Contract, parse_contract
from platform_core.contracts.diff import Change, diff
from platform_core.documents import load_document

__all__ = ["CASES", "Case", "case", "names"]

CASES = Path(__file__).parents[1] / "cases" / "compatibility"


class Case(NamedTuple):
    old: Contract | None
    new: Contract | None
    partitions: tuple[Any, Any]
    expected: dict[str, Any]

    @property
    def changes(self) -> tuple[Change, ...]:
        return diff(self.old, self.new, self.partitions)


def names() -> list[str]:
    return sorted(path.name for path in CASES.iterdir())


@cache
def case(name: str) -> Case:
    folder = CASES / name
    expected = yaml.safe_load((folder / "expected.yaml").read_text())
    cuts = expected.pop("partitions", (None, None))
    return Case(_read(folder / "old.odcs.yaml"), _read(folder / "new.odcs.yaml"), tuple(cuts), expected)


def _read(path: Path) -> Contract | None:
    return parse_contract(load_document(path)) if path.exists() else None
