"""Patterns of RE2 said to PostgreSQL: the same texts match, whatever is in pattern and text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres_server import Server

from platform_core.audit.formats import PATTERNS, strptime_format
from platform_core.audit.postgres.formats import DATES, written_pattern
from platform_core.contracts.lint.patterns import pattern_problem
from platform_core.contracts.postgres_patterns import Untranslatable, postgres_pattern

pytestmark = [pytest.mark.postgres, pytest.mark.processes]
DUCKDB = duckdb.connect(config={"threads": 1})
DUCKDB.execute("SET TimeZone = 'UTC'")
QUICK = settings(
    max_examples=60, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
TEXTS = ["", "a", "A", "b", "ab", "aa", "a\n", "\n", "a\nb", "x a", "1", "é", "É", "\u212a", "ſ", "k", "K", "s", "_"]
TEXTS += ["]", "[x", "a b", "ü", "٣", "日本", "\t", "\v", "a.b", "a" * 300, "a" * 600, "a@b.com", "a@b.com\n", "ß", "ẞ"]
TEXTS += ["(", ")", "{", "}", "a{1}", "^", "$", "\\", "'", '"', "\U0001f926", "e\u0301", "\x7f", "-]", "-", "\x01"]
PATTERNS_WITH_TRAPS = [
    *("a.b", "a[^x]b", "a$", r"(?m)a$\nb", r"(?s)a.b", r"(?m)^b$|a\n^b", "$^", "a^b", "^*a", "(?:)*", "(|a)", "a||b"),
    *(r"\w", r"\W", r"\s", r"\S*", r"\d+", r"[^\D]", r"[\d\s]", r"\bab?\b.*", r"a\B.*", r"\Aa\z", r".*\b", r"\pL+"),
    *(r"\p{Greek}|\p{Lu}", r"[\pL-]", "[[:alpha:]]+", "[[:^alpha:]]", "[]]", "[^]]", "[a-]", "[]-a]", r"[\]\-]+"),
    *("(?i)k", "(?i)[^k]", r"(?i)\w", "(?i)ß", "(?i:É|ü)", "(?i)a(?-i)b", "(?P<n>a)(?i)b|C", "(?i)[a-c]+", "a(?i:B)"),
    *("a{600}", "a{300,}", "a{0,700}", "a{256}", "a{255,256}", "(?:a{1,50}){1,12}", "(a|b)*?", "(?U)a+", "()"),
    *(r"\Q[x\E", r"\Qa\E+", r"\x61\x{62}", r"\141|\x{1F926}", r"[\x{4e00}-\x{9fff}]+", r"\\", "'", '"', r"\^|\$"),
    *(".", ".*", "(?s).*", r"[^\x00-\x{7f}]+", r"[\s\S]", r"[\x00-\x20]", "(?:ab|a)(?:b|bc)?", "[a-z]+@[a-z.]+"),
    *(r"\{|\}", "a{,2}|[{]|[}]", "^a|b$", r"\P{L}", "[^a-z]*"),
]  # fmt: skip


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Any]:
    with postgres.connect(autocommit=True) as connection:
        yield connection


def _compare(connection: Any, pattern: str, texts: list[str]) -> None:
    wanted = DUCKDB.execute("SELECT [regexp_full_match(t, $1) FOR t IN $2]", [pattern, texts]).fetchall()[0][0]
    query = 'SELECT array_agg(t COLLATE "C" ~ %s ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY AS u(t, n)'
    found = connection.execute(query, (postgres_pattern(pattern), texts)).fetchall()[0][0]
    assert found == wanted, [(text, is_) for text, is_, was in zip(texts, found, wanted, strict=True) if is_ != was]


@pytest.mark.parametrize("pattern", PATTERNS_WITH_TRAPS)
def test_traps(connection: Any, pattern: str) -> None:
    _compare(connection, pattern, TEXTS)


_atom = st.sampled_from(
    [
        "a",
        "b",
        "é",
        "K",
        "\n",
        ".",
        "[a-c]",
        "[^b]",
        r"\w",
        r"\D",
        r"\s",
        "[é-ü]",
        "(?i:k)",
        r"\b",
        "^",
        "$",
        r"\.",
        "-",
    ]
)
_pattern = st.recursive(
    _atom,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"(?:{pair[0]}|{pair[1]})"),
        inner.map(lambda text: f"({text})"),
        st.tuples(inner, st.sampled_from(["*", "+", "?", "{2}", "{0,3}", "{1,}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
        st.tuples(st.sampled_from(["(?i)", "(?s)", "(?m)", "(?-s)"]), inner).map("".join),
    ),
    max_leaves=6,
)
_texts = st.lists(st.text("abkKéü\n.-1 _", max_size=5), min_size=1, max_size=8)


@QUICK
@given(_pattern, _texts)
def test_patterns_at_random(connection: Any, pattern: str, texts: list[str]) -> None:
    _compare(connection, pattern, texts)


@pytest.mark.slow
@settings(QUICK, max_examples=3000)
@given(_pattern, _texts)
def test_many_patterns_at_random(connection: Any, pattern: str, texts: list[str]) -> None:
    _compare(connection, pattern, texts)


@pytest.mark.slow
@settings(QUICK, max_examples=2000)
@given(st.text("ab(|)[]^$.*+?{}\\dDwWsSbBpLQE123,-:<>=!PimsU\n", max_size=12), _texts)
def test_any_text_is_read_as_re2_reads_it_or_refused(connection: Any, pattern: str, texts: list[str]) -> None:
    try:
        postgres_pattern(pattern)
    except Untranslatable:
        return
    _compare(connection, pattern, texts)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        *(("(?=a)", "looks ahead"), ("(a", "missing"), (r"(a)\1", "refers back"), (r"\C", r"uses \C")),
        *(("[^\\x00-\\x{10ffff}]", "no character"), ("\x00", "")),
    ],
)
def test_what_cannot_be_said_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(Untranslatable, match=why.replace("\\", "\\\\")):
        postgres_pattern(pattern)


def test_the_formats_of_texts_are_patterns_of_both(connection: Any) -> None:
    dates = ["2013-02-28", "2013-02-29", "2012-02-29", "1900-02-29", "2000-02-29", "0000-02-29", "2013-04-31", ""]
    dates += ["2013-00-10", "2013-01-00", "2013-12-31", "9999-12-31", "2013-1-1", "2013-13-01", "2013-02-28 "]
    dates += ["2013-02-28\n"]
    for name, casted in (("date", "DATE"), ("date-time", "TIMESTAMPTZ")):
        for tail in ("", "T00:00:00Z", " 23:59:59.123456789+05:30", "T24:00:00", "T10:00:00+99:99"):
            texts = [date + tail for date in dates]
            listed = f"SELECT [regexp_full_match(t, $1) AND TRY_CAST(t AS {casted}) IS NOT NULL FOR t IN $2]"
            wanted = DUCKDB.execute(listed, [PATTERNS[name], texts]).fetchall()[0][0]
            query = "SELECT array_agg(t ~ %s ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY AS u(t, n)"
            assert connection.execute(query, (postgres_pattern(DATES[name]), texts)).fetchall()[0][0] == wanted, texts
    for form, pattern in PATTERNS.items():
        assert pattern_problem(pattern) is None
        assert postgres_pattern(pattern), form


FORMS = ["yyyy-MM-dd", "dd.MM.yyyy", "d.M.yy", "yyyyMMdd", "MMM d, yyyy", "d MMMM yyyy", "HH:mm:ss", "hh:mm a", "H:m"]
FORMS += ["yyyy-MM-dd'T'HH:mm:ss.SSS", "ss.SSSSSS", "MM/yyyy", "dd", "dd.MM", "yyyy 'year' MM", "yy", "MMM", "h a"]
_part = st.one_of(
    st.integers(0, 32).map(str), st.integers(0, 32).map("{:02}".format), st.sampled_from(["2012", "1900", "0000"])
)  # fmt: skip
_words = ["Jan", "Feb", "February", "September", "feb", "May", "AM", "PM", "am", "year", "T", "000", "123456", "60"]
_word = st.sampled_from(_words)
_written = st.lists(st.one_of(_part, _word, st.sampled_from([*".-/:, ", "29", "30", "31", "02", "2"])), max_size=9)


@settings(QUICK, max_examples=120)
@given(st.lists(_written.map("".join), min_size=30, max_size=60))
def test_java_formats(connection: Any, texts: list[str]) -> None:
    """The texts that are a date written so are those that DuckDB reads and writes the same again."""
    for form in FORMS:
        duckdb_form, pattern = strptime_format(form), written_pattern(form)
        assert pattern is not None, form
        days = ["28", "29", "30", "31", "1", "9"]
        print_ = "SELECT strftime($1::TIMESTAMP, $2)"
        shaped = [DUCKDB.execute(print_, [moment, duckdb_form]).fetchall()[0][0] for moment in _MOMENTS]
        every = [*texts, *shaped, *(text.replace(old, new) for text in shaped for old in ("28", "01") for new in days)]
        again = "SELECT [coalesce(strftime(try_strptime(t, $1), $1) = t, false) FOR t IN $2]"
        wanted = DUCKDB.execute(again, [duckdb_form, every]).fetchall()[0][0]
        query = "SELECT array_agg(t ~ %s ORDER BY n) FROM unnest(%s::text[]) WITH ORDINALITY AS u(t, n)"
        found = connection.execute(query, (postgres_pattern(pattern), every)).fetchall()[0][0]
        assert found == wanted, (form, [each for each in zip(every, found, wanted, strict=True) if each[1] != each[2]])


_MOMENTS = ["2012-02-28 09:05:07.123456", "2013-02-28 12:00:00", "1900-04-28 00:30:00.5", "2000-01-01 23:59:59"]
_MOMENTS += ["0000-12-28"]


@pytest.mark.parametrize("form", ["EEE dd.MM.yyyy", "yyyy-DDD", "yyyy yyyy", "HH:mm a", "qqq", "MM MMM"])
def test_java_formats_that_are_refused(form: str) -> None:
    assert written_pattern(form) is None
