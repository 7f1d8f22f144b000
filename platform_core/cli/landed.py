"""What lies in the landing folders of a workspace and no dataset takes: the likeliest mistake of a newcomer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from platform_core.names import AssetId

if TYPE_CHECKING:
    from platform_core.answers import DatasetFacts
    from platform_core.components.files.strays import Expected, Stray
    from platform_core.workspace import Workspace

__all__ = ["with_strays"]


def with_strays(
    facts: Sequence[DatasetFacts], workspace: Workspace
) -> tuple[tuple[DatasetFacts, ...], tuple[str, ...]]:
    """Add to each dataset the files likely meant for it; return also a line for each that nobody can place.

    Landing folders that are not on this machine are passed over.
    """
    from platform_core.answers.facts import StrayFile

    found: dict[AssetId, list[StrayFile]] = {}
    lines = []
    for location in sorted({item.asset.location for item in facts}):
        for stray in _strays(workspace, location):
            if stray.asset is None:
                lines.append(f"{location}: {stray.file}: {stray.why}")
            else:
                found.setdefault(stray.asset, []).append(StrayFile(stray.file, stray.why))
    return tuple(replace(item, strays=tuple(found.get(item.asset, ()))) for item in facts), tuple(lines)


def _strays(workspace: Workspace, location: str) -> Sequence[Stray]:
    folder = workspace.settings.landing / location
    try:
        if not any(folder.iterdir()):  # an empty one costs nothing; looking closer loads Dagster
            return ()
    except OSError:
        return ()
    from platform_core.components.files.landing import look
    from platform_core.components.files.strays import strays

    expected = _expected(workspace, location)
    return strays(expected, look(folder)) if expected else ()


def _expected(workspace: Workspace, location: str) -> list[Expected]:
    from platform_core.components.files.spec import FileSpec
    from platform_core.components.files.strays import Expected
    from platform_core.components.partitions import Partitions
    from platform_core.workspace import load_registry

    found = []
    for key, node in load_registry(workspace)[location].graph.assets.items():
        if node.path:
            cut = Partitions.model_validate(dict(node.partitions)) if node.partitions else None
            found.append(Expected(AssetId.parse(key), FileSpec(node.path, "csv"), cut))
    return found
