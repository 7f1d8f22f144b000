"""A contract as YAML, the way people write it."""

from __future__ import annotations

from typing import Any

import yaml

__all__ = ["as_yaml"]


class _Neat(yaml.SafeDumper):
    """Indents lists below their key, and writes what stands twice twice."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(data: Any) -> str:
    """Return `data` as YAML, its keys in their order."""
    return yaml.dump(data, Dumper=_Neat, sort_keys=False, allow_unicode=True, width=110)
