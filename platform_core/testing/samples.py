"""Samples: rows made from a contract alone, that satisfy every rule of it by construction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING, Any

from platform_core.contracts import Column, Contract
from platform_core.contracts.types import duckdb_type
from platform_core.findings import Finding, FindingsError
from platform_core.testing.domains import Impossible, domain_of
from platform_core.testing.links import Link, links
from platform_core.testing.metrics import counts_nulls, metric_of, nearest, satisfied
from platform_core.testing.units import Unit, fill, keys_of

if TYPE_CHECKING:
    import pyarrow

__all__ = ["MOST_ROWS", "made_up_references", "row_count", "rows_of", "synthesise", "table_of"]

MOST_ROWS = 100_000
_NULL_EVERY = 8  # an optional column is null in one row of eight
References = Mapping[str, "pyarrow.Table"]


def synthesise(
    contract: Contract, rows: int = 20, seed: int = 0, references: References | None = None
) -> pyarrow.Table:
    """Return a table that satisfies the contract, the same one for the same arguments.

    `rows` is a wish: row count rules and keys with few values come first (at most MOST_ROWS). `references` holds the
    tables that foreign keys point to, by `location/dataset` (a bare name for the own location); without one, the keys
    are made up, and `made_up_references` tells the other side. Rules of type sql and custom are not looked at.
    Raises FindingsError, with file:line, when the rules of the contract leave nothing.
    """
    wanted = row_count(contract, rows)
    if wanted is None:
        text = f"no row count up to {MOST_ROWS:,} satisfies its row count rules"
        _raise(contract, [_problem(contract, None, text)])
    table = rows_of(contract, wanted or 0, seed, references)
    if not all(satisfied(rule, table.num_rows, table.num_rows) for rule in _row_rules(contract)):
        text = f"its keys leave {table.num_rows} different rows, and its row count rule asks for {wanted}"
        _raise(contract, [_problem(contract, None, text)])
    return table


def row_count(contract: Contract, rows: int = 20) -> int | None:
    """Return the number of rows next to `rows` that row count rules allow; None when MOST_ROWS are not enough."""
    return nearest(_row_rules(contract), rows, MOST_ROWS)


def _row_rules(contract: Contract) -> list[Mapping[str, Any]]:
    return [rule for rule in contract.quality if metric_of(rule) == "rowCount"]


def rows_of(
    contract: Contract,
    rows: int,
    seed: int = 0,
    references: References | None = None,
    share: tuple[int, int] = (0, 1),
) -> pyarrow.Table:
    """Return what `synthesise` does, row count rules aside: `rows` rows, fewer where keys have fewer values.

    `share` (place, of how many) makes tables that together keep their keys distinct, such as those of partitions.
    """
    random = Random(f"{contract.dataset} {seed} {share[0]}")
    problems: list[Finding] = []
    units = _units(contract, (rows, *share), seed, references or {}, problems)
    _raise(contract, problems)
    try:
        values = fill(units, keys_of(contract), rows, random)
    except Impossible as error:
        _raise(contract, [_problem(contract, None, str(error))])
    _own_references(contract, values, references or {}, random)
    for place, column in enumerate(contract.columns):
        _add_nulls(contract, column, values[column.name], place)
    return table_of(contract, values)


def _units(
    contract: Contract, size: tuple[int, int, int], seed: int, references: References, problems: list[Finding]
) -> list[Unit]:
    """Return the values each column may take; composite foreign keys keep their columns together."""
    wanted, place, of = size
    tied = [link for link in links(contract) if link.dataset in references and len(link.columns) > 1]
    together = {name for link in tied for name in link.columns}
    units = [Unit(link.columns, _referenced(link, references)) for link in tied]
    for column in contract.columns:
        if column.name not in together:
            # Seeded by column: a column that is added leaves the others as they were.
            random = Random(f"{contract.dataset}.{column.name} {seed}")
            try:
                pool = _pool(contract, column, random, wanted * of, references)
            except Impossible as error:
                problems.append(_problem(contract, error.column or column, str(error)))
                continue
            own = pool[place * wanted : (place + 1) * wanted]
            units.append(Unit((column.name,), own if len(own) == wanted else pool))
    return units


def table_of(contract: Contract, values: Mapping[str, Sequence[Any]]) -> pyarrow.Table:
    """Return columns of Python values as a table of the types the contract stores them in."""
    import pyarrow as pa

    types = arrow_types(tuple(duckdb_type(column) for column in contract.columns))
    fields = [pa.field(column.name, type_) for column, type_ in zip(contract.columns, types, strict=True)]
    arrays = [pa.array(values[field.name], type=field.type) for field in fields]
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


@lru_cache(maxsize=512)
def arrow_types(types: tuple[str, ...]) -> list[pyarrow.DataType]:
    """Return the Arrow types of DuckDB types, as DuckDB itself gives them."""
    import duckdb

    nulls = ", ".join(f"CAST(NULL AS {type_})" for type_ in types)
    with duckdb.connect() as connection:
        found: list[pyarrow.DataType] = connection.execute(f"SELECT {nulls}").to_arrow_table().schema.types
    return found


def made_up_references(contract: Contract, table: pyarrow.Table) -> dict[str, pyarrow.Table]:
    """Return, by dataset, tables that hold every key `table` points to: the other side of made-up foreign keys."""
    import pyarrow as pa

    found: dict[str, dict[str, Any]] = {}
    for link in links(contract):
        if link.dataset == contract.dataset:
            continue  # its own rows are the other side
        rows = table.select(list(link.columns)).drop_null().to_pydict()
        columns = found.setdefault(link.dataset, {})
        for source, target in zip(link.columns, link.targets, strict=True):
            values = pa.array(rows[source], type=table.schema.field(source).type)
            columns.setdefault(target, values)
    return {dataset: _ragged(columns) for dataset, columns in found.items()}


def _ragged(columns: dict[str, Any]) -> pyarrow.Table:
    """Make one table of columns of different lengths, filled up with nulls."""
    import pyarrow as pa

    longest = max(len(column) for column in columns.values())
    full = {
        name: pa.concat_arrays([column, pa.nulls(longest - len(column), column.type)])
        for name, column in columns.items()
    }
    return pa.table(full)


def _pool(contract: Contract, column: Column, random: Random, wanted: int, references: References) -> list[Any]:
    domain = domain_of(column)
    known = [link for link in links(contract) if link.columns == (column.name,) and link.dataset in references]
    in_key = any(column.name in key for key in keys_of(contract))
    if known:
        sets = [[value for (value,) in _referenced(link, references)] for link in known]
        pool = [value for value in sets[0] if domain.accepts(value) and all(value in other for other in sets[1:])]
        if not pool and not column.required:
            return [None]
    else:
        pool = _in_calendar(contract, column, domain.pool(random, wanted if in_key else min(wanted, 400)))
    if not pool and wanted:
        target = f" that {known[0].dataset} holds" if known else ""
        raise Impossible(column, f"its rules leave no value{target}")
    return pool


def _in_calendar(contract: Contract, column: Column, pool: list[Any]) -> list[Any]:
    """Where day and month stand in columns of their own, every day is one that each month has."""
    prefix = column.name.removesuffix("day")
    if prefix == column.name or column.logical_type != "integer" or column.enum:
        return pool
    if not any(other.name == f"{prefix}month" for other in contract.columns):
        return pool
    return [value for value in pool if value <= 28] or pool


def _referenced(link: Link, references: References) -> list[tuple[Any, ...]]:
    """Return the different keys that `link` may point to, in the order of the referenced table."""
    table = references[link.dataset]
    missing = [name for name in link.targets if name not in table.column_names]
    if missing:
        raise FindingsError(
            "A foreign key points nowhere:",
            [Finding("unknown-reference", "error", link.dataset, f"{link.dataset} has no column '{missing[0]}'.")],
        )
    rows = zip(*(table.column(name).to_pylist() for name in link.targets), strict=True)
    return list(dict.fromkeys(row for row in rows if None not in row))


def _own_references(contract: Contract, values: dict[str, list[Any]], references: References, random: Random) -> None:
    """Let keys into the dataset itself (the manager of an employee) point to rows that are there."""
    for link in links(contract):
        own = link.dataset.rpartition("/")[2] == contract.dataset and link.dataset not in references
        if own and not set(link.columns) & {n for key in keys_of(contract) for n in key}:
            rows = list(zip(*(values[name] for name in link.targets), strict=True))
            chosen = [random.choice(rows) for _ in rows]
            for place, name in enumerate(link.columns):
                values[name] = [row[place] for row in chosen]


def _add_nulls(contract: Contract, column: Column, values: list[Any], place: int) -> None:
    """Leave some rows of an optional column empty: as many as its quality rules ask for, else one in eight."""
    if column.required:
        return
    counted = [rule for rule in column.quality if counts_nulls(rule)]
    if counted:
        rows = len(values)
        counts = (count for count in range(rows + 1) if all(satisfied(rule, count, rows) for rule in counted))
        nulls = next(counts, 0)
        values[:nulls] = [None] * nulls
    elif not any(column.name in key for key in keys_of(contract)):
        for row in range(_NULL_EVERY - 1 - place % _NULL_EVERY, len(values), _NULL_EVERY):
            values[row] = None


def _problem(contract: Contract, column: Column | None, text: str) -> Finding:
    keys = column.keys if column else ("schema", 0)
    subject = f"{contract.dataset}.{column.name}" if column else contract.dataset
    message = f"no sample can be made: {text}." if column is None else f"column '{column.name}': {text}."
    fix = "Loosen one of its rules, or put a sample of your own in tests/samples/."
    return Finding("impossible-sample", "error", subject, message, fix=fix, where=contract.where(*keys))


def _raise(contract: Contract, problems: list[Finding]) -> None:
    if problems:
        raise FindingsError(f"No sample of {contract.dataset} can satisfy its contract:", problems)
