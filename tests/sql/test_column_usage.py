"""What a query uses, held against the engine: a query breaks without a column exactly where it was said to use it."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.sql import SyntaxProblem, column_usage

SCHEMA = {
    "ops/flights": dict.fromkeys(["id", "carrier", "origin", "day", "delay"], "INTEGER"),
    "ops/airlines": {"carrier": "INTEGER", "name": "VARCHAR"},
    "weather/daily": dict.fromkeys(["origin", "day", "rain"], "INTEGER"),
}

# Queries as dbt compiles them: catalog in front, import CTEs, stars.
QUERIES = [
    "WITH src AS (SELECT * FROM db.ops.flights), renamed AS (SELECT id, delay AS d FROM src) SELECT d FROM renamed",
    "SELECT * FROM ops.flights JOIN ops.airlines USING (carrier)",
    "SELECT name FROM ops.flights AS f LEFT JOIN ops.airlines AS a ON a.carrier = f.carrier WHERE f.delay > 3",
    "WITH a AS (SELECT * FROM ops.flights), b AS (SELECT * FROM a UNION ALL SELECT * FROM a) SELECT id FROM b",
    "SELECT carrier FROM ops.flights UNION ALL SELECT name FROM ops.airlines",
    "SELECT origin FROM weather.daily AS w WHERE EXISTS (SELECT 1 FROM ops.flights WHERE flights.origin = w.origin)",
    "SELECT (SELECT max(rain) FROM weather.daily) AS wettest, count(*) AS n FROM ops.flights GROUP BY ALL",
    "SELECT * EXCLUDE (day) FROM weather.daily",
    "SELECT id, row_number() OVER (PARTITION BY origin ORDER BY delay) AS rn FROM ops.flights QUALIFY rn = 1",
    "SELECT f.id, w.rain FROM ops.flights f JOIN weather.daily w USING (origin, day)",
    "WITH f AS (SELECT * FROM ops.flights), w AS (SELECT * FROM weather.daily) "
    "SELECT count(*) AS n, carrier FROM f LEFT JOIN w USING (origin, day) WHERE rain > 0 GROUP BY carrier",
    "SELECT list_transform([delay], x -> x + id) AS l FROM ops.flights",
    "FROM ops.airlines SELECT upper(name) AS loud, loud || '!' AS louder",
    "SELECT x.carrier FROM (SELECT * FROM ops.flights) AS x, LATERAL (SELECT x.delay + 1 AS more)",
    "WITH RECURSIVE t AS (SELECT id FROM ops.flights UNION ALL SELECT id + 1 FROM t WHERE id < 3) SELECT * FROM t",
]


def runs(query: str, without: tuple[str, str] = ("", "")) -> bool:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS db; USE db")
        for asset, columns in SCHEMA.items():
            home, _, name = asset.partition("/")
            kept = [f"{column} {type_}" for column, type_ in columns.items() if (asset, column) != without]
            types = ", ".join(kept)
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {home}; CREATE TABLE {home}.{name} ({types})")
        try:
            connection.execute(f"DESCRIBE {query}")
        except duckdb.Error:
            return False
        return True


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_runs_without_what_it_does_not_use(query: str) -> None:
    """Whatever breaks it by being gone is among its columns; and of those no star gave it, each one breaks it."""
    assert runs(query)
    usage = column_usage(query, SCHEMA)
    assert not usage.missing
    for asset, columns in SCHEMA.items():
        used = usage.used.get(asset, ())
        breaking = [column for column in columns if not runs(query, (asset, column))]
        assert set(breaking) <= set(used), asset
        assert "*" in query or set(breaking) == set(used), asset


@pytest.mark.parametrize(
    ("query", "used"),
    [
        (QUERIES[0], {"ops/flights": ("id", "delay")}),  # what is named counts, though its value is dropped
        (QUERIES[3], {"ops/flights": ("id",)}),
        (QUERIES[7], {"weather/daily": ("origin", "day", "rain")}),
        ("SELECT * FROM ops.airlines", {"ops/airlines": ("carrier", "name")}),
        ("PIVOT ops.airlines ON carrier USING count(*)", {"ops/airlines": ("carrier", "name")}),
        ("SELECT count(*) FROM ops.airlines", {"ops/airlines": ()}),
        ("SELECT x FROM elsewhere.t", {}),
    ],
)
def test_stars_count_as_far_as_they_are_used(query: str, used: dict[str, tuple[str, ...]]) -> None:
    assert column_usage(query, SCHEMA).used == used


@pytest.mark.parametrize(
    ("query", "missing"),
    [
        ("SELECT tailnum FROM ops.flights", {"ops/flights": ("tailnum",)}),
        ("SELECT f.tailnum, seats FROM ops.flights f, ops.airlines", {"ops/flights": ("tailnum",), "": ("seats",)}),
        ("WITH f AS (SELECT tailnum AS t FROM ops.flights) SELECT t FROM f", {"ops/flights": ("tailnum",)}),
        ("SELECT * FROM ops.flights f JOIN far.planes p ON p.tailnum = f.id WHERE seats > 3", {}),
        ("SELECT delay + 1 AS more, more + 1 AS most FROM ops.flights WHERE more > 2 ORDER BY most", {}),
    ],
)
def test_columns_that_no_table_has(query: str, missing: dict[str, tuple[str, ...]]) -> None:
    """Told where all tables are known; silent where one is not."""
    assert column_usage(query, SCHEMA).missing == missing


def test_other_dialect() -> None:
    """A model compiled for PostgreSQL is read as PostgreSQL reads it."""
    query = 'SELECT "id"::text, day AT TIME ZONE \'UTC\' FROM "db"."ops"."flights" WHERE carrier ~ \'^A\''
    assert column_usage(query, SCHEMA, dialect="postgres").used == {"ops/flights": ("id", "carrier", "day")}
    with pytest.raises(SyntaxProblem):
        column_usage("SELECT FROM WHERE", SCHEMA)


@settings(max_examples=15, derandomize=True, deadline=None, database=None)
@given(st.data())
def test_any_chain_of_steps(data: st.DataObject) -> None:
    """However a column is renamed and handed on through CTEs: what is said to be used is what is needed."""
    names = {column: column for column in SCHEMA["ops/flights"]}  # name now -> column of the table
    steps, named = ["s0 AS (SELECT * FROM db.ops.flights)"], set()
    for number in range(1, data.draw(st.integers(1, 4)) + 1):
        if data.draw(st.booleans()):
            steps.append(f"s{number} AS (SELECT * FROM s{number - 1})")
            continue
        kept = data.draw(st.lists(st.sampled_from(sorted(names)), min_size=1, unique=True))
        named |= {names[name] for name in kept}
        steps.append(f"s{number} AS (SELECT {', '.join(f'{n} AS {n}_{number}' for n in kept)} FROM s{number - 1})")
        names = {f"{name}_{number}": names[name] for name in kept}
    last = data.draw(st.sampled_from(sorted(names)))
    query = f"WITH {', '.join(steps)} SELECT {last} FROM s{len(steps) - 1}"
    wanted = named | {names[last]}
    used = column_usage(query, SCHEMA).used["ops/flights"]
    assert set(used) == wanted
    for column in SCHEMA["ops/flights"]:
        assert runs(query, ("ops/flights", column)) == (column not in wanted)
