"""The guard: what it lets through and what it refuses, each with its line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from platform_core.sql import guard
from platform_core.sql.functions import NOT_REPEATABLE, SCALARS, TABLE_FUNCTIONS

SAFE = [
    "SELECT 1",
    "WITH a AS (SELECT * FROM t), b AS (SELECT * FROM a) SELECT * FROM b UNION ALL BY NAME SELECT * FROM far.t",
    "FROM t SELECT x",
    "VALUES (1), (2)",
    "SELECT unnest([1, 2]), a[1], {'a': 1}.a, [x + 1 for x in l], coalesce(a, b), a::INTEGER FROM t",
    "SELECT CASE WHEN a THEN b END, extract(year FROM d), a ILIKE 'x', a ~ 'b', TRY_CAST(a AS DATE), INTERVAL 1 DAY",
    "SELECT *, row_number() OVER (PARTITION BY a ORDER BY b) FROM t WINDOW w AS (ORDER BY a) QUALIFY rank() OVER w = 1",
    "SELECT count(*) FILTER (WHERE a), string_agg(a, ',' ORDER BY b), first(a) FROM t GROUP BY ALL HAVING sum(b) > 1",
    "SELECT list_transform(l, lambda x: x + 1), struct_pack(a := 1), strptime(a, '%Y'), date_trunc('month', d) FROM t",
    "SELECT * FROM range(3), unnest([1]) u(x), generate_series(1, 2), (VALUES (1)) v",
    "SELECT * FROM t ASOF JOIN u USING (id, day) WHERE EXISTS (SELECT 1 FROM v WHERE v.id = t.id)",
    "FROM t PIVOT (sum(x) FOR y IN (1, 2))",
    "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 9) SELECT * FROM r",
    "SELECT COLUMNS('a.*'), * EXCLUDE (b) REPLACE (upper(c) AS c) FROM t -- a comment; with a semicolon",
    "SELECT a FROM t;",
    "SELECT a COLLATE nocase, #1, a[1:2], MAP {'a': 1}, a BETWEEN 1 AND 2 FROM t, LATERAL (FROM u) x GROUP BY CUBE (a)",
    "SELECT a FROM t POSITIONAL JOIN u WHERE (a, b) IN ((1, 2)) LIMIT 10% OFFSET 2",
    "UNPIVOT t ON a, b INTO NAME n VALUE v",
    "SELECT DISTINCT ON (a) a::STRUCT(b INTEGER), a = ANY(SELECT 1), lag(a, 1, 0 IGNORE NULLS) OVER () FROM t",
    "SELECT 'DROP TABLE x; read_csv(''y'')' AS \"getenv('z')\"",
]


@pytest.mark.parametrize("query", SAFE)
def test_safe(query: str) -> None:
    assert guard(query) == []


UNSAFE = {
    "INSERT INTO t VALUES (1)": "sql-not-select",
    "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x": "sql-syntax",
    "DELETE FROM t": "sql-not-select",
    "CREATE TABLE x AS SELECT 1": "sql-not-select",
    "DROP TABLE t": "sql-not-select",
    "COPY t TO 'x.csv'": "sql-not-select",
    "COPY (SELECT 1) TO 'x.csv'": "sql-not-select",
    "EXPORT DATABASE 'x'": "sql-not-select",
    "ATTACH 'x.db'": "sql-not-select",
    "PRAGMA database_list": "sql-not-select",
    "CALL pragma_version()": "sql-not-select",
    "SET threads = 1": "sql-not-select",
    "INSTALL httpfs": "sql-not-select",
    "LOAD httpfs": "sql-not-select",
    "EXPLAIN ANALYZE SELECT 1": "sql-not-select",
    "DESCRIBE t": "sql-not-select",
    "SUMMARIZE t": "sql-not-select",
    "SHOW TABLES": "sql-not-select",
    "SELECT * FROM (DESCRIBE t)": "sql-not-select",
    "SELECT 1; SELECT 2": "sql-statements",
    "SELECT 1; DROP TABLE t": "sql-not-select",
    "": "sql-statements",
    "-- nothing": "sql-statements",
    "SELEC 1": "sql-syntax",
    "SELECT 1 INTO x": "sql-syntax",
    "SELECT * FROM t FOR UPDATE": "sql-syntax",
    "SELECT $1": "sql-parameter",
    "SELECT ?": "sql-parameter",
    "SELECT * FROM 'x.csv'": "sql-file",
    'SELECT * FROM "x.parquet"': "sql-file",
    "SELECT * FROM t JOIN 'https://example.org/x.parquet' USING (a)": "sql-file",
    "SELECT (SELECT count(*) FROM '/etc/passwd')": "sql-file",
    "SELECT * FROM read_csv('x')": "sql-function",
    "SELECT * FROM read_text('/etc/passwd')": "sql-function",
    "SELECT * FROM glob('/etc/*')": "sql-function",
    "SELECT * FROM query('SELECT 1')": "sql-function",
    "SELECT * FROM query_table('t')": "sql-function",
    "SELECT * FROM sniff_csv('x')": "sql-function",
    "SELECT * FROM duckdb_settings()": "sql-function",
    "SELECT getenv('HOME')": "sql-function",
    "SELECT system.main.getenv('HOME')": "sql-function",
    "SELECT getvariable('x')": "sql-function",
    "SELECT current_setting('threads')": "sql-function",
    "SELECT nextval('s')": "sql-function",
    "SELECT sleep_ms(1000)": "sql-function",
    "SELECT 1 LIMIT (SELECT getenv('HOME'))": "sql-function",
    "SELECT * FROM t ORDER BY getenv('HOME')": "sql-function",
    "SELECT list_transform([1], lambda x: getenv('HOME'))": "sql-function",
    "SELECT sum(1) OVER (ORDER BY getenv('HOME'))": "sql-function",
    "WITH unused AS (SELECT getenv('HOME')) SELECT 1": "sql-function",
    "SELECT json_execute_serialized_sql('x')": "sql-function",
    "SELECT no_such_function(1)": "sql-function",
    "SELECT * FROM a.b.c": "sql-catalog",
    "SELECT * FROM information_schema.tables": "sql-system-table",
    "SELECT * FROM duckdb_tables": "sql-system-table",
    "SELECT * FROM t AT (VERSION => 3)": "sql-version",
    "SELECT " + "(SELECT " * 2000 + "1" + ")" * 2000: "sql-syntax",
    "SELECT '" + "x" * 300_000 + "'": "sql-syntax",
    "SELECT 1 \0 FROM t": "sql-syntax",
}


@pytest.mark.parametrize("query", UNSAFE, ids=lambda query: query[:60])
def test_unsafe(query: str) -> None:
    assert UNSAFE[query] in {finding.id for finding in guard(query) if finding.level == "error"}


def test_everything_at_once_with_its_line(tmp_path: Path) -> None:
    query = "SELECT getenv('A'),\n  no_such(b)\nFROM 'x.csv'\n"
    path = tmp_path / "a.sql"
    found = guard(query, path, "shop/orders", first_line=10)
    assert [str(finding.where) for finding in found] == [f"{path}:10", f"{path}:11", f"{path}:12"]
    assert found[1].message == "the function no_such() is not on the allow list."
    assert guard("SELECT é,\n no_such(1)")[0].message.startswith("line 2: ")


MOVING = {
    "SELECT now(), random(), uuid() FROM t": 3,
    "SELECT current_date, current_timestamp, localtimestamp, CURRENT_TIME FROM t": 4,  # columns, says the parser
    "SELECT age(a), age(a, b) FROM t": 1,
    "SELECT a FROM t TABLESAMPLE 10%": 1,
    "SELECT a FROM (SELECT * FROM t USING SAMPLE 3 ROWS)": 1,
    "WITH u AS (SELECT a FROM t ORDER BY random() LIMIT 1) SELECT * FROM u": 1,
}


@pytest.mark.parametrize("query", MOVING)
def test_answers_that_move_are_warned_of(query: str) -> None:
    found = guard(query)
    assert [(finding.id, finding.level) for finding in found] == [("sql-not-repeatable", "warning")] * MOVING[query]


def test_a_column_called_like_the_clock_is_one_with_its_table_before_it() -> None:
    assert guard('SELECT t.current_date, x."current_time" FROM t JOIN x USING (a)') == []


def test_every_function_of_the_engine_is_decided() -> None:
    """Each on the list exists, and what reads or writes outside its arguments is on none."""
    rows = (
        duckdb.connect()
        .execute("SELECT DISTINCT lower(function_name), function_type FROM duckdb_functions()")
        .fetchall()
    )
    known = {name for name, _ in rows}
    syntax = {"unnest", "row", "listagg", "struct_pack", "!__postfix", "->", "[]"}
    assert SCALARS - known - syntax == set()
    reaching = {name for name, kind in rows if kind in ("table", "pragma", "table_macro")}
    assert SCALARS & reaching <= {"generate_series", "range", "repeat", "unnest", "histogram"}
    dangerous = {"getenv", "current_setting", "getvariable", "nextval", "sleep_ms", "pg_sleep", "write_log", "query"}
    assert not (SCALARS | NOT_REPEATABLE | TABLE_FUNCTIONS) & dangerous


def test_tables_of_the_engine_are_refused() -> None:
    """Views that DuckDB itself brings tell of settings, files and secrets; no schema needs to be named to read them."""
    query = "SELECT schema_name, view_name FROM duckdb_views() WHERE internal"
    views = duckdb.connect().execute(query).fetchall()
    assert len(views) > 20
    for schema, view in views:
        assert guard(f'SELECT * FROM "{schema}"."{view}"'), (schema, view)
        if schema == "main":
            assert guard(f'SELECT * FROM "{view}"'), view


def test_parsing_is_light() -> None:
    """Every load of a location parses its queries: that must bring in neither pandas nor a second parser."""
    code = "import sys; from platform_core.sql import guard, reads; guard('SELECT 1'); reads('FROM t')"
    code += "; print(sorted({'pandas', 'numpy', 'sqlglot', 'pyarrow', 'dagster'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


@pytest.mark.parametrize("text", ["it''s", "a\\", "\\'' OR 1 --", "$$", "é"])
def test_text_stays_text(text: str) -> None:
    assert guard(f"SELECT '{text}' FROM t") == []
    assert [finding.id for finding in guard(f"SELECT '{text}' || getenv('x')")] == ["sql-function"]
