"""A model that is unsafe to build again: it says so in its YAML, and is not built again from the same inputs."""

from __future__ import annotations

import pytest

from platform_core.components.loading import load_datasets
from platform_core.findings import FindingsError

pytestmark = pytest.mark.processes

MODELS = "dbt/models/models.yml"
SAID = "  - name: order_totals\n    meta: {platform: {rerun: unsafe%s}}\n"


def test_a_model_says_that_a_rerun_is_unsafe(market, edit):
    edit(MODELS, "  - name: order_totals\n", SAID % "")
    with pytest.raises(FindingsError) as refused:
        load_datasets(market.package)
    finding = next(one for one in refused.value.findings if one.id == "rerun")
    assert finding.message == "rerun: unsafe needs a reason."
    assert str(finding.where).endswith("models.yml:9")
    edit(MODELS, "rerun: unsafe", "rerun: unsafe, reason: Each build is billed.")
    unsafe = {one.asset.dataset: one.unsafe for one in load_datasets(market.package).datasets if one.unsafe}
    assert unsafe == {"order_totals": "Each build is billed."}
    result = market.run("order_totals", "order_log")
    assert not result.success and "order_totals" not in market.announced(result)
    (event,) = [event for event in result.all_events if event.is_step_failure]
    assert "a re-run is unsafe: Each build is billed." in event.step_failure_data.user_failure_data.description
    assert market.instance.get_run_by_id(result.run_id).tags["dagster/max_retries"] == "0"
    assert market.run("order_totals", tags={"platform/rerun": "again"}).success
    market.deliver((4, 2, "2026-02-01", "1.00"))
    assert market.run("order_totals").success
