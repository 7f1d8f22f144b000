"""platformctl new: a code location from the template."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from platform_core.errors import PlatformError

__all__ = ["new"]


@click.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--location", "location_name", help="Name of the location. Default: the folder's name.")
@click.option("--owner", help="Who answers for the data: team:<name>, or an e-mail address.")
@click.option("--organisation", help="What the git host wants before a team in CODEOWNERS: @organisation/team.")
@click.option("--description", help="What data it publishes, in one sentence.")
@click.option("--contact", help="Where people ask about the data.")
@click.option("--ci", help="Which build service runs the checks: github, gitlab or none.")
@click.option("--starter", help="What it starts from: files (and SQL, Python) or dbt.")
@click.option("--example/--no-example", default=None, help="Ship a small example dataset. Default: yes.")
@click.option("--data", "pairs", multiple=True, metavar="QUESTION=ANSWER", help="Any answer, by the question's name.")
@click.option("--defaults", is_flag=True, help="Ask nothing: take the default for what is not given here.")
@click.option("--template", help="Folder or git URL. Default: where this library was installed from.")
@click.option("--vcs-ref", help="Commit, tag or branch of the template. Default for --template: its newest release.")
@click.option("--git/--no-git", default=True, help="Make it a git repository with one commit. Default: yes.")
def new(
    *,
    directory: Path,
    pairs: tuple[str, ...],
    defaults: bool,
    template: str | None,
    vcs_ref: str | None,
    git: bool,
    **options: Any,
) -> None:
    """Make a code location in DIRECTORY, a folder that does not exist yet."""
    from platform_core.onboarding.location import onboard
    from platform_core.onboarding.template_source import TemplateSource, default_source

    source = TemplateSource(template, vcs_ref) if template else default_source()
    if vcs_ref:
        source = TemplateSource(source.address, vcs_ref)
    answers = {name: value for name, value in options.items() if value is not None}
    answers.update(_pairs(pairs))
    made = onboard(source, directory, answers, ask=not defaults and sys.stdin.isatty(), commit=git)
    click.echo(f"Made the location {made.location} in {made.root}.")
    click.echo("Next:\n")
    click.echo(f"    cd {_quoted(directory)}")
    if git and not made.committed:
        click.echo("    git add -A && git commit -m 'Add the location'   # it lies in a repository already")
    click.echo("    uv sync\n    uv run platformctl check && uv run pytest\n")
    click.echo("README.md there says how to run it and how to add data.")


def _pairs(pairs: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise PlatformError(f"--data {pair} is no answer.", hint="Write --data question=answer.")
        found[name] = value
    return found


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
