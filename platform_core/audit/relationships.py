"""The checks that relationships ask for: every key is found in the dataset it points to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from platform_core.audit.check import NONE_ALLOWED, Check, Limit, Path, Unit
from platform_core.audit.columns import named, slug, with_paths
from platform_core.contracts.model import Contract, custom_property
from platform_core.documents import Keys

__all__ = ["relationship_checks"]


def relationship_checks(contract: Contract, location: str) -> Iterator[Check]:
    """Yield a check for each relationship of the dataset and of its columns."""
    for index, item in enumerate(contract.relationships):
        keys: Keys = ("schema", 0, "relationships", index)
        yield _check(contract, location, item, _sources(item), keys)
    for column in contract.columns:
        for each, path in with_paths(column):
            for index, item in enumerate(each.relationships):
                check = _check(contract, location, item, (column.name,), (*each.keys, "relationships", index))
                yield check if len(path) == 1 else _nested(check, path)


def _nested(check: Check, path: Path) -> Check:
    description = check.description.replace(f"'{path[0]}'", named(path), 1)
    return replace(check, name=f"foreign_key_{slug(path)}", path=path, description=description)


def _sources(item: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(reference.rpartition(".")[2] for reference in _listed(item.get("from")))


def _check(contract: Contract, location: str, item: Mapping[str, Any], columns: tuple[str, ...], keys: Keys) -> Check:
    check = Check(
        name=f"foreign_key_{'_'.join(columns)}",
        kind="unsupported",
        columns=columns,
        severity="warning" if custom_property(item, "platformSeverity") in ("warning", "info") else "error",
        limit=_limit(item),
        where=contract.where(*keys),
    )
    targets = [reference.split(".") for reference in _listed(item.get("to"))]
    homes = {tuple(parts[:-1]) for parts in targets}
    if len(homes) != 1 or len(targets) != len(columns) or len(next(iter(homes))) not in (1, 2):
        reason = "its relationship must point to <dataset>.<column> or <location>.<dataset>.<column>"
        return replace(check, arguments={"reason": reason})
    home = next(iter(homes))
    asset = "/".join(home) if len(home) == 2 else f"{location}/{home[0]}"
    own = asset == f"{location}/{contract.dataset}"
    to = tuple(parts[-1] for parts in targets)
    text = ", ".join(f"'{column}'" for column in columns)
    return replace(
        check,
        kind="foreign_key",
        arguments={"dataset": "" if own else asset, "to": to},
        reads=() if own else (asset,),
        description=f"{text} must be in {'.'.join(home)}.{', '.join(to)}",
    )


def _limit(item: Mapping[str, Any]) -> Limit:
    threshold = custom_property(item, "platformThreshold")
    if not threshold:
        return NONE_ALLOWED
    unit: Unit = "percent" if custom_property(item, "platformUnit") == "percent" else "rows"
    return Limit("mustBeLessOrEqualTo", threshold, unit)


def _listed(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else [str(value or "")]
