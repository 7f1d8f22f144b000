"""The server profile from end to end on a real Postgres: webserver, daemon, code servers that others start.

One deployment for all tests, in their order: each leaves it whole for the next. The first is in the default run.
"""

import re
import shutil
import time
from pathlib import Path

import dagster as dg
import psutil
import pytest
from patience import PATIENCE
from places import CONTRACT
from postgres_server import running_server
from server_profile import ServerProfile, control
from webserver_runs import launch

from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

pytestmark = [pytest.mark.postgres, pytest.mark.daemon, pytest.mark.processes]
CASES = Path(__file__).parents[1] / "cases"
HEAD = "order_id,customer,day,amount,channel\n"
SLOW = '''\
"""A source that takes as long as the file named by HOLD is there."""
import os
import time
from pathlib import Path

import pyarrow

from platform_core import dataset


@dataset(cron="0 0 1 1 *", pool="warehouse_db")
def slow() -> pyarrow.Table:
    while Path(os.environ["HOLD"]).exists():
        time.sleep(0.2)
    return pyarrow.table({"id": [1, 2, 3]})
'''
NAPS = '''\
"""Plain Dagster: what sleeps until it is woken, alone or in a pool."""
import time
from pathlib import Path

import dagster as dg


@dg.asset(key=["{name}", "nap"], owners=["team:{name}"])
def nap() -> None:
    while not Path({woken!r}).exists():
        time.sleep(0.2)


@dg.asset(key=["{name}", "shared"], owners=["team:{name}"], pool="warehouse_db")
def shared() -> None:
    time.sleep(2)


defs = dg.Definitions(assets=[nap, shared], executor=dg.in_process_executor)
'''


@pytest.fixture(scope="module")
def profile(tmp_path_factory, postgres):
    root = tmp_path_factory.mktemp("server")
    with running_server() as server:
        server.run("CREATE DATABASE record")
        made = ServerProfile(root, server, "record")
        try:
            deploy(made)
            yield made
        finally:
            made.close()


def deploy(made):
    """The shop and its reader, each code server with its own secrets."""
    made.secrets |= {"SHOP_WEBHOOK": "http://127.0.0.1:9/", "HOLD": str(made.root / "hold"), "BOARD_TOKEN": "board"}
    made.configure(pools={"warehouse_db": 1}, runs={"max": 4, "max_per_location": 2})
    for name, case in {"shop": "location", "board": "reader_location"}.items():
        folder = made.root / name
        shutil.copytree(CASES / case, folder, ignore=shutil.ignore_patterns("__pycache__"))
        for dataset in ("order_totals", "grand_total", "loyal_customers"):  # every run costs seconds
            shutil.rmtree(folder / "src" / name / "defs" / dataset, ignore_errors=True)
            (folder / "contracts" / f"{dataset}.odcs.yaml").unlink(missing_ok=True)
        text = (folder / "location.yaml").read_text().replace("secrets: []\n", "")
        (folder / "location.yaml").write_text(f"{text}secrets: [{'HOLD' if name == 'shop' else 'BOARD_TOKEN'}]\n")
    slow = made.root / "shop/src/shop/defs/slow"
    slow.mkdir()
    (slow / "slow.py").write_text(SLOW)
    contract = CONTRACT.format(location="shop", dataset="slow", version="1.0.0")
    (made.root / "shop/contracts/slow.odcs.yaml").write_text(contract)
    for name in ("shop", "board"):
        done = made.register(name, made.root / name)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "no code server answers" in done.stdout
    made.serve()
    assert "shop waits for its code server" in made.log("serve")
    for name in ("shop", "board"):
        made.start(name)


def table(profile, asset):
    return Catalog.load(profile.home / "catalog.json").table(AssetId.parse(asset))


def announced(profile, asset, partition=None):
    wanted = dg.AssetRecordsFilter(dg.AssetKey(asset.split("/")), asset_partitions=[partition] if partition else None)
    with profile.instance() as instance:
        return len(instance.fetch_materializations(wanted, limit=1000).records)


def orders(profile, month, rows=3, amount="10.00"):
    lines = [f"{month * 100 + n},1,2026-{month:02}-{n + 1:02},{amount},web" for n in range(rows)]
    folder = profile.landing / "shop"
    (folder / ".part").write_text(HEAD + "\n".join(lines) + "\n")
    (folder / ".part").rename(folder / f"orders-2026-{month:02}.csv")


def events(profile, run):
    with profile.instance() as instance:
        return [(entry.dagster_event and entry.dagster_event.message) or "" for entry in instance.all_logs(run)]


def worker(profile, run):
    """The process of a run, which is at work in its step."""
    profile.wait(lambda: any(text.startswith("Started execution of step") for text in events(profile, run)), "the step")
    (pid,) = {int(found[1]) for text in events(profile, run) if (found := re.search(r"for run \(pid: (\d+)\)", text))}
    return psutil.Process(pid)


def retried(profile, run):
    """The run that Dagster started in place of one that crashed."""
    with profile.instance() as instance:
        found = instance.get_runs(dg.RunsFilter(tags={"dagster/parent_run_id": run}))
    return found[0].run_id if found else ""


def hold(profile):
    (profile.root / "hold").touch()
    run = launch(profile.webserver, "shop", ["shop/slow"])
    process = worker(profile, run)
    return run, process


def settled(profile, run, before):
    """The crashed run failed, its retry published once, and nothing is left half-done."""
    profile.until_run(run, "FAILURE")
    profile.wait(lambda: retried(profile, run), "the retry")
    (profile.root / "hold").unlink()
    profile.until_run(retried(profile, run), "SUCCESS")
    assert len(table(profile, "shop/slow").history()) == before + 1
    stages = [path for path in (profile.home / "warehouse").rglob("*.parquet") if "slow" in str(path)]
    assert len([path for path in stages if "_stag" in str(path)]) == 0


def versions(profile):
    current = table(profile, "shop/slow")
    return len(current.history()) if current.snapshot() else 0


@pytest.mark.slow
def test_what_is_delivered_is_published_and_followed_on_postgres(profile):
    (profile.landing / "shop/customers.csv").write_text("customer,name,country,since\n1,Ana,PT,2025-01-01\n")
    orders(profile, 1)
    profile.wait(lambda: announced(profile, "board/month_board", "2026-01"), "2026-01 of board/month_board")
    profile.wait(lambda: announced(profile, "board/all_time"), "board/all_time")
    assert set(table(profile, "shop/orders").current()) == {"2026-01"}
    assert not (profile.home / ".dagster/storage").exists()  # no SQLite anywhere
    # Each code server has its own variables: what one team's secret is, the other cannot read.
    seen = {name: psutil.Process(profile.processes[name].pid).environ() for name in ("shop", "board")}
    assert "HOLD" in seen["shop"] and "BOARD_TOKEN" not in seen["shop"]
    assert "BOARD_TOKEN" in seen["board"] and "SHOP_WEBHOOK" not in seen["board"]
    again = control("register", profile.folders["shop"], "--workspace", profile.home)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Loaded at" in again.stdout
    other = profile.register("board", profile.folders["board"], port=profile.port + 1)
    assert other.returncode == 1  # the shop's place
    assert "is the code server of shop" in other.stdout


@pytest.mark.slow
def test_a_killed_run_is_noticed_and_done_again(profile):
    before = versions(profile)
    run, process = hold(profile)
    process.kill()
    settled(profile, run, before)


@pytest.mark.slow
def test_a_killed_code_server_takes_its_runs_along_and_is_picked_up_again_and_the_rest_goes_on(profile):
    before = versions(profile)
    run, process = hold(profile)
    profile.kill("shop")
    process.wait(PATIENCE)  # the run does not outlive it
    profile.wait(lambda: "shop: nothing answers" in profile.log("serve"), "serve to say so")
    listed = control("workspace", "list", "--workspace", profile.home).stdout
    assert re.search(r"shop .*its code server does not answer", listed)
    told = control("status", "shop/orders", "--workspace", profile.home, **profile.secrets)
    assert "the code server of shop does not answer" in told.stderr
    assert "Safe to use" in told.stdout  # what stands is as good as before
    assert "board" in listed and listed.count("does not answer") == 1
    other = launch(profile.webserver, "board", ["board/all_time"])  # nobody else waits for the shop
    profile.until_run(other, "SUCCESS")
    profile.start("shop")
    settled(profile, run, before)


@pytest.mark.slow
def test_a_run_outlasts_a_database_that_crashes_and_comes_back(profile):
    before = versions(profile)
    run, _ = hold(profile)
    profile.server.stop(kill=True)
    (profile.root / "hold").unlink()  # it ends while nothing can be written down
    profile.wait(lambda: "Dagster's storage: nothing answers" in profile.log("serve"), "serve to say so")
    told = control("workspace", "prepare", "--workspace", profile.home, "--wait", 1, **profile.secrets)
    assert told.returncode == 2
    assert f"database record on 127.0.0.1:{profile.server.port}" in told.stderr
    time.sleep(12)  # longer than Dagster's own patience
    profile.server.start()
    profile.until_run(run, "SUCCESS")
    assert retried(profile, run) == ""
    assert versions(profile) == before + 1
    assert profile.server.password not in profile.log("serve") + profile.log("shop")
    orders(profile, 2)  # and everything goes on by itself
    profile.wait(lambda: announced(profile, "board/month_board", "2026-02"), "2026-02 of board/month_board")


@pytest.mark.slow
def test_a_registration_that_a_pull_brings_is_picked_up_and_one_backlog_starves_nobody(profile):
    clone, woken = profile.root / "clone", profile.root / "woken"
    shutil.copytree(profile.home, clone, ignore=shutil.ignore_patterns(".dagster", "warehouse"))
    for number, name in enumerate(("busy", "calm")):
        folder = profile.root / name
        (folder / "src" / name).mkdir(parents=True)
        (folder / "contracts").mkdir()
        (folder / "location.yaml").write_text(f"name: {name}\nowner: team:{name}\n")
        (folder / "src" / name / "definitions.py").write_text(NAPS.format(name=name, woken=str(woken)))
        for dataset in ("nap", "shared"):
            text = CONTRACT.format(location=name, dataset=dataset, version="1.0.0")
            (folder / "contracts" / f"{dataset}.odcs.yaml").write_text(text)
        place = ("--host", "127.0.0.1", "--port", profile.port + 5 + number)
        done = control("register", folder, "--workspace", clone, *place)
        assert done.returncode == 0, done.stdout + done.stderr
        profile.folders[name] = folder
    for name in ("busy", "calm"):  # a pull writes file by file
        for path in sorted((clone / "locations" / name).rglob("*")):
            target = profile.home / path.relative_to(clone)
            target.mkdir(parents=True, exist_ok=True) if path.is_dir() else shutil.copy(path, target)
    profile.wait(lambda: {"busy", "calm"} <= profile.webserver.locations().keys(), "both to be known")
    for name in ("busy", "calm"):
        profile.start(name)
    # The daemon that knows them started with them: a run of theirs is taken at once.
    profile.wait(lambda: profile.webserver.unhealthy_daemons() == (), "the daemon")
    backlog = [launch(profile.webserver, "busy", ["busy/nap"]) for _ in range(5)]
    late = launch(profile.webserver, "calm", ["calm/nap"])
    profile.until_run(late, "STARTED")  # queued last, and not run last
    woken.touch()
    pooled = [launch(profile.webserver, name, [f"{name}/shared"]) for name in ("calm", "busy", "calm")]
    for run in (*backlog, late, *pooled):
        profile.until_run(run, "SUCCESS")
    spans = times(profile, [*backlog, late, *pooled])
    assert most_at_once([spans[run] for run in backlog]) == 2  # max_per_location
    assert most_at_once([spans[run] for run in pooled]) == 1  # over both locations


def times(profile, runs):
    with profile.instance() as instance:
        records = instance.get_run_records(dg.RunsFilter(run_ids=runs))
        return {record.dagster_run.run_id: (record.start_time, record.end_time) for record in records}


def most_at_once(spans):
    return max(sum(start <= moment < end for start, end in spans) for moment, _ in spans)
