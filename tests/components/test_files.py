"""Deliveries in every format, and every way in which a file can be wrong: its name, its line, nothing of its data."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest
from shop_location import CUSTOMERS, failure, outcomes

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together

ROWS = [(1, "Ana", "PT", "2025-01-01"), (2, "Bo", "SE", None), (3, "Cy", "PT", "2025-06-01")]


@pytest.fixture
def deliver_as(shop, edit):
    """Deliver customers under another file name and with more attributes, and run."""

    def run(name: str, content: bytes | str, attributes: str = ""):
        file = shop.package / "defs" / "customers" / "defs.yaml"
        file.write_text(f'type: platform_core.FileDataset\nattributes:\n  path: "{name}"\n{attributes}')
        shop.deliver(name.replace("*", "1"), content)
        return shop.run("customers")

    return run


def published(shop):
    return [
        tuple(None if value is None else str(value) if n == 3 else value for n, value in enumerate(row))
        for row in shop.rows("customers")
    ]


def said(result) -> str:
    """Return what the check `delivery` says, which must have failed."""
    check = outcomes(result)["delivery"]
    assert not check.passed
    return check.description


def parquet(sql: str, tmp_path) -> bytes:
    duckdb.sql(sql).write_parquet(str(tmp_path / "x.parquet"))
    return (tmp_path / "x.parquet").read_bytes()


VALUES = "VALUES (1, 'Ana', 'PT', '2025-01-01'), (2, 'Bo', 'SE', NULL), (3, 'Cy', 'PT', '2025-06-01')"


@pytest.mark.parametrize(
    ("name", "content", "attributes"),
    [
        ("customers.csv", CUSTOMERS, "  null_values: [NA]\n"),
        ("customers.csv", CUSTOMERS.replace("NA", ""), ""),
        ("customers.csv", CUSTOMERS.replace("NA", "").replace(",", ";"), '  delimiter: ";"\n'),
        ("customers.csv", "since,country,name,customer\n2025-01-01,PT,Ana,1\n,SE,Bo,2\n2025-06-01,PT,Cy,3\n", ""),
        ("customers.csv", CUSTOMERS.replace("NA", "").replace("\n", "\r\n"), ""),
        ("customers.csv", CUSTOMERS.replace("NA", "").encode("utf-8-sig"), ""),
        ("customers.csv", CUSTOMERS.replace("NA", "").encode("utf-16"), "  encoding: utf-16\n"),
        ("customers.csv", CUSTOMERS.replace("NA", "").replace("3,", "3.0,"), ""),  # whole, as spreadsheets write it
        ("customers.tsv", CUSTOMERS.replace("NA", "").replace(",", "\t"), ""),
        (
            "customers.json",
            '[{"customer": 1, "name": "Ana", "country": "PT", "since": "2025-01-01"}, '
            '{"customer": 2, "name": "Bo", "country": "SE"}, '
            '{"customer": 3, "name": "Cy", "country": "PT", "since": "2025-06-01"}]',
            "",
        ),
        (
            "customers.ndjson",
            '{"customer": 1, "name": "Ana", "country": "PT", "since": "2025-01-01"}\n'
            '{"customer": 2, "name": "Bo", "country": "SE", "since": null}\n'
            '{"customer": 3, "name": "Cy", "country": "PT", "since": "2025-06-01"}\n',
            "",
        ),
    ],
)
def test_a_delivery_of_any_kind_is_read(shop, deliver_as, name, content, attributes):
    assert deliver_as(name, content, attributes).success
    assert published(shop) == ROWS


def test_parquet_is_read_in_the_contracts_types(shop, deliver_as, tmp_path):
    columns = "customer, name, country, since"
    content = parquet(f"SELECT * REPLACE (customer::SMALLINT AS customer) FROM ({VALUES}) t({columns})", tmp_path)
    assert deliver_as("customers.parquet", content).success
    assert published(shop) == ROWS


def test_latin_1_arrives_as_it_was_meant(shop, deliver_as):
    content = "customer,name,country,since\n1,José,PT,\n".encode("latin-1")
    assert deliver_as("customers.csv", content, "  encoding: latin-1\n").success
    assert published(shop) == [(1, "José", "PT", None)]


def test_several_files_make_one_delivery(shop, deliver_as):
    shop.deliver("customers-2.csv", "customer,name,country,since\n9,Di,FR,\n")
    assert deliver_as("customers-*.csv", CUSTOMERS.replace("NA", "")).success
    assert published(shop) == [*ROWS, (9, "Di", "FR", None)]
    assert shop.materializations("customers")[0].metadata["platform/file"].value == "customers-1.csv and 1 more"


HEADER = "customer,name,country,since\n"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "customers.csv: the file is empty"),
        (b"\n1,Ana,PT,\n", "there is no header"),
        (HEADER + "1,Ana,PT,\n2,Bo\n3,Cy\n", "customers.csv:3: 2 lines, from here on: fewer values than"),
        (HEADER + "1,Ana,PT,\n2,Bo,SE,,x\n", "customers.csv:3: 1 line: more values than"),
        (HEADER + '1,"Ana,PT,\n2,Bo,SE,\n', "a quote that is not closed"),
        (HEADER.encode() + b"1,Ana,PT,\n2,Jos\xe9,PT,\n", "customers.csv:3: 1 line: bytes that are not UTF-8"),
        ("customer,name,since\n1,Ana,\n", "column 'country' is missing"),
        ("customer,name,country,since,hue\n1,Ana,PT,,red\n", "column 'hue' is not in the contract"),
        ("customer,name,country,since,name\n1,Ana,PT,,x\n", "column 'name' stands twice"),
        ("7,Zoe,PT,2025-01-01\n", "none of the contract's columns is there"),
        (HEADER + "1.5,Ana,PT,\nx,Bo,SE,\n", "column 'customer': 2 values are not BIGINT"),
        (HEADER + "1,Ana,PT,31.12.2025\n", "column 'since': 1 value is not DATE"),
        (HEADER + "99999999999999999999,Ana,PT,\n", "column 'customer': 1 value is not BIGINT"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_place(shop, deliver_as, content, expected):
    text = said(deliver_as("customers.csv", content))
    assert expected in text, text
    assert not any(value in text for value in ("Ana", "Zoe", "1.5", "31.12", "Jos"))
    assert (shop.landing / "customers.csv").exists()  # nothing lost
    (refusal,) = shop.table("customers").refusals()
    assert refusal.input_name == "customers.csv"
    assert shop.table("customers").snapshot() is None


@pytest.mark.parametrize(
    ("name", "content", "attributes", "expected"),
    [
        ("customers.parquet", b"PAR1 and no more", "", "not a complete Parquet file"),
        ("customers.ndjson", '{"customer": 1}\n{oops\n', "", "customers.ndjson:2: it is not one JSON object a line"),
        ("customers.json", '{"customer": 1', "", "not an array of JSON objects"),
        (
            "customers.ndjson",
            '{"customer": 1, "name": "Ana", "country": "PT", "since": null, "hue": 2}\n',
            "",
            "'hue' is not in",
        ),
        ("customers.csv", b"\xff\xfe\x00", "  encoding: utf-16\n", "bytes that are not utf-16"),
        (
            "customers.csv",
            HEADER.encode() + b"1,\x81\x8d,PT,\n",
            "  encoding: cp1252\n",
            "customers.csv:2: bytes that are not cp1252",
        ),
    ],
)
def test_other_formats_that_cannot_be_read(deliver_as, name, content, attributes, expected):
    assert expected in said(deliver_as(name, content, attributes))


def test_a_missing_file_says_which_one_is_expected(shop):
    shop.deliver("customers.csv", CUSTOMERS)
    shop.run("customers")
    assert "there is no file 'orders-2026-02.csv'" in failure(shop.run("orders", "2026-02")).description


def test_a_link_out_of_the_landing_folder_is_refused_and_not_read(shop, tmp_path):
    (tmp_path / "secret.csv").write_text(CUSTOMERS)
    (shop.landing / "customers.csv").symlink_to(tmp_path / "secret.csv")
    assert "customers.csv: it is a link, and links are not read" in said(shop.run("customers"))
    assert shop.table("customers").snapshot() is None
    (refusal,) = shop.table("customers").refusals()
    assert refusal.input_name == "customers.csv"
    (shop.landing / "customers.csv").unlink()
    shop.deliver("customers.csv", CUSTOMERS)
    assert shop.run("customers").success  # healed


def test_a_link_to_nothing_and_a_folder_are_refused_like_any_file_that_cannot_be_read(shop):
    (shop.landing / "customers.csv").symlink_to("nowhere")
    assert "it is a link" in said(shop.run("customers"))
    (shop.landing / "customers.csv").unlink()
    (shop.landing / "customers.csv").mkdir()
    (shop.landing / "customers.csv" / "inside.csv").write_text(CUSTOMERS)
    assert "customers.csv: it is a folder" in said(shop.run("customers"))


def test_a_file_without_permission_is_refused_and_healed_by_the_permission(shop, monkeypatch):
    shop.deliver("customers.csv", CUSTOMERS)
    with monkeypatch.context() as without:  # root may read everything: only the answer can be changed
        without.setattr(os, "access", lambda path, mode: Path(path).name != "customers.csv")
        assert "customers.csv: it may not be read by the user this runs as" in said(shop.run("customers"))
    assert shop.run("customers").success


def test_folders_beside_the_files_of_a_glob_are_not_of_the_delivery(shop, deliver_as):
    (shop.landing / "customers-old.csv").mkdir()
    assert deliver_as("customers-*.csv", CUSTOMERS.replace("NA", "")).success


@pytest.mark.parametrize("suffix", ["csv", "json", "parquet"])
def test_a_file_named_like_a_pattern_is_that_one_file(shop, edit, tmp_path, suffix):
    def content(key: int, name: str) -> bytes:
        if suffix == "parquet":
            return parquet(f"SELECT {key} AS customer, '{name}' AS name, 'PT' AS country, NULL AS since", tmp_path)
        if suffix == "json":
            return f'[{{"customer": {key}, "name": "{name}", "country": "PT", "since": null}}]'.encode()
        return f"{HEADER}{key},{name},PT,\n".encode()

    edit("src/shop/defs/customers/defs.yaml", "customers.csv", f"'*.{suffix}'")
    (tmp_path / f"secret.{suffix}").write_bytes(content(7, "Secret"))
    # Hidden files are passed over, and would be read through the pattern that the other's name is to DuckDB.
    (shop.landing / f".linked.{suffix}").symlink_to(tmp_path / f"secret.{suffix}")
    shop.deliver(f"*.{suffix}", content(1, "Ana"))
    assert shop.run("customers").success
    assert [row[:2] for row in shop.rows("customers")] == [(1, "Ana")]


def test_a_name_that_is_no_text_is_refused_and_stops_no_other(shop, deliver_as):
    path = os.path.join(os.fsencode(shop.landing), b"customers-\xff.csv")  # noqa: PTH118 - bytes
    with open(path, "wb") as stream:  # noqa: PTH123
        stream.write(CUSTOMERS.encode())
    assert "customers-\\xff.csv: its name is not UTF-8" in said(deliver_as("customers-*.csv", CUSTOMERS))
