"""A small workspace with a real warehouse: registered by hand, published through the real door and audit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from platform_core.audit import plan
from platform_core.audit.duckdb import audit
from platform_core.contracts import load_contract
from platform_core.lineage import Asset, ContractRef, Graph
from platform_core.names import AssetId
from platform_core.resources.warehouse import CheckRecord, Publication, PublicationRecord, Refusal, Table, Warehouse
from platform_core.sql import Relation
from platform_core.workspace import Registration, Workspace, init_workspace, render
from platform_core.workspace.registry import write_registration

__all__ = ["FLIGHTS", "TOTALS", "Deployment", "deploy"]

FLIGHTS, TOTALS = AssetId("flight_ops", "flights"), AssetId("analytics", "totals")
MONTHS = {"type": "monthly", "start_date": "2013-01-01", "end_date": "2013-04-01"}
_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {dataset}
version: {version}
status: active
schema:
  - name: {dataset}
    logicalType: object
    properties:
      - name: id
        logicalType: integer
        required: true
        primaryKey: true
        primaryKeyPosition: 1
      - name: origin
        logicalType: string
        enum:
          - value: EWR
          - value: JFK
"""
_RULES = """\
    relationships:
      - type: foreignKey
        from: totals.id
        to: flight_ops.flights.id
    quality:
      - name: no_negative_ids
        type: sql
        query: SELECT count(*) FROM ${table} WHERE id < 0
        mustBe: 0
"""


@dataclass
class Deployment:
    """`deliver` takes rows through stage, audit and publish or refuse, as a run of the location does."""

    workspace: Workspace

    @property
    def root(self) -> Path:
        return self.workspace.root

    def table(self, asset: AssetId = FLIGHTS) -> Table:
        return Warehouse(self.workspace.settings.warehouse).table(asset)

    def contract(self, asset: AssetId = FLIGHTS) -> Path:
        return self.workspace.locations / asset.location / "contracts" / f"{asset.dataset}.odcs.yaml"

    def _flights(self) -> dict[str, Relation]:
        snapshot = self.table().snapshot()
        return {str(FLIGHTS): Relation.of(snapshot.all_files)} if snapshot else {}

    def deliver(
        self,
        sql: str,
        partition: str | None = None,
        asset: AssetId = FLIGHTS,
        run_id: str = "0a1b2c3d-run",
        input_hash: str = "",
    ) -> Publication | Refusal:
        contract, table = load_contract(self.contract(asset)), self.table(asset)
        with table.stage(partition, run_id) as stage, duckdb.connect() as connection:
            stage.write(connection, sql, contract)
            result = audit(connection, plan(contract, asset.location), Relation.of(stage.files), None, self._flights())
            record = PublicationRecord(
                run_id,
                contract.version,
                contract.hash,
                input_hash=input_hash or sql,
                checks=tuple(CheckRecord.of(outcome) for outcome in result.outcomes),
                input_name=f"flights-{partition}.csv" if partition else "",
            )
            return table.refuse(stage, record) if result.refused else table.publish(stage, record)


def rows(*ids: int, origin: str = "EWR") -> str:
    """Return a query for one row an id; an origin other than EWR or JFK breaks the contract."""
    return " UNION ALL ".join(f"SELECT {number} AS id, '{origin}' AS origin" for number in ids)


def deploy(root: Path, **changes: Any) -> Deployment:
    """Make a workspace with `flight_ops/flights` (by month, January to March 2013) and `analytics/totals`."""
    workspace = init_workspace(root)
    flights = {"partitions": MONTHS, "freshness": {"fail_window": 86400}, **changes}
    _register(workspace, FLIGHTS, "1.0.0", "#flights", **flights)
    _register(workspace, TOTALS, "1.0.0", "", deps=(str(FLIGHTS),))
    render(workspace)
    return Deployment(workspace)


def register_flights(deployment: Deployment, version: str, **changes: Any) -> None:
    """Register `flight_ops/flights` anew, under another version of its contract."""
    flights = {"partitions": MONTHS, "freshness": {"fail_window": 86400}, **changes}
    _register(deployment.workspace, FLIGHTS, version, "#flights", **flights)


def _register(workspace: Workspace, asset: AssetId, version: str, contact: str, **changes: Any) -> None:
    text = _CONTRACT.format(dataset=asset.dataset, version=version) + (_RULES if asset == TOTALS else "")
    draft = workspace.root / f"{asset.dataset}.odcs.yaml"
    draft.write_text(text)
    contract = load_contract(draft)
    draft.unlink()
    known: dict[str, Any] = {
        "owners": (f"team:{asset.location}",),
        "description": f"All {asset.dataset}.",
        "contract": ContractRef(contract.version, contract.hash),
        **changes,
    }
    write_registration(
        workspace,
        Registration(
            name=asset.location,
            owner=f"team:{asset.location}",
            repository="https://git.example.com/r",
            package=asset.location,
            python="python",
            root=str(workspace.root),
            contact=contact,
            port=4000,
            graph=Graph({str(asset): Asset(str(asset), **known)}),
            contracts={asset.dataset: text.encode()},
        ),
    )
