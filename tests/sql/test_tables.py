"""What a query reads: tables, and their columns."""

from __future__ import annotations

import pytest

from platform_core.sql import SyntaxProblem, column_usage, fill, qualify, reads


@pytest.mark.parametrize(
    ("query", "tables"),
    [
        ("SELECT * FROM flights", ["own.flights"]),
        ("SELECT * FROM far.flights f JOIN planes p USING (tailnum)", ["far.flights", "own.planes"]),
        ("WITH x AS (SELECT * FROM a) SELECT * FROM x JOIN b ON true", ["own.a", "own.b"]),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", ["own.a"]),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM B", []),
        ("WITH b AS (SELECT * FROM a), a AS (SELECT 1) SELECT * FROM a, b", ["own.a"]),
        ("WITH a AS (SELECT 1) SELECT * FROM far.a", ["far.a"]),
        ("SELECT (WITH a AS (SELECT 1) SELECT * FROM a), b FROM a", ["own.a"]),
        ("WITH RECURSIVE r AS (SELECT 1 UNION ALL SELECT * FROM r) SELECT * FROM r", []),
        ("SELECT * FROM a WHERE x IN (SELECT y FROM b) AND EXISTS (FROM c)", ["own.a", "own.b", "own.c"]),
        ("SELECT 1 FROM a UNION SELECT 2 FROM b EXCEPT SELECT 3 FROM a", ["own.a", "own.b"]),
        ("SELECT * FROM range(3), unnest([1]), (VALUES (1)) v", []),
        ("FROM t PIVOT (sum(x) FOR y IN (1, 2))", ["own.t"]),
        ("SELECT 'FROM x' -- FROM y", []),
        ('SELECT * FROM "far"."flights", FAR.Flights', ["far.flights"]),
    ],
)
def test_reads(query: str, tables: list[str]) -> None:
    assert [str(table) for table in reads(query, "own")] == tables


def test_reads_has_lines() -> None:
    assert [(table.dataset, table.line) for table in reads("SELECT 'é'\nFROM a,\n\n b")] == [("a", 2), ("b", 4)]


def test_no_select_no_reads() -> None:
    with pytest.raises(SyntaxProblem, match="Only SELECT"):
        reads("DROP TABLE x")


def test_qualify_changes_bare_names_only() -> None:
    query = "WITH x AS (SELECT 'é' FROM flights) -- flights\nSELECT * FROM x, far.planes, \"flights\" f"
    assert qualify(query, "own") == (
        'WITH x AS (SELECT \'é\' FROM "own".flights) -- flights\nSELECT * FROM x, far.planes, "own"."flights" f'
    )


SCHEMA = {"own/flights": ["id", "tailnum", "Dep delay", "day"], "far/planes": ["tailnum", "year", "seats"]}


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT id FROM flights", {"own/flights": ("id",)}),
        ("SELECT * FROM flights", {"own/flights": ("id", "tailnum", "Dep delay", "day")}),
        ("SELECT count(*) FROM flights", {"own/flights": ()}),
        ('SELECT sum("Dep delay") FROM flights WHERE day = 1', {"own/flights": ("Dep delay", "day")}),
        (
            "SELECT f.id, year FROM flights f JOIN far.planes p USING (tailnum) WHERE day > 3",
            {"own/flights": ("id", "tailnum", "day"), "far/planes": ("tailnum", "year")},
        ),
        ("WITH x AS (SELECT id, day FROM flights) SELECT id FROM x", {"own/flights": ("id", "day")}),
        ("SELECT f.* EXCLUDE (id) FROM flights f", {"own/flights": ("id", "tailnum", "Dep delay", "day")}),
        ("SELECT COLUMNS('d.*') FROM flights", {"own/flights": ("id", "tailnum", "Dep delay", "day")}),
        ("SELECT f FROM flights f", {"own/flights": ("id", "tailnum", "Dep delay", "day")}),
        (
            "SELECT 1 FROM flights f WHERE EXISTS (SELECT 1 FROM far.planes p WHERE p.tailnum = f.tailnum)",
            {"own/flights": ("tailnum",), "far/planes": ("tailnum",)},
        ),
        ("SELECT row_number() OVER (PARTITION BY day ORDER BY id) FROM flights", {"own/flights": ("id", "day")}),
        (
            "SELECT id FROM flights UNION ALL SELECT seats FROM far.planes",
            {"own/flights": ("id",), "far/planes": ("seats",)},
        ),
        ("SELECT 1", {}),
    ],
)
def test_columns(query: str, columns: dict[str, tuple[str, ...]]) -> None:
    assert column_usage(query, SCHEMA, "own").used == columns


def test_columns_of_nonsense() -> None:
    with pytest.raises(SyntaxProblem):
        column_usage("SELECT FROM WHERE", SCHEMA, "own")


def test_placeholders_stand_for_names() -> None:
    query = "SELECT count(${column}), '${column}' FROM ${table} /* {object} */ WHERE {property} > 1"
    assert fill(query, 'a"b', "x y") == (
        'SELECT count("x y"), \'${column}\' FROM "a""b" /* {object} */ WHERE "x y" > 1'
    )
    assert fill("SELECT platform_name_0_ FROM ${object}", "t") == 'SELECT platform_name_0_ FROM "t"'


def test_a_placeholder_without_a_column() -> None:
    with pytest.raises(SyntaxProblem, match=r"\$\{column\} stands in a rule that belongs to no column") as caught:
        fill("SELECT 1\nFROM ${table} WHERE ${column} > 1", "t")
    assert caught.value.line == 2
    with pytest.raises(SyntaxProblem, match="not closed"):
        fill("SELECT 'x FROM ${table}", "t")
