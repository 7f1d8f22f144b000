"""The component that a team points to its dbt project. Importing it imports dagster_dbt, and with it dbt."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import dagster as dg
from dagster.components.utils.defs_state import DefsStateConfig
from dagster_dbt import DbtProjectComponent
from dagster_shared.serdes.objects.models.defs_state_info import DefsStateManagementType

from platform_core.components.dbt.preparing import KEPT
from platform_core.components.dbt.reading import ALL

__all__ = ["DbtProject"]


@dataclass
class DbtProject(DbtProjectComponent):
    """A dbt project, its models datasets of the location: `<location>/<model>`.

    Models with a contract are published, each when its contract and its dbt tests hold; the others are internal: built
    in private whenever one of these needs them. A source is another team's dataset, by its name and the table's.
    The platform builds with a profile of its own: the project's profiles.yml is not used.
    """

    project: Annotated[
        Any,
        dg.Resolver(
            lambda _, value: value,
            model_field_type=str,
            description="Folder of the dbt project, from the location's own.",
        ),
    ] = "dbt"
    select: Annotated[
        str, dg.Resolver.default(description="Which models become assets, in dbt's selection syntax.")
    ] = ALL
    exclude: Annotated[str, dg.Resolver.default(description="Which of these do not, in dbt's selection syntax.")] = ""
    vars: Annotated[dict[str, Any], dg.Resolver.default(description="dbt's --vars, for every run.")] = field(
        default_factory=dict
    )
    pool: Annotated[str, dg.Resolver.default(description="Dagster's pool that a run takes a slot of.")] = ""

    @property
    def defs_state_config(self) -> DefsStateConfig:
        """Dagster need keep nothing: the manifest lies in the project, and what was made of it beside the bytecode."""
        return DefsStateConfig(
            key=f"platform_core.DbtProject[{self.project}]",
            management_type=DefsStateManagementType.LOCAL_FILESYSTEM,
            refresh_if_dev=False,
        )

    def write_state_to_path(self, state_path: Path) -> None:
        """Say where the state is: it is made when it is missing or stale, whoever loads the location."""
        state_path.write_text(f"{self.project}/{KEPT.as_posix()}", "utf-8")

    def build_defs(self, context: dg.ComponentLoadContext) -> dg.Definitions:
        """Return the models of this one project, for Dagster's own loader; `build_definitions` adds the sensors.

        Raises FindingsError with everything that does not fit together in the location.
        """
        from platform_core.components.dbt.assets import project_assets
        from platform_core.components.loading import load_datasets
        from platform_core.locations import find_root, load_location

        root = find_root(context.path)
        loaded = load_datasets(root / "src" / load_location(root).name)
        mine = [project for project in loaded.projects if project.where.path.parent == context.path]
        return dg.Definitions(assets=[project_assets(project, loaded) for project in mine])
