"""An owner and a contact in the words of others: CODEOWNERS, ODCS, Backstage. The one place that translates them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = [
    "OWNER_ROLE",
    "entity_ref",
    "handle",
    "organisation_problem",
    "owner_of",
    "responsible",
    "support_of",
    "team_of",
]

OWNER_ROLE = "owner"  # of a team's member in a contract, where a person answers for it
_TEAM = "team:"
_ORGANISATION = re.compile(
    r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?(?:/[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)*\Z"
)
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+\Z")
_WEB = re.compile(r"https?://\S+\Z")


def handle(owner: str, organisation: str = "") -> str:
    """Return an owner as CODEOWNERS names it: `team:flight ops` is `@organisation/flight-ops`, an e-mail stays.

    One word, whatever the text: a space would begin another owner, a line break another rule, # a comment.
    """
    if not owner.startswith(_TEAM):
        return re.sub(r"[^A-Za-z0-9.!$%&'*+/=?^_`{|}~@-]+", "-", owner.strip()).lstrip("!*/^")
    name = re.sub(r"[^A-Za-z0-9_.@-]+", "-", owner.removeprefix(_TEAM).strip())
    return f"@{organisation}/{name}" if organisation else f"@{name}"


def organisation_problem(text: object) -> str:
    """Say what is wrong with an organisation (GitLab: a group, or `group/subgroup`); empty for nothing."""
    fine = isinstance(text, str) and len(text) <= 200 and _ORGANISATION.match(text)
    return "" if fine else "write it as in its address: letters, digits, -, _ and .; a / before a subgroup"


def team_of(owner: str) -> dict[str, Any]:
    """Return the ODCS `team` of an owner: `team:<name>` or an e-mail address."""
    if owner.startswith(_TEAM):
        return {"name": owner.removeprefix(_TEAM)}
    return {"members": [{"username": owner, "role": OWNER_ROLE}]}


def owner_of(team: Any) -> str:
    """Return the owner that an ODCS `team` names, as location.yaml would; empty where it names none."""
    if not isinstance(team, Mapping):
        return ""
    if team.get("name"):
        return f"{_TEAM}{team['name']}"
    members = [one for one in team.get("members") or () if isinstance(one, Mapping)]
    return next((str(one.get("username")) for one in members if one.get("role") == OWNER_ROLE), "")


def responsible(owner: str, contact: str) -> dict[str, Any]:
    """Return what a new contract says of owner and contact: `team` and `support`, each only where there is one."""
    team = {"team": team_of(owner)} if owner else {}
    return {**team, "support": [support_of(contact)]} if contact else team


def support_of(contact: str) -> dict[str, Any]:
    """Return the ODCS support channel of a contact: a channel's name, a page, or an e-mail address.

    Its `id` tells it from channels that the team adds.
    """
    item = {"id": "contact", "channel": contact}
    if _WEB.match(contact):
        return {**item, "url": contact}
    return {**item, "url": f"mailto:{contact}", "tool": "email"} if _MAIL.match(contact) else item


def entity_ref(owner: str) -> str:
    """Return an owner as Backstage refers to it: `group:default/flight-ops`, `user:default/data_example.org`.

    A name there has letters, digits, `-`, `_` and `.`, begins and ends with a letter or digit, at most 63 characters
    (KubernetesValidatorFunctions of its catalog-model). Users are named like its providers name them.
    """
    kind, filler = ("group", "-") if owner.startswith(_TEAM) else ("user", "_")
    name = re.sub(r"[^A-Za-z0-9_.-]+", filler, owner.removeprefix(_TEAM).strip()).strip("-_.")[:63].strip("-_.")
    return f"{kind}:default/{name or 'unknown'}"
