"""platformctl history, rollback, release and vacuum, on a real workspace, warehouse and Dagster instance."""

from __future__ import annotations

import io
import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from deployments import FLIGHTS, TOTALS, Deployment, deploy, register_flights, rows

from platform_core.cli import main
from platform_core.resources.warehouse import HeldBack

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together


@pytest.fixture
def deployment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Deployment:
    made = deploy(tmp_path / "workspace")
    monkeypatch.setenv("PLATFORM_WORKSPACE", str(made.root))
    made.deliver(rows(1), "2013-01")
    made.deliver(rows(2), "2013-02")
    made.deliver(rows(1, 11), "2013-01")
    return made


def run(*args: str) -> int:
    with pytest.raises(SystemExit) as stopped:
        main(list(args))
    return int(stopped.value.code or 0)


def size(deployment: Deployment, partition: str) -> int:
    return deployment.table().current()[partition].rows


def test_rollback_holds_and_release_lets_go(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rollback", "flights", "--partition", "2013-01", "--by", "someone", "--yes") == 0
    out = capsys.readouterr().out
    assert "flight_ops/flights (2013-01) holds the 1 row of version 0 again, as version 3." in out
    assert size(deployment, "2013-01") == 1
    with pytest.raises(HeldBack):
        deployment.deliver(rows(1, 11), "2013-01")
    assert run("status", "flights") == 1  # a month is missing
    assert "rolled back to an earlier version" in capsys.readouterr().out.replace("\n  ", " ")
    assert run("release", "flights", "--by", "someone") == 0
    assert "Released: flight_ops/flights (2013-01)." in capsys.readouterr().out
    deployment.deliver(rows(1, 11), "2013-01")
    assert size(deployment, "2013-01") == 2


def test_what_is_unsafe_to_run_again_is_told_before_and_after(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = deployment.workspace.locations / "analytics" / "graph.json"
    graph.write_text(graph.read_text().replace('"unsafe": ""', '"unsafe": "Each run is billed."'))
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("rollback", "flights", "--partition", "2013-01") == 1
    assert "analytics/totals is said to be unsafe to run again: Each run is billed." in capsys.readouterr().out
    register_flights(deployment, "1.0.0", unsafe="Each run is billed.")
    assert run("rollback", "flights", "--partition", "2013-01", "--yes") == 0
    assert run("release", "flights") == 0
    assert "Nothing runs it again by itself, as a re-run is unsafe: Each run is billed." in capsys.readouterr().out
    assert run("status", "flights") == 1  # a month is missing
    assert "re-run     unsafe: Each run is billed." in capsys.readouterr().out


def test_history(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployment.deliver(rows(9, origin="XXX"), "2013-02")
    assert run("history", "flights") == 0
    out = capsys.readouterr().out
    assert "REFUSED" in out and "1 row broke the rule enum_origin" in out and "XXX" not in out
    assert run("history", "flights", "--format", "json", "--partition", "2013-01") == 0
    data = json.loads(capsys.readouterr().out)
    assert [(event["version"], event["current"]) for event in data["events"]] == [(2, True), (0, False)]


def test_nothing_to_go_back_to(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("rollback", "flights", "--partition", "2013-02", "--yes") == 2
    assert run("rollback", "analytics/totals", "--yes") == 2
    assert run("rollback", "flights", "--to", "99", "--yes") == 2
    assert run("release", "flights") == 2
    errors = capsys.readouterr().err
    assert "never published" in errors and "no earlier version 99" in errors and "is not held" in errors
    assert [item.kind for item in deployment.table().history()] == ["publish"] * 3


def test_asking_first(
    deployment: Deployment, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an answer nothing happens, and what would follow was said."""
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert run("rollback", "flights", "--partition", "2013-01") == 1
    assert "Made from it, and made again after the rollback: analytics/totals" in capsys.readouterr().out
    assert size(deployment, "2013-01") == 2


def test_todays_contract_judges_the_old_version(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployment.deliver(rows(5, origin="JFK"), "2013-02")
    deployment.deliver(rows(5), "2013-02")
    register_flights(deployment, "2.0.0")
    contract = deployment.contract()
    contract.write_text(contract.read_text().replace("          - value: JFK\n", ""))
    assert run("rollback", "flights", "--partition", "2013-02", "--yes") == 2
    assert "does not satisfy today's contract: enum_origin" in capsys.readouterr().err
    assert run("rollback", "flights", "--partition", "2013-02", "--to", "1", "--yes") == 0
    assert size(deployment, "2013-02") == 1


def test_a_key_of_another_partition_stops_a_rollback(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    """Uniqueness holds over the dataset: id 11 left January for February meanwhile."""
    deployment.deliver(rows(1), "2013-01")
    deployment.deliver(rows(2, 11), "2013-02")
    assert run("rollback", "flights", "--partition", "2013-01", "--to", "2", "--yes") == 2
    assert "primary_key" in capsys.readouterr().err


def test_rules_that_read_other_data_judge_a_rollback_too(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    """A foreign key and a rule in SQL: both are asked, and both can say no."""
    deployment.deliver(rows(1, 2, 11), asset=TOTALS)
    deployment.deliver(rows(1, 2), asset=TOTALS)
    deployment.deliver(rows(1), "2013-01")  # id 11 leaves the dataset that is referred to
    assert run("rollback", "totals", "--yes") == 2
    assert "does not satisfy today's contract: foreign_key_id." in capsys.readouterr().err
    deployment.deliver(rows(1, 11), "2013-01")
    assert run("rollback", "totals", "--yes") == 0
    assert deployment.table(TOTALS).current()[None].rows == 3


def test_dagster_is_told(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    import dagster as dg

    with dg.DagsterInstance.from_config(str(deployment.root)) as instance:
        assert run("rollback", "flights", "--partition", "2013-01", "--yes") == 0
        assert "Dagster was told" in capsys.readouterr().out
        event = instance.get_latest_materialization_event(dg.AssetKey(FLIGHTS.path))
    assert event and event.asset_materialization
    assert event.asset_materialization.partition == "2013-01"
    assert event.asset_materialization.metadata["platform/version"].value == 3
    assert event.asset_materialization.metadata["dagster/partition_row_count"].value == 1
    assert "dagster/row_count" not in event.asset_materialization.metadata  # that is the whole dataset's


def test_a_rollback_stands_though_dagster_cannot_be_told(
    deployment: Deployment, capsys: pytest.CaptureFixture[str]
) -> None:
    (deployment.root / "dagster.yaml").write_text("storage: [")
    assert run("rollback", "flights", "--partition", "2013-01", "--yes") == 0
    captured = capsys.readouterr()
    assert "is no configuration of Dagster" in captured.err
    assert "announces it when it next runs" in captured.err
    assert size(deployment, "2013-01") == 1


def test_vacuum(deployment: Deployment, capsys: pytest.CaptureFixture[str]) -> None:
    deployment.deliver(rows(9, origin="XXX"), "2013-02")
    (record,) = deployment.table().quarantine.glob("*/refusal.json")
    data = json.loads(record.read_text())
    data["refused_at"] = (datetime.now(timezone.utc) - timedelta(days=400)).isoformat()
    record.write_text(json.dumps(data))
    assert run("vacuum", "--dry-run") == 0
    assert "flight_ops/flights: would remove 1 refused delivery." in capsys.readouterr().out
    assert record.exists()
    assert run("vacuum", "flights") == 0
    assert "flight_ops/flights: removed 1 refused delivery." in capsys.readouterr().out
    assert not record.exists()
    assert run("vacuum") == 0
    assert "analytics/totals: nothing to remove." in capsys.readouterr().out
