"""Whether a producer's contract guarantees what a reader relies on. It states what is not; who acts on it is not its
business."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from platform_core.contracts.lattice import holds
from platform_core.contracts.model import Column, Contract
from platform_core.contracts.places import nearest, shown
from platform_core.contracts.sla import sla_duration
from platform_core.contracts.types import canonical_type, duckdb_type, logical_family
from platform_core.documents import Keys
from platform_core.lineage.guarantees import never_null, promised_lengths, promised_values, same_value, unique_sets
from platform_core.lineage.needs import Need, NeededColumn, ServiceLevel, plain
from platform_core.lineage.version_ranges import caret, parse_range, widened

__all__ = ["Unmet", "unmet"]

Kind = Literal["column", "type", "required", "unique", "enum", "key", "service-level", "version"]


@dataclass(frozen=True, order=True)
class Unmet:
    """One thing that is relied on and not guaranteed. Two of the same `kind` and `path` are equal: what is promised
    instead may differ.

    `path` is that of a change of contracts: 'amount', 'address.street', 'tags[]', 'prices{value}'; of a key its
    columns, of a service level its property, of a version ''. `column` is the top-level column, or ''. `needed` and
    `promised` are words for people; `keys` is the place in the document of the need, `near` the column that may have
    been meant.
    """

    kind: Kind
    path: str
    column: str = ""
    needed: str = field(default="", compare=False)
    promised: str = field(default="", compare=False)
    dataset: str = field(default="", compare=False)
    keys: Keys = field(default=(), compare=False, repr=False)
    near: str = field(default="", compare=False)

    @property
    def message(self) -> str:
        """One sentence: what is relied on, and what is promised."""
        about = f"column {shown(self.path)} of {self.dataset}"
        return {
            "column": f"{about} is needed, and its contract has none.",
            "type": f"{about} must be {self.needed}; it is {self.promised}.",
            "required": f"{about} must never be null; its contract allows it.",
            "unique": f"{about} must be unique; its contract does not promise it.",
            "enum": f"{about} must be one of {self.needed}; {self.promised}.",
            "key": f"{self.dataset} must have one row for each {self.path}; {self.promised}.",
            "service-level": f"{self.path} of {self.dataset} must be {self.needed}; {self.promised}.",
            "version": f"{self.dataset} is needed in version {self.needed}; it is at {self.promised}.",
        }[self.kind]

    @property
    def fix(self) -> str:
        """What the reader can do about it."""
        if self.kind == "version":
            return _version_fix(self.needed, self.promised)
        loosen = "if it is not relied on, take it out of the need"
        meant = f"Did you mean {shown(self.near)}?" if self.near else ""
        return {
            "column": meant or "Use a column that is promised, or ask its team for this one.",
            "enum": f"Handle the other values and add them (or write onUnknown: ignore); {loosen}.",
        }.get(self.kind, f"Ask its team to promise it; {loosen}.")


def _version_fix(needed: str, promised: str) -> str:
    now = caret(promised)
    if not now:
        return "Take version out of the need: what is not MAJOR.MINOR.PATCH lies in no range."
    both = widened(needed, promised)
    return f"See that what is read works with {promised}, then write version: {now}, or '{both}' for both."


def unmet(need: Need, contract: Contract) -> tuple[Unmet, ...]:
    """Return everything that `need` relies on and `contract` does not guarantee, in the order of the need."""
    found = [*_version(need, contract)]
    columns = {column.name: column for column in contract.columns}
    for needed in need.columns:
        column, name = columns.get(needed.name), needed.name
        found += _column(needed, column, contract, name, name) if column else [_missing(needed, columns, name, name)]
    for place, key in enumerate(need.keys):
        found += _key(key, contract, ("keys", place))
    for level in need.service_levels:
        found += _level(level, contract)
    return tuple(replace(one, dataset=need.dataset) for one in found)


def _version(need: Need, contract: Contract) -> Iterator[Unmet]:
    if need.version and contract.version not in parse_range(need.version):
        yield Unmet("version", "", "", need.version, contract.version, keys=("version",))


def _missing(needed: NeededColumn, known: Iterable[str], path: str, top: str) -> Unmet:
    return Unmet("column", path, top, keys=needed.keys, near=nearest(needed.name, known))


def _column(needed: NeededColumn, column: Column, contract: Contract, path: str, top: str) -> Iterator[Unmet]:
    if problem := _type_needed(needed, column):
        where = "physicalType" if needed.physical_type else "logicalType"
        yield Unmet("type", path, top, problem, _type_said(column), keys=(*needed.keys, where))
    nested = path != top
    if needed.required and not (column.required if nested else never_null(column)):
        yield Unmet("required", path, top, keys=(*needed.keys, "required"))
    if needed.unique and not (column.unique or (not nested and {path} in [set(key) for key in unique_sets(contract)])):
        yield Unmet("unique", path, top, keys=(*needed.keys, "unique"))
    yield from _enum(needed, column, path, top)
    for child in needed.children:
        inner, place = _child(column, child.name), _path(needed, column, path, child.name)
        if inner:
            yield from _column(child, inner, contract, place, top)
        else:
            yield _missing(child, [one.name for one in column.children], place, top)


def _child(column: Column, name: str) -> Column | None:
    if column.logical_type == "array" or name == "items":
        return column.children[0] if column.logical_type == "array" and column.children else None
    if column.logical_type == "map":
        return dict(zip(("key", "value"), column.children, strict=False)).get(name)
    return next((child for child in column.children if child.name == name), None)


def _path(needed: NeededColumn, column: Column, path: str, name: str) -> str:
    if name == "items" and (needed.logical_type or column.logical_type) == "array":
        return f"{path}[]"
    if name in ("key", "value") and (needed.logical_type or column.logical_type) == "map":
        return f"{path}{{{name}}}"
    return f"{path}.{name}"


def _type_needed(needed: NeededColumn, column: Column) -> str:
    """Return what the type must be, in words; empty when it is."""
    have = duckdb_type(column)
    if needed.logical_type and not _in_family(needed.logical_type, column, have):
        return needed.logical_type
    if needed.logical_type == "string" and have == "BLOB" and not needed.physical_type:
        return "text"
    wanted = canonical_type(needed.physical_type) if needed.physical_type else None
    return f"of a type that fits into {wanted}" if wanted and not holds(wanted, have) else ""


def _in_family(family: str, column: Column, have: str) -> bool:
    known = {column.logical_type, logical_family(have)}
    return family in known or (family == "number" and "integer" in known)


def _type_said(column: Column) -> str:
    have = duckdb_type(column)
    return column.logical_type if column.logical_type == have.lower() else f"{column.logical_type} ({have})"


def _enum(needed: NeededColumn, column: Column, path: str, top: str) -> Iterator[Unmet]:
    if needed.enum is None or needed.on_unknown == "ignore":
        return
    handled = {same_value(value) for value in needed.enum}
    promised = promised_values(column) if top == path else [plain(value) for value in column.enum]
    others = [value for value in promised if same_value(value) not in handled]
    if not promised:
        said = "its contract names no values"
    elif others:
        said = f"it may also be {', '.join(shown(value) for value in others)}"
    else:
        return
    values = ", ".join(shown(value) for value in needed.enum)
    yield Unmet("enum", path, top, values, said, keys=(*needed.keys, "enum"))


def _key(key: tuple[str, ...], contract: Contract, keys: Keys) -> Iterator[Unmet]:
    known = {column.name: column for column in contract.columns}
    for columns in unique_sets(contract):
        # Of columns that may be null, a combination may stand in many rows.
        if set(columns) <= set(key) and all(never_null(known[name]) for name in columns):
            return
    has = f"its key is {', '.join(contract.primary_key)}" if contract.primary_key else "its contract names no key"
    yield Unmet("key", ", ".join(key), key[0] if len(key) == 1 else "", "", has, keys=keys)


def _level(level: ServiceLevel, contract: Contract) -> Iterator[Unmet]:
    needed = sla_duration({"value": level.value, "unit": level.unit})
    promised = promised_lengths(level.property, contract)
    longest = level.property == "retention"
    lengths = [length for length, _ in promised]
    if needed is None or any(length >= needed if longest else length <= needed for length in lengths):
        return
    said = f"promised is {promised[0][1]}" if promised else "its contract promises none"
    word = "at least" if longest else "at most"
    yield Unmet("service-level", level.property, "", f"{word} {level.value} {level.unit}", said, keys=level.keys)
