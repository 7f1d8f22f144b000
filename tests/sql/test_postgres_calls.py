"""What is run for a query means what the query means: every allowed function, and every form, on a real server."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from platform_core.findings import FindingsError
from platform_core.sql.postgres import bound, reads
from platform_core.sql.postgres.functions import FUNCTIONS

pytestmark = [pytest.mark.postgres, pytest.mark.processes]

VALUES = {
    "integer": "3",
    "bigint": "3::bigint",
    "smallint": "3::smallint",
    "text": "'ab'",
    "numeric": "3.5",
    "double precision": "3.5::double precision",
    "real": "3.5::real",
    "date": "date '2013-01-02'",
    "timestamp without time zone": "timestamp '2013-01-02 03:04'",
    "timestamp with time zone": "timestamptz '2013-01-02 03:04'",
    "time without time zone": "time '03:04'",
    "interval": "interval '1 day 02:30'",
    "boolean": "true",
    "jsonb": "'{\"a\": 1}'::jsonb",
    "json": "'{\"a\": 1}'::json",
    "uuid": "'6b1d9b3c-0000-0000-0000-000000000000'::uuid",
    "bytea": "'ab'::bytea",
    "anyelement": "3",
    "anyarray": "ARRAY[1, 2]",
    "anycompatible": "3",
    "anycompatiblearray": "ARRAY[1, 2]",
    '"any"': "3",
}
_CALLS = """
SELECT proname, prokind, array(SELECT format_type(t, NULL) FROM unnest(proargtypes) t) FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace ORDER BY 1
"""
_TABLES = """
CREATE SCHEMA x; CREATE SCHEMA flight_ops;
CREATE TABLE x.y AS SELECT i AS a, i % 3 AS b, 'c' || i AS c, timestamp '2013-01-01' + i * interval '7 h' AS d
FROM generate_series(1, 9) i;
"""


@pytest.fixture
def connection(postgres: Any, postgres_database: str) -> Iterator[Any]:
    with postgres.connect(postgres_database, autocommit=True) as connection:
        yield connection


def answer(connection: Any, query: str) -> Any:
    import psycopg

    try:
        return connection.execute(query).fetchall()
    except psycopg.errors.SyntaxError:
        return "syntax"
    except psycopg.Error as error:
        return type(error).__name__


def test_every_allowed_call_is_run_as_it_was_written(connection: Any) -> None:
    compared = 0
    for name, kind, types in connection.execute(_CALLS).fetchall():
        if name not in FUNCTIONS or not set(types) <= set(VALUES):
            continue
        query = f"SELECT {name}({', '.join(VALUES[type_] for type_ in types)}){' OVER ()' if kind == 'w' else ''}"
        before = answer(connection, query)
        if before != "syntax":  # extract('year', d) and its like have a form of their own
            assert answer(connection, bound(query, {}).sql("postgres")) == before, query
            compared += 1
    assert compared > 350


FORMS = [
    "SELECT extract(dow FROM d), date_trunc('hour', d)::date, d + interval '1 day 02:30', d::text FROM x.y",
    "SELECT substring(c FROM 2 FOR 1), position('1' IN c), trim(c), overlay(c PLACING 'z' FROM 1) FROM x.y",
    "SELECT b, string_agg(c, ',' ORDER BY a DESC), count(*) FILTER (WHERE a > 3) FROM x.y GROUP BY b",
    "SELECT b, percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM x.y GROUP BY CUBE (b)",
    "SELECT a / 2, a % 2, a ^ 2, a::numeric / 2, -a, a & 1, a << 1, a # 3 FROM x.y",
    "SELECT a, lag(a, 1, 0) OVER w, ntile(2) OVER (ORDER BY a) FROM x.y WINDOW w AS (PARTITION BY b ORDER BY a)",
    "SELECT 'it''s \\ plain', 'a' || NULL, c LIKE 'c_', c !~ '3', NOT (a > 3 AND b = 1) FROM x.y",
    "SELECT (ARRAY[1, 2, 3])[2:3], '{\"k\": [1, 2]}'::jsonb -> 'k' ->> 1, '{\"a\": 1}'::jsonb #>> '{a}' FROM x.y",
    "SELECT t.n, u.v FROM (VALUES (1, 'p'), (2, NULL)) AS t(n, w) LEFT JOIN LATERAL (SELECT t.n * 2 AS v) u ON true",
    "SELECT a FROM x.y WHERE a IN (SELECT b FROM x.y) OR (a, b) = (4, 1) ORDER BY a DESC NULLS LAST LIMIT 3 OFFSET 1",
    "SELECT s.i, s.o FROM generate_series(1, 3) WITH ORDINALITY AS s(i, o) WHERE s.i BETWEEN SYMMETRIC 3 AND 2",
    "SELECT interval '3 days', -interval '1-2', d - interval '2 h 5 min' * 2, '1.5 s'::interval FROM x.y",
    "SELECT a::double precision, a::varchar(1), a::decimal(4, 1), true::int, '1'::int8, 1.50, 1e3, .5 FROM x.y",
]


@pytest.mark.parametrize("query", FORMS)
def test_every_form_gives_the_same_rows(connection: Any, query: str) -> None:
    connection.execute(_TABLES)
    from sqlglot import exp

    tables = {f"{table.location}/{table.dataset}": [exp.select("*").from_("x.y")] for table in reads(query)}
    before = answer(connection, query)
    assert isinstance(before, list), before
    try:
        text = bound(query, tables).sql("postgres")
    except FindingsError as error:
        pytest.fail(str(error))
    assert sorted(map(repr, answer(connection, text))) == sorted(map(repr, before))
