"""platformctl contract, as a person or a build server calls it."""

import io
import json
import os
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest
import yaml

from platform_core.cli import main
from platform_core.contracts import load_contract
from platform_core.names import AssetId
from platform_core.resources.warehouse import PublicationRecord, Warehouse
from platform_core.workspace import init_workspace

CASES = Path(__file__).parents[1] / "cases" / "contracts"


class Ran(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


def _run(folder: Path, *arguments: str) -> Ran:
    """Call the command in `folder`, in this process."""
    before, out, err = Path.cwd(), io.StringIO(), io.StringIO()
    os.chdir(folder)
    try:
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as caught:
            main(["contract", *arguments])
    finally:
        os.chdir(before)
    return Ran(int(caught.value.code or 0), out.getvalue(), err.getvalue())


def test_lint_answers_in_its_exit_code(tmp_path: Path) -> None:
    """0: sound, 1: errors, 2: nothing to check."""
    assert _run(tmp_path, "lint").returncode == 2
    shutil.copytree(CASES / "sound", tmp_path / "contracts")
    sound = _run(tmp_path, "lint")
    assert (sound.returncode, sound.stdout) == (0, "No problems found.\n1 contract checked.\n")
    (tmp_path / "empty").mkdir()
    empty = _run(tmp_path, "lint", "empty")
    assert empty.returncode == 2
    assert "there is no contract here" in empty.stderr
    shutil.copytree(CASES / "limits", tmp_path / "limits")
    wrong = _run(tmp_path, "lint", "contracts", "limits/orders.odcs.yaml")
    assert wrong.returncode == 1
    assert "limits/orders.odcs.yaml:10: error impossible-limits" in wrong.stdout
    assert wrong.stdout.endswith("12 errors.\n")
    assert "Traceback" not in wrong.stderr


def test_lint_for_machines(tmp_path: Path) -> None:
    found = json.loads(_run(tmp_path, "lint", str(CASES / "limits"), "--format", "json").stdout)
    assert {"id", "level", "subject", "message", "fix", "path", "line"} <= set(found[0])
    assert _run(tmp_path, "lint", str(CASES / "limits"), "--format", "github").stdout.startswith("::error file=")
    assert _run(tmp_path, "lint", str(CASES / "types"), "--format", "github").returncode == 1


def test_warnings_do_not_fail(tmp_path: Path) -> None:
    text = (CASES / "sound" / "orders.odcs.yaml").read_text().replace("DECIMAL(10,2)", "NUMBER(10)")
    (tmp_path / "orders.odcs.yaml").write_text(text)
    result = _run(tmp_path, "lint", ".")
    assert (result.returncode, "1 warning." in result.stdout) == (0, True)


def test_infer_writes_once(tmp_path: Path) -> None:
    """With the owner and the name of the location it is called in; a file that stands is never overwritten."""
    (tmp_path / "location.yaml").write_text("name: shop\nowner: team:shop\n")
    (tmp_path / "Orders.csv").write_text("id,state\n" + "".join(f"{n},{'ab'[n % 2]}\n" for n in range(40)))
    printed = _run(tmp_path, "infer", "Orders.csv")
    assert printed.returncode == 0
    written = _run(tmp_path, "infer", "Orders.csv", "--write", "contracts")
    assert written.returncode == 0
    file = tmp_path / "contracts" / "orders.odcs.yaml"
    assert file.read_text() == printed.stdout
    data = yaml.safe_load(printed.stdout)
    assert (data["id"], data["team"]) == ("shop.orders", {"name": "shop"})
    assert _run(tmp_path, "lint").returncode == 0
    again = _run(tmp_path, "infer", "Orders.csv", "--write", "contracts")
    assert again.returncode == 2
    assert "exists already; nothing was written" in again.stderr


@pytest.mark.parametrize("name", ["missing.csv", "."])
def test_infer_refuses_plainly(tmp_path: Path, name: str) -> None:
    result = _run(tmp_path, "infer", name)
    assert result.returncode == 2
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_lint_knows_the_workspace(tmp_path: Path) -> None:
    """With a workspace, a reference to another location's dataset is held against its registered contract."""
    init_workspace(tmp_path / "workspace")
    (tmp_path / "workspace" / "locations" / "crm" / "contracts").mkdir(parents=True)
    customers = (CASES / "references" / "customers.odcs.yaml").read_text()
    (tmp_path / "workspace" / "locations" / "crm" / "contracts" / "customers.odcs.yaml").write_text(customers)
    wrong = "      - {name: a, logicalType: integer, relationships: [{to: crm.customers.idd}]}\n"
    (tmp_path / "orders.odcs.yaml").write_text(customers.replace("customers", "orders") + wrong)
    assert _run(tmp_path, "lint", ".").returncode == 0
    result = _run(tmp_path, "lint", ".", "--workspace", "workspace")
    assert result.returncode == 1
    assert "column 'a' points to crm.customers.idd: 'customers' has no column 'idd'." in result.stdout


def test_infer_reads_a_published_dataset(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the name of its asset, from the warehouse; a name that nothing published is said plainly."""
    monkeypatch.setenv("PLATFORM_WAREHOUSE", str(tmp_path / "warehouse"))
    contract = load_contract(CASES / "circle" / "orders.odcs.yaml")
    table = Warehouse(tmp_path / "warehouse").table(AssetId("shop", "orders"))
    with duckdb.connect() as connection, table.stage(None, "run") as stage:
        stage.write(connection, "SELECT range AS id, range % 3 AS customer FROM range(9)", contract)
        table.publish(stage, PublicationRecord(run_id="run", contract_version="1.0.0", contract_hash="x"))
    result = _run(tmp_path, "infer", "shop/orders")
    assert (result.returncode, yaml.safe_load(result.stdout)["name"]) == (0, "orders")
    missing = _run(tmp_path, "infer", "shop/ordrs")
    assert missing.returncode == 2
    assert "neither a file nor a published dataset shop/ordrs" in missing.stderr
