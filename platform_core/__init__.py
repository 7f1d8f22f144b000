"""The shared library of a data platform on Dagster: contracts, the publishing door, and the answers about data.

Names are loaded when first used, so that importing this package imports neither Dagster nor an engine.
"""

from importlib.util import find_spec

from platform_core.lazy import lazily

__version__ = "0.1.0"

_HOMES = {
    "build_definitions": "platform_core.components.definitions",
    "dataset": "platform_core.components.python_dataset",
    "CopyDataset": "platform_core.components.copy_dataset",
    "DbtProject": "platform_core.components.dbt.component",
    "FileDataset": "platform_core.components.file_dataset",
    "PythonDataset": "platform_core.components.python_component",
    "SqlDataset": "platform_core.components.sql_dataset",
    "PlatformError": "platform_core.errors",
}

__all__ = [
    "CopyDataset",
    "DbtProject",
    "FileDataset",
    "PlatformError",
    "PythonDataset",
    "SqlDataset",
    "__version__",
    "build_definitions",
    "dataset",
]


__getattr__ = lazily(__name__, _HOMES)


def __dir__() -> list[str]:
    # dg asks for every name that is listed here.
    return [name for name in __all__ if name != "DbtProject" or find_spec("dagster_dbt")]
