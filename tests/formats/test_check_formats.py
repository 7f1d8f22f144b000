"""A check for people, programs and build servers; what others wrote drives none of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.formats.check import FORMATS, render_report
from platform_core.formats.findings import render
from platform_core.formats.report import Merge, Report, Unjudged
from platform_core.lineage import Change
from platform_core.lineage.notices import ContractNotice, NeedNotice, Notices, Told

ERROR = Finding("column-removed", "error", "shop/orders", "it is gone.", "Why.", "Keep it.", Where(Path("/a.yaml"), 3))
NOTE = Finding("note", "info", "shop", "a note.")
MERGE = Merge(
    "refused",
    (Change("added", "shop/refunds"), Change("changed", "shop/orders", "checks", (), ("x",))),
    Notices(
        (ContractNotice("changed", "shop/orders", "1.0.0", "1.1.0", False, True, "major", "2.0.0", ("a proof.",)),),
        (NeedNotice("removed", "weather/daily"),),
        (Told("board", "team:board", "#board", ("shop/orders",), ("shop/orders",)),),
    ),
    ("other/rates",),
)
UNJUDGED = Unjudged("the workspace", "none is named.", "Name one.")
REPORT = Report("shop", [NOTE, ERROR], MERGE, (UNJUDGED,))
EVIL = "a|b <script>alert(1)</script>\n::error::forged\r\x1b[31m @team `x` \u202e"
HOSTILE = Report(
    EVIL,
    [Finding("hostile", "error", EVIL, EVIL, EVIL, EVIL, Where(Path("/data/a,b:c%|.yaml"), 1), EVIL)],
    Merge(
        "refused",
        (Change("changed", EVIL, EVIL, EVIL, EVIL),),
        Notices(
            (ContractNotice("changed", EVIL, EVIL, EVIL, None, None, "major", EVIL, (EVIL,)),),
            (NeedNotice("added", EVIL),),
            (Told(EVIL, EVIL, EVIL, (EVIL,), (EVIL,)),),
        ),
        (EVIL,),
    ),
    (Unjudged(EVIL, EVIL, EVIL),),
)


def test_text_ends_with_the_verdict() -> None:
    lines = render_report(REPORT).splitlines()
    assert lines[-1] == "shop does not pass. 1 error, 1 note."
    assert "/a.yaml:3: error column-removed: it is gone." in lines
    assert any("board" in line and "hurt" in line for line in lines)
    assert "Pending: it would wait for other/rates." in lines
    assert "Not judged, the workspace: none is named." in lines


@pytest.mark.parametrize(
    ("report", "code", "verdict", "sentence"),
    [
        (Report("shop", []), 0, "passed", "shop passes. No problems found."),
        (Report("shop", [NOTE], None, (UNJUDGED,)), 0, "passed", "shop passes. 1 note."),
        (Report("shop", [ERROR]), 1, "refused", "shop does not pass. 1 error."),
        (Report("shop", [], None, (Unjudged("x", "y", "", failed=True),)), 2, "unknown", "shop could not be judged."),
    ],
)
def test_verdicts(report: Report, code: int, verdict: str, sentence: str) -> None:
    assert (report.exit_code, report.verdict) == (code, verdict)
    assert render_report(report).splitlines()[-1].startswith(sentence)
    assert json.loads(render_report(report, "json"))["verdict"] == verdict


def test_json_has_stable_keys() -> None:
    data = json.loads(render_report(REPORT, "json"))
    assert list(data) == ["location", "verdict", "findings", "plan", "not_judged"]
    assert [finding["id"] for finding in data["findings"]] == ["note", "column-removed"]
    plan = data["plan"]
    assert list(plan) == ["verdict", "added", "changed", "removed", "contracts", "needs", "told", "waiting_for"]
    assert (plan["added"], plan["changed"]) == (["shop/refunds"], [{"key": "shop/orders", "what": ["checks"]}])
    assert (plan["contracts"][0]["reader_safe"], plan["contracts"][0]["required_version"]) == (False, "2.0.0")
    assert (plan["needs"], plan["told"][0]["hurt"]) == ([{"kind": "removed", "key": "weather/daily"}], ["shop/orders"])
    assert data["not_judged"] == [{"what": "the workspace", "why": "none is named.", "fix": "Name one."}]
    assert json.loads(render_report(Report("shop", []), "json"))["plan"] is None


def test_a_comment_says_the_verdict_first_then_what_to_do_and_for_whom() -> None:
    text = render_report(REPORT, "markdown")
    assert text.startswith("### shop: not ready to merge\n")
    places = [text.index(part) for part in ("column-removed", "**note**", "| changes | shop/orders |", "Who is told")]
    assert places == sorted(places)
    assert "contract 1.0.0 → 1.1.0: **breaks readers**, needs major (2.0.0)<br>a proof." in text
    assert "- board, team:board, \\#board: reads shop/orders; **it would break** on shop/orders" in text


def test_gitlab_keeps_the_fingerprint_of_a_finding_that_moves() -> None:
    def prints(*lines: int) -> list[str]:
        moved = [Finding("x", "warning", "x", "m", where=Where(Path("/a.yaml"), line)) for line in lines]
        return [one["fingerprint"] for one in json.loads(render(moved, "gitlab"))]

    assert prints(3) == prints(40)
    assert len(set(prints(3, 40))) == 2
    (first, second) = json.loads(render_report(Report("shop", [ERROR, NOTE]), "gitlab"))
    assert (first["severity"], first["location"]) == ("major", {"path": "/a.yaml", "lines": {"begin": 3}})
    assert (second["severity"], second["location"]["path"], second["check_name"]) == ("info", "location.yaml", "note")


@pytest.mark.parametrize("format", FORMATS)
def test_hostile_text_does_nothing(format: str) -> None:
    text = render_report(HOSTILE, format)
    assert not {"\x1b", "\u202e", "\r"} & set(text)
    if format == "github":
        commands = [line for line in text.splitlines() if line.startswith("::")]
        assert len(commands) == 2 and commands[0].startswith("::error file=/data/a%2Cb%3Ac%25|.yaml,line=1,title=")
    if format == "markdown":
        assert "<script>" not in text and "@team" not in text and "`x`" not in text
        tables = [line for line in text.splitlines() if line.startswith("|")]
        assert {line.replace("\\|", "").count("|") for line in tables} == {4, 5}
    if format in ("json", "gitlab"):
        assert json.loads(text)


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="text, json, markdown, github, gitlab"):
        render_report(REPORT, "html")
