"""Rules about what stands inside a nested value, on any engine: the type that each step on the way leads to."""

from __future__ import annotations

from platform_core.audit.check import Step
from platform_core.audit.outcome import NotAudited
from platform_core.contracts.physical import canonical_type, split_type

__all__ = ["BROKEN_BY_NULL", "step_into"]

BROKEN_BY_NULL = ("required", "missing")  # kinds of check; but what is not there has no fields that could be null


def step_into(type_: str, step: str | Step) -> str:
    """Return the DuckDB type of a field of a struct, or of the items, keys or values of a list or map.

    Raises NotAudited when a column of `type_` has no such part.
    """
    canonical, flat = canonical_type(type_), f"a column of type {type_} is stored where a nested one is declared"
    if canonical is None:
        raise NotAudited(flat)
    base, inner = split_type(canonical)
    types = dict(inner)
    if isinstance(step, str):
        if base != "STRUCT" or step not in types:
            raise NotAudited(f"the field '{step}' is missing")
        return types[step]
    if base != {Step.ITEM: "LIST"}.get(step, "MAP"):
        raise NotAudited(flat)
    return types[step.value]
