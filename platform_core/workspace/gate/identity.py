"""Who a location is, and that its assets are its own."""

from __future__ import annotations

from collections.abc import Iterator

from platform_core.findings import Finding
from platform_core.names import location_problem, name_problem
from platform_core.workspace.gate.world import World
from platform_core.workspace.identity import same_repository
from platform_core.workspace.registry import Registration

__all__ = ["identity", "keys"]


def identity(new: Registration, registered: Registration | None) -> Iterator[Finding]:
    """Yield what stands against this location going by this name."""
    if problem := location_problem(new.name):
        message = f"'{new.name}' cannot be the name of a location: {problem}."
        fix = "Write another `name` into location.yaml; the package in src/ has the same."
        yield Finding("location-name", "error", new.name, message, fix=fix, where=new.where("name"))
    if registered is None:
        return
    mend = f"locations/{new.name}/location.yaml of the workspace, reviewed by the platform team"
    if not same_repository(registered.repository, new.repository):
        message = (
            f"the name '{new.name}' belongs to {registered.repository} ({registered.owner}); this is {new.repository}."
        )
        why = "Two locations of one name would answer for each other's data."
        fix = f"Choose another name; or, if the location moved, change `repository` in {mend}."
        yield Finding("name-taken", "error", new.name, message, why, fix, new.where("repository"))
    elif registered.owner != new.owner:
        message = f"the location belongs to {registered.owner}; location.yaml now says {new.owner}."
        why = "A change of hands is agreed, not slipped in."
        fix = f"Change `owner` in {mend}."
        yield Finding("owner-changed", "error", new.name, message, why, fix, new.where("owner"))


def keys(new: Registration, world: World) -> Iterator[Finding]:
    """Yield assets whose key another team could have, or has."""
    for key in new.graph.assets:
        parts = key.split("/")
        if len(parts) != 2 or parts[0] != new.name or name_problem(parts[1]):
            message = f"the asset key {key} is not of this location."
            why = "Keys that start with their location's name cannot meet another team's."
            fix = f"Name it {new.name}/<dataset>, in lower case letters, digits and underscores."
            yield Finding("key-outside-location", "error", key, message, why, fix)
        for other in world.holders[key]:
            if other.name != new.name:
                message = f"{key} is published by {other.name} ({other.owner}) already."
                why = "Dagster only warns, and shows the one whose location comes first in the alphabet."
                yield Finding("duplicate-key", "error", key, message, why, "Give it another key.")
