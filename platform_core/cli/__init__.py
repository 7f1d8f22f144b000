"""platformctl: one noun a file. Each command is imported when it is called, so that help costs nothing."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

import click

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError

__all__ = ["main"]

# name -> (home, the line in `platformctl --help`): written here so that help imports none of them
_COMMANDS = {
    "new": ("platform_core.cli.new:new", "Make a code location from the template."),
    "add": ("platform_core.cli.add:add", "Add a dataset to this location."),
    "check": ("platform_core.cli.check:check", "Say all that a pull request of this location must pass."),
    "sync": ("platform_core.cli.sync:sync", "Write owner and support into the files that follow from location.yaml."),
    "dev": ("platform_core.cli.dev:dev", "Run this location on this machine, on samples of other teams' data."),
    "contract": ("platform_core.cli.contract:contract", "Contracts: lint, compare, infer, what is relied on."),
    "register": ("platform_core.cli.register:register", "Register this location in the workspace."),
    "unregister": ("platform_core.cli.unregister:unregister", "Take a location out of the workspace."),
    "workspace": ("platform_core.cli.workspace:workspace", "The central workspace: init, check, render, list, serve."),
    "status": ("platform_core.cli.status:status", "Say whether data is safe to use."),
    "history": ("platform_core.cli.history:history", "List the publications and refusals of a dataset."),
    "rollback": ("platform_core.cli.rollback:rollback", "Publish an earlier version again, and hold it."),
    "release": ("platform_core.cli.rollback:release", "Let a rolled-back dataset move on."),
    "vacuum": ("platform_core.cli.vacuum:vacuum", "Remove versions and quarantine past their retention."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, name = _COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="platform-core", prog_name="platformctl")
def _cli() -> None:
    """Data published only under contract: make, check, register and watch a code location."""


def main(args: list[str] | None = None) -> Any:
    """Run platformctl. Exit codes: 0 yes, 1 the answer is no, 2 could not run."""
    try:
        return _cli.main(args=args, prog_name="platformctl")
    except PlatformError as error:
        from platform_core.formats.escaping import plain  # names in files and databases may hold control characters

        click.echo(plain(f"Error: {error}"), err=True)
        sys.exit(1 if isinstance(error, FindingsError) else 2)
