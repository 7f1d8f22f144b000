"""The contract tests of a location, as a pytest plugin.

Loaded by every pytest run of an environment: outside a location it costs a look for location.yaml, and imports nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Offer what can be left out of the contract tests."""
    group = parser.getgroup("platform", "contract tests of a location")
    group.addoption(
        "--skip-rerun", action="store_true", help="leave out the proof that datasets can be run again (seconds each)"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Join in where the root folder of the run, or one above it, holds location.yaml."""
    root = next((f for f in (config.rootpath, *config.rootpath.parents) if (f / "location.yaml").is_file()), None)
    if root is None or config.pluginmanager.has_plugin("platform_core.location"):
        return
    from platform_core.testing.collection import LocationTests

    _add_arguments(config, root)
    config.pluginmanager.register(LocationTests(root, not config.getoption("skip_rerun")), "platform_core.location")


def _add_arguments(config: pytest.Config, root: Path) -> None:
    """Without arguments pytest looks into `testpaths` only: have it look at the location's promises too.

    With arguments, only what they name is run. A worker of pytest-xdist is given the arguments of its controller.
    """
    if config.args_source is config.ArgsSource.TESTPATHS:
        places = [root / "location.yaml", root / "contracts"]
        config.args[:0] = [str(place) for place in places if place.exists()]
