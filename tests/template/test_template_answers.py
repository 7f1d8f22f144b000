"""What the template lets one answer is what the library accepts."""

import string
import sys
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import DictLoader, FileSystemLoader, StrictUndefined
from jinja2.sandbox import SandboxedEnvironment
from template_sources import ROOT

from platform_core.documents import load_document
from platform_core.locations import FILE_NAME, check_location
from platform_core.locations.owners import entity_ref, handle, organisation_problem
from platform_core.names import MAX_LENGTH, RESERVED, location_problem

pytestmark = pytest.mark.template
repeatable = settings(max_examples=150, derandomize=True, deadline=None, database=None)
_ENV = SandboxedEnvironment(
    loader=FileSystemLoader(ROOT),
    undefined=StrictUndefined,
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"],
)
_MACROS = _ENV.get_template("questions/names.jinja").module


def refused(macro: str, answer: str) -> bool:
    return bool(str(getattr(_MACROS, macro)(answer)).strip())


def grid() -> list[str]:
    parts = ["", "a", "z9", "_", "__", "A", "é", "ß", " ", "\n", "-", ".", "/", "1", "\u0661", "ａ", "'", "{{ 7 }}"]
    words = [*RESERVED, *sys.stdlib_module_names, "class", "match", "type", "case", "None", "True", "flights", "con"]
    lengths = ["a" * length for length in (MAX_LENGTH - 1, MAX_LENGTH, MAX_LENGTH + 1, 300)]
    signs = [f"a{chr(code)}" for code in range(0x180)] + [f"a{sign}b" for sign in string.punctuation]
    return ["".join(pair) for pair in product(parts, repeat=3)] + [*words, *lengths, *signs]


def test_names_agree_on_a_grid() -> None:
    """Joined parts, all reserved words and modules, lengths round the limit, and every sign of Latin scripts."""
    assert [name for name in grid() if refused("problem", name) != bool(location_problem(name))] == []


@repeatable
@given(st.one_of(st.text(max_size=8), st.from_regex(r"[a-z][a-z0-9_]{0,70}\Z"), st.text("ab_19", max_size=70)))
def test_names_agree(name: str) -> None:
    """For any text at all."""
    assert refused("problem", name) == bool(location_problem(name))


@repeatable
@given(st.text(max_size=20))
def test_suggestion_is_a_name(folder: str) -> None:
    """Whatever the folder is called, the default passes its own validator: else nobody could copy into it."""
    assert not location_problem(str(_MACROS.suggestion(folder)))


@repeatable
@given(
    st.one_of(st.text(max_size=12), st.from_regex(r"team:[\w. @-]{1,9}\Z"), st.from_regex(r"[^@]{1,3}@[^@]{1,4}\.\w\Z"))
)
def test_owners_agree(tmp_path_factory: pytest.TempPathFactory, owner: str) -> None:
    """An owner the template takes is one that location.yaml may name, after a trip through its text."""
    if refused("owner_problem", owner):
        return
    text = _ENV.from_string("name: growth\nowner: {{ owner | to_json(ensure_ascii=False) }}\n").render(owner=owner)
    folder = tmp_path_factory.mktemp("owners")
    (folder / FILE_NAME).write_text(text, encoding="utf-8")
    document = load_document(folder / FILE_NAME)
    assert document.data["owner"] == owner
    assert not list(check_location(document))


owners = st.one_of(st.text(max_size=12), st.from_regex(r"team:[\w. @-]{1,70}\Z"), st.from_regex(r"[^@]{1,3}@x\.\w\Z"))


@repeatable
@given(owners, st.sampled_from(["", "acme", "a/b"]))
def test_owners_are_put_into_the_same_words(owner: str, organisation: str) -> None:
    """Of CODEOWNERS and of Backstage, for any text: a new location's files are those that `sync` would make."""
    macros: Any = _ENV.get_template("questions/owners.jinja").module
    assert macros.handle(owner, organisation) == handle(owner, organisation)
    assert macros.entity_ref(owner) == entity_ref(owner)


@repeatable
@given(st.one_of(st.text(max_size=8), st.from_regex(r"[a-z0-9_./-]{1,9}\Z"), st.text("a/.", max_size=210)))
def test_organisations_agree(text: str) -> None:
    """None at all may stay empty."""
    assert refused("organisation_problem", text) == bool(text and organisation_problem(text))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("https://github.com/acme/platform.git", "acme"),
        ("git+https://git.example.org/acme/data/platform", "acme/data"),
        ("git@github.com:acme/platform.git", "acme"),
        ("ssh://git@git.example.org/acme/platform.git", "acme"),
        ("https://user:secret@git.example.org/acme/platform.git", "acme"),
        ("gh:acme/platform", "acme"),
        ("/srv/platform", ""),
        ("../platform", ""),
        ("https://git.example.org/platform.git", ""),
    ],
)
def test_the_organisation_is_that_of_the_template(source: str, expected: str) -> None:
    """By default, and where the address has one; what is suggested passes its own validator."""
    text = (ROOT / "questions/source.jinja").read_text()
    loader = DictLoader({"questions/source.jinja": text})  # not this repository's own .git
    environment = SandboxedEnvironment(loader=loader, undefined=StrictUndefined, extensions=_ENV.extensions)
    asked = "{% from 'questions/source.jinja' import organisation with context %}{{ organisation() }}"
    context = {"_copier_answers": {"_src_path": source}, "_copier_conf": {"vcs_ref_hash": "abc", "src_path": "x"}}
    found = environment.from_string(asked).render(**context)
    assert found == expected
    assert not refused("organisation_problem", found)


@repeatable
@given(st.text(max_size=12))
def test_text_arrives_as_typed(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Free text that the template takes is the same after YAML and TOML; what they would spoil is refused."""
    if refused("text_problem", text):
        return
    toml = _toml_loads()
    written = _ENV.from_string("text = {{ text | to_json(ensure_ascii=False) }}\n").render(text=text)
    assert toml(written)["text"] == text
    path = tmp_path_factory.mktemp("texts") / "text.yaml"
    path.write_text(written.replace("text =", "text:", 1), encoding="utf-8")
    assert load_document(path).data == {"text": text}


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "\x7f", "\x85", "\u2028", "\ufeff", "", "  ", "x" * 301])
def test_refused_text(text: str) -> None:
    """Line breaks, controls, nothing, too much."""
    assert refused("text_problem", text)


def _toml_loads() -> Callable[[str], dict[str, object]]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads
