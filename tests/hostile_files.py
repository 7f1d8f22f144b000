"""Files that a team or a registration may hold, for hypothesis: sound ones, spoilt anywhere."""

from __future__ import annotations

import copy
from typing import Any

from hostile_contracts import spoil
from hypothesis import strategies as st

__all__ = ["LOCATION", "NEED", "PLATFORM", "WORKSPACE_EXEMPTIONS", "spoilt_file"]

_EXEMPTION = {"rule": "stale-readme", "subject": "shop/orders", "reason": "Moves in March.", "until": "2027-03-01"}
LOCATION: dict[str, Any] = {
    **{"name": "shop", "owner": "team:shop", "description": "Orders.", "organisation": "acme", "engine": "postgres"},
    **{"support": {"contact": "#shop", "webhook_secret": "SHOP_WEBHOOK"}, "secrets": ["SHOP_KEY"]},
    **{"repository": "https://example.org/shop.git", "exemptions": [_EXEMPTION, {**_EXEMPTION, "subject": "shop"}]},
}
WORKSPACE_EXEMPTIONS: dict[str, Any] = {"exemptions": [{**_EXEMPTION, "location": "shop", "rule": "need-broken"}]}
NEED: dict[str, Any] = {
    "dataset": "flight_ops/flights",
    "version": "^1",
    "properties": [
        {"name": "carrier", "logicalType": "string", "required": True, "unique": True},
        {"name": "origin", "logicalType": "string", "enum": [{"value": "EWR"}, {"value": "JFK"}], "onUnknown": "fail"},
        {"name": "at", "logicalType": "object", "properties": [{"name": "city", "logicalType": "string"}]},
        {"name": "tags", "logicalType": "array", "items": {"logicalType": "integer", "physicalType": "BIGINT"}},
    ],
    "keys": [["carrier", "origin"]],
    "slaProperties": [{"property": "latency", "value": 2, "unit": "d"}],
}
PLATFORM: dict[str, Any] = {
    **{"profile": "local", "landing": "landing", "warehouse": {"engine": "duckdb_delta", "root": "warehouse"}},
    **{"webserver": {"port": 3000}, "grpc_base_port": 3001, "runs": {"max": 4, "max_per_location": 2}},
    **{"pools": {"api": 2}, "deprecation": {"active_days": 90, "draft_days": 30}, "organisation": "acme"},
}


@st.composite
def spoilt_file(draw: st.DrawFn, sound: dict[str, Any]) -> dict[str, Any]:
    """Return the data of a file with some changes anywhere in it, or none."""
    return spoil(draw, copy.deepcopy(sound), draw(st.sampled_from([0, 1, 1, 2, 4])))
