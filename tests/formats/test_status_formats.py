"""The answers laid out: the JSON programs rely on, a table that fits, and a page that hostile text cannot break."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from dataset_facts import CONTRACT, MONTHS, YEAR, facts, months, published, refused

from platform_core.answers import Answer, answer
from platform_core.answers.facts import BrokenRule, Checks, ContractRef, FailedRun, Running
from platform_core.formats.history import Event
from platform_core.formats.history import render as history
from platform_core.formats.status import render
from platform_core.names import AssetId

OLD = ContractRef("0.9.0", "000000000000")
HOSTILE = "<script>alert(1)</script>\"'&{{x}}\x1b[2J\u202e|@team"
MANY = [
    answer(facts(published=YEAR, partitions=MONTHS, refused=(refused("2013-06", quarantine="/q/1"),))),
    answer(replace(facts(published=(published(),)), asset=AssetId("weather", "hourly"), owner="team:weather")),
    answer(replace(facts(), asset=AssetId("analytics", "delay_totals"), owner="", contact="")),
]


def test_json_has_the_promised_shape() -> None:
    (asset,) = json.loads(render([MANY[0]], "json"))["assets"]
    assert list(asset)[:9] == [
        "asset", "location", "owner", "verdict", "sentence", "version", "published_at", "checks", "freshness",
    ]  # fmt: skip
    assert asset["asset"] == "flight_ops/flights"
    assert asset["location"] == "flight_ops"
    assert asset["owner"] == "team:flight_ops"
    assert asset["verdict"] == "safe_newer_refused"
    assert asset["sentence"] == MANY[0].sentence
    assert asset["version"] == 3
    assert asset["published_at"] == "2026-11-22T10:00:00+00:00"
    assert asset["checks"] == {"passed": 3, "failed": 0, "warned": 0}
    assert asset["freshness"] == "none"
    assert asset["refused"][0]["rules"] == [
        {"name": "enum_origin", "violations": 28243, "blocking": True, "message": ""}
    ]
    assert len(asset["partitions"]) == 12


def test_json_of_what_was_never_published() -> None:
    (asset,) = json.loads(render([MANY[2]], "json"))["assets"]
    assert (asset["version"], asset["published_at"], asset["safe"]) == (None, None, False)
    assert asset["checks"] == {"passed": 0, "failed": 0, "warned": 0}
    (first,) = json.loads(render([answer(facts(refused=(refused(),)))], "json"))["assets"]
    assert first["checks"] == {"passed": 0, "failed": 1, "warned": 1}


def test_text_fits_and_tells() -> None:
    text = render(MANY, "text")
    assert max(map(len, text.splitlines())) <= 120
    row = next(line for line in text.splitlines() if line.startswith("flight_ops/flights "))
    assert re.split(r"\s{2,}", row) == [
        "flight_ops/flights", "safe, newer refused", "2026-11-22 10:00", "12,000", "3/3", "1", "-", "flight_ops",
    ]  # fmt: skip
    assert text.endswith("2 of 3 datasets safe to use.")
    assert render([], "text") == "No dataset is registered."


def test_the_full_story_names_everything() -> None:
    warned = Checks(("primary_key",), (BrokenRule("foreign_key_tailnum", 52606, False),))
    known = facts(
        published=months(*range(1, 12), checks=warned),
        partitions=MONTHS,
        refused=(refused("2013-12", quarantine="/warehouse/_quarantine/x", delivery="flights-2013-12.csv"),),
        window=timedelta(days=3),
        running=(Running("run-5"),),
        failed_run=FailedRun("run-4", YEAR[0].published_at + timedelta(hours=1)),
        address="/warehouse/flight_ops/flights",
        description="Departures.",
    )
    story = render([answer(known)], "text", story=True)
    for said in (
        "team flight_ops (#flights)", "Departures.", "enum_origin", "28,243", "/warehouse/_quarantine/x",
        "flights-2013-12.csv", "run-9", "Missing 1 month:", "2013-12", "foreign_key_tailnum", "578,666", "run-5",
        "/warehouse/flight_ops/flights", "What to do: team flight_ops (#flights) corrects the data", CONTRACT.hash,
        "broke off", "run run-4: Dagster's page of it says why",
    ):  # fmt: skip
        assert said in story, said
    assert "; published under" not in story  # it is the registered contract
    first = render([answer(facts(refused=(refused(),)))], "text", story=True)
    assert "SEVERITY" not in first  # nothing is published that could be broken
    assert "Dagster's page" not in first  # what was refused broke nothing off
    changed = render([answer(facts(published=(published(contract=OLD),)))], "text", story=True)
    assert f"1.0.0 ({CONTRACT.hash}); published under 0.9.0 ({OLD.hash})" in changed


def test_a_rerun_that_is_unsafe_is_said_with_its_reason() -> None:
    told = answer(facts(published=(published(),), unsafe="Each run is billed & <b>counted</b>."))
    assert "  re-run     unsafe: Each run is billed" in render([told], "text", story=True)
    assert "unsafe: Each run is billed &amp; &lt;b&gt;counted&lt;/b&gt;." in render([told], "html")
    (asset,) = json.loads(render([told, MANY[0]], "json"))["assets"][:1]
    assert asset["rerun"] == {"unsafe": True, "reason": "Each run is billed & <b>counted</b>."}
    assert "re-run" not in render([MANY[0]], "text", story=True)


def test_years_that_are_missing_do_not_fill_the_screen() -> None:
    partitions = {"type": "monthly", "start_date": "2001-01-01"}
    known = facts(published=months(1), partitions=partitions, refused=(refused("2013-12"), refused("2013-01")))
    story = render([answer(known)], "text", story=True)
    assert "2001-01 to 2012-12, 2013-02 to" in story
    assert len(story.splitlines()) < 40
    assert "  also " not in story  # the sentence says it already
    # Of a month that was never published nobody reads anything.
    assert story.count("Until then everyone reads what was published before") == 1


def test_markdown_is_one_row_a_dataset() -> None:
    lines = render(MANY, "markdown").splitlines()
    assert len(lines) == 5
    assert lines[2].startswith("| flight\\_ops/flights | safe, newer refused | 2026-11-22 10:00 | 12,000 |")


class _Page(HTMLParser):
    """Collects what a browser would act on."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.shown = ""
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.shown += data


def _hostile() -> Answer:
    rule = BrokenRule(HOSTILE, 3, True)
    return answer(
        facts(
            owner=HOSTILE,
            contact=f"javascript:{HOSTILE}",
            description=HOSTILE,
            address=HOSTILE,
            published=(published(HOSTILE, hours_ago=2), published("eu", hours_ago=2)),
            partitions={"type": "static", "keys": [HOSTILE, "eu"]},
            refused=(refused(HOSTILE, checks=Checks((), (rule,)), quarantine=HOSTILE, delivery=HOSTILE),),
        )
    )


def test_the_page_is_whole_and_loads_nothing() -> None:
    page = _Page(render(MANY, "html"))
    assert page.open == []
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert not [value for name, value in page.attributes if name in {"src", "style"} or name.startswith("on")]
    assert all(value.startswith("#") for name, value in page.attributes if name == "href")
    (policy,) = [value for _, value in page.attributes if "default-src" in value]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    for item in MANY:
        assert item.sentence in page.shown
    assert "2 of 3 datasets are safe to use" in page.shown


def test_the_page_marks_what_needs_a_look() -> None:
    known = facts(
        partitions=MONTHS,
        published=(*months(1, 2, 3, 5, 6), published("2013-04", held=True), published("2013-07", contract=OLD)),
        refused=(refused("2013-06"), refused("2013-08")),
    )
    page = render([answer(known)], "html")
    marks = {title: kind for kind, title in re.findall(r'<span class="part ?(\w*)" title="([^"]*)"', page)}
    assert marks["January 2013: published"] == ""
    assert marks["April 2013: rolled back"] == "held"
    assert marks["June 2013: newer delivery refused"] == "refused"
    assert marks["July 2013: earlier contract"] == "old"
    assert marks["August 2013: missing"] == "missing"
    assert list(marks.values()).count("missing") == 5
    legend = re.search(r'<p class="key">(.*?)</p>', page)
    assert legend and "missing" in legend[1] and "not checked" not in legend[1]


def test_the_page_tells_the_details() -> None:
    shown = _Page(render([MANY[0]], "html")).shown
    assert "22 November 2026 at 10:00 UTC, version 3" in shown and "12,000 rows" in shown
    assert "Refused delivery of June 2013 (28,243 rows), 22 November 2026 at 11:00 UTC" in shown
    assert "2013-12" in shown and "2026-11-22 10:00" in shown
    bare = _Page(render([answer(facts(refused=(refused(rows=None),)))], "html")).shown
    assert "Refused delivery, 22 November 2026 at 11:00 UTC" in bare
    assert "Size" not in bare and "Partitions" not in bare
    assert "Warnings in the published data" not in bare and "Warnings in the published data" not in shown


def test_many_days_show_the_last_two_months() -> None:
    days = [f"2026-{month:02}-{day:02}" for month in (7, 8, 9) for day in range(1, 29)]
    known = facts(partitions={"type": "daily", "start_date": "2026-11-01"}, published=tuple(map(published, days)))
    page = render([answer(known)], "html")
    assert page.count('<span class="part') - page.count('<p class="key">') == 62
    assert "43 days before these are not shown" in page  # 84 published and 21 missing


def test_history_as_text_and_json() -> None:
    events = [
        Event(facts().now, "refusal", None, None, 9, Checks((), (BrokenRule("a", 3, True), BrokenRule("b", 1, False)))),
        Event(facts().now, "rollback", 4, None, 5, Checks(("a", "b")), "1.0.0", "someone", back_to=2, held=True),
        Event(facts().now, "publish", 3, None, 5, Checks(("a",), (BrokenRule("b", 1, False),)), kept=False),
    ]
    first, second, third = json.loads(history("x/y", events, "json"))["events"]
    assert first["checks"] == {"passed": 0, "failed": 1, "warned": 1}
    assert (second["back_to"], second["held"], third["kept"]) == (2, True, False)
    lines = history("x/y", events).splitlines()
    assert "PARTITION" not in lines[1]
    assert lines[2].endswith("3 rows broke the rule a")
    assert lines[3].split("  ")[-1] == "to version 2, held" and "someone" in lines[3]
    assert "1/2" in lines[4] and lines[4].endswith("no longer kept")
    assert history("x/y", []) == "x/y: nothing was ever published or refused."


def test_the_policy_allows_this_style_sheet() -> None:
    import base64
    import hashlib

    text = render(MANY, "html")
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in text
    assert "url(" not in style and "@import" not in style


@pytest.mark.parametrize("format", ["html", "text", "markdown", "json"])
def test_hostile_text_does_nothing(format: str) -> None:
    text = render([_hostile()], format)
    assert "\x1b" not in text and "\u202e" not in text
    if format == "html":
        page = _Page(text)
        assert page.open == [] and "script" not in page.tags
        assert "<script>alert(1)</script>" in page.shown  # as words
        assert not [value for name, value in page.attributes if name == "href" and "javascript" in value]
        assert not [name for name, _ in page.attributes if name.startswith("on")]
    if format == "markdown":
        assert "<script>" not in text and "@team" not in text
    if format == "text":
        assert "\x1b" not in render([_hostile()], "text", story=True)


def test_only_web_and_mail_addresses_become_links() -> None:
    page = render([answer(facts(contact="https://chat.example.com/a?b=1&c=2"))], "html")
    assert 'href="https://chat.example.com/a?b=1&amp;c=2"' in page
    assert 'href="mailto:a@b.org"' in render([answer(facts(contact="a@b.org"))], "html")
    assert "<a " not in render([answer(facts(published=(published(),), contact="#channel"))], "html")
