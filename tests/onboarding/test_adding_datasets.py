"""platformctl add dataset: contract, code and sample together, that the platform accepts as they are."""

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from platform_core.cli.add import add
from platform_core.components.loading import load_datasets
from platform_core.contracts import Contract, load_contract
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.lineage import Asset, Graph, save_graph
from platform_core.lineage.needs import load_need
from platform_core.names import AssetId
from platform_core.onboarding.dataset import add_python, add_sql
from platform_core.onboarding.delivery import FileOptions, add_file
from platform_core.onboarding.partitioning import parse_partitions
from platform_core.onboarding.upstream_partitions import partitions_of_inputs, same_partitions
from platform_core.testing.tables import read_table

ORDERS = "order_id,placed_on,country,amount\n" + "".join(
    f"{number},2024-01-{number % 28 + 1:02d},{('DE', 'FR', 'IT')[number % 3]},{number}.50\n" for number in range(1, 61)
)


@pytest.fixture
def orders(location: Path, tmp_path: Path) -> Path:
    """The location with a dataset `orders`, added from a delivery."""
    (tmp_path / "orders-2024-01.csv").write_text(ORDERS)
    add_file(location, "orders", tmp_path / "orders-2024-01.csv")
    return location


def files(root: Path) -> set[str]:
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def contract(root: Path, dataset: str) -> Contract:
    return load_contract(root / f"contracts/{dataset}.odcs.yaml")


def test_from_a_delivery(orders: Path) -> None:
    """Columns and key from the data, partitions from the name; the sample fits; the location loads."""
    assert files(orders) == {
        "location.yaml", "contracts/orders.odcs.yaml", "src/growth/defs/orders/defs.yaml", "tests/samples/orders.csv",
    }  # fmt: skip
    found = contract(orders, "orders")
    assert [column.name for column in found.columns] == ["order_id", "placed_on", "country", "amount"]
    assert found.primary_key == ("order_id",)
    assert read_table(orders / "tests/samples/orders.csv", found).num_rows > 0
    (dataset,) = load_datasets(orders / "src/growth").datasets
    assert dataset.partitions is not None
    assert dataset.partitions.as_mapping() == {"type": "monthly", "start_date": "2024-01-01"}
    assert "orders-{partition}.csv" in (orders / "src/growth/defs/orders/defs.yaml").read_text()


def test_sample_holds_nothing_of_the_delivery(location: Path, tmp_path: Path) -> None:
    """It is committed, so it is made from the contract alone."""
    names = [f"Zyx{number:03d}qwv" for number in range(60)]
    (tmp_path / "people.csv").write_text("id,name\n" + "".join(f"{n},{name}\n" for n, name in enumerate(names)))
    add_file(location, "people", tmp_path / "people.csv")
    written = "".join(path.read_text() for path in location.rglob("*") if path.is_file())
    assert not [name for name in names if name in written]


@pytest.mark.parametrize(
    ("marker", "column", "found"),
    [("NA", "{n}", True), ("\\N", "{n}.25", True), ("-", "2024-01-0{d}", True), ("NA", "x{n}", False)],
)
def test_null_markers_that_are_evident(location: Path, tmp_path: Path, marker: str, column: str, found: bool) -> None:
    """A word in a column of numbers or dates stands for no value; in one of text it may be one."""
    values = [column.format(n=number, d=number % 9 + 1) if number % 7 else marker for number in range(1, 50)]
    (tmp_path / "f.csv").write_text("id,v\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values)))
    added = add_file(location, "f", tmp_path / "f.csv")
    declared = (location / "src/growth/defs/f/defs.yaml").read_text()
    assert ("null_values" in declared) is found
    assert any("Read as no value" in note for note in added.notes) is found
    assert contract(location, "f").columns[1].logical_type == "string" or found


def test_other_formats(location: Path, tmp_path: Path) -> None:
    """Parquet, NDJSON, TSV, and CSV with another delimiter and encoding: each with a sample that fits."""
    query = "SELECT i AS id, 'Zürich ' || i AS town, [i, i + 1] AS list FROM range(30) AS t(i)"
    flat = query.replace(", [i, i + 1] AS list", "")
    copies = {"a.parquet": query, "b.ndjson": query, "c.tsv": flat}
    for name, text in copies.items():
        duckdb.sql(f"COPY ({text}) TO '{tmp_path / name}' {chr(40)}{_options(name)}{chr(41)}")
    (tmp_path / "d.csv").write_bytes(
        "id;town\n".encode("latin-1") + "".join(f"{n};Zürich {n}\n" for n in range(30)).encode("latin-1")
    )
    for name in copies:
        add_file(location, name[0], tmp_path / name)
    add_file(location, "d", tmp_path / "d.csv", options=FileOptions("latin-1", ";"))
    samples = {path.stem: path for path in (location / "tests/samples").iterdir()}
    assert {name: path.suffix for name, path in samples.items()} == {
        "a": ".parquet", "b": ".ndjson", "c": ".csv", "d": ".csv",
    }  # fmt: skip
    for name, path in samples.items():
        assert read_table(path, contract(location, name)).num_rows > 0
    assert len(load_datasets(location / "src/growth").datasets) == 4


def _options(name: str) -> str:
    return {"a": "FORMAT parquet", "b": "FORMAT json", "c": "FORMAT csv, DELIMITER '\t', HEADER"}[name[0]]


def test_from_a_query(orders: Path, tmp_path: Path) -> None:
    """The engine tells columns and types from the contracts of what it reads; no data is needed."""
    query = tmp_path / "q.sql"
    query.write_text("SELECT country, count(*) AS n, max(placed_on) AS last FROM orders GROUP BY ALL")
    added = add_sql(orders, "totals", query)
    assert added.files[2] == "src/growth/defs/totals/totals.sql"
    types = [(column.name, column.logical_type) for column in contract(orders, "totals").columns]
    assert types == [("country", "string"), ("n", "integer"), ("last", "date")]
    names = [str(dataset.asset) for dataset in load_datasets(orders / "src/growth").datasets]
    assert names == ["growth/orders", "growth/totals"]


def test_query_over_another_team(orders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its contract is the one registered in the workspace; without that, the error says how to name it."""
    query = tmp_path / "q.sql"
    query.write_text("SELECT o.order_id, w.wind\nFROM orders AS o\nJOIN weather.daily AS w ON w.day = o.placed_on")
    monkeypatch.delenv("PLATFORM_WORKSPACE", raising=False)
    with pytest.raises(FindingsError) as caught:
        add_sql(orders, "windy", query)
    (finding,) = caught.value.findings
    assert "PLATFORM_WORKSPACE" in finding.fix
    assert finding.where is not None
    assert finding.where.line == 3
    contracts = tmp_path / "workspace/locations/weather/contracts"
    contracts.mkdir(parents=True)
    (contracts / "daily.odcs.yaml").write_text(
        "apiVersion: v3.2.0\nkind: DataContract\nid: w\nversion: 1.0.0\nstatus: active\nschema:\n"
        "  - name: daily\n    properties:\n"
        "      - {name: day, logicalType: date}\n      - {name: wind, logicalType: number, physicalType: FLOAT}\n"
    )
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path / "workspace"))
    added = add_sql(orders, "windy", query)
    assert contract(orders, "windy").columns[1].physical_type == "FLOAT"
    # What it relies on of the other team is drafted with it; a file that is there is its team's to bring up to date.
    need = load_need(orders / added.files[-1])
    assert [(column.name, column.physical_type) for column in need.columns] == [("day", ""), ("wind", "FLOAT")]
    (orders / added.files[-1]).write_text("dataset: weather/daily\nproperties: [{name: wind}]\n")
    query.write_text("SELECT day FROM weather.daily")
    again = add_sql(orders, "days", query)
    assert not any(name.startswith("needs/") for name in again.files)
    assert "It uses more of weather/daily than needs/weather.daily.yaml says" in again.notes[-1]
    add_python(orders, "forecast", ["weather/daily"])
    assert (orders / "needs/weather.daily.yaml").read_text().startswith("dataset: weather/daily\nproperties: [{name")


def test_partitions_made_by_file_names(location: Path, tmp_path: Path) -> None:
    """A file dataset has its own, and a query over it the same ones."""
    (tmp_path / "orders-A17.csv").write_text(ORDERS)
    cut = parse_partitions("dynamic")
    added = add_file(location, "orders", tmp_path / "orders-A17.csv", cut, detect_partitions=False)
    assert "File names make its partitions: the landing folder gets orders-{partition}.csv." in added.notes
    query = tmp_path / "q.sql"
    query.write_text("SELECT country, count(*) AS n FROM orders GROUP BY ALL")
    add_sql(location, "countries", query, same=True)
    datasets = {dataset.asset.dataset: dataset for dataset in load_datasets(location / "src/growth").datasets}
    assert datasets["orders"].partitions == datasets["countries"].partitions
    assert datasets["countries"].partitions is not None
    assert datasets["countries"].partitions.as_mapping() == {"type": "dynamic", "name": "growth/orders"}


@pytest.mark.parametrize("told", ["dynamic", "static:berlin,paris"])
def test_what_one_partition_has_in_every_row_is_no_rule_for_the_others(
    location: Path, tmp_path: Path, told: str
) -> None:
    """A column that repeats the key of the partition has another value in the next file."""
    lines = [f"berlin,17,{('open', 'shut')[number % 2]},{number % 7}" for number in range(40)]
    (tmp_path / "stock-berlin.csv").write_text("\n".join(["city,shop,state,pieces", *lines]) + "\n")
    add_file(location, "stock", tmp_path / "stock-berlin.csv", parse_partitions(told), detect_partitions=False)
    city, shop, state, pieces = contract(location, "stock").columns
    assert (city.enum, city.required) == ((), True)
    assert "maximum" not in shop.options
    assert set(state.enum) == {"open", "shut"}
    assert "maximum" in pieces.options
    add_file(location, "whole", tmp_path / "stock-berlin.csv", detect_partitions=False)
    city, shop, *_ = contract(location, "whole").columns
    assert city.enum == ("berlin",) and "maximum" in shop.options


def test_partitions_like_the_inputs(orders: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`same` takes them from the own location or the workspace; two ways of cutting leave the choice to the team."""
    query = tmp_path / "q.sql"
    query.write_text("SELECT country, count(*) AS n FROM orders GROUP BY ALL")
    assert "growth/orders (monthly)" in add_sql(orders, "all_of_it", query).notes[1]
    add_sql(orders, "monthly", query, same=True)
    datasets = {dataset.asset.dataset: dataset for dataset in load_datasets(orders / "src/growth").datasets}
    assert datasets["monthly"].partitions == datasets["orders"].partitions
    assert datasets["all_of_it"].partitions is None

    registered = tmp_path / "workspace/locations/weather"
    (registered / "contracts").mkdir(parents=True)
    daily = {"type": "daily", "start_date": "2024-01-01"}
    save_graph(Graph({"weather/daily": Asset("weather/daily", partitions=daily)}), registered / "graph.json")
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(tmp_path / "workspace"))
    assert partitions_of_inputs("FROM weather.daily", orders, "growth") == {AssetId("weather", "daily"): daily}
    both = partitions_of_inputs("SELECT * FROM orders, weather.daily", orders, "growth")
    with pytest.raises(PlatformError, match=r"growth/orders is monthly, weather/daily is daily"):
        same_partitions(both)
    with pytest.raises(PlatformError, match=r"No input .* has partitions"):
        same_partitions({})


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DROP TABLE orders", "only a SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "read_csv"),
        ("SELECT * FROM '/etc/passwd'", "would read a file"),
        ("SELECT colour FROM orders", "colour"),
        ("SELECT * FROM nothing", "there is no contract of growth/nothing"),
        ("SELECT", "DuckDB cannot read"),
        ("SELECT 1; SELECT 2", "2 statements"),
    ],
)
def test_queries_that_cannot_be_published(orders: Path, tmp_path: Path, query: str, said: str) -> None:
    """Each is refused in words, and nothing is written."""
    before = files(orders)
    (tmp_path / "q.sql").write_text(query)
    with pytest.raises(PlatformError) as caught:
        add_sql(orders, "totals", tmp_path / "q.sql")
    assert said in str(caught.value)
    assert files(orders) == before


@pytest.mark.processes
def test_python_function(orders: Path) -> None:
    """The function loads, reads what it declares, and is as ruff would write it."""
    partitions = {"type": "static", "keys": ["EWR", "JFK"]}
    derived = add_python(orders, "forecast", ["orders", "weather/daily"], None)
    source = add_python(orders, "by_airport", [], partitions)
    assert any("nothing makes it run" in note for note in source.notes)  # else it would wait for ever, unexplained
    assert not any("nothing makes it run" in note for note in derived.notes)
    assert any("tests/samples/forecast.csv" in note for note in derived.notes)
    datasets = {dataset.asset.dataset: dataset for dataset in load_datasets(orders / "src/growth").datasets}
    assert {str(asset) for asset in datasets["forecast"].declaration.inputs.values()} == {
        "growth/orders",
        "weather/daily",
    }
    assert datasets["by_airport"].partitions is not None
    ruff = Path(sys.executable).with_name("ruff")
    for command in (["check", "--select", "E,F,I"], ["format", "--check"]):
        done = subprocess.run(
            [ruff, *command, "--isolated", "--no-cache", "--line-length=120", "."],
            cwd=orders,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("inputs", [["dataset"], ["orders", "weather/orders"], ["forecast"], ["partition"]])
def test_python_names_that_collide(orders: Path, inputs: list[str]) -> None:
    """An argument that would hide something is refused, not written."""
    with pytest.raises(PlatformError, match="two things"):
        add_python(orders, "forecast", inputs)


def test_nothing_is_overwritten(orders: Path, tmp_path: Path) -> None:
    """Not by another way of making the dataset, and not over what is left of an old one."""
    with pytest.raises(
        PlatformError, match=r"contracts/orders\.odcs\.yaml, src/growth/defs/orders, tests/samples/orders\.csv"
    ):
        add_python(orders, "orders")
    (orders / "tests/samples/old.parquet").touch()
    with pytest.raises(PlatformError, match=r"old\.parquet is there"):
        add_file(orders, "old", tmp_path / "orders-2024-01.csv")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("header.csv", b"a,b\n", "no rows"),
        ("ragged.csv", b"a,b\n1,2\n3\n", "ragged.csv:3"),
        ("latin.csv", b"a,b\n1,Z\xfcrich\n", "utf-8"),
        ("twice.csv", b"a,A\n1,2\n", "stands twice"),
        ("noise.parquet", b"PAR1 is not enough", "Parquet"),
        ("data.xlsx", b"x", "suffix"),
        ("what*.csv", b"a\n1\n", "means something else"),
        ("line\nbreak.csv", b"a\n1\n", "means something else"),
    ],
)
def test_files_that_cannot_be_read(location: Path, tmp_path: Path, name: str, content: bytes, said: str) -> None:
    """Each with what is wrong; nothing is written."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(PlatformError) as caught:
        add_file(location, "f", tmp_path / name)
    assert said in str(caught.value)
    assert files(location) == {"location.yaml"}


@pytest.mark.parametrize("name", ["Orders", "class", "../evil", "a/b", "", "x" * 64])
def test_bad_names(location: Path, name: str) -> None:
    """The name becomes a folder, a table and an asset key."""
    with pytest.raises(PlatformError, match="cannot be the name of a dataset"):
        add_python(location, name)
    assert files(location) == {"location.yaml"}


def test_command_says_what_it_wrote(location: Path, tmp_path: Path) -> None:
    """The files, the questions that are left, and the next step; the ways to say it wrongly."""
    (tmp_path / "orders.csv").write_text(ORDERS)
    done = CliRunner().invoke(
        add, ["dataset", "orders", "--from", str(tmp_path / "orders.csv"), "--location-root", str(location)]
    )
    assert done.exit_code == 0, done.output
    for expected in ("growth/orders", "contracts/orders.odcs.yaml", "landing", "platformctl check"):
        assert expected in done.output
    for wrong in (["--python", "--from", "x"], [], ["--sql", "x", "--input", "y"], ["--python", "--encoding", "x"]):
        assert CliRunner().invoke(add, ["dataset", "other", *wrong]).exit_code == 2
