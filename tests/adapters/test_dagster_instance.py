"""What is read from Dagster, on a real instance. These tests are the contract with the version that is installed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange
from dagster._core.events import DagsterEvent, DagsterEventType

from platform_core.adapters.instance import failed_runs, freshness_states, open_instance, runs_in_progress
from platform_core.errors import PlatformError
from platform_core.names import AssetId

FLIGHTS, PLANES = AssetId("flight_ops", "flights"), AssetId("flight_ops", "planes")
KEY = dg.AssetKey(FLIGHTS.path)
MONTHS = dg.StaticPartitionsDefinition(["2013-01", "2013-02"])


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as made:
        yield made


@dg.asset(key=KEY, partitions_def=MONTHS)
def flights(context) -> None:  # type: ignore[no-untyped-def] # Dagster refuses the annotation as text
    if context.partition_key == "2013-02":
        raise dg.Failure("no", allow_retries=False)


def run(instance: dg.DagsterInstance, partition: str) -> str:
    result = dg.materialize([flights], instance=instance, partition_key=partition, raise_on_error=False)
    return result.run_id


def test_the_freshness_daemons_last_word_is_read(instance: dg.DagsterInstance) -> None:
    """Fails when Dagster moves `get_freshness_state_records` or what it returns: mend adapters/instance.py then."""
    for state, at in ((FreshnessState.PASS, 1000.0), (FreshnessState.FAIL, 2000.0)):
        instance.report_runless_asset_event(
            FreshnessStateChange(
                key=KEY, new_state=state, previous_state=FreshnessState.UNKNOWN, state_change_timestamp=at
            )
        )
    found = freshness_states(instance, [FLIGHTS, PLANES])
    assert set(found) == {FLIGHTS}
    assert found[FLIGHTS].state == "FAIL"
    assert found[FLIGHTS].since == datetime.fromtimestamp(2000, tz=timezone.utc)


def test_all_states_of_dagster_are_known() -> None:
    from platform_core.answers.freshness import _OBSERVED

    assert set(_OBSERVED) == {state.value for state in FreshnessState}


def test_the_newest_run_counts_when_it_failed(instance: dg.DagsterInstance) -> None:
    run(instance, "2013-01")
    assert failed_runs(instance, [FLIGHTS, PLANES]) == {}
    failed = run(instance, "2013-02")
    found = failed_runs(instance, [FLIGHTS, PLANES])
    assert set(found) == {FLIGHTS}
    assert (found[FLIGHTS].run_id, found[FLIGHTS].partition) == (failed, "2013-02")
    assert abs((datetime.now(timezone.utc) - found[FLIGHTS].ended_at).total_seconds()) < 60
    run(instance, "2013-01")
    assert failed_runs(instance, [FLIGHTS]) == {}


def test_runs_in_progress(instance: dg.DagsterInstance) -> None:
    job = dg.Definitions([flights]).resolve_implicit_global_asset_job_def()
    tags = {"dagster/partition": "2013-01"}
    made = instance.create_run_for_job(job, tags=tags, asset_selection=frozenset({KEY}))
    assert runs_in_progress(instance, [FLIGHTS]) == {}  # not started, and perhaps never will
    event = DagsterEvent(DagsterEventType.RUN_START.value, made.job_name)
    instance.report_dagster_event(event, made.run_id)
    (found,) = runs_in_progress(instance, [FLIGHTS, PLANES])[FLIGHTS]
    assert (found.run_id, found.partitions) == (made.run_id, ("2013-01",))


def test_an_instance_that_was_never_started_is_not_made(tmp_path: Path) -> None:
    with open_instance(tmp_path) as found:
        assert found is None
    storage = tmp_path / ".dagster" / "storage"
    (tmp_path / "dagster.yaml").write_text(f"storage: {{sqlite: {{base_dir: '{storage}'}}}}\n")
    with open_instance(tmp_path) as found:
        assert found is None
    assert not storage.exists()


def test_a_broken_configuration_says_where(tmp_path: Path) -> None:
    for text in ("storage: {sqlite: {base_dir: .}}\nnonsense: true\n", "storage: [", "words"):
        (tmp_path / "dagster.yaml").write_text(text)
        with pytest.raises(PlatformError, match=r"dagster\.yaml"), open_instance(tmp_path):
            pass
