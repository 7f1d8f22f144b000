"""What a contract says of team and support: held against location.yaml."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.locations import Location
from platform_core.locations.owners import OWNER_ROLE, owner_of, support_of, team_of

__all__ = ["Said", "said_otherwise"]


@dataclass(frozen=True)
class Said:
    """A key of the contract that does not follow: what it says, and what it has to be."""

    key: str  # team or support
    says: str  # empty where it says nothing
    should: str
    value: Any


def said_otherwise(data: Mapping[str, Any], location: Location) -> Iterator[Said]:
    """Yield `team` and `support` where they do not follow; what the team added in them is kept in the value."""
    team = data.get("team") or {}
    if isinstance(team, Mapping) and owner_of(team) != location.owner:
        yield Said("team", owner_of(team), location.owner, _team(team, location.owner))
    support = data.get("support") or []
    if location.contact and isinstance(support, list) and not _named(support, location.contact):
        ours = next((item for item in support if isinstance(item, Mapping) and item.get("id") == "contact"), None)
        says = str(ours.get("channel")) if ours else ""
        yield Said("support", says, location.contact, _support(support, ours, location.contact))


def _team(team: Mapping[str, Any], owner: str) -> dict[str, Any]:
    follows = team_of(owner)
    rest = {key: value for key, value in team.items() if key not in ("name", "members")}
    # Who was named as owner before is none any more; other members stay.
    members = [one for one in team.get("members") or () if isinstance(one, dict) and one.get("role") != OWNER_ROLE]
    named = [*follows.get("members", ()), *members]
    return {**({"name": follows["name"]} if "name" in follows else {}), **rest, **({"members": named} if named else {})}


def _named(support: list[Any], contact: str) -> bool:
    """The entry of ours is the contact; where there is none, any channel of that name or address will do."""
    entries = [item for item in support if isinstance(item, Mapping)]
    ours = [item for item in entries if item.get("id") == "contact"] or entries
    return any({item.get("channel"), item.get("url")} & {contact, f"mailto:{contact}"} for item in ours)


def _support(support: list[Any], ours: Mapping[str, Any] | None, contact: str) -> list[Any]:
    follows = support_of(contact)
    if ours is None:
        return [follows, *support]
    # The address of the channel before would lead to the wrong place.
    kept = {key: value for key, value in ours.items() if key not in ("url", "tool", "invitationUrl")}
    return [{**kept, **follows} if item is ours else item for item in support]
