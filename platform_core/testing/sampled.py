"""The sample a contract is tested with: the team's own file, else one made from the contract."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.testing.proof import Bench
from platform_core.testing.samples import row_count, rows_of, synthesise
from platform_core.testing.tables import read_table, sample_file

if TYPE_CHECKING:
    import pyarrow

__all__ = ["Sample", "sample_for"]

_MANY = 200  # a larger sample is cut for the proof: one table is written for every rule
_TRIES = 120


@dataclass(frozen=True)
class Sample:
    """`table` is meant to satisfy the contract; `small` is what violations are made from. `path`: a team's own.

    `whole` says that it has as many rows as a delivery must have.
    """

    table: pyarrow.Table
    small: pyarrow.Table
    path: Path | None = None
    whole: bool = True


def sample_for(bench: Bench, root: Path) -> Sample:
    """Return the sample of the bench's contract in the location at `root`.

    Raises FindingsError when a team's file does not fit the columns, or when no rows can satisfy the rules.
    """
    contract = bench.contract
    if path := sample_file(root, contract.dataset):
        table = read_table(path, contract)
        small = table.slice(0, _MANY) if table.num_rows else rows_of(contract, 20, references=bench.references)
        return Sample(table, small, path, whole=False)
    whole = row_count(contract) is not None
    make = synthesise if whole else rows_of
    table = make(contract, 20, references=bench.references)
    small = table if table.num_rows <= _MANY else rows_of(contract, 20, references=bench.references)
    broken = {outcome.check.kind for outcome in bench.audit(small) if not outcome.passed}
    if "sql" in broken and table is small:
        table = small = _chosen(bench, small.num_rows)
    return Sample(table, small, whole=whole)


def _chosen(bench: Bench, rows: int) -> pyarrow.Table:
    """Rules in SQL mostly judge rows one by one: take of many rows those that satisfy them."""
    import pyarrow as pa

    rules = tuple(check for check in bench.checks if check.kind == "sql")
    many = rows_of(bench.contract, _TRIES, references=bench.references)
    good: list[pyarrow.Table] = []
    for number in range(many.num_rows):
        row = many.slice(number, 1)
        if len(good) < rows and all(outcome.passed for outcome in bench.audit(row, rules)):
            good.append(row)
    return pa.concat_tables(good) if good else many.slice(0, rows)
