"""A workspace whose warehouse is a real Postgres database, with locations registered by hand and a role each."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from platform_core.contracts import load_contract
from platform_core.lineage import Asset, ContractRef, Graph
from platform_core.names import AssetId
from platform_core.resources.catalog import warehouse_at
from platform_core.resources.postgres_address import PostgresAddress, own_password
from platform_core.resources.warehouse import Publication, PublicationRecord
from platform_core.workspace import Registration, Workspace, init_workspace, render
from platform_core.workspace.grants import grants_sql, rights_of
from platform_core.workspace.registry import write_registration

__all__ = ["PASSWORD", "PostgresDeployment", "deploy_on_postgres"]

PASSWORD = "PLATFORM_POSTGRES_PASSWORD"
_CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: {dataset}
version: 1.0.0
status: active
schema:
  - name: {dataset}
    logicalType: object
    properties:
      - {{name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: origin, logicalType: string}}
"""


@dataclass
class PostgresDeployment:
    """Roles are shared by all databases of a server, so every deployment has locations of its own: see `name`."""

    workspace: Workspace
    server: Any
    database: str
    mark: str = field(default_factory=lambda: secrets.token_hex(3))

    def name(self, location: str) -> str:
        return f"{location}_{self.mark}"

    @property
    def address(self) -> PostgresAddress:
        place = self.workspace.settings.places["postgres"]
        assert isinstance(place, PostgresAddress)
        return place

    def register(self, location: str, engine: str = "postgres", **datasets: tuple[str, ...]) -> None:
        """Register a location by the datasets it has, each with those it reads (`location/dataset`)."""
        name, assets, contracts = self.name(location), {}, {}
        for dataset, reads in datasets.items():
            text = _CONTRACT.format(dataset=dataset)
            path = self.workspace.root / f"{dataset}.odcs.yaml"
            path.write_text(text)
            contract = load_contract(path)
            deps = tuple(f"{self.name(one.split('/')[0])}/{one.split('/')[1]}" for one in reads)
            kinds = ("copy",) if reads and engine != "postgres" else ()
            reference = ContractRef(contract.version, contract.hash)
            key = f"{name}/{dataset}"
            assets[key] = Asset(key, deps=deps, kinds=kinds, owners=("team:x",), contract=reference)
            contracts[dataset] = text.encode()
        write_registration(
            self.workspace,
            Registration(
                name=name,
                owner="team:x",
                repository=f"https://git.example.com/{name}",
                package=name,
                python="python",
                root=str(self.workspace.root),
                engine=engine,
                port=4000,
                graph=Graph(assets),
                contracts=contracts,
            ),
        )
        render(self.workspace)

    def grant(self) -> None:
        """Run what `workspace grants` renders, and give every login role a password: its own name."""
        rights = rights_of(self.workspace)
        self.server.run(grants_sql(rights), self.database)
        for role in rights.logins:
            self.server.run(f"ALTER ROLE \"{role}\" PASSWORD '{role}'", self.database)

    def of(self, location: str) -> PostgresAddress:
        return self.address.of_location(self.name(location))

    def environment(self, location: str) -> dict[str, str]:
        name = self.name(location)
        return {own_password(PASSWORD, name): name}

    def connect(self, location: str) -> Any:
        name = self.name(location)
        return self.server.connect(self.database, user=name, password=name, autocommit=True)

    def table(self, location: str, dataset: str, by: str = "") -> Any:
        """Return a table as the location `by` (default: its own) uses it."""
        return warehouse_at(self.of(by or location)).table(AssetId(self.name(location), dataset))

    def publish(self, location: str, dataset: str, *ids: int) -> Publication:
        import duckdb

        name = self.name(location)
        contract = load_contract(self.workspace.locations / name / "contracts" / f"{dataset}.odcs.yaml")
        table = self.table(location, dataset)
        rows = " UNION ALL ".join(f"SELECT {number} AS id, 'EWR' AS origin" for number in ids)
        with table.stage(None, "run") as stage, duckdb.connect() as connection:
            stage.write(connection, rows, contract)
            record = PublicationRecord("run", contract.version, contract.hash, input_hash=rows)
            publication: Publication = table.publish(stage, record)
            return publication


def deploy_on_postgres(root: Path, server: Any, database: str, roles: str = "location") -> PostgresDeployment:
    """Make a workspace in `root` whose default warehouse is `database` of the running `server`."""
    init_workspace(root, str(root / "files"), engine="postgres", database=server.url(database))
    file = root / "platform.yaml"
    file.write_text(file.read_text().replace("roles: shared", f"roles: {roles}"))
    from platform_core.workspace import find_workspace

    return PostgresDeployment(replace(find_workspace(root)), server, database)
