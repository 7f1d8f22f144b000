"""What is taken of Dagster that it does not promise to keep: each name in one module, and there in this version.

When Dagster changes, this fails first and says which module to mend.
"""

from __future__ import annotations

import ast
import inspect
from importlib import import_module
from pathlib import Path

import dagster as dg
import pytest

import platform_core
from platform_core.adapters.instance_activity import busy_assets
from platform_core.workspace import init_workspace
from platform_core.workspace.describe import _is_lazy
from platform_core.workspace.instance import instance_config
from platform_core.workspace.server_settings import server_data

ROOT = Path(platform_core.__file__).parent
# Anything below a package's own name: what Dagster's packages export at the top is promised.
WRAPPED = {
    "adapters/code_server.py": {
        "dagster._core.errors": {"DagsterUserCodeUnreachableError"},
        "dagster._core.remote_origin": {"GrpcServerCodeLocationOrigin"},
        "dagster._grpc.client": {"DagsterGrpcClient"},
        "dagster._grpc.types": {"GetCurrentRunsResult"},
        "dagster._serdes": {"deserialize_value"},
    },
    "adapters/instance_activity.py": {
        "dagster._core.execution.backfill": {"BulkActionStatus", "BulkActionsFilter"},
    },
    "adapters/patient_storage.py": {
        "dagster_postgres.utils": {"create_pg_engine", "pg_url_from_config", "set_pg_statement_timeout"},
    },
    "adapters/run_launcher.py": {"dagster._core.launcher.base": {"CheckRunHealthResult", "WorkerStatus"}},
    "adapters/storage.py": {"dagster_postgres.utils": {"get_conn_string"}},
    "components/dbt/choosing.py": {"dagster_dbt.utils": {"select_unique_ids"}},
    "components/dbt/component.py": {
        "dagster.components.utils.defs_state": {"DefsStateConfig"},
        "dagster_shared.serdes.objects.models.defs_state_info": {"DefsStateManagementType"},
    },
}


def taken(path: Path) -> dict[str, set[str]]:
    """Return the names that a module imports from below a package of Dagster's."""
    found: dict[str, set[str]] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("dagster") and "." in str(node.module):
            found.setdefault(str(node.module), set()).update(alias.name for alias in node.names)
    return found


def test_each_private_name_is_taken_in_the_one_module_that_wraps_it() -> None:
    found = {path.relative_to(ROOT).as_posix(): taken(path) for path in ROOT.rglob("*.py")}
    assert {path: names for path, names in found.items() if names} == WRAPPED


@pytest.mark.parametrize(
    ("module", "name"),
    sorted({(module, name) for each in WRAPPED.values() for module, names in each.items() for name in names}),
)
def test_a_private_name_is_there(module: str, name: str) -> None:
    if module.startswith("dagster_dbt"):  # importing it takes seconds: the file is read instead
        package, _, inner = module.partition(".")
        source = Path(str(inspect.getsourcefile(import_module("dagster")))).parents[1] / package / f"{inner}.py"
        assert f"def {name}(" in source.read_text("utf-8")
    else:
        assert hasattr(import_module(module), name)


def test_the_storages_of_postgres_keep_what_the_patient_ones_replace() -> None:
    """Without an attribute of this name the subclass would set one that nobody reads."""
    import dagster_postgres as postgres

    for storage in (postgres.PostgresRunStorage, postgres.PostgresEventLogStorage, postgres.PostgresScheduleStorage):
        source = inspect.getsource(storage)
        assert "self._engine" in source
        assert "self.postgres_url" in source
        assert list(inspect.signature(storage.optimize_for_webserver).parameters)[1:] == [
            *("statement_timeout", "pool_recycle", "max_overflow")
        ]
    whole = inspect.getsource(postgres.DagsterPostgresStorage)
    for name in ("_run_storage", "_event_log_storage", "_schedule_storage"):
        assert f"self.{name}" in whole


def test_the_assets_of_a_backfill_under_way_are_busy() -> None:
    from dagster._core.execution.backfill import BulkActionStatus, PartitionBackfill

    with dg.DagsterInstance.ephemeral() as instance:
        for name, status in (("going", BulkActionStatus.REQUESTED), ("done", BulkActionStatus.COMPLETED)):
            backfill = PartitionBackfill(
                backfill_id=name,
                status=status,
                from_failure=False,
                tags={},
                backfill_timestamp=0.0,
                asset_selection=[dg.AssetKey(name)],
            )
            instance.add_backfill(backfill)
        assert busy_assets(instance) == {dg.AssetKey("going")}


def test_definitions_made_by_a_function_are_known_from_other_functions() -> None:
    @dg.definitions
    def defs() -> dg.Definitions:
        return dg.Definitions()

    assert _is_lazy(defs)
    assert not _is_lazy(test_definitions_made_by_a_function_are_known_from_other_functions)


@pytest.mark.parametrize("profile", ["local", "server"])
def test_every_class_that_the_rendered_dagster_yaml_names_is_there(tmp_path: Path, profile: str) -> None:
    url = "postgresql://dagster@db.example.org/record"
    server = server_data(url, ()) if profile == "server" else None
    waiting = [instance_config(init_workspace(tmp_path, server=server))]
    named = []
    while waiting:
        each = waiting.pop()
        waiting += [value for value in each.values() if isinstance(value, dict)]
        if "module" in each:
            named.append((each["module"], each["class"]))
    assert len(named) >= 3
    for module, name in named:
        assert inspect.isclass(getattr(import_module(module), name))
