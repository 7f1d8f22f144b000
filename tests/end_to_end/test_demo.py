"""The main job as a newcomer runs it: ./scripts/demo, and what it leaves behind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
PLATFORMCTL = Path(sys.executable).with_name("platformctl")

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run of the main job, in a folder whose name has a space."""
    folder = tmp_path_factory.mktemp("main job")
    result = subprocess.run(
        [ROOT / "scripts/demo", "--keep", folder], capture_output=True, text=True, check=False, timeout=580
    )
    assert result.returncode == 0, result.stdout + result.stderr
    assert "[10/10]" in result.stdout
    assert "analytics/monthly_delays" in _line(result.stdout, "Refused:"), "who uses the column is named"
    assert "does not use the column 'arr_delay'" in _line(result.stdout, "May go:")
    assert "All done." in result.stdout
    return folder


def _line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.strip().startswith(start))


def test_everything_is_published_and_safe_in_the_end(demo: Path) -> None:
    environment = {**os.environ, "PLATFORM_WORKSPACE": str(demo / "workspace")}
    command = [PLATFORMCTL, "status", "--format", "json"]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assets = {entry["asset"]: entry for entry in json.loads(result.stdout)["assets"]}
    assert sorted(assets) == [
        "analytics/delay_totals",
        "analytics/monthly_delays",
        "flight_ops/airlines",
        "flight_ops/airports",
        "flight_ops/flights",
        "flight_ops/planes",
        "weather/daily",
        "weather/observations",
    ]
    assert assets["flight_ops/flights"]["rows"] == 336_776 - 2, "two months were corrected, each by one flight"
    assert assets["flight_ops/flights"]["checks"]["warned"] > 0, "the known dirt of the data is shown"
    assert all(entry["owner"].startswith("team:") for entry in assets.values())


def test_the_refused_delivery_is_kept_without_its_values(demo: Path) -> None:
    records = list((demo / "warehouse/_quarantine/flight_ops/flights").glob("*/refusal.json"))
    assert len(records) == 1
    text = records[0].read_text()
    assert "primary_key" in text
    assert "enum_origin" in text
    assert "XXX" not in text, "counts only: the values of refused data stay out of the record"


def test_tables_lie_where_they_are_promised(demo: Path) -> None:
    assert (demo / "warehouse/analytics/delay_totals/_delta_log").is_dir()
    assert (demo / "workspace/catalog.json").is_file()
    assert (demo / "status.html").read_text().startswith("<!doctype html>")


def test_no_process_is_left_behind(demo: Path) -> None:
    left = []
    for process in psutil.process_iter(["cmdline"]):
        if any(str(demo) in part for part in process.info["cmdline"] or ()) and process.pid != os.getpid():
            left.append(process.info["cmdline"])
    assert not left
