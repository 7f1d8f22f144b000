"""The order of types: which type holds every value of another, read in the same way.

Types are DuckDB's in any spelling (`contracts.types.duckdb_type` says which a column has). Aliases and case count for
nothing. One type is wider than another when each of its values can be stored in it and means the same to a reader who
does not look at the type: INTEGER to BIGINT, FLOAT to DOUBLE, DECIMAL to more digits before the point (Iceberg, Delta
and Avro promote just these). A change of scale, from whole numbers to decimals, of time zone or of family is neither.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from platform_core.contracts.physical import Inner, canonical_type, split_type
from platform_core.contracts.types import logical_family

__all__ = ["Order", "family", "holds", "is_numeric", "order"]

Order = Literal["equal", "wider", "narrower", "unrelated"]

# name -> (least, greatest) value
_INTEGERS = {
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in {"TINYINT": 8, "SMALLINT": 16}.items()},
    **{name: (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) for name, bits in {"INTEGER": 32, "BIGINT": 64}.items()},
    **{name: (0, 2**bits - 1) for name, bits in {"UTINYINT": 8, "USMALLINT": 16, "UINTEGER": 32}.items()},
    **{"UBIGINT": (0, 2**64 - 1), "HUGEINT": (-(2**127), 2**127 - 1), "UHUGEINT": (0, 2**128 - 1)},
}
# Each holds those before it. Nanoseconds reach less far back and forward, so they hold none and are held by none.
_CHAINS = (("FLOAT", "DOUBLE"), ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP"))
_NUMERIC = ("integer", "number")


def order(old: str, new: str) -> Order:
    """Say how the type `new` stands to the type `old`: `wider` when it holds every value of `old` and more.

    A text that is no DuckDB type equals only itself.
    """
    there, back = holds(new, old), holds(old, new)
    if there and back:
        return "equal"
    return "wider" if there else "narrower" if back else "unrelated"


@lru_cache(maxsize=4096)
def holds(wide: str, narrow: str) -> bool:
    """Say whether `wide` holds every value of `narrow`. Reflexive, transitive, and both ways only for one type.

    A list holds a list, and a map a map with the same keys, when its items do; a struct a struct of the same fields.
    """
    if wide == narrow:
        return True
    one, other = canonical_type(wide), canonical_type(narrow)
    if one is None or other is None:
        return False
    return one == other or _holds(one, other)


@lru_cache(maxsize=1024)
def family(type_: str) -> str:
    """Return the ODCS logicalType that a DuckDB type belongs to, such as `number` for DECIMAL(10,2).

    Raises ValueError when `type_` is no DuckDB type.
    """
    canonical = canonical_type(type_)
    if canonical is None:
        raise ValueError(f"{type_} is no DuckDB type")
    return logical_family(canonical)


def is_numeric(type_: str) -> bool:
    """Say whether a DuckDB type holds whole numbers, decimals or floats."""
    return family(type_) in _NUMERIC


def _holds(wide: str, narrow: str) -> bool:
    (base, inner), (other, other_inner) = split_type(wide), split_type(narrow)
    if base in _INTEGERS and other in _INTEGERS:
        return _INTEGERS[base][0] <= _INTEGERS[other][0] and _INTEGERS[other][1] <= _INTEGERS[base][1]
    for chain in _CHAINS:
        if base in chain and other in chain:
            return chain.index(base) >= chain.index(other)
    return base == other and _hold(base, inner, other_inner)


def _hold(base: str, inner: Inner, other_inner: Inner) -> bool:
    """Compare what is inside two types of one base."""
    if base == "DECIMAL":
        (_, precision), scale = inner
        (_, other_precision), other_scale = other_inner
        return scale == other_scale and int(precision) >= int(other_precision)
    if base == "LIST":
        return holds(inner[0][1], other_inner[0][1])
    if base == "MAP":
        return inner[0] == other_inner[0] and holds(inner[1][1], other_inner[1][1])
    if base == "STRUCT":
        fields, others = dict(inner), dict(other_inner)
        return fields.keys() == others.keys() and all(holds(fields[name], others[name]) for name in fields)
    return True
