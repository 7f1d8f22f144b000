"""Which models a selection means. dbt's own selection syntax, judged by dagster_dbt as in its own components."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from platform_core.components.dbt.preparing import KEPT
from platform_core.errors import PlatformError

__all__ = ["chosen"]


def chosen(folder: Path, select: str, exclude: str) -> frozenset[str]:
    """Return the unique ids that `select` without `exclude` means in the prepared project in `folder`.

    Raises PlatformError when dbt cannot read the selection. Imports dagster_dbt, and with it dbt.
    """
    from dagster_dbt.utils import select_unique_ids
    from dbt_common.events.contextvars import task_contextvars

    manifest: Any = json.loads((folder / KEPT / "manifest.json").read_bytes())
    try:
        with task_contextvars(project_root=str(folder)):  # dbt looks there for the files of path:, else where we are
            return frozenset(select_unique_ids(select, exclude, "", None, manifest))
    except Exception as error:  # dbt's own kinds of errors, one for each thing that can be wrong
        raise PlatformError(f"dbt cannot read the selection: {error}.", hint="It is dbt's own syntax.") from error
