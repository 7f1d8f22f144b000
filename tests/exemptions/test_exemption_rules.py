"""The list of what may be exempted names real findings, and no rule of the gate is forgotten in it."""

from __future__ import annotations

from finding_ids import finding_ids

from platform_core.exemptions.rules import BY_PLATFORM, BY_TEAM, IDENTITY


def test_every_entry_is_the_id_of_a_finding() -> None:
    known = finding_ids()
    assert sorted((BY_TEAM | BY_PLATFORM | IDENTITY) - set(known)) == []


def test_nothing_stands_in_two_lists() -> None:
    lists = (BY_TEAM, BY_PLATFORM, IDENTITY)
    assert len(frozenset().union(*lists)) == sum(map(len, lists))
    rules = {id for id, places in finding_ids().items() if any("contracts/rules/" in place for place in places)}
    assert not rules & (BY_TEAM | IDENTITY)  # compatibility protects others


# Of these nobody can be exempt either: what cannot be read cannot be judged; and what only waits stands in no way.
NOT_JUDGED = {"contract-unreadable", "need-format", "pending-upstream"}


def test_every_rule_of_the_gate_was_thought_of() -> None:
    """A new one holds for everyone until it stands in a list; that is decided, and not forgotten."""
    told = ("workspace/gate", "lineage/judgement.py", "lineage/need_use.py")
    gate = {id for below in told for id in finding_ids(below)}
    assert sorted(gate - BY_TEAM - BY_PLATFORM - IDENTITY - NOT_JUDGED) == []
