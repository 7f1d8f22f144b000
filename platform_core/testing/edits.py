"""Small edits of a table: the same data with a few values, keys or rows changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow

__all__ = ["copy_first", "filled_rows", "put", "with_column"]


def with_column(table: pyarrow.Table, name: str, values: Sequence[Any]) -> pyarrow.Table:
    """Return `table` with the values of one column replaced; its type stays."""
    import pyarrow as pa

    place = table.column_names.index(name)
    return table.set_column(place, table.schema.field(place), pa.array(values, type=table.schema.field(place).type))


def put(table: pyarrow.Table, name: str, new: Sequence[Any]) -> pyarrow.Table:
    """Return `table` with the first values of a column replaced by `new`."""
    return with_column(table, name, [*new, *table.column(name).to_pylist()[len(new) :]])


def filled_rows(table: pyarrow.Table, names: Sequence[str]) -> list[int]:
    """Return the numbers of the rows in which none of the columns is null."""
    rows = zip(*(table.column(name).to_pylist() for name in names), strict=True)
    return [number for number, row in enumerate(rows) if None not in row]


def copy_first(table: pyarrow.Table, names: Sequence[str], copies: int = 1) -> pyarrow.Table | None:
    """Return `table` with the values of `names` in one row repeated in `copies` others.

    A table of one row gets its row twice. None when no row has values in all of `names`.
    """
    import pyarrow as pa

    filled = filled_rows(table, names)
    if not filled:
        return None
    source, targets = filled[0], [row for row in range(table.num_rows) if row != filled[0]][:copies]
    if not targets:
        return pa.concat_tables([table, *[table] * copies])
    for name in names:
        values = table.column(name).to_pylist()
        for row in targets:
            values[row] = values[source]
        table = with_column(table, name, values)
    return table
