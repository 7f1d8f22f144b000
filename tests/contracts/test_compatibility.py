"""Rules of compatibility: each fires in its case and in no other, and the registry is whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from compatibility_cases import CASES, case, names

from platform_core.contracts import compatibility, lint_paths
from platform_core.contracts.compatibility import UNKNOWN, Rule, judge, load_rules
from platform_core.contracts.diff import Change, diff
from platform_core.contracts.versions import precedence, required_version, suffices

RULES = load_rules()
RULES_FOLDER = Path(compatibility.__file__).parent / "rules"


@pytest.mark.parametrize("name", names())
def test_case(name: str) -> None:
    """Exactly the expected rules fire, and together they mean what is expected."""
    found = case(name)
    verdict = judge(found.changes)
    safe = {True: "yes", False: "no", None: "undetermined"}
    assert {
        "rules": sorted(judged.rule.id for judged in verdict.judged),
        "reader_safe": safe[verdict.reader_safe],
        "writer_safe": safe[verdict.writer_safe],
        "required_bump": verdict.required_bump,
    } == found.expected


def test_every_rule_has_a_case_and_fires_in_it() -> None:
    assert set(RULES) <= set(names())
    assert all(rule in case(rule).expected["rules"] for rule in RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.id)
def test_rule_is_whole(rule: Rule) -> None:
    """Every field is filled; there is a mirror or a waiver; what readers cannot be hurt by needs no evidence."""
    texts = {field.name: getattr(rule, field.name) for field in fields(Rule)}
    assert all(text or name in ("mirror", "waiver") for name, text in texts.items())
    assert {rule.reader_safe, rule.writer_safe} <= {"yes", "no", "undetermined"}
    assert rule.bump in ("none", "patch", "minor", "major")
    assert rule.evidence in ("need", "column", "dataset", "none")
    assert bool(rule.mirror) != bool(rule.waiver)
    assert (rule.evidence == "none") or rule.reader_safe != "yes"
    assert all(texts[name].endswith(".") for name in ("message", "why", "fix"))
    assert not rule.breaking or rule.evidence != "none"


def test_files_say_the_same_things_in_the_same_order() -> None:
    order = [field.name for field in fields(Rule)]
    for path in sorted(RULES_FOLDER.glob("*")):
        keys = [line.partition(":")[0] for line in path.read_text("utf-8").splitlines() if line[0] != " "]
        assert path.suffix == ".yaml"
        assert keys == [key for key in order if key in keys], path.name


def test_mirrors_point_back_and_are_safe_where_the_other_is() -> None:
    for rule in RULES.values():
        if rule.mirror:
            other = RULES[rule.mirror]
            assert other.mirror == rule.id
            assert (rule.reader_safe == "yes") == (other.writer_safe == "yes"), rule.id
            assert (rule.writer_safe == "yes") == (other.reader_safe == "yes"), rule.id


def test_no_waiver_is_stale() -> None:
    """A rule may do without a mirror only where no rule answers on its way back as a mirror would."""
    for rule in RULES.values():
        if not rule.waiver:
            continue
        back = {judged.rule.id for judged in judge(_changes_back(rule.id)).judged}
        mirrors = [other for other in RULES.values() if other.id in back and _answers(rule, other)]
        assert not mirrors, f"{rule.id} could name {mirrors[0].id} as its mirror"


def _changes_back(name: str) -> tuple[Change, ...]:
    found = case(name)
    return diff(found.new, found.old, (found.partitions[1], found.partitions[0]))


def _answers(rule: Rule, other: Rule) -> bool:
    safe = (rule.reader_safe == "yes", rule.writer_safe == "yes")
    return safe == (other.writer_safe == "yes", other.reader_safe == "yes") and other.mirror in ("", rule.id)


@pytest.mark.parametrize("name", [name for name in names() if name in RULES and RULES[name].mirror])
def test_the_way_back_is_judged_by_the_mirror(name: str) -> None:
    back = {judged.rule.id for judged in judge(_changes_back(name)).judged}
    assert RULES[name].mirror in back


def test_areas_of_facts_and_rules_agree() -> None:
    for name in names():
        for judged in judge(case(name).changes).judged:
            assert judged.change.area == judged.rule.area, name


def test_the_linter_accepts_what_the_cases_say() -> None:
    """But for their file names, what they point to, and the key that stands for all unknown ones."""
    expected = {"file-name", "unknown-target", "unknown-key"}
    paths = [path for name in names() for path in (CASES / name).glob("*.odcs.yaml")]
    found = [one for one in lint_paths(paths) if one.level == "error" and one.id not in expected]
    assert not found


def test_messages_are_filled_and_on_one_line() -> None:
    for name in names():
        for judged in judge(case(name).changes).judged:
            for text in (judged.message, judged.fix):
                assert "\n" not in text
                assert not any(f"{{{field}}}" in text for field in ("path", "name", "before", "after"))


def test_values_are_not_read_as_templates() -> None:
    change = Change("column", "column-renamed", "a", "{after}", "b\n\x1b[31m")
    (judged,) = judge([change]).judged
    assert judged.message.startswith("column '{after}' is called 'b ")


def test_an_unknown_change_is_never_safe() -> None:
    verdict = judge([Change("column", "no-such-kind", "a", 1, 2)])
    assert (verdict.reader_safe, verdict.writer_safe, verdict.required_bump) == (None, None, "major")
    assert verdict.judged[0].rule is UNKNOWN
    assert UNKNOWN.breaking


def test_nothing_changed_demands_nothing() -> None:
    verdict = judge(())
    assert (verdict.reader_safe, verdict.writer_safe, verdict.required_bump) == (True, True, "none")


@pytest.mark.parametrize(
    ("old", "bump", "expected"),
    [
        ("1.2.3", "none", "1.2.3"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "major", "2.0.0"),
        ("0.2.3", "major", "0.3.0"),
        ("0.2.3", "minor", "0.2.4"),
        ("1.3.0-rc.1", "patch", "1.3.0"),
        ("1.3.0-rc.1", "minor", "1.3.0"),
        ("1.3.1-rc.1", "minor", "1.4.0"),
        ("2.0.0-rc.1", "major", "2.0.0"),
        ("2.1.0-rc.1", "major", "3.0.0"),
    ],
)
def test_required_version(old: str, bump: Any, expected: str) -> None:
    assert required_version(old, bump) == expected
    assert suffices(old, expected, bump)
    assert bump == "none" or not suffices(old, old, bump)


@pytest.mark.parametrize(
    ("old", "new", "bump", "enough"),
    [
        ("1.2.3", "1.2.2", "none", False),
        ("1.2.3", "1.2.3", "none", True),
        ("1.2.3", "1.2.4", "minor", False),
        ("1.2.3", "2.0.0", "patch", True),
        ("1.2.3", "2.0.0-rc.1", "major", True),
        ("1.9.0", "1.10.0", "minor", True),
    ],
)
def test_whether_a_version_suffices(old: str, new: str, bump: Any, enough: bool) -> None:
    assert suffices(old, new, bump) is enough


def test_versions_are_ordered_as_semantic_versioning_orders_them() -> None:
    ordered = [
        "1.0.0-1",
        "1.0.0-2",
        "1.0.0-10",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-beta",
        "1.0.0",
        "1.0.1",
        "1.10.0",
    ]
    assert sorted(ordered, key=precedence) == ordered


@pytest.mark.parametrize("wrong", ["", "1", "1.2", "1.2.3.4", "v1.2.3", "1.2.x", "1.2.3+4"])
def test_what_is_no_version_is_an_error(wrong: str) -> None:
    check: Callable[[str], Any] = precedence
    with pytest.raises(ValueError, match="no version"):
        check(wrong)
