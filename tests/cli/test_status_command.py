"""platformctl status: exit codes, formats and errors, on a real workspace."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from deployments import TOTALS, Deployment, deploy, register_flights, rows

from platform_core.cli import main


@pytest.fixture
def deployment(tmp_path: Path) -> Deployment:
    made = deploy(tmp_path / "workspace")
    for month in ("2013-01", "2013-02", "2013-03"):
        made.deliver(rows(int(month[-1])), month)
    return made


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(args))
    return int(stopped.value.code or 0)


def test_one_asset_that_is_safe(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "flight_ops/flights", "--workspace", str(deployment.root)) == 0
    out = capsys.readouterr().out
    assert "Safe to use: 3 months (January 2013, February 2013 and March 2013), 3 rows" in out.replace("\n  ", " ")
    assert "2013-02" in out and str(deployment.table().path) in out


def test_all_assets_are_judged_together(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("status", "--workspace", str(deployment.root)) == 1
    assert capsys.readouterr().out.endswith("1 of 2 datasets safe to use.\n")
    deployment.deliver(rows(1), asset=TOTALS)
    assert run("status", "--workspace", str(deployment.root)) == 0


def test_a_refused_delivery_leaves_it_safe(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployment.deliver(rows(7, 8, origin="XXX"), "2013-02", run_id="bad-run")
    assert run("status", "flights", "--workspace", str(deployment.root)) == 0
    out = capsys.readouterr().out
    for said in ("enum_origin", "bad-run", "team flight_ops (#flights)", str(deployment.table().quarantine)):
        assert said in out
    assert "XXX" not in out  # never a value of the data


def test_json(deployment: Deployment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(deployment.root))
    assert run("status", "--format", "json") == 1
    totals, flights = json.loads(capsys.readouterr().out)["assets"]
    assert (flights["verdict"], flights["version"], flights["freshness"]) == ("safe", 2, "fresh")
    assert flights["checks"]["passed"] > 1
    assert totals["verdict"] == "never_published"


def test_audit_by_todays_contract(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployment.deliver(rows(2, origin="JFK"), "2013-02")
    contract = deployment.contract()
    register_flights(deployment, "1.1.0")
    assert run("status", "flights", "--audit", "--workspace", str(deployment.root)) == 0
    assert "and keeps that one too" in capsys.readouterr().out.replace("\n  ", " ")
    contract.write_text(contract.read_text().replace("          - value: JFK\n", ""))
    assert run("status", "flights", "--workspace", str(deployment.root)) == 0
    assert run("status", "flights", "--audit", "--workspace", str(deployment.root)) == 1
    out = capsys.readouterr().out
    assert "Published data that breaks the contract registered now:" in out
    assert "2013-02    enum_origin           1  error" in out


def test_a_broken_record_of_dagster_changes_no_verdict(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    storage = deployment.root / ".dagster" / "storage" / "history"
    storage.mkdir(parents=True)
    (storage.parent / "runs.db").write_text("no database " * 100)
    (storage / "runs.db").write_text("no database " * 100)
    assert run("status", "flights", "--workspace", str(deployment.root)) == 0
    captured = capsys.readouterr()
    assert "Safe to use: 3 months" in captured.out
    assert "Dagster's record cannot be read" in captured.err


def test_the_page_is_written_in_one_step(deployment: Deployment, tmp_path: Path) -> None:
    page = tmp_path / "status.html"
    page.write_text("old")
    assert run("status", "--format", "html", "--output", str(page), "--workspace", str(deployment.root)) == 1
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert [entry.name for entry in tmp_path.iterdir() if entry.is_file()] == ["status.html"]


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["status", "flight_ops/fligths"], "Registered: analytics/totals, flight_ops/flights."),
        (["status", "a/b/c"], "is not a dataset"),
        (["status", "--format", "html", "--output", "{tmp}/nowhere/x.html"], "cannot be written"),
    ],
)
def test_errors(deployment: Deployment, args: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    filled = [arg.format(tmp=deployment.root) for arg in args]
    assert run(*filled, "--workspace", str(deployment.root)) == 2
    captured = capsys.readouterr()
    assert said in captured.err and captured.out == ""


def test_no_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PLATFORM_WORKSPACE", raising=False)
    assert run("status") == 2
    assert run("status", "--workspace", str(tmp_path)) == 2
    assert "workspace init" in capsys.readouterr().err


def test_the_installed_command(deployment: Deployment) -> None:
    command = [str(Path(sys.executable).with_name("platformctl")), "status", "flights"]
    done = subprocess.run([*command, "--workspace", deployment.root], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("flight_ops/flights\n  Safe to use")


def test_a_misnamed_delivery_is_told_with_what_was_likely_meant(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    register_flights(deployment, "1.0.0", path="flights-{partition}.csv")
    landing = deployment.workspace.settings.landing / "flight_ops"
    landing.mkdir(parents=True, exist_ok=True)
    for name in ("flights-2013-02.csv", "flights-2013-4.csv", "shopping list.txt"):
        (landing / name).write_text("x")
    run("status", "flight_ops/flights", "--workspace", str(deployment.root))
    told = " ".join(capsys.readouterr().out.split())
    assert "Delivered, and not taken: flights-2013-4.csv: flight_ops/flights has no partition '2013-4'" in told
    assert "shopping list" not in told
    run("status", "--workspace", str(deployment.root))
    told = " ".join(capsys.readouterr().out.split())
    assert "the file flights-2013-4.csv was delivered and is not taken" in told
    assert "flight_ops: shopping list.txt: no dataset expects this file." in told
    run("status", "--format", "json", "--workspace", str(deployment.root))
    assert "flights-2013-4.csv" in json.loads(capsys.readouterr().out)["assets"][1]["stray_files"][0]["file"]
