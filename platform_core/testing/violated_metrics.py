"""Data that breaks an ODCS library metric: the wrong number of nulls, duplicates, invalid values or rows."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import TYPE_CHECKING, Any

from platform_core.contracts import Column, Contract
from platform_core.testing.domains import QUALITY, domain_of, read_listed
from platform_core.testing.edits import copy_first, put
from platform_core.testing.metrics import counts_nulls, listed, metric_of, nearest, satisfied
from platform_core.testing.samples import MOST_ROWS, rows_of

if TYPE_CHECKING:
    import pyarrow

__all__ = ["broken_metric"]


def broken_metric(
    contract: Contract,
    column: Column | None,
    placed: tuple[Mapping[str, Any], int | str],
    sample: pyarrow.Table,
    references: Mapping[str, pyarrow.Table],
) -> pyarrow.Table | None:
    """Return `sample` changed so that it breaks a quality rule; None when no number of values does.

    `placed` is the rule and its place among the quality rules of `column` (or of the dataset).
    """
    rule, place = placed
    metric = metric_of(rule)
    if metric == "rowCount":
        return _rows(contract, rule, sample, references)
    rows = sample.num_rows
    wrong = next((count for count in range(rows, 0, -1) if not satisfied(rule, count, rows)), None)
    if metric == "duplicateValues":
        names = (column.name,) if column else tuple(listed(rule, "properties") or sample.column_names)
        return copy_first(sample, names, rows) if wrong else None
    if column is None or wrong is None:
        return None
    return put(sample, column.name, [_bad_value(column, rule, f"{QUALITY} {place}")] * wrong)


def _bad_value(column: Column, rule: Mapping[str, Any], name: str) -> Any:
    if counts_nulls(rule):
        return None
    if metric_of(rule) == "missingValues":
        return next(iter(read_listed(column, rule, "missingValues")), None)
    domain = domain_of(column)
    values = domain.breaking(name, Random(name)) if name in domain.rules else []
    return values[0] if values else None


def _rows(
    contract: Contract, rule: Mapping[str, Any], sample: pyarrow.Table, references: Mapping[str, pyarrow.Table]
) -> pyarrow.Table | None:
    wrong = nearest([rule], sample.num_rows, MOST_ROWS, good=False)
    if wrong is None:
        return None
    if wrong <= sample.num_rows:
        return sample.slice(0, wrong)
    table = rows_of(contract, wrong, references=references)
    return None if satisfied(rule, table.num_rows, table.num_rows) else table
