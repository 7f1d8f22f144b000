"""One dataset or a whole location on this machine: team tests, derived datasets over samples, platformctl dev."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from homes import change, copy_location, make_workspace

from platform_core.cli import main
from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.testing import run_dataset
from platform_core.testing.computed import check_run
from platform_core.testing.runs import inputs_of, load

TOTALS = "src/shop/defs/order_totals/order_totals.sql"
LOYAL = "src/shop/defs/loyal_customers/loyal_customers.py"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return copy_location("location", tmp_path / "shop")


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(make_workspace(tmp_path / "workspace")))
    return copy_location("reader_location", tmp_path / "board")


def test_a_team_test_gives_the_rows_that_matter(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop / "tests")
    orders = [{"customer": 7}, {"customer": 7}, {"customer": 8}]
    result = run_dataset("loyal_customers", inputs={"orders": orders})
    assert result.to_pylist() == [{"customer": 7, "orders": 2}, {"customer": 8, "orders": 1}]


def test_rows_may_come_as_tables_and_frames(shop: Path) -> None:
    import pandas
    import polars
    import pyarrow

    rows = {"customer": [7, 7]}
    for table in (pyarrow.table(rows), polars.DataFrame(rows), pandas.DataFrame(rows)):
        assert run_dataset("loyal_customers", {"shop/orders": table}, root=shop)["orders"].to_pylist() == [2]


def test_inputs_of_other_teams_are_made_from_their_contracts(board: Path) -> None:
    made = run_dataset("all_time", {"shop/customers": [{"country": "DK"}]}, root=board)
    assert made.column_names == ["country", "orders", "amount"]
    assert set(made["country"].to_pylist()) <= {"DK"}
    assert run_dataset("month_board", partition="2026-03", root=board).num_rows > 0


def test_mistakes_in_a_team_test_are_explained(shop: Path) -> None:
    with pytest.raises(PlatformError, match="shop has no dataset 'totals'"):
        run_dataset("totals", root=shop)
    with pytest.raises(PlatformError, match="loyal_customers does not read shop/customers"):
        run_dataset("loyal_customers", {"customers": []}, root=shop)
    with pytest.raises(PlatformError, match="orders has no column 'custommer'"):
        run_dataset("loyal_customers", {"orders": [{"custommer": 1}]}, root=shop)
    with pytest.raises(PlatformError, match="do not fit its contract"):
        run_dataset("loyal_customers", {"orders": [{"customer": "seven"}]}, root=shop)


def check(root: Path, dataset: str) -> list[str]:
    loaded = load(root)
    found = next(one for one in loaded.datasets if one.asset.dataset == dataset)
    return [finding.id for finding in check_run(found, inputs_of(loaded))[1]]


def test_derived_datasets_run_over_samples(shop: Path) -> None:
    for dataset in ("order_totals", "grand_total", "loyal_customers"):
        assert check(shop, dataset) == []


def test_keys_that_repeat_over_samples_are_found(shop: Path) -> None:
    change(shop / TOTALS, "GROUP BY o.day", "GROUP BY o.day, o.channel")
    assert check(shop, "order_totals") == ["run-breaks-rule"]


def test_values_are_judged_over_the_samples_of_the_team_only(shop: Path) -> None:
    change(shop / "contracts" / "loyal_customers.odcs.yaml", "minimum: 1", "minimum: 900")
    assert check(shop, "loyal_customers") == []
    (shop / "tests" / "samples").mkdir()
    rows = "order_id,customer,day,amount,channel\n1,1,2026-01-02,1.50,web\n"
    (shop / "tests" / "samples" / "orders.csv").write_text(rows)
    load.cache_clear()
    assert check(shop, "loyal_customers") == ["run-breaks-rule"]


def test_rows_that_do_not_fit_and_code_that_fails_have_their_place(shop: Path) -> None:
    change(shop / TOTALS, "sum(o.amount) AS amount", "'much' AS amount, 1 AS more")
    with pytest.raises(FindingsError) as unfit:
        check(shop, "order_totals")
    assert {finding.id for finding in unfit.value.findings} >= {"extra-column"}
    assert all(finding.where for finding in unfit.value.findings)
    change(shop / LOYAL, "    counted =", "    orders.column('nowhere')\n    counted =")
    load.cache_clear()
    with pytest.raises(PlatformError, match="KeyError") as failed:
        check(shop, "loyal_customers")
    assert str(failed.value.where).endswith("loyal_customers.py:8")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(["dev", *arguments])
    return int(stopped.value.code or 0)


@pytest.fixture
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    monkeypatch.setattr(os, "environ", os.environ.copy())


@pytest.mark.usefixtures("_clean_environment")
def test_dev_runs_over_other_teams_samples_and_writes_nowhere_else(
    board: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = "        description: Where it was ordered\n"
    orders = board.parent / "workspace" / "locations" / "shop" / "contracts" / "orders.odcs.yaml"
    change(orders, channel, f"{channel}        required: true\n")  # it is a key of month_board
    monkeypatch.chdir(board)
    before = {path.relative_to(board) for path in board.rglob("*")}
    assert run("--once") == 0
    said = capsys.readouterr().out
    assert "sample made: shop/orders" in said
    assert "published  board/all_time:" in said and "published  board/month_board 2026-01:" in said
    new = {path.relative_to(board).parts[:2] for path in board.rglob("*")} - {path.parts[:2] for path in before}
    assert {parts for parts in new if "__pycache__" not in parts} <= {(".platform",), (".platform", "local")}
    assert run("--materialize", "month_board", "--partition", "2026-02") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("published  board/month_board 2026-02: ")
    assert run("--materialize", "nothing") == 2


@pytest.mark.usefixtures("_clean_environment")
def test_dev_tells_what_is_waited_for_and_what_was_refused(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(shop / "location.yaml", "secrets: [", "secrets: [SHOP_TOKEN, SHOP_KEY, ")
    (shop / ".env").write_text("SHOP_KEY='x'\n")
    monkeypatch.chdir(shop)
    assert run("--once") == 1
    told = capsys.readouterr()
    assert "Not set: SHOP_TOKEN (named in location.yaml)" in told.err
    assert "waiting  shop/orders: for a file orders-{partition}.csv in landing/" in told.out
    (shop / "landing").mkdir()
    (shop / "landing" / "customers.csv").write_text("customer,name,country,since\n1,Ada,Danmark,\n")
    assert run("--materialize", "customers") == 1
    assert "refused  shop/customers: because 1 row broke the rule pattern_country" in capsys.readouterr().out
    (shop / "landing" / "customers.csv").unlink()
    assert run("--once", "--samples") == 0
    said = capsys.readouterr().out
    assert "sample made: shop/orders" in said and "published  shop/order_totals 2026-01" in said


def test_dev_names_every_input_that_is_not_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copy_location("reader_location", tmp_path / "board")
    monkeypatch.delenv("PLATFORM_WORKSPACE", raising=False)
    monkeypatch.delenv("PLATFORM_CATALOG", raising=False)
    assert run("--once", "--location-root", str(root)) == 1
    said = capsys.readouterr().err
    assert "all_time.sql:2: the contract of shop/orders is not known here" in said.replace(str(root), "")
    assert "shop/customers" in said and "PLATFORM_WORKSPACE" in said
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(make_workspace(tmp_path / "workspace")))
    shutil.rmtree(tmp_path / "workspace" / "locations" / "shop" / "contracts")
    assert run("--once", "--location-root", str(root)) == 1
    assert "nobody has registered shop/orders." in capsys.readouterr().err
