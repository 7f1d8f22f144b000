"""The Python dataset as a component, so that `dg` lists and scaffolds it beside the others."""

from __future__ import annotations

import dagster as dg

from platform_core.components.declaration import Declaration, problem
from platform_core.components.functions import declared_function
from platform_core.components.scaffolding import PythonScaffolder
from platform_core.components.standalone import standalone_definitions
from platform_core.documents import Document
from platform_core.findings import Finding

__all__ = ["PythonDataset"]


@dg.scaffold_with(PythonScaffolder)
class PythonDataset(dg.Component, dg.Resolvable, dg.Model):
    """What the function with @dataset in <dataset>.py returns, published when its inputs were and its contract holds.

    The function says everything; a defs.yaml of this type is allowed beside it, and not needed.
    """

    def declare(self, document: Document, dataset: str, location: str) -> Declaration | list[Finding]:
        """Return the declaration, or everything wrong with it."""
        path = document.path.parent / f"{dataset}.py"
        found = declared_function(path, f"{location}.defs.{dataset}.{dataset}", location) if path.is_file() else None
        if found is None:
            fix = f"Write {path.name} with a function {dataset}() under @dataset(inputs=...)."
            return [
                problem("python-missing", dataset, f"no function with @dataset in {path.name}.", fix, document.where())
            ]
        return found

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return this one dataset, for Dagster's own loader; `build_definitions` adds the sensors."""
        return standalone_definitions(self, context.path)
