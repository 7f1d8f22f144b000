"""What a team declares: file, SQL and Python datasets, and `build_definitions`, which makes a code location of them.

Names are loaded when first used: a location that has not changed is loaded without what reads its YAML.
"""

from importlib import import_module
from importlib.util import find_spec
from typing import Any

_HOMES = {
    "build_definitions": "platform_core.components.definitions",
    "CopyDataset": "platform_core.components.copy_dataset",
    "DbtProject": "platform_core.components.dbt.component",
    "FileDataset": "platform_core.components.file_dataset",
    "PythonDataset": "platform_core.components.python_component",
    "SqlDataset": "platform_core.components.sql_dataset",
}

__all__ = ["CopyDataset", "DbtProject", "FileDataset", "PythonDataset", "SqlDataset", "build_definitions"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    # dg asks for every name that is listed here.
    return [name for name in __all__ if name != "DbtProject" or find_spec("dagster_dbt")]
