"""What `platformctl register` prints."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from platform_core.findings import FindingsError

if TYPE_CHECKING:
    from platform_core.workspace import Registered
    from platform_core.workspace.pushing import Pushed
    from platform_core.workspace.verify import Verified

__all__ = ["as_data", "show", "show_problems"]

_HEADLINES = {
    "registered": "Registered {name} ({owner}): {datasets}.",
    "updated": "Updated {name} ({owner}): {datasets}.",
    "proposed": "Proposed {name} ({owner}): {datasets}.",
    "superseded": "{name}: a newer commit of it was registered meanwhile. Nothing was written.",
    "unchanged": "{name} ({owner}) is registered as it is: {datasets}.",
    "would-register": "Would register {name} ({owner}): {datasets}. Nothing was written.",
    "would-update": "Would update {name} ({owner}): {datasets}. Nothing was written.",
    "would-propose": "Would propose {name} ({owner}): {datasets}. Nothing was pushed.",
    "refused": "{name} was refused. Nothing was written.",
}


def show_problems(error: FindingsError, root: Path, format_: str) -> None:
    """Print why the location in `root` cannot even be looked at."""
    from platform_core.formats.findings import render

    if format_ == "json":
        click.echo(json.dumps({"verdict": "refused", "findings": json.loads(render(error.findings, "json"))}, indent=2))
    else:
        click.echo(
            f"The location in {root.absolute()} cannot be registered. Nothing was written.", err=format_ != "text"
        )
        click.echo(render(error.findings, format_))


def show(outcome: Registered, format_: str, pushed: Pushed | None = None) -> None:
    """Print what became of a registration: as text, or its findings alone for a build server."""
    from platform_core.formats.changes import plan_lines
    from platform_core.formats.findings import render

    if format_ != "text":
        click.echo(render(outcome.findings, format_))
        return
    one = outcome.registration
    count = len(one.graph.assets)
    datasets = f"{count} dataset{'s' if count != 1 else ''}"
    click.echo(_HEADLINES[outcome.verdict].format(name=one.name, owner=one.owner, datasets=datasets))
    # A refused change shows what it would do, too: that is where whom it hurts is seen.
    for line in plan_lines(outcome.changes, outcome.notices):
        click.echo(f"  {line}")
    if outcome.findings:
        click.echo(render(outcome.findings, "text"))
    if outcome.waiting_for and outcome.verdict != "refused":
        click.echo(f"Pending: it waits for {', '.join(outcome.waiting_for)}.")
    if pushed:
        _show_push(outcome, pushed)


def _show_push(outcome: Registered, pushed: Pushed) -> None:
    if outcome.verdict == "updated":
        click.echo(f"Pushed {pushed.commit[:12]} to {pushed.branch} of {pushed.address}.")
        click.echo("A deployment takes it with the next pull of its workspace.")
    elif outcome.verdict == "proposed":
        done = f"Pushed {pushed.commit[:12]} to" if pushed.commit else "It stands as it is on"
        click.echo(f"{done} the branch {pushed.branch} of {pushed.address}.")
        for line in pushed.said.splitlines():
            if line.startswith("remote:") and "://" in line:  # where to open a pull request, says the host
                click.echo(f"  {line.removeprefix('remote:').strip()}")
        click.echo("Next: the platform team merges that branch, once. After that, this command updates it by itself.")


def as_data(outcome: Registered, verified: Verified | None, pushed: Pushed | None = None) -> dict[str, Any]:
    """Return the outcome as plain data for JSON."""
    from platform_core.formats.findings import render

    data = {
        "location": outcome.registration.name,
        "verdict": outcome.verdict,
        "status": "pending" if outcome.waiting_for else "active",
        "waiting_for": list(outcome.waiting_for),
        "changes": [
            {**asdict(change), "before": _plain(change.before), "after": _plain(change.after)}
            for change in outcome.changes
        ],
        "notices": asdict(outcome.notices),
        "findings": json.loads(render(outcome.findings, "json")),
        "deployment": asdict(verified) if verified else None,
    }
    return {**data, "pushed": asdict(pushed)} if pushed else data


def _plain(value: Any) -> Any:
    """Dataclasses inside tuples and out, as JSON can hold them."""
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return asdict(value) if hasattr(value, "__dataclass_fields__") else value
