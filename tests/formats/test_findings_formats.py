"""Findings for people, programs and build servers; what others wrote drives neither a terminal nor a build."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from platform_core.errors import Where
from platform_core.findings import Finding, FindingsError
from platform_core.formats.findings import FORMATS, render

ERROR = Finding(
    "unknown-key",
    "error",
    "orders",
    "'logicaltype' is no key.",
    "It is ignored.",
    "Write logicalType.",
    Where(Path("/data/contracts/orders.odcs.yaml"), 12),
)
WARNING = Finding("no-owner", "warning", "orders", "nobody is named.")
INFO = Finding("note", "info", "orders", "a note.")
HOSTILE = Finding(
    "hostile",
    "error",
    "a|b,c:d",
    "100% <script>alert(1)</script>\n::error::forged\r\x1b[31m @team | `x` \u202e",
    where=Where(Path("/data/a,b:c%.yaml"), 1),
)


def test_text() -> None:
    assert render([ERROR, WARNING, INFO]) == (
        "/data/contracts/orders.odcs.yaml:12: error unknown-key: 'logicaltype' is no key.\n"
        "    why: It is ignored.\n"
        "    fix: Write logicalType.\n"
        "orders: warning no-owner: nobody is named.\n"
        "orders: info note: a note.\n"
        "1 error, 1 warning, 1 note."
    )
    assert render([WARNING, WARNING]).endswith("\n2 warnings.")


def test_nothing_found() -> None:
    assert render([], "text") == "No problems found."
    assert render([], "json") == "[]"
    assert render([], "markdown") == "No problems found."
    assert render([], "github") == ""


def test_json_holds_everything() -> None:
    first, second = json.loads(render([ERROR, WARNING], "json"))
    assert first == {
        "id": "unknown-key",
        "level": "error",
        "subject": "orders",
        "message": "'logicaltype' is no key.",
        "why": "It is ignored.",
        "fix": "Write logicalType.",
        "owner": "",
        "path": "/data/contracts/orders.odcs.yaml",
        "line": 12,
    }
    assert (second["path"], second["line"]) == (None, None)


def test_github() -> None:
    assert render([ERROR, INFO], "github") == (
        "::error file=/data/contracts/orders.odcs.yaml,line=12,title=orders%3A unknown-key::"
        "'logicaltype' is no key.%0AIt is ignored.%0AWrite logicalType.\n"
        "::notice title=orders%3A note::a note."
    )


def test_markdown() -> None:
    table = render([ERROR], "markdown").splitlines()
    assert table[0] == "| level | where | what | what to do |"
    assert table[2].startswith(
        "| error | /data/contracts/orders.odcs.yaml:12 | **unknown-key** 'logicaltype' is no key."
    )


def test_every_format_says_who_has_to_act() -> None:
    owned = Finding("needs-broken", "error", "orders", "breaks reports.", fix="Keep it.", owner="team:a|b\n::error::x")
    assert "    fix: Keep it.\n    for: team:a|b ::error::x\n" in render([owned])
    assert json.loads(render([owned], "json"))[0]["owner"] == owned.owner
    assert render([owned], "markdown").splitlines()[2].endswith("Keep it. (for team:a\\|b ::error::x) |")
    assert render([owned], "github").endswith("%0AKeep it.%0A(for team:a|b ::error::x)")
    assert "(for team:a" in str(FindingsError("refused.", [owned]))


def test_paths_below_the_current_folder_start_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    finding = Finding("x", "error", "x", "m", where=Where(tmp_path / "contracts" / "a.yaml", 3))
    assert render([finding]).startswith("contracts/a.yaml:3: error")
    assert "file=contracts/a.yaml,line=3" in render([finding], "github")
    assert json.loads(render([finding], "json"))[0]["path"] == "contracts/a.yaml"


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_text_does_nothing(format: str) -> None:
    text = render([HOSTILE], format)
    assert "\x1b" not in text and "\u202e" not in text and "\r" not in text
    if format == "github":
        assert len(text.splitlines()) == 1 and text.startswith("::error file=/data/a%2Cb%3Ac%25.yaml,line=1,title=")
    if format == "markdown":
        row = text.splitlines()[2]
        assert "<script>" not in row and "@team" not in row
        assert row.replace("\\|", "").count("|") == 5  # the cells' own bars, and no other
    if format == "json":
        assert json.loads(text)[0]["message"] == HOSTILE.message


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="text, json, markdown, github"):
        render([], "html")
