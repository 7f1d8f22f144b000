"""The proof that a dataset can be run again: what it lets pass, and what it finds, each by what was varied."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow
import pytest
from homes import change, copy_location, run_pytest
from odd_location import ODD, add_dataset, prove

from platform_core.components.partitions import Partitions
from platform_core.contracts import load_contract
from platform_core.names import AssetId
from platform_core.testing.inputs import Inputs, cut_of
from platform_core.testing.neighbours import Neighbours
from platform_core.testing.rerun.bench import Bench
from platform_core.testing.rerun.laid_out import shuffled_places
from platform_core.testing.rerun.proof import Prover

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def prover(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prover]:
    made = Prover(tmp_path_factory.mktemp("prover"))
    yield made
    made.close()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return copy_location("location", tmp_path / "shop")


def test_each_thing_that_moves_is_told_by_its_column_and_by_what_was_varied(prover: Prover, shop: Path) -> None:
    columns = dict.fromkeys(("steady", "clock", "seed"), "string")
    add_dataset(shop, "odd", ODD, id="integer", **columns, months="integer", killed="boolean")
    facts, findings = prove(prover, shop, "odd")
    assert facts == {"rerun": "fails"}
    told = {finding.message.partition(", what is published")[0]: finding.message for finding in findings}
    assert {what.removeprefix("made again "): text.rpartition("differs: ")[2] for what, text in told.items()} == {
        "at another time and in another time zone": "column clock in 10 rows.",
        "with another hash seed (PYTHONHASHSEED)": "column seed in 10 rows.",
        "from the same rows in another order": "column id in 8 rows.",
        "with its partitions in another order": "column months in 10 rows.",
        "after a run of it was killed in the middle": "columns months, killed in 10 rows.",
    }
    for finding in findings:
        assert (finding.id, finding.level, finding.subject) == ("rerun-unsafe", "error", "odd")
        line = 28 if "another time" in finding.message else 13  # the call of the clock is known by its line
        assert str(finding.where).endswith(f"odd.py:{line}")
        assert "rerun: unsafe and a reason" in finding.fix
        assert "word 1" not in finding.message and "2026-01-" not in finding.message


def test_queries_that_leave_an_order_open_are_found_and_sums_of_floats_are_not(prover: Prover, shop: Path) -> None:
    query = "SELECT order_id, row_number() OVER () AS place, {total} AS total FROM orders"
    add_dataset(
        shop,
        "places",
        query.format(total="sum(sqrt(amount)) OVER ()"),
        order_id="integer",
        place="integer",
        total="number",
    )
    _, (finding,) = prove(prover, shop, "places")
    assert "from the same rows in another order" in finding.message
    assert finding.message.endswith("differs: the same values stand in other rows: order_id, place.")
    assert str(finding.where).endswith("places.sql:1")
    change(shop / "src/shop/defs/places/places.sql", "row_number() OVER ()", "row_number() OVER (ORDER BY order_id)")
    assert prove(prover, shop, "places") == ({"rerun": "safe"}, [])


RANDOM = """\
import random

import pyarrow

from platform_core import dataset


@dataset(inputs={"orders": "orders"})
def drawn(orders: pyarrow.Table) -> pyarrow.Table:
    return pyarrow.table({"n": [random.random()]})
"""
COUNTING = RANDOM.replace("random.random()", "float(len(SEEN))").replace("\n\n@", "\n\nSEEN = []\n\n\n@")


@pytest.mark.parametrize("code", [RANDOM, COUNTING.replace("    return", "    SEEN.append(1)\n    return")])
def test_what_differs_each_time_is_found_in_the_same_way(prover: Prover, shop: Path, code: str) -> None:
    add_dataset(shop, "drawn", code, n="number")
    _, (finding,) = prove(prover, shop, "drawn")
    assert finding.message == "made again in the same way, what is published differs: column n in 1 row."


def test_what_cannot_be_made_is_left_to_the_test_that_says_why(prover: Prover, shop: Path) -> None:
    add_dataset(shop, "drawn", RANDOM.replace("random.random()", "1 / 0"), n="number")
    facts, findings = prove(prover, shop, "drawn")
    assert (facts["rerun"], findings) == ("not shown", [])
    assert "see the test `run`" in facts["skipped"]


def test_what_fails_only_when_varied_is_found_with_its_line(prover: Prover, shop: Path) -> None:
    code = RANDOM.replace("import random", "import datetime").replace("random.random()", "1.0 / YEAR")
    code = code.replace("\n\n@", "\n\nYEAR = float(datetime.date.today().year < 2027)\n\n\n@")
    add_dataset(shop, "drawn", code, n="number")
    _, (finding,) = prove(prover, shop, "drawn")
    assert "at another time and in another time zone, it fails: ZeroDivisionError" in finding.message
    assert str(finding.where).endswith("drawn.py:13")


@pytest.mark.parametrize(
    "path",
    ["orders-{partition}.csv", "orders-{partition}.ndjson", "orders-{partition}.json", "orders-{partition}.parquet"],
)
def test_deliveries_of_every_format_can_be_read_again(prover: Prover, shop: Path, path: str) -> None:
    change(shop / "src/shop/defs/orders/defs.yaml", "orders-{partition}.csv", path)
    assert prove(prover, shop, "orders") == ({"rerun": "safe"}, [])


def test_a_location_says_it_for_all_its_datasets_and_leaves_it_out_when_asked(shop: Path) -> None:
    add_dataset(shop, "drawn", RANDOM, n="number")
    change(
        shop / "src/shop/defs/order_totals/defs.yaml",
        "attributes:\n",
        "attributes:\n  rerun: unsafe\n  reason: Each run is billed.\n",
    )
    code, said = run_pytest(shop, "-k", "rerun", "-rs")
    assert code == 1, said
    assert "drawn.py:10: made again in the same way" in said
    assert "contracts/orders.odcs.yaml           rerun safe" in said
    assert "contracts/order_totals.odcs.yaml     rerun unsafe" in said
    assert "a re-run is unsafe: Each run is billed." in said
    assert "4 passed, 1 skipped" in said and "1 failed" in said
    code, said = run_pytest(shop, "-k", "rerun or lint", "--skip-rerun")
    assert (code, "6 passed" in said) == (0, True), said


@pytest.mark.postgres
def test_a_location_on_postgres_is_proven_on_a_server_and_leaves_nothing_there(
    tmp_path: Path, postgres, postgres_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    def schemas() -> set[str]:
        with psycopg.connect(postgres.url(postgres_database), user="admin", password=postgres.password) as connection:
            found = connection.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rerun%'").fetchall()
        return {name for (name,) in found}

    shop = copy_location("location", tmp_path / "shop")
    (shop / "location.yaml").open("a").write("engine: postgres\n")
    add_dataset(
        shop,
        "places",
        "SELECT order_id, row_number() OVER () AS place FROM orders",
        order_id="integer",
        place="integer",
    )
    monkeypatch.setenv("PLATFORM_POSTGRES_URL", postgres.url(postgres_database))
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "admin")
    monkeypatch.setenv("PLATFORM_POSTGRES_PASSWORD", postgres.password)
    prover, seen = Prover(shop), []
    clear = Bench.close
    monkeypatch.setattr(Bench, "close", lambda bench: (seen.append(schemas()), clear(bench)))
    try:
        assert prove(prover, shop, "order_totals") == ({"rerun": "safe"}, [])
        _, (finding,) = prove(prover, shop, "places")
    finally:
        prover.close()
    assert "from the same rows in another order" in finding.message
    assert all(any(name.endswith("__shop__versions") for name in names) for names in seen)
    assert (len(seen), schemas()) == (2, set())


def test_a_partition_without_rows_is_put_in_another_order_too() -> None:
    empty = pyarrow.table({"n": pyarrow.array([], pyarrow.int64())})
    assert empty.take(shuffled_places(empty.num_rows)).num_rows == 0
    assert sorted(shuffled_places(9).to_pylist()) == list(range(9)) != shuffled_places(9).to_pylist()


@pytest.mark.parametrize("count", [3, 12])
def test_own_rows_too_few_for_the_partitions_that_are_read_make_way_for_made_up_ones(shop: Path, count: int) -> None:
    """A partition without rows would not be published, and what reads all of them would wait for it in vain."""
    (shop / "tests/samples").mkdir()
    rows = "".join(f"{number},7,2026-01-0{number % 9 + 1},1.5,web\n" for number in range(count))
    (shop / "tests/samples/daily.csv").write_text(f"order_id,customer,day,amount,channel\n{rows}")
    text = (shop / "contracts/orders.odcs.yaml").read_text().replace("name: orders", "name: daily")
    path = shop / "contracts/daily.odcs.yaml"
    path.write_text(text)
    asset, keys = AssetId("shop", "daily"), [f"2026-01-0{day}" for day in range(1, 6)]
    samples = Inputs(shop, "shop", {"daily": load_contract(path)}, Neighbours(shop))
    cut = cut_of(Partitions(type="daily", start_date="2026-01-01"), keys)
    assert cut is not None
    samples.cuts[asset] = cut
    parts = samples.parts(asset)
    assert list(parts) == keys
    assert all(part.num_rows for part in parts.values())
    assert (asset in samples.given) == (count >= len(keys))
