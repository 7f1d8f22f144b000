"""Who may read, where, and whom to ask: roles, servers, team, support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from platform_core.contracts.diff.change import Changes, Place
from platform_core.contracts.diff.matching import Entry, matched
from platform_core.contracts.diff.texts import custom_properties, texts

__all__ = ["roles", "servers", "team"]

_ROLE_NOTES = ("firstLevelApprovers", "secondLevelApprovers")
_SERVER_TEXTS = ("description", "id", "roles", "customProperties")


def roles(found: Changes, place: Place, old: Sequence[Entry], new: Sequence[Entry]) -> None:
    """Add what is different between two lists of roles. A role that is called otherwise is another role."""
    if old == new:
        return
    same = matched(old, new, lambda role: role.get("role"))
    renamed = [pair for pair in same.pairs if old[pair[0]].get("role") != new[pair[1]].get("role")]
    for index in [*same.removed, *(one for one, _ in renamed)]:
        name = old[index].get("role")
        found.add("role", "role-removed", place.at("roles", index, None), name, None, name=name)
    for index in [*same.added, *(other for _, other in renamed)]:
        name = new[index].get("role")
        found.add("role", "role-added", place.at("roles", None, index), None, name, name=name)
    for one, other in same.pairs:
        here, before, after = place.at("roles", one, other), old[one], new[other]
        if before.get("access") != after.get("access"):
            values = before.get("access"), after.get("access")
            found.add("role", "role-changed", here.down("access"), *values, name=after.get("role"))
        texts(found, here, before, after, ("role", "access", "customProperties"), annotations=_ROLE_NOTES)
        custom_properties(found, here, before, after)


def servers(found: Changes, old: Sequence[Entry], new: Sequence[Entry]) -> None:
    """Add what is different between two lists of servers."""
    if old == new:
        return
    place = Place()
    same = matched(old, new, lambda server: server.get("server"))
    for index in same.removed:
        name = old[index].get("server")
        found.add("server", "server-removed", place.at("servers", index, None), name, None, name=name)
    for index in same.added:
        name = new[index].get("server")
        found.add("server", "server-added", place.at("servers", None, index), None, name, name=name)
    for one, other in same.pairs:
        here, before, after = place.at("servers", one, other), old[one], new[other]
        for key in [*before, *(key for key in after if key not in before)]:
            if key not in _SERVER_TEXTS and before.get(key) != after.get(key):
                values = before.get(key), after.get(key)
                found.add("server", "server-moved", here.down(key), *values, name=after.get("server"))
        texts(found, here, before, after, {*before, *after} - {"description", "id"})
        roles(found, here, before.get("roles") or (), after.get("roles") or ())
        custom_properties(found, here, before, after)


def team(found: Changes, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Add what is different between the teams, the channels of support and the prices of two contracts."""
    place = Place()
    one, other = old.get("team"), new.get("team")
    names = [each.get("name") if isinstance(each, Mapping) else None for each in (one, other)]
    if names[0] != names[1]:
        found.add("team", "contract-owner-changed", place.down("team", "name"), *names, name="team")
    if _rest(one) != _rest(other):
        found.add("text", "annotation-changed", place.down("team"), None, None, name="team")
    for key in ("domain", "dataProduct", "tenant"):
        if old.get(key) != new.get(key):
            found.add("team", "contract-owner-changed", place.down(key), old.get(key), new.get(key), name=key)
    if (old.get("support") or []) != (new.get("support") or []):
        said = [[str(item.get("channel")) for item in each.get("support") or ()] or None for each in (old, new)]
        found.add("team", "support-changed", place.down("support"), *said)
    if old.get("price") != new.get("price"):
        found.add("contract", "price-changed", place.down("price"), _price(old), _price(new))


def _rest(team: Any) -> Any:
    if isinstance(team, Mapping):
        return {key: value for key, value in team.items() if key != "name"}
    return team or {}


def _price(data: Mapping[str, Any]) -> str | None:
    price = data.get("price")
    if not isinstance(price, Mapping):
        return None
    return " ".join(str(price[key]) for key in ("priceAmount", "priceCurrency", "priceUnit") if key in price)
