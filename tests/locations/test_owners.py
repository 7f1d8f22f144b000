"""Owners and contacts in the words of CODEOWNERS, ODCS and Backstage; hostile text stays one word of one line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.documents import read_document
from platform_core.locations import check_location
from platform_core.locations.owners import entity_ref, handle, organisation_problem, owner_of, responsible, support_of

repeatable = settings(max_examples=150, derandomize=True, deadline=None, database=None)


@pytest.mark.parametrize(
    ("owner", "organisation", "expected"),
    [
        ("team:growth", "", "@growth"),
        ("team:flight ops", "acme", "@acme/flight-ops"),
        ("team:flight ops", "acme/data", "@acme/data/flight-ops"),
        ("data@example.org", "acme", "data@example.org"),
        ("team:a\n* @everyone", "", "@a-@everyone"),
        ("#a@example.org", "", "-a@example.org"),
    ],
)
def test_handles(owner: str, organisation: str, expected: str) -> None:
    assert handle(owner, organisation) == expected


@repeatable
@given(st.text(max_size=30), st.booleans())
def test_a_handle_is_one_word_and_no_comment_or_rule(owner: str, team: bool) -> None:
    found = handle(f"team:{owner}" if team else owner, "acme")
    assert not re.search(r"[\s#\\\[\]]", found)
    assert found.isascii() and not found.startswith(("*", "!", "/", "^"))


@repeatable
@given(st.text(max_size=80), st.sampled_from(["team:", ""]))
def test_backstage_takes_every_reference(owner: str, before: str) -> None:
    """isValidObjectName of its catalog-model, and kind:namespace/name."""
    kind, _, name = entity_ref(before + owner).partition(":default/")
    assert kind == ("group" if (before + owner).startswith("team:") else "user")
    assert re.fullmatch(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", name) and len(name) <= 63


def test_a_long_name_still_ends_well() -> None:
    assert entity_ref(f"team:{'a' * 62} b") == f"group:default/{'a' * 62}"


def test_support_says_where_to_ask() -> None:
    assert support_of("#growth") == {"id": "contact", "channel": "#growth"}
    assert support_of("https://chat.example.org/c/7")["url"] == "https://chat.example.org/c/7"
    assert support_of("help@example.org")["url"] == "mailto:help@example.org"
    assert responsible("team:growth", "") == {"team": {"name": "growth"}}
    assert list(responsible("a@example.org", "#x")) == ["team", "support"]


@pytest.mark.parametrize("owner", ["team:growth", "team:flight ops", "data@example.org"])
def test_a_team_names_its_owner(owner: str) -> None:
    assert owner_of(responsible(owner, "")["team"]) == owner


@pytest.mark.parametrize("team", [None, [], "x", {}, {"members": "x"}, {"members": [1, {"role": "reader"}]}])
def test_a_team_that_names_nobody(team: object) -> None:
    assert owner_of(team) == ""


@pytest.mark.parametrize(("text", "fine"), [("acme", 1), ("a/b-c/d", 1), ("a b", 0), ("@acme", 0), ("a/", 0), (7, 0)])
def test_organisations(tmp_path, text: object, fine: int) -> None:
    """What would not be one word in CODEOWNERS is refused, with its line."""
    assert bool(organisation_problem(text)) == (not fine)
    content = f"name: growth\nowner: team:growth\norganisation: {text!r}\n"
    found = list(check_location(read_document(tmp_path / "location.yaml", content.encode())))
    assert [finding.where and finding.where.line for finding in found] == ([] if fine else [3])


def test_a_contact_is_text(tmp_path) -> None:
    content = b"name: growth\nowner: team:growth\nsupport: {contact: 7}\n"
    (found,) = check_location(read_document(tmp_path / "location.yaml", content))
    assert "contact must be text" in found.message
