"""YAML that remembers its lines, and refuses what must not be read."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.documents import MAX_BYTES, Document, load_document
from platform_core.errors import PlatformError


def _load(folder: Path, text: str | bytes) -> Document:
    path = folder / "a.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_document(path)


def test_every_value_has_its_line(tmp_path: Path) -> None:
    document = _load(tmp_path, "name: a\n\nschema:\n  - name: b\n    properties:\n      - {name: c, unique: true}\n")
    assert document.where("name").line == 1
    assert document.where("schema", 0, "properties").line == 5
    assert document.where("schema", 0, "properties", 0, "unique").line == 6
    assert document.where("schema", 0, "nowhere").line == 4, "an absent key is shown at its parent"
    assert str(document.where("name")) == f"{tmp_path / 'a.yaml'}:1"


@pytest.mark.parametrize(
    ("text", "id", "line"),
    [
        ("a: 1\nb: 2\na: 3\n", "duplicate-key", 3),
        ("a:\n  b: 1\n  b: 2\n", "duplicate-key", 3),
        ("a: [1, 2\n", "yaml-syntax", 2),
        ("a: !!python/object/apply:os.system [echo]\n", "yaml-syntax", 1),
        ("- a\n", "not-a-mapping", 1),
        ("", "not-a-mapping", 1),
        (b"a: 1\nb: \xff\n", "not-utf8", 2),
        ("a: 2013-02-31\n", "yaml-value", 1),
        ("a: " + "[" * 40 + "]" * 40, "yaml-bomb", 1),
        ("x: &x [1]\ny: [" + "*x, " * 70 + "]", "yaml-bomb", 2),
        ("a: " + "b" * MAX_BYTES, "too-large", 0),
    ],
)
def test_what_must_not_be_read_is_refused_with_its_line(tmp_path: Path, text: str, id: str, line: int) -> None:
    problems = _load(tmp_path, text).problems
    assert [(problem.id, problem.where.line) for problem in problems if problem.where] == [(id, line)]


def test_a_billion_laughs_are_not_laughed(tmp_path: Path) -> None:
    """Aliases that multiply stay few: nothing is built before the events were counted."""
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 12))
    assert _load(tmp_path, f"l0: &l0 [lol]\n{levels}\n").problems[0].id == "yaml-bomb"


def test_a_missing_file_is_an_error_and_not_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"absent.yaml: cannot be read"):
        load_document(tmp_path / "absent.yaml")


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8", exclude_categories=["C"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abcdef", min_size=1), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.dictionaries(st.text("abcdef", min_size=1), _values, min_size=1))
def test_what_was_written_is_read(tmp_path_factory: pytest.TempPathFactory, data: dict) -> None:
    """Whatever a YAML writer writes comes back, and every path has a line inside the file."""
    text = yaml.safe_dump(data, allow_unicode=True)
    document = _load(tmp_path_factory.mktemp("yaml"), text)
    assert document.data == data
    assert not document.problems
    assert all(1 <= line <= text.count("\n") + 1 for line in document.lines.values())
