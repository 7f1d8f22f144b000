"""Writers that change one value of a file: what others wrote around it stays, byte for byte."""

from __future__ import annotations

import string

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.locations.owners import handle
from platform_core.onboarding.following.codeowners import MARK, written, wrong
from platform_core.onboarding.following.yaml_text import OddText, put

repeatable = settings(max_examples=80, derandomize=True, deadline=None, database=None)
TEAM = "team:\n  name: old  # ours\n  description: d\n"


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("team: {name: old} # ours\n", {"name": "new"}, "team: {name: new} # ours\n"),
        (TEAM, {"name": "new", "description": "d"}, TEAM.replace("old", "new")),
        (TEAM, {"members": [{"username": "a@b.c"}]}, "team:\n  {members: [{username: a@b.c}]}\n"),
        ('team:\n  name: "old" # x\n', {"name": "a: b # c"}, "team:\n  name: 'a: b # c' # x\n"),
        ("# head\nname: x # y\n\nschema: []\n", {"name": "n"}, "# head\nname: x # y\nteam: {name: n}\n\nschema: []\n"),
        ("name: x", {"name": "n"}, "name: x\nteam: {name: n}\n"),
        ("name: x\r\nz: 1\r\n", {"name": "n"}, "name: x\r\nteam: {name: n}\r\nz: 1\r\n"),
        ("{name: x}\n", {"name": "n"}, "{team: {name: n}, name: x}\n"),
        ("team:\nname: x\n", {"name": "n"}, "team: {name: n}\nname: x\n"),
        ("team: []\n", [1], "team: [1]\n"),
        ("team:\n- a # x\n", ["n", "a"], "team:\n- n\n- a # x\n"),
        ("team:\n  - a\n  # y\n  - b\n", ["n", "a", "b"], "team:\n  - n\n  - a\n  # y\n  - b\n"),
        ("a:\n- team:\n  - a\nteam:\n- x: 1\n- 2\n", "n", "a:\n- team:\n  - a\nteam:\n n\n"),
        ("team: [a, b]\n", ["n", "a", "b"], "team: [n, a, b]\n"),
        ("team:\n- {id: a, c: 1}\n- id: b\n  c: 2 # z\n", [{"id": "a", "c": 1}, {"id": "b", "c": 3}],
         "team:\n- {id: a, c: 1}\n- id: b\n  c: 3 # z\n"),
        ("team: &t {name: a}\n", {"name": "b"}, "team: &t {name: b}\n"),
    ],
)  # fmt: skip
def test_only_the_value_changes(text: str, value: object, expected: str) -> None:
    assert put(text, {("team",): value}) == expected
    assert put(expected, {("team",): value}) == expected


@pytest.mark.parametrize(
    "text",
    [
        "team: &t {name: a}\nother: *t\n",
        "- a\n",
        "team: [\n",
        "team: |\n  a\n",
        "",
        "a: 1\n...\n%x",
        "team: !odd x\n",
        "team: a\nteam: b\n",
    ],
)
def test_odd_texts_are_left_alone(text: str) -> None:
    with pytest.raises(OddText):
        put(text, {("team",): "new"})


def test_one_of_several_documents() -> None:
    text = "kind: API\nspec: {owner: a}\n---\nkind: Component # c\nspec:\n  owner: b\n"
    assert put(text, {("spec", "owner"): "n"}, 1) == text.replace("owner: b", "owner: n")


scalars = st.none() | st.booleans() | st.integers() | st.text(string.printable + "äß\u2028", max_size=12)
trees = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", min_size=1), inner, max_size=3)
)


@settings(repeatable, max_examples=40)
@given(st.dictionaries(st.sampled_from(["name", "team", "schema", "x"]), trees, max_size=4), trees, st.booleans())
def test_whatever_stands_there_the_rest_is_the_same(data: dict[str, object], value: object, flow: bool) -> None:
    """The new text says exactly what was meant; and a second time changes nothing."""
    text = yaml.safe_dump(data, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    after = put(text, {("team",): value})
    assert yaml.safe_load(after) == {**data, "team": value}
    assert put(after, {("team",): value}) == after


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", f"{MARK}\n* @new\n"),
        ("*.sql @dba\n", f"{MARK}\n* @new\n*.sql @dba\n"),
        (f"# ours\n{MARK}\n* @old @more\n*.sql @dba", f"# ours\n{MARK}\n* @new\n*.sql @dba"),
        (f"{MARK}\n*.sql @dba\n", f"{MARK}\n* @new\n*.sql @dba\n"),
        (f"x @a\n{MARK}", f"x @a\n{MARK}\n* @new\n"),
        (f"{MARK}\r\n* @old\r\n*.sql @dba\r\n", f"{MARK}\r\n* @new\r\n*.sql @dba\r\n"),
        ("\ufeff*.sql @dba\n", f"\ufeff{MARK}\n* @new\n*.sql @dba\n"),
    ],
)
def test_codeowners_gets_one_rule(text: str, expected: str) -> None:
    assert written(text, "@new") == expected


lines = st.lists(st.text(string.printable + "\u2028\x85", max_size=20) | st.sampled_from([MARK, "* @old", "[Docs]"]))


@repeatable
@given(lines.map("\n".join), st.text(max_size=20))
def test_codeowners_keeps_what_others_wrote(text: str, owner: str) -> None:
    """Idempotent; of the lines that stood there at most the one after our mark is gone, and two are new at most."""
    new = handle(f"team:{owner}")
    after = written(text, new)
    assert written(after, new) == after
    before, now = text.split("\n"), after.split("\n")
    place = next((at for at, line in enumerate(before) if line.rstrip() == MARK), -2)
    replaced = place + 1 if before[place + 1 : place + 2] and before[place + 1].split()[:1] == ["*"] else -1
    kept = [line for at, line in enumerate(before) if at not in (place, replaced)]
    ours = [line for line in now if line.rstrip() == f"* {new}"]
    assert ours and len(now) <= len(before) + 2
    rest = iter(now)
    assert all(any(line.rstrip("\r") == other.rstrip("\r") for other in rest) for line in kept)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("* @acme/growth\n*.sql @dba\n", None),
        ("* @other @ACME/Growth\n", None),
        ("# * @acme/growth\n", 0),
        ("*.sql @acme/growth\n", 0),
        ("* @acme/growth\n\n* @other # ours now\n", 3),
        ("* @acme/growth\n*\n", 2),
        ("* @acme/growth\n[Docs]\n* @other\n", None),
        ("^[Docs][2] @other\n* @acme/growth\n", 0),
    ],
)
def test_who_gets_everything(text: str, line: int | None) -> None:
    """The last rule for all files counts; GitLab's sections are judged by themselves."""
    found = wrong(text, "@acme/growth")
    assert (found.line if found else None) == line
