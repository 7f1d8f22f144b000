"""What a dbt project says of running a model again: `meta: {platform: {rerun: unsafe, reason: ...}}`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from platform_core.components.dbt.nodes import Manifest, Model
from platform_core.components.declaration import problem
from platform_core.components.rerun import rerun_problem, unsafe_of
from platform_core.findings import Finding

__all__ = ["rerun_findings", "says_unsafe", "unsafe_model"]


def unsafe_model(model: Model) -> str:
    """Return why a model may not be built again from the same inputs; empty when it may."""
    return unsafe_of(*_said(model))


def says_unsafe(model: Model) -> bool:
    """Return whether a model says that a re-run is unsafe, with a reason or without."""
    return _said(model)[0] == "unsafe"


def rerun_findings(manifest: Manifest, names: Iterable[str]) -> Iterator[Finding]:
    """Yield what makes no sense of what the models with these unique ids say."""
    for unique_id in sorted(names):
        model = manifest.models[unique_id]
        if (told := rerun_problem(*_said(model))) is not None:
            key, message, fix = told
            yield problem("rerun", model.dataset, message, fix, model.described(f"{key}:"))


def _said(model: Model) -> tuple[str, str]:
    platform = model.meta.get("platform")
    said = platform if isinstance(platform, Mapping) else {}
    return str(said.get("rerun", "safe")), str(said.get("reason") or "")
