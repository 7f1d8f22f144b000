"""What another team registered may be spoilt in any way: nobody else's gate ends with a traceback for it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from gate_cases import registered
from hostile_contracts import spoilt, structures
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platform_core.workspace.gate import gate

SHOP = registered({"name": "shop", "datasets": {"orders": {"columns": {"id": "integer"}, "version": "1.1.0"}}})
NEED = {"shop.orders": {"dataset": "shop/orders", "version": "^1", "properties": [{"name": "id", "required": True}]}}
BOARD = registered({"name": "board", "datasets": {"days": {"reads": {"shop/orders": None}}}, "needs": NEED})


def content(data: Any) -> bytes:
    try:
        return yaml.safe_dump(data).encode("utf-8", "surrogateescape")
    except (yaml.YAMLError, UnicodeEncodeError, RecursionError):
        return b"\xff"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.one_of(spoilt(), structures()), st.sampled_from((b"", b"# deprecated endOfLife platformSuccessorOf\n")))
def test_a_spoilt_contract_is_a_finding_at_most(data: Any, words: bytes) -> None:
    raw = words + content(getattr(data, "data", data))
    theirs = replace(SHOP, contracts={"orders": raw, "orders_v2": raw}, home=Path("/srv/spoilt"))
    gate(BOARD, {"shop": theirs, "board": BOARD})
    gate(theirs, {"shop": theirs, "board": BOARD})
    # Nothing that cannot be compared is let through as if it were the same.
    found = gate(SHOP, {"shop": theirs, "board": BOARD})
    if not isinstance(getattr(data, "data", data), dict):
        assert "contract-unreadable" in [finding.id for finding in found]


@settings(max_examples=20, deadline=None)
@given(structures())
def test_a_spoilt_need_is_a_finding_at_most(data: Any) -> None:
    theirs = replace(BOARD, needs={"shop.orders": content(data), "no name": b"x", "shop.": b"a: 1", ".": b""})
    gate(SHOP, {"board": theirs})
    assert "need-format" in [finding.id for finding in gate(theirs, {"shop": SHOP})]
    gone = registered({"name": "shop", "datasets": {}})
    assert "dataset-in-use" in [finding.id for finding in gate(gone, {"shop": SHOP, "board": theirs})]
