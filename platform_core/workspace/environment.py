"""The environment variables of a process that belongs to a workspace."""

from __future__ import annotations

import os

from platform_core.workspace.layout import VARIABLE, Workspace

__all__ = ["workspace_environment"]

# What our own Python environment would impose on another one, and what would override the catalog behind everyone's
# back. Without written bytecode every start of a Dagster process takes twice as long.
_DROPPED = ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PYTHONDONTWRITEBYTECODE", "PLATFORM_WAREHOUSE")


def workspace_environment(workspace: Workspace) -> dict[str, str]:
    """Return this process's variables with those that name the workspace, its catalog and its landing folder."""
    kept = {name: value for name, value in os.environ.items() if name not in _DROPPED}
    return {
        **kept,
        VARIABLE: str(workspace.root),
        "PLATFORM_CATALOG": str(workspace.catalog),
        "PLATFORM_LANDING": str(workspace.settings.landing),
    }
