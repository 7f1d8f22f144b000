"""All that a pull request must pass: every stage tells what it finds, whatever the others do."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from shop_and_board import edit, forget_modules, make_home

from platform_core import clock
from platform_core.checking import check_location
from platform_core.cli import main
from platform_core.findings import Finding
from platform_core.formats.report import Report, Unjudged
from platform_core.workspace import init_workspace
from platform_core.workspace.server_settings import server_data


@pytest.fixture(autouse=True)
def _own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test imports its own copy of a location."""
    monkeypatch.delenv("PLATFORM_WORKSPACE", raising=False)
    monkeypatch.setattr(sys, "path", list(sys.path))
    forget_modules()
    yield
    forget_modules()


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_home(tmp_path_factory.mktemp("home"))


@pytest.fixture
def home(registered: Path, tmp_path: Path) -> Path:
    return shutil.copytree(registered, tmp_path / "home")


def check(home: Path, location: str = "shop") -> Report:
    return check_location(home / location, home / "workspace")


def told(report: Report, level: str = "error") -> list[Finding]:
    return [finding for finding in report.findings if finding.level == level]


def _content(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_what_is_registered_as_it_is_passes_and_nothing_is_written(home: Path) -> None:
    before, variables = _content(home / "workspace"), dict(os.environ)
    report = check(home)
    assert (report.verdict, report.exit_code, told(report), report.unjudged) == ("passed", 0, [], ())
    assert report.merge is not None
    assert (report.merge.changes, bool(report.merge.notices)) == ((), False)
    assert (_content(home / "workspace"), dict(os.environ)) == (before, variables)


def test_without_a_workspace_it_says_what_it_did_not_judge(home: Path) -> None:
    report = check_location(home / "shop")
    assert (report.exit_code, report.merge) == (0, None)
    (one,) = report.unjudged
    assert "--workspace" in one.fix and "PLATFORM_WORKSPACE" in one.fix


def test_a_change_that_hurts_a_reader_names_it_and_who_is_told(home: Path) -> None:
    edit(home / "shop/contracts/orders.odcs.yaml", "name: channel\n", "name: medium\n")
    report = check(home)
    (hurt,) = told(report)
    assert (hurt.id, report.exit_code) == ("column-removed", 1)
    assert "board/month_board" in hurt.message and "team:board" in hurt.message
    assert hurt.where is not None and hurt.where.path == home / "shop/contracts/orders.odcs.yaml"
    assert report.merge is not None
    assert [(one.location, one.hurt) for one in report.merge.notices.told] == [("board", ("shop/orders",))]
    assert report.merge.verdict == "refused"


def test_a_stage_that_fails_hides_nothing_of_the_others(home: Path) -> None:
    """Definitions that do not load, a contract that hurts, a mistyped table, undeclared reads: all at once."""
    shop = home / "shop"
    edit(shop / "contracts/orders.odcs.yaml", "name: channel\n", "name: medium\n")
    query = shop / "src/shop/defs/order_totals/order_totals.sql"
    edit(query, "FROM orders", "FROM ordrs")
    function = shop / "src/shop/defs/loyal_customers/loyal_customers.py"
    edit(function, "    counted =", '    open("/data/more.csv")\n    counted =')
    report = check(home)
    places = {(finding.id, re.sub(r"yaml:[0-9]+", "yaml", str(finding.where))) for finding in told(report)}
    assert places == {
        ("column-removed", f"{shop}/contracts/orders.odcs.yaml"),
        ("unknown-input", f"{query}:5"),
        ("undeclared-read", f"{function}:8"),
    }
    assert [one.failed for one in report.unjudged] == [False]
    assert "do not load" in report.unjudged[0].why


def test_what_the_gate_finds_has_its_place_in_the_location(home: Path) -> None:
    query = home / "board/src/board/defs/all_time/all_time.sql"
    edit(query, "JOIN shop.customers", "\nJOIN shop.customrs")
    (found,) = told(check(home, "board"))
    assert (found.id, str(found.where)) == ("unknown-upstream", f"{query}:4")
    assert "shop/customers" in found.fix


def test_a_need_that_is_not_met_is_the_readers_error(home: Path) -> None:
    edit(home / "board/needs/shop.customers.yaml", "name: country", "name: region")
    found = told(check(home, "board"))
    assert {finding.id for finding in found} == {"need-not-met"}
    assert all(str(finding.where).startswith(f"{home}/board/needs/shop.customers.yaml:") for finding in found)


def test_a_mistyped_column_of_another_team_is_an_error_on_its_line(home: Path) -> None:
    query = home / "board/src/board/defs/all_time/all_time.sql"
    edit(query, "sum(o.amount)", "\nsum(o.amuont)")
    (found,) = told(check(home, "board"))
    assert (found.id, str(found.where)) == ("sql-column-unknown", f"{query}:2")
    assert "'amuont'" in found.message and found.fix == "Did you mean 'amount'?"
    report = check(home, "board")
    assert report.merge is not None and report.merge.verdict == "refused"  # by the registration, too


def test_what_is_used_is_told_of_this_checkout_or_not_at_all(home: Path) -> None:
    """Where definitions do not load, what is registered says what was used, not what is."""
    (home / "board/needs/shop.customers.yaml").unlink()
    edit(home / "board/needs/shop.orders.yaml", "version: ^1", "version: ^2")
    assert "use-without-need" in {one.id for one in told(check(home, "board"), "warning")}
    forget_modules()
    edit(home / "board/src/board/defs/all_time/all_time.sql", "FROM", "FRM")
    report = check(home, "board")
    assert {one.id for one in told(report)} == {"sql-syntax", "need-not-met"}
    assert "use-without-need" not in {one.id for one in told(report, "warning")}


def test_a_select_of_everything_is_told_in_the_query(home: Path) -> None:
    query = home / "board/src/board/defs/all_time/all_time.sql"
    query.write_text("SELECT *\nFROM shop.customers\n")
    (found,) = [one for one in told(check(home, "board"), "warning") if one.id == "star-read"]
    assert str(found.where) == f"{query}:2"


def test_a_mistake_in_a_need_is_told_once_and_nobody_is_asked_to_draft_what_is_there(home: Path) -> None:
    needs = home / "board/needs"
    edit(needs / "shop.customers.yaml", "properties:", "proprties:")
    edit(needs / "shop.orders.yaml", "version: ^1", "version: [^1")
    assert sorted(finding.id for finding in told(check(home, "board"))) == ["need-format", "yaml-syntax"]
    edit(needs / "shop.orders.yaml", "version: [^1", "version: ^1")
    (needs / "shop.orders.yaml").rename(needs / "orders.yaml")
    report = check(home, "board")
    assert [(finding.id, finding.owner) for finding in told(report)] == [("need-format", "team:board")] * 2
    assert "use-without-need" not in {finding.id for finding in told(report, "warning")}


@pytest.mark.parametrize(("text", "said"), [("raise SystemExit(0)", "SystemExit"), ("1 / 0", "ZeroDivisionError")])
def test_code_that_ends_the_process_does_not_end_the_check(home: Path, text: str, said: str) -> None:
    function = home / "shop/src/shop/defs/loyal_customers/loyal_customers.py"
    function.write_text(f"{text}\n{function.read_text()}")
    report = check(home)
    assert report.exit_code == 1
    assert [str(one.where) for one in told(report) if said in one.message] == [f"{function}:1"]


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("jobs=[dg.define_asset_job('nightly', ['nothing'])]", "nothing"),
        ("jobs=[dg.define_asset_job('a'), dg.define_asset_job('a', '*')]", "Duplicate"),
        ("assets=[dg.asset(lambda: 1, key=['shop', 'x'], required_resource_keys={'nowhere'})]", "nowhere"),
        ("assets=[dg.asset(name='x', partitions_def=dg.StaticPartitionsDefinition(['a']))(lambda: 1), "
         "dg.asset(name='y', partitions_def=dg.DailyPartitionsDefinition('2024-01-01'), "
         "ins={'x': dg.AssetIn(partition_mapping=dg.TimeWindowPartitionMapping())})(lambda x: 1)]", "partition"),
    ],
)  # fmt: skip
def test_what_dagster_would_refuse_is_refused(home: Path, part: str, said: str) -> None:
    with (home / "shop/src/shop/definitions.py").open("a") as file:
        file.write(f"import dagster as dg\ndefs = dg.Definitions.merge(defs, dg.Definitions({part}))\n")
    (found,) = [one for one in told(check(home)) if one.id == "broken-location"]
    assert said in found.message


def test_a_folder_that_is_no_workspace_could_not_be_judged(home: Path) -> None:
    """What the location itself says is told all the same."""
    report = check_location(home / "shop", home / "nothing")
    assert (report.verdict, report.exit_code) == ("unknown", 2)
    assert "is not a workspace" in report.unjudged[0].why
    edit(home / "shop/location.yaml", "owner: team:shop", "owner: nobody")
    report = check_location(home / "shop", home / "nothing")
    assert (report.verdict, report.exit_code) == ("refused", 1)


def test_where_a_new_location_is_served_is_said_by_its_first_registration(home: Path) -> None:
    """In the server profile; and no code server is asked by a check."""
    database = "postgresql://dagster@localhost:5432/dagster"
    workspace = init_workspace(home / "server", server=server_data(database, ("localhost",)))
    report = check_location(home / "shop", workspace.root)
    assert (report.verdict, told(report)) == ("passed", [])
    assert report.merge is not None and report.merge.verdict == "would-register"
    (one,) = report.unjudged
    assert "--host HOST --port PORT" in one.fix


def test_an_exemption_of_the_teams_own(home: Path) -> None:
    """It works for what protects the team alone, and is told when nothing needs it."""
    function = home / "shop/src/shop/defs/loyal_customers/loyal_customers.py"
    edit(function, "    counted =", '    open("/data/more.csv")\n    counted =')
    day = clock.today() + timedelta(days=60)
    entry = "{rule: undeclared-read, subject: loyal_customers, reason: It moves to a source of its own., until: DAY}"
    with (home / "shop/location.yaml").open("a") as file:
        file.write(f"exemptions:\n  - {entry.replace('DAY', str(day))}\n")
    report = check(home)
    assert told(report) == []
    assert [one.id for one in told(report, "info")] == ["undeclared-read"]
    edit(function, '    open("/data/more.csv")\n', "")
    assert "exemption-unused" in {one.id for one in told(check(home), "warning")}


def test_the_command_prints_the_report_and_nothing_of_the_teams(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with (home / "shop/src/shop/definitions.py").open("a") as file:
        file.write("print('hello from the team')\n")
    arguments = ["--location-root", str(home / "shop"), "--workspace", str(home / "workspace"), "--format", "json"]
    with pytest.raises(SystemExit) as ended:
        main(["check", *arguments, "--report", f"markdown={home / 'comment.md'}"])
    assert ended.value.code == 0
    data = json.loads(capfd.readouterr().out)
    assert set(data) == {"location", "verdict", "findings", "plan", "not_judged"}
    assert (data["location"], data["verdict"]) == ("shop", "passed")
    assert (home / "comment.md").read_text().startswith("### shop: ready to merge\n")


@pytest.mark.processes
def test_fast_imports_neither_dagster_nor_the_location(home: Path) -> None:
    (home / "shop/src/shop/definitions.py").write_text("raise RuntimeError('imported')\n")
    code = "import atexit, sys; from platform_core.cli import main; atexit.register(lambda: print(*sys.modules))\n"
    code += f"main(['check', '--fast', '--location-root', {str(home / 'shop')!r}])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = done.stdout.splitlines()[-1].split()
    assert "platform_core.checking.files" in modules
    assert not {"dagster", "shop"} & set(modules)


def test_an_unreadable_registration_of_others_stands_in_nobodys_way(home: Path) -> None:
    (home / "workspace/locations/board/graph.json").write_text("{")
    report = check(home)
    assert report.exit_code == 0
    assert "unreadable-registration" in {one.id for one in told(report, "warning")}


def test_a_report_is_refused_before_it_is_unknown() -> None:
    error = Finding("x", "error", "x", "x")
    assert Report("x", [error], unjudged=(Unjudged("x", "x", "x", failed=True),)).exit_code == 1
