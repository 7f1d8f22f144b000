"""What a team's pipeline asks of a location, and its pre-commit hook a part of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from platform_core.contracts import FOLDER, lint_paths
from platform_core.documents import load_document
from platform_core.findings import Finding, FindingsError
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.needs import FOLDER as NEEDS
from platform_core.lineage.needs import SUFFIX as NEED_SUFFIX
from platform_core.locations import FILE_NAME, check_location
from platform_core.onboarding.engines import check_engines
from platform_core.onboarding.following import check_following
from platform_core.onboarding.ownership import check_ownership
from platform_core.onboarding.undeclared import undeclared_reads

if TYPE_CHECKING:
    from platform_core.components.location import LoadedLocation

__all__ = ["check_dbt", "check_definitions", "check_files", "check_loaded"]


def check_files(root: Path) -> list[Finding]:
    """Return what the location's files say by themselves; no Dagster is imported, and no code of the team's.

    location.yaml, contracts, needs, what follows from it, whose file is whose, and undeclared reads of Python datasets.
    """
    document = load_document(root / FILE_NAME)
    whole = document.data or not document.problems
    found = [*document.problems, *(check_location(document) if whole else ())]
    if (root / FOLDER).is_dir():
        found += lint_paths([root / FOLDER])
    for path in sorted((root / NEEDS).glob(f"*{NEED_SUFFIX}")):
        found += need_findings(load_document(path))
    package = root / "src" / str(document.data.get("name"))
    return [*found, *check_ownership(root), *check_following(root), *undeclared_reads(package)]


def check_definitions(root: Path) -> list[Finding]:
    """Return what keeps the location's datasets from fitting together: contracts, code and what they read.

    When nothing does, warnings of calls that make a re-run doubtful.
    """
    from platform_core.components.loading import load_datasets

    document = load_document(root / FILE_NAME)
    package = root / "src" / str(document.data.get("name"))
    if not package.is_dir():
        message = f"there is no package src/{package.name}."
        fix = "The package has the location's name. Name both alike."
        return [Finding("package", "error", package.name, message, fix=fix, where=document.where("name"))]
    try:
        loaded = load_datasets(package)
    except FindingsError as error:
        return list(error.findings)
    except SystemExit:  # a module that ends the process; told by who loads the definitions
        return []
    return check_loaded(loaded)


def check_loaded(loaded: LoadedLocation) -> list[Finding]:
    """Return what is wrong with a location that fits together by itself, and calls that make a re-run doubtful."""
    from platform_core.components.moving_calls import moving_calls

    own = [one for one in loaded.datasets if one.declaration.kind == "python" and not one.unsafe]
    moving = [found for one in own for found in moving_calls(one.declaration.where.path, one.asset.dataset)]
    return [*check_engines(loaded), *moving]


def check_dbt(root: Path) -> list[Finding]:
    """Return where the location's dbt projects disagree with its contracts, or use what other teams do not promise.

    dbt builds the models over empty tables for it, unless nothing has changed. A location without dbt imports none.
    What is only worth knowing, `platformctl contract lint` tells.
    """
    if not any(b"DbtProject" in file.read_bytes() for file in root.glob("src/*/defs/*/defs.yaml")):
        return []
    from platform_core.onboarding.dbt.judging import judge

    return [finding for finding in judge(root, build=True) if finding.level != "info"]
