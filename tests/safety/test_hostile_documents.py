"""Whatever bytes stand in a YAML file: a document or findings, never a traceback, in little time and memory."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from platform_core.documents import MAX_BYTES, MAX_VALUES, Document, load_document, read_document
from platform_core.errors import PlatformError

CASES = Path(__file__).parents[1] / "cases" / "documents"
SOUND = (Path(__file__).parents[1] / "cases" / "contracts" / "sound" / "orders.odcs.yaml").read_bytes()
FEW = settings(max_examples=80, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(FEW, max_examples=2500)

WORDS = [
    b"a",
    b"b: 1",
    b"a:",
    b": ",
    b"- ",
    b"? ",
    b"\n",
    b"\n  ",
    b"\n    ",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b"&x ",
    b"*x",
]
WORDS += [
    b"<<: *x",
    b"!!int ",
    b"!!float ",
    b"!!bool ",
    b"!!timestamp ",
    b"!!str ",
    b"!!binary ",
    b"!!set ",
    b"!!omap ",
]
WORDS += [
    b"!!null ",
    b"!!seq ",
    b"!!map ",
    b"!!merge ",
    b"!!value ",
    b"!x ",
    b"!<tag:x> ",
    b"%YAML 1.1\n",
    b"---\n",
    b"...\n",
]
WORDS += [
    b'"',
    b"'",
    b"|\n",
    b">-\n",
    b"#",
    b"~",
    b"=",
    b"0x",
    b"1_0",
    b"1:59",
    b".inf",
    b".nan",
    b"2013-02-31",
    b"0b_",
]
WORDS += [
    b"2013-01-01T00:00:00+99:99",
    b"9" * 400,
    b"\\x",
    b"\\ud800",
    b"\t",
    b"\r",
    b"\0",
    b"\xef\xbb\xbf",
    b"\xff",
    "é\u2028".encode(),
]
SOUP = st.lists(st.sampled_from(WORDS), max_size=24).map(b"".join)


@st.composite
def bitten(draw: st.DrawFn) -> bytes:
    """Return a sound file with a few places cut out, doubled or written over."""
    raw = SOUND
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(raw)))
        end = min(len(raw), start + draw(st.integers(0, 40)))
        middle = draw(
            st.one_of(st.just(b""), st.just(raw[start:end] * 2), st.sampled_from(WORDS), st.binary(max_size=6))
        )
        raw = raw[:start] + middle + raw[end:]
    return raw


def _holds(raw: bytes) -> None:
    document = read_document(Path("a.yaml"), raw)
    assert isinstance(document, Document)
    assert isinstance(document.data, dict)
    assert document.data or document.problems or raw, "nothing is something to say"
    for problem in document.problems:
        assert problem.level == "error"
        assert problem.where is not None
        assert (
            0
            <= problem.where.line
            <= raw.count(b"\n") + raw.count(b"\r") + raw.count(b"\xe2\x80") + raw.count(b"\xc2\x85") + 1
        )
        assert len(problem.message) < 1000
    assert len(document.problems) <= 101
    if not document.problems:
        assert _depth(document.data) <= 200
        json.dumps(document.data, sort_keys=True, default=str)  # as a contract's hash is made of it
        str(document.data).encode()


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        return 1 + max(map(_depth, value.values()), default=0)
    if isinstance(value, list):
        return 1 + max(map(_depth, value), default=0)
    return 0


@FEW
@given(st.one_of(SOUP, bitten(), st.binary(max_size=60)))
def test_any_bytes(raw: bytes) -> None:
    _holds(raw)


@pytest.mark.slow
@MANY
@given(st.one_of(SOUP, bitten(), st.binary(max_size=60)))
def test_many_bytes(raw: bytes) -> None:
    _holds(raw)


def test_cases() -> None:
    """What was found once, and what was tried: each file with exactly its findings, on their lines."""
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        _holds(path.read_bytes())
        problems = load_document(path).problems
        found += [f"{path.name}:{each.where.line} {each.level} {each.id}" for each in problems if each.where]
    assert found == (CASES / "expected.txt").read_text().splitlines()


BOMBS = {
    "minutes": b"a: 1" + b":59" * 80_000,  # the square of its length to read
    "bits": b"a: 0b" + b"1" * 200_000,
    "keys": b"? a\n" * 60_000,
    "brackets": b"[" * MAX_BYTES,
    "questions": b"? " * (MAX_BYTES // 2),
    "wide": b"a: " + b"[" * 30 + b"1," * 125_000 + b"]" * 30,
    "aliases": b"a: &a [" + b"1," * 3_000 + b"]\nb: [" + b"*a," * 60 + b"]\n",
    "quotes": b'a: "' + b"\\n" * 120_000 + b'"',
    "comments": b"#" * MAX_BYTES,
    "anchors": b"".join(b"k%d: &k%d x\n" % (place, place) for place in range(14_000)),
}


@pytest.mark.parametrize("name", BOMBS)
def test_the_largest_files_take_little(name: str) -> None:
    """As many values as may be are read or refused; what is found fits on a page."""
    document = read_document(Path("a.yaml"), BOMBS[name])
    assert len(document.lines) <= MAX_VALUES
    assert len(document.problems) <= 101
    assert sum(len(problem.message) for problem in document.problems) < 20_000


def test_what_never_ends_is_not_read(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "large.yaml").touch()
    os.truncate(tmp_path / "large.yaml", 1 << 40)  # a terabyte of nothing, on a disk that knows holes
    for name in ("pipe", "zero"):
        with pytest.raises(PlatformError, match="it is no file"):
            load_document(tmp_path / f"{name}.yaml")
    assert [problem.id for problem in load_document(tmp_path / "large.yaml").problems] == ["too-large"]
    with pytest.raises(PlatformError, match="cannot be read"):
        load_document(tmp_path)
    with pytest.raises(PlatformError, match="cannot be read"):
        load_document(tmp_path / "a\0b.yaml")
