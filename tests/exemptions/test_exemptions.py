"""Exemptions: read with every problem, working until their day, never for a rule that protects others."""

from __future__ import annotations

import string
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.documents import load_document, read_document
from platform_core.errors import Where
from platform_core.exemptions import Exemption, apply, expired, read_exemptions, unused
from platform_core.findings import Finding, exit_code
from platform_core.locations import check_location, load_location, own_exemptions

TODAY = date(2026, 11, 22)
SOUND = {
    "rule": "platform-file",
    "subject": ".platform/ruff.toml",
    "reason": "Line length 100 until our own rules are merged.",
    "until": date(2027, 1, 31),
}
GRANTED = {**SOUND, "location": "growth", "rule": "dataset-in-use", "subject": "growth/orders", "by": "team:platform"}


def read(*entries: object, by_team: bool = True, folder: Path = Path("/teams/growth")):
    text = yaml.safe_dump({"name": "growth", "exemptions": list(entries)}, sort_keys=False)
    return read_exemptions(read_document(folder / "location.yaml", text.encode()), TODAY, by_team)


def found(id: str = "platform-file", subject: str = ".platform/ruff.toml", level: str = "error") -> Finding:
    return Finding(id, level, subject, "it was edited.", where=Where(Path("/teams/growth") / subject))  # type: ignore[arg-type]


def test_a_sound_one() -> None:
    reading = read(SOUND)
    assert reading.findings == ()
    (one,) = reading.exemptions
    assert (one.rule, one.subject, one.until, one.where and one.where.line) == (
        SOUND["rule"],
        SOUND["subject"],
        SOUND["until"],
        3,
    )
    assert read(one.as_data()).exemptions == (one,)
    assert read(GRANTED, by_team=False).exemptions[0].location == "growth"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rule": "platform-fil"}, "Did you mean platform-file?"),
        ({"rule": "no-such-thing"}, "Known: "),
        ({"rule": None}, "rule is needed"),
        ({"rule": ["platform-file"]}, "rule is needed"),
        ({"rule": "dataset-in-use"}, "a location cannot exempt itself from it"),
        ({"rule": "name-taken"}, "nobody is exempt from 'name-taken'"),
        ({"subject": ""}, "subject is needed"),
        ({"subject": 7}, "subject is needed"),
        ({"reason": None}, "reason is needed"),
        ({"reason": "legacy"}, "reason is needed, and must be one"),
        ({"reason": " x " * 9}, "reason is needed, and must be one"),
        ({"until": None}, "until is needed"),
        ({"until": "soon"}, "until is no day"),
        ({"until": "2027-02-30"}, "until is no day"),
        ({"until": 20270131}, "until is no day"),
        ({"until": datetime(2027, 1, 31, 12)}, "until is no day"),
        ({"until": TODAY + timedelta(days=181)}, "at most 180 days"),
        ({"by": ""}, "by must be text"),
        ({"untill": TODAY}, "unknown key 'untill'"),
        ({"location": "growth"}, "unknown key 'location'"),
    ],
)
def test_what_is_wrong_is_told_and_does_not_work(change: dict[str, object], words: str) -> None:
    """With its line and what to do; the sound ones beside it work."""
    other = {**SOUND, "rule": "no-manifest"}
    reading = read(other, {**SOUND, **change})
    assert [one.rule for one in reading.exemptions] == ["no-manifest"]
    (finding,) = reading.findings
    assert words in f"{finding.message} {finding.fix}"
    assert (finding.level, bool(finding.fix)) == ("error", True)
    assert finding.where and finding.where.line > 6


def test_the_workspace_names_location_and_granter() -> None:
    for key, words in (("location", "whose is it?"), ("by", "who granted it?")):
        without = {name: value for name, value in GRANTED.items() if name != key}
        (finding,) = read(without, by_team=False).findings
        assert words in finding.message
    (finding,) = read({**GRANTED, "rule": "duplicate-key"}, by_team=False).findings
    assert "nobody is exempt" in finding.message


def test_all_problems_at_once_and_odd_shapes() -> None:
    assert len(read({}).findings) == 4
    assert "keys and values" in read("platform-file").findings[0].message
    assert "must be a list" in read_of("exemptions: {rule: x}").findings[0].message
    assert read_of("exemptions:").findings == ()


def read_of(text: str):
    return read_exemptions(read_document(Path("/teams/growth/location.yaml"), text.encode()), TODAY, by_team=True)


def test_twice_is_told() -> None:
    reading = read(SOUND, {**SOUND, "until": date(2027, 2, 1)})
    assert len(reading.exemptions) == 1
    assert "stands on line 3 already" in reading.findings[0].message


def test_an_exempt_error_is_a_note_that_says_why_and_until_when() -> None:
    exemptions = read(SOUND).exemptions
    (after,), used = apply([found()], exemptions, TODAY)
    assert (after.level, exit_code([after])) == ("info", 0)
    assert after.message == "it was edited. Exempt until 2027-01-31: Line length 100 until our own rules are merged."
    assert used == set(exemptions)


@pytest.mark.parametrize("left", [1, 100])
def test_applying_twice_is_applying_once(left: int) -> None:
    """Two parts of a check may apply the same ones; what was used stays used."""
    one = Exemption("platform-file", ".platform/ruff.toml", str(SOUND["reason"]), TODAY + timedelta(days=left))
    once = apply([found()], [one], TODAY)
    assert apply(once[0], [one], TODAY) == once


@pytest.mark.parametrize(
    ("left", "level"), [(180, "info"), (15, "info"), (14, "warning"), (1, "warning"), (0, "error"), (-1, "error")]
)
def test_it_ends_on_its_day(left: int, level: str) -> None:
    """A fortnight before, it is a warning; on the day it works no more, and is a finding itself."""
    until = date(2027, 1, 31)
    one = Exemption("platform-file", ".platform/ruff.toml", str(SOUND["reason"]), until)
    (after,), used = apply([found()], [one], until - timedelta(days=left))
    assert after.level == level
    assert [finding.id for finding in expired([one], until - timedelta(days=left))] == ["exemption-expired"] * (
        left < 1
    )
    assert bool(used) == (left > 0)


def test_what_an_exemption_covers() -> None:
    """The thing it names: a dataset with its columns, a file; not another, and not another rule."""
    root = Path("/teams/growth")

    def covers(subject: str, finding: Finding) -> bool:
        one = Exemption(finding.id, subject, "", date(2027, 1, 31))
        return apply([finding], [one], TODAY, root, "growth")[0][0].level == "info"

    # Files name a dataset by its name, the workspace by its location too: either may be written.
    assert covers("growth/orders", found("dbt-test-missing", "orders.amount"))
    assert covers("orders", found("need-not-met", "growth/orders"))
    assert not covers("shop/orders", found("dbt-test-missing", "orders"))
    assert not covers("orders", found("need-not-met", "shop/orders"))

    assert covers("orders", found("dbt-test-missing", "orders.amount"))
    assert not covers("orders", found("dbt-test-missing", "orders_2"))
    assert not covers("orders.amount", found("dbt-test-missing", "orders"))
    placed = Finding("python-not-repeatable", "warning", "orders", "m", where=Where(root / "src/growth/orders.py", 3))
    assert covers("src/growth/orders.py", placed)
    assert not covers("growth/orders.py", placed)
    assert (
        apply([found()], [Exemption("no-manifest", found().subject, "", date(2027, 1, 31))], TODAY)[0][0].level
        == "error"
    )
    assert apply([found(level="info")], read(SOUND).exemptions, TODAY) == ((found(level="info"),), frozenset())


def test_an_unused_one_is_told_with_what_it_may_be_for() -> None:
    exemptions = read(SOUND, {**SOUND, "rule": "no-manifest"}).exemptions
    findings = [found(subject=".platform/requirements.txt")]
    _, used = apply(findings, exemptions, TODAY)
    first, second = unused(exemptions, used, findings, TODAY)
    assert (first.id, first.level) == ("exemption-unused", "warning")
    assert first.fix == "Remove it, or name what it is for: .platform/requirements.txt."
    assert second.fix == "Remove it."


def test_a_location_loads_whatever_its_exemptions_say(tmp_path: Path) -> None:
    """A rule that a newer library no longer knows must not take a running location away: only the check says it."""
    (tmp_path / "location.yaml").write_text("name: growth\nowner: team:growth\nexemptions: [{rule: gone}]\n")
    assert load_location(tmp_path).name == "growth"
    assert not list(check_location(load_document(tmp_path / "location.yaml")))
    assert own_exemptions(tmp_path, TODAY).findings


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.dates() | st.datetimes() | st.text(string.printable, max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*GRANTED, "x"]), inner, max_size=6),
    max_leaves=12,
)


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(values, st.booleans())
def test_nothing_that_is_not_sound_works(value: object, by_team: bool) -> None:
    """Whatever stands there: no crash; and what works has a rule of the list, a reason, and a near day."""
    document = load_from({"exemptions": value})
    reading = read_exemptions(document, TODAY, by_team)
    assert all(one.rule and one.subject and len(one.reason) >= 20 for one in reading.exemptions)
    assert all(one.until <= TODAY + timedelta(days=180) for one in reading.exemptions)
    assert reading.findings or reading.exemptions or not value


def load_from(data: object):
    return read_document(Path("/w/exemptions.yaml"), yaml.safe_dump(data).encode())


def test_the_examples_of_the_docs_are_sound() -> None:
    """docs/ownership.md shows one of a team and one of the platform team; both work on the day they were written."""
    text = (Path(__file__).parents[2] / "docs/ownership.md").read_text()
    own, ours = (part.split("```")[0] for part in text.split("```yaml\n")[2:4])
    assert [bool(read_of(own).exemptions), read_of(own).findings] == [True, ()]
    document = read_document(Path("/w/exemptions.yaml"), ours.encode())
    assert [bool(read_exemptions(document, TODAY, by_team=False).exemptions)] == [True]
