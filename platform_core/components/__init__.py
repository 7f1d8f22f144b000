"""What a team declares: file, SQL and Python datasets, and `build_definitions`, which makes a code location of them.

Names are loaded when first used: a location that has not changed is loaded without what reads its YAML.
"""

from importlib.util import find_spec

from platform_core.lazy import lazily

_HOMES = {
    "build_definitions": "platform_core.components.definitions",
    "CopyDataset": "platform_core.components.copy_dataset",
    "DbtProject": "platform_core.components.dbt.component",
    "FileDataset": "platform_core.components.file_dataset",
    "PythonDataset": "platform_core.components.python_component",
    "SqlDataset": "platform_core.components.sql_dataset",
}

__all__ = ["CopyDataset", "DbtProject", "FileDataset", "PythonDataset", "SqlDataset", "build_definitions"]


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    # dg asks for every name that is listed here.
    return [name for name in __all__ if name != "DbtProject" or find_spec("dagster_dbt")]
