"""Contract tests baked into every location, samples made from contracts, and runs of one dataset for team tests.

Names are loaded when first used: pytest loads the plugin in every environment, so this imports nothing.
"""

from platform_core.lazy import lazily

_HOMES = {"run_dataset": "platform_core.testing.runs", "synthesise": "platform_core.testing.samples"}

__all__ = ["run_dataset", "synthesise"]


__getattr__ = lazily(__name__, _HOMES)
