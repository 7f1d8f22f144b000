"""Rows as a test writes them: the columns that matter, the others filled from a sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from platform_core.contracts import Contract
from platform_core.errors import PlatformError
from platform_core.testing.samples import rows_of, table_of

if TYPE_CHECKING:
    import pyarrow

__all__ = ["table_given"]


def table_given(rows: Any, contract: Contract, references: Mapping[str, pyarrow.Table]) -> pyarrow.Table:
    """Return `rows` (a list of dictionaries, an Arrow table, a Polars or pandas frame) as a table of the contract.

    Columns that no row has are filled from a sample of as many rows, with values that satisfy their rules.
    Raises PlatformError for a column the contract does not have, or a value that does not fit.
    """
    import pyarrow as pa

    records = _records(rows)
    given = {name for record in records for name in record}
    known = [column.name for column in contract.columns]
    if unknown := sorted(given - set(known)):
        text = f"{contract.dataset} has no column '{unknown[0]}'."
        raise PlatformError(text, hint=f"It has: {', '.join(known)}.")
    sample = rows_of(contract, len(records), references=references).to_pydict()
    values = {name: [record.get(name) for record in records] for name in given}
    for name in known:
        if name not in values:
            made = sample[name] or [None]
            values[name] = [made[place % len(made)] for place in range(len(records))]
    try:
        return table_of(contract, values)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise PlatformError(f"the rows given for {contract.dataset} do not fit its contract: {error}") from error


def _records(rows: Any) -> list[dict[str, Any]]:
    if isinstance(rows, (list, tuple)):
        return [dict(row) for row in rows]
    if hasattr(rows, "to_pylist"):  # Arrow
        return list(rows.to_pylist())
    if hasattr(rows, "to_dicts"):  # Polars
        return list(rows.to_dicts())
    import pyarrow as pa

    return list(pa.Table.from_pandas(rows, preserve_index=False).to_pylist())
