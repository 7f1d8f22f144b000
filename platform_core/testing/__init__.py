"""Contract tests baked into every location, samples made from contracts, and runs of one dataset for team tests.

Names are loaded when first used: pytest loads the plugin in every environment, so this imports nothing.
"""

from importlib import import_module
from typing import Any

_HOMES = {"run_dataset": "platform_core.testing.runs", "synthesise": "platform_core.testing.samples"}

__all__ = ["run_dataset", "synthesise"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
