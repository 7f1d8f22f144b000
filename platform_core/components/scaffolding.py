"""What `dg scaffold defs` writes for each kind of dataset. `platformctl add dataset` writes the contract too."""

from __future__ import annotations

from pathlib import Path

import dagster as dg

__all__ = ["CopyScaffolder", "FileScaffolder", "FunctionScaffolder", "PythonScaffolder", "SqlScaffolder"]

_PYTHON = '''"""Makes the dataset {name}. Its columns and rules stand in contracts/{name}.odcs.yaml."""

import pyarrow

from platform_core import dataset


@dataset(inputs={{}})  # argument name -> dataset, as in {{"flights": "flight_ops/flights"}}
def {name}() -> pyarrow.Table:
    return pyarrow.table({{"id": [1]}})
'''


class FileScaffolder(dg.Scaffolder):
    """Writes a defs.yaml that expects <name>.csv."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        name = request.target_path.name
        text = f"type: platform_core.FileDataset\nattributes:\n  path: {name}.csv  # or {name}-{{partition}}.csv\n"
        _write(request.target_path / "defs.yaml", text)


class CopyScaffolder(dg.Scaffolder):
    """Writes a defs.yaml that names the dataset to copy."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        name = request.target_path.name
        text = f"type: platform_core.CopyDataset\nattributes:\n  of: location/{name}  # the dataset to copy\n"
        _write(request.target_path / "defs.yaml", text)


class SqlScaffolder(dg.Scaffolder):
    """Writes a defs.yaml and the SELECT beside it."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        name = request.target_path.name
        _write(request.target_path / "defs.yaml", "type: platform_core.SqlDataset\nattributes: {}\n")
        _write(request.target_path / f"{name}.sql", "SELECT 1 AS id\n")


class FunctionScaffolder(dg.Scaffolder):
    """Writes a module with a decorated function."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        name = request.target_path.name
        _write(request.target_path / f"{name}.py", _PYTHON.format(name=name))


class PythonScaffolder(FunctionScaffolder):
    """Writes the same, with the defs.yaml that Dagster wants of every component."""

    def scaffold(self, request: dg.ScaffoldRequest) -> None:
        super().scaffold(request)
        _write(request.target_path / "defs.yaml", "type: platform_core.PythonDataset\nattributes: {}\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
