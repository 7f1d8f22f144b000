"""JSON that somebody else wrote: no key twice, no NaN, not deeper than the limit."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from platform_core.workspace.limits import MAX_DEPTH

__all__ = ["read_json"]


def read_json(raw: bytes) -> dict[str, Any]:
    """Return the object in `raw`. Raises ValueError, with the reason, for anything else."""
    try:
        text = raw.decode("utf-8")
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse)
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8 text") from error
    except RecursionError as error:
        raise ValueError(f"it is nested deeper than {MAX_DEPTH}") from error
    if not isinstance(data, dict):
        raise ValueError("it holds no keys and values")
    level: list[Any] = [data]
    for _ in range(MAX_DEPTH):
        level = [below for item in level for below in (item.values() if isinstance(item, dict) else item)]
        level = [item for item in level if isinstance(item, (dict, list))]
        if not level:
            return data
    raise ValueError(f"it is nested deeper than {MAX_DEPTH}")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        twice = next(key for key, _ in pairs if sum(key == other for other, _ in pairs) > 1)
        raise ValueError(f"the key {ascii(twice)[:80]} stands twice")
    return data


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")
