"""A contract that asks for more than before is held against what is published: partitions and counts, never values."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from warehouse_tables import deliver

from platform_core.lineage import Asset, ContractRef, Graph
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES
from platform_core.resources.engine import Table
from platform_core.workspace import Registration, Workspace, init_workspace
from platform_core.workspace.plan import Plan
from platform_core.workspace.published import with_published
from platform_core.workspace.registry import write_registration
from platform_core.workspace.terms import contract_of

OPEN: dict[str, Any] = {"logicalType": "string"}


def location(columns: Mapping[str, Any], engine: str, version: str = "1.0.0") -> Registration:
    properties = [{"name": name, **about} for name, about in columns.items()]
    contract = {
        "apiVersion": "v3.2.0",
        "kind": "DataContract",
        "id": "flights",
        "version": version,
        "status": "active",
        "schema": [{"name": "flights", "properties": properties}],
    }
    key = "flight_ops/flights"
    asset = Asset(key, owners=("team:flight_ops",), contract=ContractRef(version, version))
    return Registration(
        name="flight_ops",
        owner="team:flight_ops",
        repository="https://git.example/flight_ops",
        package="flight_ops",
        python="python",
        root="/srv/flight_ops",
        engine=engine,
        port=4000,
        graph=Graph({key: asset}),
        contracts={"flights": yaml.safe_dump(contract, sort_keys=False).encode()},
    )


@pytest.fixture
def workspace(tmp_path: Path, either_table: Table, request: pytest.FixtureRequest) -> Workspace:
    """A workspace whose warehouse holds the table."""
    made = init_workspace(tmp_path / "workspace")
    place = tmp_path / "warehouse" if either_table.engine == DUCKDB_DELTA else request.getfixturevalue("address")
    return Workspace(made.root, replace(made.settings, places={either_table.engine: place}))


def test_partitions_that_break_the_new_contract_are_named_with_counts(
    workspace: Workspace, either_table: Table
) -> None:
    before = location({"code": OPEN, "kind": OPEN}, either_table.engine)
    write_registration(workspace, before)
    contract = contract_of(before, "flights")
    assert contract is not None
    for month, codes in (("2013-01", ("EWR", None)), ("2013-02", ("EWR", "JFK")), ("2013-03", (None, None))):
        values = ", ".join(f"({'NULL' if code is None else repr(code)}, 'secret')" for code in codes)
        deliver(either_table, f"SELECT * FROM (VALUES {values}) AS t (code, kind)", contract, month)
    after = location({"code": {**OPEN, "required": True}, "kind": OPEN}, either_table.engine, "1.1.0")

    [finding] = with_published(Plan(after), workspace).findings
    assert (finding.id, finding.level, finding.subject) == ("published-data-violates", "warning", "flight_ops/flights")
    assert "of 3 published partitions of flight_ops/flights, 2 do not keep" in finding.message
    assert "2013-01 (required_code: 1 row); 2013-03 (required_code: 2 rows)" in finding.message
    assert "run these partitions again in Dagster" in finding.fix
    assert "flights_v2" in finding.fix
    assert finding.owner == "team:flight_ops"
    assert finding.where is not None
    assert "secret" not in f"{finding}"

    looser = location({"code": OPEN, "kind": {**OPEN, "required": True}}, either_table.engine, "1.1.0")
    assert with_published(Plan(looser), workspace).findings == ()  # what is published keeps it
    worded = location({"code": {**OPEN, "description": "IATA"}, "kind": OPEN}, either_table.engine, "1.0.1")
    assert with_published(Plan(worded), workspace).findings == ()


def test_what_the_old_contract_asked_for_already_is_not_asked_again(workspace: Workspace, either_table: Table) -> None:
    asked = {**OPEN, "enum": [{"value": "EWR"}]}
    write_registration(workspace, location({"code": asked, "kind": OPEN}, either_table.engine))
    contract = contract_of(location({"code": OPEN, "kind": OPEN}, either_table.engine), "flights")
    assert contract is not None
    deliver(either_table, "SELECT 'JFK' AS code, 'x' AS kind", contract)  # past the door: this change is not at fault
    after = location({"code": asked, "kind": {**OPEN, "required": True}}, either_table.engine, "1.1.0")
    assert with_published(Plan(after), workspace).findings == ()


def test_a_warehouse_that_is_not_there_is_a_note(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "workspace")
    write_registration(workspace, location({"code": OPEN}, POSTGRES))
    after = location({"code": {**OPEN, "required": True}}, POSTGRES, "1.1.0")
    [finding] = with_published(Plan(after), workspace).findings
    assert (finding.id, finding.level) == ("published-data-unseen", "info")
    assert with_published(Plan(replace(after, repository="https://git.example/other")), workspace).findings == ()


def test_a_folder_of_another_machine_is_a_note_and_one_of_the_workspace_holds_nothing_yet(tmp_path: Path) -> None:
    workspace = init_workspace(tmp_path / "workspace")
    write_registration(workspace, location({"code": OPEN}, DUCKDB_DELTA))
    after = Plan(location({"code": {**OPEN, "required": True}}, DUCKDB_DELTA, "1.1.0"))
    assert with_published(after, workspace).findings == ()
    for place in (tmp_path / "mount", Path("warehouse")):
        elsewhere = Workspace(workspace.root, replace(workspace.settings, places={DUCKDB_DELTA: place}))
        [finding] = with_published(after, elsewhere).findings
        assert (finding.id, finding.level) == ("published-data-unseen", "info")
        assert f"{place} is not on this machine" in finding.message
