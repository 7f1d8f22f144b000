"""Data that breaks one rule of a contract, made from a good sample: the audit is proven by code that does not know it.

Must never import `platform_core.audit` (import-linter holds it): a mistake shared by both would prove itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

from platform_core.contracts import Column, Contract, custom_property
from platform_core.testing.domain import identity
from platform_core.testing.domains import QUALITY, domain_of
from platform_core.testing.edits import copy_first, put, with_column
from platform_core.testing.links import Link, links
from platform_core.testing.metrics import metric_of
from platform_core.testing.nested import Place, places
from platform_core.testing.samples import synthesise
from platform_core.testing.violated_metrics import broken_metric

if TYPE_CHECKING:
    import pyarrow

__all__ = ["HELD", "Violation", "violations"]

HELD = "no value of its type can break it"
_BOUNDED = (
    "integer",
    "number",
    "date",
    "timestamp",
    "time",
    "boolean",
)  # their types have a least and a greatest value

References = Mapping[str, "pyarrow.Table"]


@dataclass(frozen=True)
class Violation:
    """One rule and data that breaks it.

    `rule` is the rule in the words of the contract (`required`, `maximum`, `foreignKey`, `rowCount`, `sql`; `present`
    and `type` for a column at all), `path` the columns it is about, or the way to a nested value, `keys` its path in
    the file, `name` that of a quality rule. `table` is None when no data can be made; `reason` then says why.
    """

    rule: str
    path: tuple[str, ...]
    keys: tuple[str | int, ...]
    table: pyarrow.Table | None = field(repr=False, compare=False)
    name: str = ""
    reason: str = ""


def violations(contract: Contract, sample: pyarrow.Table, references: References | None = None) -> Iterator[Violation]:
    """Yield, for every rule of the contract, `sample` changed so that it breaks that rule, and others only if it must.

    `sample` must satisfy the contract; `references` are the tables its foreign keys point to, by the names that
    `synthesise` takes.
    """
    random = Random(contract.dataset)
    references = references or {}
    for column in contract.columns:
        yield from _column(column, sample, random)
        for place, rule in enumerate(column.quality):
            yield from _quality(contract, column, rule, (*column.keys, "quality", place), sample, references)
    if contract.primary_key:
        first = min((c for c in contract.columns if c.primary_key_position), key=lambda c: c.primary_key_position)
        table = copy_first(sample, contract.primary_key)
        yield Violation("primaryKey", contract.primary_key, (*first.keys, "primaryKey"), table)
    for link in links(contract):
        yield _dangling(contract, link, sample, references, random)
    for place, rule in enumerate(contract.quality):
        yield from _quality(contract, None, rule, ("schema", 0, "quality", place), sample, references)


def _column(column: Column, sample: pyarrow.Table, random: Random) -> Iterator[Violation]:
    yield Violation("present", (column.name,), column.keys, _without(sample, column.name))
    yield Violation("type", (column.name,), column.keys, _other_type(sample, column.name))
    for place in places(column, random):
        yield from _place(place, sample, random)
    if column.unique:
        table = copy_first(sample, (column.name,))
        reason = "" if table is not None else "the sample holds no value to repeat"
        yield Violation("unique", (column.name,), (*column.keys, "unique"), table, reason=reason)


def _place(place: Place, sample: pyarrow.Table, random: Random) -> Iterator[Violation]:
    """Yield what breaks the rules about one value: a column's, or one nested in it."""
    column, name = place.column, place.path[0]
    if column.required:
        stands = "required" if "required" in column.data else "primaryKey"
        yield Violation("required", place.path, (*column.keys, stands), put(sample, name, [place.whole(None)]))
    domain = domain_of(column)
    for rule in (rule for rule in domain.rules if not rule.startswith(QUALITY)):
        keys = (*column.keys, rule) if rule == "enum" else (*column.keys, "logicalTypeOptions", rule)
        bad = domain.breaking(rule, random)
        table = put(sample, name, [place.whole(value) for value in bad]) if bad else None
        reason = HELD if column.logical_type in _BOUNDED else "no data was found that breaks it"
        yield Violation(rule, place.path, keys, table, reason="" if bad else reason)


def _without(sample: pyarrow.Table, name: str) -> pyarrow.Table:
    """Misspell the name of a column: a table of one column would lose its rows with it."""
    return sample.rename_columns([f"{column}_" if column == name else column for column in sample.column_names])


def _other_type(sample: pyarrow.Table, name: str) -> pyarrow.Table:
    """Write words into a column that holds none, and numbers into a column of words."""
    import pyarrow as pa

    place = sample.column_names.index(name)
    kind = sample.schema.field(place).type
    worded = pa.types.is_string(kind) or pa.types.is_binary(kind)
    other = pa.array([0 if worded else "no such value"] * sample.num_rows)
    return sample.set_column(place, pa.field(name, other.type), other)


def _dangling(
    contract: Contract, link: Link, sample: pyarrow.Table, references: References, random: Random
) -> Violation:
    """Let keys point nowhere: one of them, or as many as break the threshold of the relationship."""
    threshold = float(custom_property(link.data, "platformThreshold", 0))
    percent = custom_property(link.data, "platformUnit", "rows") == "percent"
    rows = sample.num_rows if threshold and percent else int(threshold) + 1
    if rows > sample.num_rows:
        sample = synthesise(contract, rows, references=references)
    known = set()
    if (table := references.get(link.dataset, sample if link.dataset == contract.dataset else None)) is not None:
        known = {identity(row[-1]) for row in zip(*(table.column(t).to_pylist() for t in link.targets), strict=True)}
    column = next(column for column in contract.columns if column.name == link.columns[-1])
    domain = domain_of(column)
    pool = [v for v in domain.pool(random, rows + len(known)) if identity(v) not in known]
    pool = pool or [v for v in domain.edges(random) if identity(v) not in known][:rows]
    if not pool:
        return Violation("foreignKey", link.columns, link.keys, None, reason="every value it may take is there")
    repeated = [pool[place % len(pool)] for place in range(rows)]
    return Violation("foreignKey", link.columns, link.keys, put(_filled(contract, sample, link), column.name, repeated))


def _filled(contract: Contract, sample: pyarrow.Table, link: Link) -> pyarrow.Table:
    """A key with a null in it points nowhere and breaks nothing: fill the other columns of a composite key."""
    for name in link.columns[:-1]:
        values = sample.column(name).to_pylist()
        known = [value for value in values if value is not None]
        sample = with_column(sample, name, [value if value is not None else known[0] for value in values])
    return sample


def _quality(
    contract: Contract,
    column: Column | None,
    rule: Mapping[str, Any],
    keys: tuple[str | int, ...],
    *good: Any,
) -> Iterator[Violation]:
    kind, name = rule.get("type", "library"), str(rule.get("name") or "")
    columns = (column.name,) if column else ()
    if metric := metric_of(rule):
        table = broken_metric(contract, column, (rule, keys[-1]), *good)
        reason = "" if table is not None else "no number of values can break it"
        yield Violation(metric, columns, keys, table, name, reason)
    elif kind in ("sql", "custom"):
        yield Violation(kind, columns, keys, None, name, f"only its author knows what a rule of type {kind} means")
