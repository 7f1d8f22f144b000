"""What a team declares: file, SQL and Python datasets, and `build_definitions`, which makes a code location of them."""

from platform_core.components.definitions import build_definitions
from platform_core.components.file_dataset import FileDataset
from platform_core.components.python_component import PythonDataset
from platform_core.components.python_dataset import dataset
from platform_core.components.sql_dataset import SqlDataset

__all__ = ["FileDataset", "PythonDataset", "SqlDataset", "build_definitions", "dataset"]
