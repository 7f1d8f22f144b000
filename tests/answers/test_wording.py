"""The one sentence of each state, word for word: people plan their day by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from dataset_facts import BROKEN, MONTHS, YEAR, ago, facts, months, published, refused

from platform_core.answers import DatasetFacts, State, answer
from platform_core.answers.facts import Audited, BrokenRule, Checks, ContractRef, FailedRun, Running, StrayFile
from platform_core.answers.wording import SHORT
from platform_core.audit.reasons import refusal_reason
from platform_core.names import AssetId

WARNED = Checks(("primary_key", "enum_origin"), (BrokenRule("foreign_key_tailnum", 12, False),))
OTHER = ContractRef("1.1.0", "000000000000")

SENTENCES: dict[str, tuple[DatasetFacts, str]] = {
    "never published": (
        facts(),
        "Not available: nothing was ever published; ask team flight_ops (#flights).",
    ),
    "never published, crashed": (
        facts(failed_run=FailedRun("run-1", ago(1))),
        "Not available: nothing was ever published; the last run broke off on 22 November 2026 at 11:00 UTC;"
        " ask team flight_ops (#flights).",
    ),
    "first refused": (
        facts(refused=(refused(),)),
        "Not available: nothing was ever published, the delivery was refused on 22 November 2026 at 11:00 UTC because"
        " 28,243 rows broke the rule enum_origin; ask team flight_ops (#flights).",
    ),
    "being made": (facts(running=(Running("run-1"),)), "Not available yet: its first version is being made now."),
    "waiting": (
        facts(waiting_for=(AssetId("weather", "hourly"), AssetId("flight_ops", "planes")), owner="a@b.org", contact=""),
        "Not available yet: it waits for weather/hourly and flight_ops/planes, which were never published;"
        " ask a@b.org.",
    ),
    "unreadable": (
        facts(unreadable="the published table cannot be read"),
        "Not known: what is published could not be read (the published table cannot be read);"
        " ask team flight_ops (#flights).",
    ),
    "safe": (
        facts(published=(published(rows=336776),)),
        "Safe to use: 336,776 rows, published on 22 November 2026 at 10:00 UTC; all 3 checks passed.",
    ),
    "safe, one row": (
        facts(published=(published(rows=1),)),
        "Safe to use: 1 row, published on 22 November 2026 at 10:00 UTC; all 3 checks passed.",
    ),
    "safe, by month": (
        facts(published=YEAR, partitions=MONTHS),
        "Safe to use: 12 months (January 2013 to December 2013), 12,000 rows, last published on 22 November 2026 at"
        " 10:00 UTC; all 3 checks passed.",
    ),
    "safe, by month, the last one later": (
        facts(published=(*months(*range(1, 12)), published("2013-12", hours_ago=1)), partitions=MONTHS),
        "Safe to use: 12 months (January 2013 to December 2013), 12,000 rows, last published on 22 November 2026 at"
        " 11:00 UTC; all 3 checks passed.",
    ),
    "empty since the last delivery": (
        facts(published=(*months(1, rows=0), published("2013-02", rows=0, hours_ago=1)), partitions={"type": "x"}),
        "Safe to use, but empty: no rows, as its contract allows, published on 22 November 2026 at 11:00 UTC.",
    ),
    "safe, with a warning": (
        facts(published=(published(checks=WARNED),)),
        "Safe to use: 1,000 rows, published on 22 November 2026 at 10:00 UTC; 2 checks passed, 1 gave a warning.",
    ),
    "safe, updating": (
        facts(published=(published(),), running=(Running("run-1"),)),
        "Safe to use: 1,000 rows, published on 22 November 2026 at 10:00 UTC; all 3 checks passed; a newer version is"
        " being made now.",
    ),
    "safe, crashed": (
        facts(published=(published(),), failed_run=FailedRun("run-1", ago(1)), owner="", contact=""),
        "Safe to use: 1,000 rows, published on 22 November 2026 at 10:00 UTC; all 3 checks passed; the last run broke"
        " off on 22 November 2026 at 11:00 UTC, what is published was not touched.",
    ),
    "safe, crashed, and not run again": (
        facts(published=(published(),), failed_run=FailedRun("run-1", ago(1)), unsafe="Billed.", owner="", contact=""),
        "Safe to use: 1,000 rows, published on 22 November 2026 at 10:00 UTC; all 3 checks passed; the last run broke"
        " off on 22 November 2026 at 11:00 UTC, what is published was not touched, and it is not run again by itself,"
        " as a re-run is unsafe.",
    ),
    "newer refused": (
        facts(published=(published(),), refused=(refused(),)),
        "Safe to use as of 22 November 2026 at 10:00 UTC; a newer delivery was refused on 22 November 2026 at 11:00 UTC"
        " because 28,243 rows broke the rule enum_origin; ask team flight_ops (#flights).",
    ),
    "newer months refused": (
        facts(published=YEAR, partitions=MONTHS, refused=(refused("2013-06"), refused("2013-07", hours_ago=0.5))),
        "Safe to use as of 22 November 2026 at 10:00 UTC; newer deliveries of June 2013 and July 2013 were refused, the"
        " last (July 2013) on 22 November 2026 at 11:30 UTC because 28,243 rows broke the rule enum_origin;"
        " ask team flight_ops (#flights).",
    ),
    "in part": (
        facts(published=months(1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12), partitions=MONTHS),
        "Safe to use only in part: 11 of 12 months are published; June 2013 is missing;"
        " ask team flight_ops (#flights).",
    ),
    "in part, refused": (
        facts(published=months(*range(1, 10)), partitions=MONTHS, refused=(refused("2013-10"),)),
        "Safe to use only in part: 9 of 12 months are published; October 2013, November 2013 and December 2013 are"
        " missing; the delivery of October 2013 was refused on 22 November 2026 at 11:00 UTC because 28,243 rows broke"
        " the rule enum_origin; ask team flight_ops (#flights).",
    ),
    "held": (
        facts(published=(published(kind="rollback", held=True),)),
        "Safe to use, but it was rolled back to an earlier version on 22 November 2026 at 10:00 UTC and stays there"
        " until released or new data arrives; ask team flight_ops (#flights).",
    ),
    "stale": (
        facts(published=(published(hours_ago=30),), window=timedelta(days=1)),
        "Safe to use, but older than promised: the newest data arrived on 21 November 2026 at 06:00 UTC, newer data was"
        " due by 22 November 2026 at 06:00 UTC; ask team flight_ops (#flights).",
    ),
    "empty": (
        facts(published=(published(rows=0),)),
        "Safe to use, but empty: no rows, as its contract allows, published on 22 November 2026 at 10:00 UTC.",
    ),
    "contract changed": (
        facts(published=(published(),), registered=OTHER),
        "Safe to use: it was published under contract 1.0.0, while 1.1.0 is registered now;"
        " ask team flight_ops (#flights).",
    ),
    "contract changed, and kept": (
        facts(published=(published(),), registered=OTHER, audited=(Audited(None, WARNED),)),
        "Safe to use: it was published under contract 1.0.0, while 1.1.0 is registered now and keeps that one too;"
        " ask team flight_ops (#flights).",
    ),
    "contract changed, and broken": (
        facts(published=YEAR, partitions=MONTHS, registered=OTHER, audited=(Audited("2013-06", BROKEN),)),
        "Not what the contract promises now: June 2013 was published under an earlier one, and 28,243 rows broke the"
        " rule enum_origin; publish it again, or make the change a new major version; January 2013 to December 2013"
        " were published under contract 1.0.0, while 1.1.0 is registered now; ask team flight_ops (#flights).",
    ),
    "contract changed, and broken in two months": (
        facts(
            published=months(6, 7),
            partitions={"type": "monthly", "start_date": "2013-06-01", "end_date": "2013-08-01"},
            audited=(
                Audited("2013-06", Checks((), (BrokenRule("enum_origin", 2, True), BrokenRule("x", None, True)))),
                Audited("2013-07", Checks((), (BrokenRule("enum_origin", 7, True),))),
            ),
        ),
        "Not what the contract promises now: June 2013 and July 2013 were published under an earlier one, and 7 rows"
        " broke the rule enum_origin; publish it again, or make the change a new major version;"
        " ask team flight_ops (#flights).",
    ),
    "contract edited without a version": (
        facts(published=(published(),), registered=ContractRef("1.0.0", "000000000000")),
        "Safe to use: it was published before contract 1.0.0 was last edited; ask team flight_ops (#flights).",
    ),
    "past the door": (
        facts(published=(published("2013-06", kind="foreign", contract=ContractRef("", "")), *months(7))),
        "Not known to be safe: another tool wrote 2013-06, past the checks of the contract;"
        " ask team flight_ops (#flights).",
    ),
    "never published, for its files are misnamed": (
        facts(strays=(StrayFile("f-2013-4.csv", "did you mean f-2013-04.csv?"), StrayFile("f.csv", "no idea."))),
        "Not available: nothing was ever published; the file f-2013-4.csv was delivered and is not taken, as 1 other"
        " file is: did you mean f-2013-04.csv?; ask team flight_ops (#flights).",
    ),
    "stale, and a newer delivery refused": (
        facts(published=(published(hours_ago=30),), refused=(refused(),), window=timedelta(days=1)),
        "Safe to use as of 21 November 2026 at 06:00 UTC; a newer delivery was refused on 22 November 2026 at 11:00 UTC"
        " because 28,243 rows broke the rule enum_origin; it is older than promised, newer data was due by 22 November"
        " 2026 at 06:00 UTC; ask team flight_ops (#flights).",
    ),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_sentence(name: str) -> None:
    known, sentence = SENTENCES[name]
    assert answer(known).sentence == sentence


def test_every_headline_has_a_sentence_and_a_short_word() -> None:
    told = {answer(known).verdict.state for known, _ in SENTENCES.values()}
    assert told == set(SHORT)
    assert set(State) - set(SHORT) == {
        State.UPDATING,
        State.FAILED_RUN,
        State.STRAY_FILES,
        State.WARNED,
    }  # no headlines


def test_a_sentence_holds_two_additions_and_the_notes_hold_all() -> None:
    known = facts(
        published=months(1, 2, kind="rollback", held=True, hours_ago=50),
        partitions=MONTHS,
        window=timedelta(days=1),
        registered=OTHER,
        running=(Running("run-2"),),
    )
    said = answer(known)
    assert len(said.notes) == 4
    assert said.notes[0] in said.sentence and said.notes[1] in said.sentence
    assert said.notes[2] not in said.sentence


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ([], ""),
        ([("enum_origin", 1)], "1 row broke the rule enum_origin"),
        ([("schema_columns", None)], "it broke the rule schema_columns"),
        ([("not_empty", None)], "it held no rows"),
        ([("delivery", None)], "it could not be read as its contract describes"),
        ([("b", 5), ("a", 9000)], "it broke the rules a (9,000 rows) and b (5 rows)"),
        ([("b", 5), ("a", 9), ("c", None)], "it broke the rules a (9 rows), b (5 rows) and c"),
        ([("b", 5), ("a", 9), ("c", 1), ("d", 2)], "it broke the rules a (9 rows), b (5 rows) and 2 more"),
    ],
)
def test_reason(rules: list[tuple[str, int | None]], words: str) -> None:
    assert refusal_reason(rules) == words


def test_counts_of_checks_are_by_rule_and_not_by_partition() -> None:
    later = Checks(("primary_key",), (BrokenRule("enum_origin", 4, False),))
    said = answer(facts(published=(*months(*range(1, 12)), published("2013-12", checks=later)), partitions=MONTHS))
    assert said.passed == 2  # enum_origin held in eleven months, and not in one
    assert said.broken == (BrokenRule("enum_origin", 4, False),)


def test_before_the_first_publication_the_refused_delivery_is_counted() -> None:
    said = answer(facts(refused=(refused(checks=BROKEN),)))
    assert {rule.name for rule in said.broken} == {"enum_origin", "foreign_key_tailnum"}
