"""Queries for Postgres: what the guard lets through, what it refuses and where, and what is run in their place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from platform_core.findings import FindingsError
from platform_core.sql.postgres import bound, guard, reads

SOUND = [
    "SELECT f.id, date_trunc('month', f.day)::date AS month FROM flight_ops.flights f WHERE f.delay > 5",
    "WITH late AS (SELECT * FROM flights WHERE delay > 0) SELECT origin, count(*) FROM late GROUP BY 1",
    "SELECT DISTINCT ON (a) a, b FROM x.y ORDER BY a, b DESC NULLS LAST",
    "SELECT sum(a) FILTER (WHERE b) OVER w FROM x.y WINDOW w AS (PARTITION BY c ORDER BY d)",
    "SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM x.y",
    "SELECT e.value ->> 'k' AS k FROM x.y CROSS JOIN LATERAL jsonb_array_elements(y.tags) AS e(value)",
    "SELECT u.n, y.a[1], y.a[1:2] FROM x.y, unnest(y.a) WITH ORDINALITY AS u(v, n)",
    "SELECT extract(year FROM d), substring(a FROM 1 FOR 2), position('a' IN b), trim(BOTH 'x' FROM a) FROM x.y",
    "SELECT a ~ '^b', a ILIKE 'c%', d @> '{}'::jsonb, d ? 'k', e IS DISTINCT FROM f FROM x.y",
    "SELECT make_date(2013, 1, 1) + interval '1 day', d AT TIME ZONE 'UTC', coalesce(a, 0), nullif(a, 1) FROM x.y",
    "SELECT a FROM x.y UNION ALL (SELECT b FROM x.z ORDER BY b LIMIT 3) ORDER BY 1",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 9) SELECT n FROM t",
    "SELECT CASE WHEN a > 1 THEN 'x' ELSE 'it''s \\ plain' END, ARRAY[1, 2], ROW(1, 2), a || 'b' FROM x.y",
    "SELECT a FROM x.y WHERE EXISTS (SELECT 1 FROM x.z WHERE z.a = y.a) AND b = ANY (ARRAY[1, 2])",
    "SELECT a, rank() OVER (ORDER BY b ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM x.y GROUP BY ROLLUP (a), b",
    "SELECT jsonb_build_object('a', a), string_agg(b, ',' ORDER BY b), md5(c), round(d::numeric, 2) FROM x.y",
    'SELECT 1 AS "odd ""name"; -- and a comment',
    "SELECT u.n, g.g, e.key, e.value, o.ordinality FROM unnest(ARRAY[1]) AS u(n), generate_series(1, 2) AS g, "
    "jsonb_each('{}'::jsonb) AS e, unnest(ARRAY[1]) WITH ORDINALITY AS o, generate_series(1, 3)",
    "SELECT (y).*, y.version, s.name FROM x.y, (SELECT 1 AS name) AS s",
]
REFUSED = {
    "DELETE FROM x.y": "sql-not-select",
    "SELECT * INTO z FROM x.y": "sql-not-select",
    "WITH d AS (DELETE FROM x.y RETURNING *) SELECT * FROM d": "sql-not-select",
    "SELECT a FROM x.y FOR UPDATE": "sql-not-select",
    "COPY x.y TO '/tmp/out'": "sql-not-select",
    "DO $$ BEGIN END $$": "sql-not-select",
    "SET search_path = x": "sql-not-select",
    "SELECT 1; DROP TABLE x.y": "sql-statements",
    "SELECT": "sql-empty",
    "SELECT (": "sql-syntax",
    "SELECT 'a": "sql-syntax",
    "SELECT pg_read_file('/etc/passwd')": "sql-function",
    "SELECT lo_import('/etc/passwd')": "sql-function",
    "SELECT pg_catalog.pg_sleep(9)": "sql-function",
    "SELECT mine.lower('A')": "sql-function",
    "SELECT query_to_xml('SELECT * FROM secret', true, true, '')": "sql-function",
    "SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)": "sql-function",
    "SELECT * FROM pg_ls_dir('.')": "sql-function",
    "SELECT current_setting('data_directory')": "sql-function",
    "SELECT set_config('role', 'admin', false)": "sql-function",
    "SELECT nextval('s')": "sql-function",
    "SELECT (9).pg_sleep": "sql-function",
    "SELECT ('/etc/passwd').pg_read_file FROM x.y": "sql-function",
    "SELECT (y.b).pg_read_file FROM x.y": "sql-function",
    "SELECT y.b[1].pg_read_file FROM x.y": "sql-function",
    "SELECT (ARRAY['x.s'])[1].nextval": "sql-function",
    "SELECT (SELECT 'SELECT 1').ts_stat": "sql-function",
    "SELECT u.pg_read_file FROM unnest(ARRAY['/etc/passwd']) AS u": "sql-function",
    'SELECT "u".PG_SLEEP FROM generate_series(1, 2) AS u(n)': "sql-function",
    "SELECT unnest.pg_read_file FROM unnest(ARRAY['/etc/passwd'])": "sql-function",
    "SELECT 1 FROM x.y, LATERAL unnest(y.b) AS e ORDER BY e.pg_sleep": "sql-function",
    "SELECT s.u.pg_read_file FROM x.y AS s, unnest(ARRAY['/etc/passwd']) AS u": "sql-function",
    "SELECT r.pg_sleep FROM ROWS FROM (generate_series(1, 2)) AS r": "sql-function",
    "SELECT interval '3' day": "sql-type",
    "SELECT interval(0) '1.5 s'": "sql-unknown",
    "SELECT CURRENT_USER": "sql-function",
    "SELECT user": "sql-function",
    "SELECT \"pg_read_file\"('x')": "sql-function",
    "SELECT 'x.y'::regclass": "sql-type",
    "SELECT 'x'::mine.type": "sql-type",
    "SELECT 1 OPERATOR(mine.+) 2": "sql-operator",
    "SELECT $1": "sql-parameter",
    "SELECT E'\\x41'": "sql-literal",
    "SELECT $$text$$": "sql-literal",
    "SELECT * FROM information_schema.tables": "sql-system-table",
    "SELECT * FROM pg_catalog.pg_authid": "sql-system-table",
    "SELECT * FROM pg_authid": "sql-system-table",
    "SELECT * FROM other.x.y": "sql-catalog",
    "SELECT * FROM a.x, b.x": "sql-alias",
    "SELECT * FROM x.y TABLESAMPLE SYSTEM (10)": "sql-sample",
}
MOVING = [
    "SELECT now()",
    "SELECT CURRENT_DATE",
    "SELECT random() FROM x.y",
    "SELECT 'now'::timestamp",
    "SELECT age(d) FROM x.y",
    "SELECT localtimestamp",
    "SELECT gen_random_uuid()",
    "SELECT clock_timestamp()",
]


@pytest.mark.parametrize("query", SOUND)
def test_sound_queries_pass(query: str) -> None:
    assert guard(query) == []


@pytest.mark.parametrize("query", REFUSED)
def test_what_may_not_run(query: str) -> None:
    assert REFUSED[query] in {finding.id for finding in guard(query) if finding.level == "error"}


@pytest.mark.parametrize("query", MOVING)
def test_what_moves_is_a_warning(query: str) -> None:
    assert [(finding.id, finding.level) for finding in guard(query)] == [("sql-not-repeatable", "warning")]


def test_each_finding_has_its_line() -> None:
    query = "SELECT a,\n  pg_sleep(1),\n  b::regclass\nFROM x.y\nJOIN pg_catalog.pg_class ON true"
    found = guard(query, Path("late.sql"), "late", first_line=10)
    assert [(finding.where.line, finding.id) for finding in found if finding.where] == [
        (11, "sql-function"),
        (12, "sql-type"),
        (14, "sql-system-table"),
    ]
    (one,) = guard("SELECT a\nFROM x.y\nWHERE (", Path("late.sql"))
    assert one.where is not None and one.where.line == 3


def test_what_is_read() -> None:
    query = 'WITH t AS (SELECT * FROM t), u AS (SELECT * FROM t)\nSELECT * FROM u, Flight_Ops.Flights f, "Odd".t, t'
    assert [(str(table), table.line) for table in reads(query, "own")] == [
        ("own.t", 1),
        ("flight_ops.flights", 2),
        ("Odd.t", 2),
    ]


def test_tables_are_replaced_by_what_stands_for_them() -> None:
    query = "SELECT flight_ops.flights.id, f2.id FROM flight_ops.flights JOIN flights AS f2 ON true -- both"
    versions = [exp.select("*").from_("v.one"), exp.select("*").from_("v.two")]
    text = bound(query, {"flight_ops/flights": versions, "own/flights": versions[:1]}, "own").sql("postgres")
    assert text == (
        'SELECT flights.id, f2.id FROM (SELECT * FROM v.one UNION ALL SELECT * FROM v.two) AS "flights" '
        "JOIN (SELECT * FROM v.one) AS f2 ON TRUE"
    )


def test_a_table_that_nobody_gave_and_a_query_that_may_not_run_are_refused() -> None:
    with pytest.raises(Exception, match="reads own/secret, which is not among its inputs"):
        bound("SELECT * FROM secret", {}, "own")
    with pytest.raises(FindingsError):
        bound("SELECT pg_sleep(1)", {}, "own")


_WORDS = ["SELECT", "a", "*", "FROM", "x.y", "(", ")", ",", "'b'", "WITH", "AS", "DELETE", "INTO", ";", "pg_sleep(1)"]
_WORDS += [
    "UNION",
    "--",
    "/*",
    "*/",
    "$$",
    "::regclass",
    "WHERE",
    "1",
    "E'",
    '"',
    "\\",
    "LATERAL",
    "VALUES",
    "\n",
    "pg_authid",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(_WORDS), max_size=14))
def test_no_text_gets_past_the_guard_with_what_it_refuses(words: list[str]) -> None:
    query = " ".join(words)
    if any(finding.level == "error" for finding in guard(query)):
        return
    tables = {f"{table.location}/{table.dataset}": [exp.select("1")] for table in reads(query, "own")}
    tree: Any = bound(query, tables, "own")
    assert isinstance(tree, exp.Query)
    text = tree.sql("postgres").lower()
    for word in ("delete", "pg_sleep(", "regclass", " into "):
        assert word not in text.replace("'b'", "")
    assert not [table for table in tree.find_all(exp.Table) if isinstance(table.this, exp.Identifier)]
