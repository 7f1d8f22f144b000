"""A plan in dbt's selection syntax."""

from __future__ import annotations

from platform_core.components.dbt.nodes import Manifest
from platform_core.components.dbt.project import Plan

__all__ = ["selection"]


def selection(manifest: Manifest, plan: Plan) -> list[str]:
    """Return the arguments that make `dbt build` do exactly what is planned; none when that is the whole project."""
    if set(plan.built) == set(manifest.models) and set(plan.tests) == set(manifest.tests):
        return []
    words = []
    for name in plan.built:
        model = manifest.models[name]
        # An fqn selects what is in a folder of that name too; with the file it is one model.
        words.append(f"fqn:{'.'.join(model.fqn)},file:{model.path.name},resource_type:{model.resource_type}")
    for name in plan.tests:
        test = manifest.tests[name]
        kind = "unit_test" if test.kind == "unit_test" else "test"
        words.append(f"fqn:{'.'.join(test.fqn)},resource_type:{kind}")
    # A test is run when it is named, not because it touches something that is.
    return ["--select", *words, "--indirect-selection", "empty"]
