"""Datasets cut in different ways: what is asked for after which publication, and what a partition is made of."""

from __future__ import annotations

import shutil
from pathlib import Path

import dagster as dg
import pytest
from shop_location import asked, failure

from platform_core.components import build_definitions
from platform_core.components.files import hashing
from platform_core.components.landing import take_look
from platform_core.components.loading import load_datasets
from platform_core.components.reconcile import FOLLOW_SECONDS, GRACE_SECONDS, reconcile
from platform_core.names import AssetId
from platform_core.resources.catalog import Catalog

pytestmark = pytest.mark.processes  # runs of Dagster, in this process: some seconds together

CASE = Path(__file__).parents[1] / "cases" / "grain_location"
HEAD = "id,value\n"


class Grain:
    """The location of tests/cases/grain_location, with an instance that forgets and sensors one look at a time."""

    def __init__(self, root: Path) -> None:
        self.root, self.package = root, root / "src" / "grain"
        self.landing = root / "landing"
        self.landing.mkdir()
        self.instance = dg.DagsterInstance.ephemeral()
        self.definitions = build_definitions(self.package / "definitions.py")
        self.datasets = load_datasets(self.package).datasets
        self.catalog = Catalog.from_environment(root)
        self.cursor: object = None
        self.looked: str | None = None
        self.reconciled: str | None = None
        self.notes: list[str] = []

    def deliver(self, name: str, first: int, value: int = 1) -> Path:
        path = self.landing / name
        path.write_text(f"{HEAD}{first},{value}\n{first + 1},{value}\n")
        return path

    def publish(self, dataset: str, *partitions: str) -> None:
        """Tell Dagster alone of a publication."""
        for partition in partitions:
            event = dg.AssetMaterialization(dg.AssetKey(["grain", dataset]), partition=partition)
            self.instance.report_runless_asset_event(event)

    def tick(self) -> dict[str, list[str]]:
        """Return what the automation asks for."""
        result = dg.evaluate_automation_conditions(self.definitions, self.instance, cursor=self.cursor)
        self.cursor = result.cursor
        keys = (dataset.key for dataset in self.datasets)
        return {key.path[1]: sorted(found) for key in keys if (found := result.get_requested_partitions(key))}

    def look(self) -> list[tuple[str, str]]:
        """Return what the landing sensor asks for, after it told Dagster of new and gone keys."""
        files = [one for one in self.datasets if one.declaration.kind == "file"]
        found = take_look(files, self.catalog, self.instance, self.looked, 1000.0)
        self.looked, self.notes = found.cursor, found.notes
        for name, keys in found.new_keys.items():
            self.instance.add_dynamic_partitions(name, keys)
        for name, keys in found.gone_keys.items():
            for key in keys:
                self.instance.delete_dynamic_partition(name, key)
        return [asked(request) for request in found.requests]

    def run(self, dataset: str, first: str, last: str = "") -> dg.ExecuteInProcessResult:
        tags = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last} if last else {}
        return self.definitions.resolve_implicit_global_asset_job_def().execute_in_process(
            asset_selection=[dg.AssetKey(["grain", dataset])],
            partition_key=None if last else first,
            instance=self.instance,
            tags=tags,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )

    def current(self, dataset: str) -> set[str | None]:
        return set(self.catalog.table(AssetId("grain", dataset)).current())

    def rows(self, dataset: str, partition: str) -> int:
        return self.catalog.table(AssetId("grain", dataset)).current()[partition].rows


@pytest.fixture
def grain(tmp_path, monkeypatch):
    for name in ("PLATFORM_CATALOG", "PLATFORM_LANDING", "PLATFORM_WAREHOUSE"):
        monkeypatch.delenv(name, raising=False)
    shutil.copytree(CASE, tmp_path / "grain", ignore=shutil.ignore_patterns("__pycache__"))
    made = Grain(tmp_path / "grain")
    yield made
    made.instance.dispose()


def test_a_month_is_asked_for_when_all_its_days_are_there_or_with_each_where_it_says_so(grain):
    assert grain.tick() == {}
    grain.publish("days", "2026-01-30")  # the first day there is: January has two
    assert grain.tick() == {"months_so_far": ["2026-01"]}
    grain.publish("months_so_far", "2026-01")
    assert grain.tick() == {}
    grain.publish("days", "2026-01-31")
    assert grain.tick() == {"months": ["2026-01"], "months_so_far": ["2026-01"]}
    grain.publish("months", "2026-01")
    grain.publish("months_so_far", "2026-01")
    assert grain.tick() == {}


def test_a_late_correction_of_one_day_asks_for_its_month_alone(grain):
    grain.tick()
    days = ["2026-01-30", "2026-01-31", *(f"2026-02-{day:02}" for day in range(1, 29))]
    grain.publish("days", *days)
    both = ["2026-01", "2026-02"]
    assert grain.tick() == {"months": both, "months_so_far": both}
    for dataset in ("months", "months_so_far"):
        grain.publish(dataset, *both)
    assert grain.tick() == {}
    grain.publish("days", "2026-01-31")
    assert grain.tick() == {"months": ["2026-01"], "months_so_far": ["2026-01"]}


def test_static_partitions_follow_their_equals_and_no_others(grain):
    grain.tick()
    grain.publish("stations", "north", "west")
    assert grain.tick() == {"coast": ["west"]}


def test_dynamic_partitions_follow_those_of_the_files(grain):
    grain.tick()
    grain.instance.add_dynamic_partitions("grain/scans", ["A17", "B2"])
    assert grain.tick() == {}
    grain.publish("scans", "B2")
    assert grain.tick() == {"spots": ["B2"]}


def test_a_month_reads_the_days_there_are_only_where_it_may(grain):
    grain.deliver("days-2026-01-30.csv", 10)
    assert grain.run("days", "2026-01-30").success
    assert (
        "waiting for grain/days (2026-01-31): not published yet" in failure(grain.run("months", "2026-01")).description
    )
    assert grain.run("months_so_far", "2026-01").success
    assert failure(grain.run("months_so_far", "2026-02")).description.startswith("grain/months_so_far")
    grain.deliver("days-2026-01-31.csv", 20)
    assert grain.run("days", "2026-01-31").success
    assert grain.run("months", "2026-01").success


def test_file_names_make_dynamic_partitions_and_what_is_derived_from_them_follows(grain):
    for number, name in enumerate(("scans-B2.csv", "scans-A17.csv")):
        grain.deliver(name, number * 10)
    assert grain.look() == []
    assert grain.look() == [("scans", "A17..B2")]
    assert list(grain.instance.get_dynamic_partitions("grain/scans")) == ["A17", "B2"]
    assert grain.run("scans", "A17", "B2").success
    assert grain.run("spots", "B2").success
    assert (grain.current("scans"), grain.current("spots")) == ({"A17", "B2"}, {"B2"})
    grain.deliver("scans-A1.csv", 100)
    grain.look()
    assert grain.look() == [("scans", "A1")]  # a new key comes after those there are, whatever its name
    assert list(grain.instance.get_dynamic_partitions("grain/scans")) == ["A17", "B2", "A1"]


def test_a_file_name_that_cannot_be_a_key_makes_no_partition(grain):
    for name in ("scans-a:b.csv", "scans- .csv", "scans-$(rm -rf).csv", "scans-a\nb.csv"):
        grain.deliver(name, 1)
    grain.look()
    assert grain.look() == [("scans", "$(rm -rf)")]  # a strange name, and harmless as a folder's
    assert list(grain.instance.get_dynamic_partitions("grain/scans")) == ["$(rm -rf)"]
    assert any("has no partition 'a:b': it holds a character that a file name cannot" in note for note in grain.notes)


def test_a_dynamic_partition_of_which_nothing_came_goes_with_its_file_and_no_other(grain):
    kept, misnamed = grain.deliver("scans-A.csv", 1), grain.deliver("scans-wrnog.csv", 10, value=1)
    grain.look()
    assert grain.look() == [("scans", "A..wrnog")]
    assert grain.run("scans", "A").success
    misnamed.unlink()
    kept.unlink()  # what is published does not hang on its file
    grain.look()
    assert list(grain.instance.get_dynamic_partitions("grain/scans")) == ["A"]
    assert any("the file of partition 'wrnog' went away" in note for note in grain.notes)
    assert grain.current("scans") == {"A"}


def test_keys_that_dagster_lost_are_registered_again_and_what_did_not_follow_is_asked_for(grain):
    grain.deliver("scans-A.csv", 1)
    grain.instance.add_dynamic_partitions("grain/scans", ["A"])
    assert grain.run("scans", "A").success
    grain.instance.delete_dynamic_partition("grain/scans", "A")
    published = grain.catalog.table(AssetId("grain", "scans")).current()["A"].published_at.timestamp()
    later = published + GRACE_SECONDS + FOLLOW_SECONDS
    done = reconcile(grain.datasets, grain.catalog, grain.instance, None, later)
    assert done.new_keys == {"grain/scans": ["A"]}
    assert [asked(request) for request in done.requests] == [("spots", "A")]


def test_static_partitions_arrive_late_and_wrong_like_any_other(grain):
    grain.deliver("stations-nroth.csv", 1)
    grain.deliver("stations-west.csv", 10)
    grain.look()
    assert grain.look() == [("stations", "west")]
    assert any("did you mean stations-north.csv?" in note for note in grain.notes)
    assert grain.run("stations", "west").success
    assert grain.run("coast", "west").success
    assert grain.look() == []
    grain.deliver("stations-west.csv", 20, value=-1)  # a correction that breaks the contract
    grain.look()
    assert grain.look() == [("stations", "west")]
    assert not grain.run("stations", "west").success
    later = [grain.look(), grain.look()]
    assert later == [[], []]
    assert grain.rows("stations", "west") == 2


def test_a_large_delivery_is_hashed_over_several_looks_and_the_run_finds_the_same_hash(grain, monkeypatch):
    monkeypatch.setattr(hashing, "BLOCK", 10)
    one_block = lambda folder, delivery, progress, _: hashing.hash_on(folder, delivery, progress, lambda: False)  # noqa: E731
    monkeypatch.setattr("platform_core.components.landing.hash_on", one_block)  # as if time were up at once
    path = grain.landing / "stations-west.csv"
    path.write_text(HEAD + "".join(f"{n},1\n" for n in range(10)))
    assert [grain.look() for _ in range(1 + 4)] == [[]] * 5
    assert any("its content is compared" in note for note in grain.notes)
    assert grain.look() == [("stations", "west")]  # 49 bytes: the fifth block is the last
    assert grain.run("stations", "west").success
    assert grain.look() == []  # known by its hash: published


@pytest.mark.parametrize("block", [1, 7, 10, 64, 1000])
def test_a_delivery_has_one_identity_wherever_its_hashing_was_interrupted(tmp_path, monkeypatch, block):
    from platform_core.components.files.landing import Delivery, look

    monkeypatch.setattr(hashing, "BLOCK", block)
    for name, size in (("a", 20), ("b", 0), ("c", 7)):
        (tmp_path / name).write_bytes(bytes(range(size)))
    delivery = Delivery(None, tuple(look(tmp_path)))
    at_once = hashing.content_hash(tmp_path, delivery)
    found, progress = "", hashing.Progress()
    while not found:
        found, progress = hashing.hash_on(tmp_path, delivery, progress, lambda: False)
    assert found == at_once
    (tmp_path / "c").write_bytes(bytes(range(6)) + b"!")
    assert hashing.content_hash(tmp_path, delivery) != at_once


def test_a_dataset_says_how_many_partitions_one_run_takes(grain):
    file = grain.package / "defs" / "days" / "defs.yaml"
    file.write_text(file.read_text() + "  partitions_per_run: 2\n")
    datasets = {one.asset.dataset: one for one in load_datasets(grain.package).datasets}
    grain.datasets = tuple(datasets.values())
    (asset,) = [
        one
        for one in build_definitions(grain.package / "definitions.py").resolve_asset_graph().asset_nodes
        if one.key.path[1] == "days"
    ]
    assert asset.backfill_policy == dg.BackfillPolicy.multi_run(2)
    for day in range(1, 6):
        grain.deliver(f"days-2026-02-{day:02}.csv", day * 10)
    grain.look()
    assert grain.look() == [
        ("days", "2026-02-01..2026-02-02"),
        ("days", "2026-02-03..2026-02-04"),
        ("days", "2026-02-05"),
    ]


@pytest.mark.parametrize(
    ("dataset", "written", "said"),
    [
        ("spots", "{type: dynamic}", "dynamic partitions need a name here"),
        ("spots", "{type: dynamic, name: days}", "no file names make the keys of grain/days"),
        ("scans", "{type: dynamic, name: days}", "name is not needed"),
        ("coast", "{type: static, keys: [west, east]}", "it has no partition east"),
        ("coast", '{type: monthly, start_date: "2026-01-01"}', "monthly partitions over static ones"),
    ],
)
def test_partitions_that_do_not_fit_are_found_when_they_are_written(grain, dataset, written, said):
    from platform_core.findings import FindingsError

    file = grain.package / "defs" / dataset / "defs.yaml"
    lines = [f"  partitions: {written}" if "partitions:" in line else line for line in file.read_text().splitlines()]
    file.write_text("\n".join(lines) + "\n")
    with pytest.raises(FindingsError) as raised:
        load_datasets(grain.package)
    assert said in str(raised.value)
