"""The architecture holds: layers, light imports, one version."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import platform_core

ROOT = Path(__file__).parents[1]


def test_layers_hold() -> None:
    """Each package imports only what stands below it, as pyproject.toml declares."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("platform_core", ["dagster", "duckdb", "pyarrow", "click", "yaml"]),
        ("platform_core.contracts", ["dagster", "duckdb", "psycopg", "pyarrow", "deltalake", "sqlglot", "click"]),
        ("platform_core.audit", ["dagster", "psycopg", "pyarrow", "deltalake", "click"]),
        ("platform_core.audit.duckdb", ["dagster", "psycopg", "pyarrow", "deltalake", "click"]),
        ("platform_core.audit.postgres", ["dagster", "duckdb", "psycopg", "pyarrow", "deltalake", "click"]),
        ("platform_core.answers", ["dagster", "duckdb", "pyarrow", "deltalake", "click"]),
        ("platform_core.cli", ["dagster", "dbt", "duckdb", "psycopg", "pyarrow", "deltalake", "sqlglot", "yaml"]),
        # What every code location imports: whether it has a dbt project, and which engine it is on, is not known yet.
        ("platform_core.components.definitions", ["dbt", "dagster_dbt", "psycopg", "duckdb", "pyarrow", "deltalake"]),
        ("platform_core.components", ["dbt", "dagster_dbt", "psycopg", "pyarrow", "deltalake"]),
        ("platform_core.resources.catalog", ["dagster", "psycopg", "duckdb", "pyarrow", "deltalake", "sqlglot"]),
        ("platform_core.resources.postgres", ["dagster", "duckdb", "psycopg", "pyarrow", "deltalake"]),
        ("platform_core.workspace.deployment", ["dbt", "dagster_dbt", "psycopg", "duckdb", "pyarrow", "deltalake"]),
        ("platform_core.testing.plugin", ["dagster", "dbt", "duckdb", "psycopg", "pyarrow", "deltalake", "sqlglot"]),
    ],
)
def test_importing_is_light(module: str, absent: list[str]) -> None:
    """No heavy package is loaded before a command needs it."""
    code = f"import sys, {module}; print(sorted(set({absent!r}) & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_no_two_test_modules_have_one_name() -> None:
    """Tests are no packages, so pytest and `import` know a module by its bare name: of two, one hides the other."""
    homes: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("*.py")):
        if "cases" not in path.relative_to(ROOT).parts and path.name != "conftest.py":
            homes.setdefault(path.stem, []).append(path.relative_to(ROOT).as_posix())
    assert {name: paths for name, paths in homes.items() if len(paths) > 1} == {}
    taken = {name for name in homes if (ROOT / name).is_dir() or name in sys.stdlib_module_names}
    assert taken == set()


def test_public_names_load_when_first_used() -> None:
    """Every public name of the package resolves, and a mistyped one says so."""
    for name in platform_core.__all__:
        assert getattr(platform_core, name)
    with pytest.raises(AttributeError, match="no attribute 'build_definition'"):
        platform_core.__getattr__("build_definition")


def test_template_and_library_share_one_version() -> None:
    """pyproject.toml, the package and the CHANGELOG's newest section name the same version."""
    declared = re.search(r'^version = "([^"]+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert declared
    assert declared[1] == platform_core.__version__
    newest = re.search(r"^## (\d+\.\d+\.\d+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest
    assert newest[1] == declared[1]


def test_template_needs_no_trust() -> None:
    """Tasks, migrations and extensions would make every update ask for --trust, for ever."""
    questions = yaml.safe_load((ROOT / "copier.yml").read_text())
    assert not {"_tasks", "_migrations", "_jinja_extensions"} & set(questions)


def test_scripts_are_executable() -> None:
    """The two commands of the README run as they stand there."""
    for script in ("scripts/demo", "scripts/test", ".ci/run"):
        assert os.access(ROOT / script, os.X_OK), script
