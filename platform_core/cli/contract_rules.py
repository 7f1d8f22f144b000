"""platformctl contract rules: how changes of a contract are judged."""

from __future__ import annotations

import click

__all__ = ["rules"]


@click.command()
@click.argument("name", metavar="[RULE]", required=False)
@click.option("--format", "format_", type=click.Choice(["text", "markdown"]), default="text", show_default=True)
def rules(*, name: str | None, format_: str) -> None:
    """List the rules that judge a changed contract, or explain one.

    READERS: do those who read the data go on as they are? PUBLISHED DATA: does it keep the new contract, and does what
    produces it? VERSION: which part of the version has to be raised.
    """
    import difflib

    from platform_core.contracts.compatibility import load_rules
    from platform_core.errors import PlatformError
    from platform_core.exemptions.rules import BY_PLATFORM, BY_TEAM, IDENTITY
    from platform_core.formats.rules import explained, rules_page, rules_table

    known = load_rules()
    if name is None:
        click.echo(
            rules_page(known.values()) if format_ == "markdown" else rules_table(known.values()), nl=format_ == "text"
        )
        return
    if name not in known:
        if name in (*BY_TEAM, *BY_PLATFORM, *IDENTITY):
            message = f"{name} judges no change of a contract: it is a finding of check and register."
            raise PlatformError(message, hint="What is wrong, why, and what to do stand in the finding itself.")
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
        hint = f"Did you mean {close[0]}?" if close else "platformctl contract rules lists them."
        raise PlatformError(f"there is no rule {name[:80]!r}.", hint=hint)
    click.echo(explained(known[name]))
