"""Contracts from files: read, validated and linted, with everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from platform_core.contracts.checked import Checked, Memory, memory
from platform_core.contracts.files import SUFFIX
from platform_core.contracts.lint.references import Outline, outline
from platform_core.contracts.lint.together import together
from platform_core.contracts.model import Contract, parse_contract
from platform_core.contracts.places import Lint
from platform_core.documents import load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, raise_errors

__all__ = ["contract_files", "lint_contract", "lint_paths", "load_contract", "load_contracts"]


def load_contract(path: Path) -> Contract:
    """Read one contract, judged by itself.

    Raises FindingsError with everything wrong in it, PlatformError when it cannot be read.
    """
    remembered = memory()
    checked = remembered.check(path)
    remembered.save()
    raise_errors(f"{path.name} has problems:", checked.findings)
    return parse_contract(load_document(path))


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Read every `*.odcs.yaml` in `folder`, by dataset.

    Raises FindingsError with the problems of all files; a folder without contracts gives an empty mapping.
    """
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    raise_errors("The contracts have problems:", lint_paths(paths))
    contracts = [parse_contract(load_document(path)) for path in paths]
    return {contract.dataset: contract for contract in contracts}


def lint_contract(path: Path) -> list[Finding]:
    """Return everything wrong in one contract, in the order of its lines; its folder's other contracts are known."""
    return lint_paths([path])


def lint_paths(
    paths: Iterable[Path], known: Mapping[str, Contract | Path] | None = None, location: str | None = None
) -> list[Finding]:
    """Return everything wrong in contract files, and in all `*.odcs.yaml` of folders.

    `known` holds the contracts of other locations (or their files) by `location/dataset`; without it, references to
    them are not judged. `location` is the own one; by default the name in the `location.yaml` above the contracts.
    Raises PlatformError when a path does not exist.
    """
    remembered = memory()
    others = None
    if known is not None:
        others = {name: _outline(item, remembered) for name, item in known.items()}
    folders: dict[Path, tuple[str, dict[str, Outline]]] = {}
    found: list[Finding] = []
    for path in contract_files(paths):
        checked = remembered.check(path)
        if path.parent not in folders:
            own = location if location is not None else _location_of(path.parent)
            folders[path.parent] = (own, _siblings(path.parent, remembered))
        name, siblings = folders[path.parent]
        found += [*checked.findings, *together(path, checked.outline, siblings, others, name)]
    remembered.save()
    return sorted(found, key=lambda finding: (finding.where or Where(Path()), finding.id, finding.message))


def contract_files(paths: Iterable[Path]) -> list[Path]:
    """Return the contract files that files and folders stand for, sorted, each once.

    Raises PlatformError when a path does not exist.
    """
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(path.glob(f"*{SUFFIX}"))
        elif path.exists():
            found.add(path)
        else:
            hint = f"Name contract files, or folders that hold them (*{SUFFIX})."
            raise PlatformError("there is no such file or folder.", Where(path), hint)
    return sorted(found)


def _outline(item: Contract | Path, remembered: Memory) -> Outline:
    return remembered.check(item).outline if isinstance(item, Path) else outline(Lint(item.document))


def _siblings(folder: Path, remembered: Memory) -> dict[str, Outline]:
    checked: list[Checked] = [remembered.check(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    return {item.outline.dataset: item.outline for item in checked}


def _location_of(folder: Path) -> str:
    file = folder.absolute().parent / "location.yaml"
    if not file.is_file():
        return ""
    name = load_document(file).data.get("name")
    return name if isinstance(name, str) else ""
