"""How a command is told which workspace is meant."""

from __future__ import annotations

import os

import click

from platform_core.errors import PlatformError

__all__ = ["named_workspace", "workspace_option"]

workspace_option = click.option(
    "--workspace", "workspace_dir", metavar="DIR", help="The workspace folder. Default: PLATFORM_WORKSPACE."
)


def named_workspace(option: str | None) -> str:
    """Return the workspace named by a command's --workspace, else by PLATFORM_WORKSPACE: a folder, or a URL."""
    from platform_core.workspace.layout import VARIABLE

    if named := option or os.environ.get(VARIABLE):
        return named
    raise PlatformError("no workspace is named.", hint=f"Use --workspace DIR or URL, or set {VARIABLE}.")
