"""Contracts from files: read, validated and linted, with everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from platform_core.contracts.model import Contract, parse_contract
from platform_core.contracts.places import Lint
from platform_core.documents import Document, load_document
from platform_core.errors import PlatformError, Where
from platform_core.findings import Finding, FindingsError

__all__ = ["SUFFIX", "contract_files", "lint_contract", "lint_paths", "load_contract", "load_contracts"]

SUFFIX = ".odcs.yaml"


def load_contract(path: Path) -> Contract:
    """Read one contract. Raises FindingsError with everything wrong in it, PlatformError when it cannot be read."""
    document = load_document(path)
    _raise([*_lint_document(document)])
    return parse_contract(document)


def load_contracts(folder: Path) -> dict[str, Contract]:
    """Read every `*.odcs.yaml` in `folder`, by dataset.

    Raises FindingsError with the problems of all files; a folder without contracts gives an empty mapping.
    """
    documents = [load_document(path) for path in sorted(folder.glob(f"*{SUFFIX}"))]
    _raise([finding for document in documents for finding in _lint_document(document)])
    contracts = [parse_contract(document) for document in documents]
    return {contract.dataset: contract for contract in contracts}


def lint_contract(path: Path) -> list[Finding]:
    """Return everything wrong in one contract, in the order of its lines."""
    return _lint_document(load_document(path))


def lint_paths(paths: Iterable[Path], known: Mapping[str, Contract] | None = None) -> list[Finding]:
    """Return everything wrong in contract files, and in all `*.odcs.yaml` of folders.

    Raises PlatformError when a path does not exist.
    """
    return [finding for path in contract_files(paths) for finding in lint_contract(path)]


def contract_files(paths: Iterable[Path]) -> list[Path]:
    """Return the contract files that files and folders stand for, sorted, each once."""
    found: set[Path] = set()
    for path in paths:
        if path.is_dir():
            found.update(path.glob(f"*{SUFFIX}"))
        elif path.exists():
            found.add(path)
        else:
            raise PlatformError("there is no such file or folder.", Where(path))
    return sorted(found)


def _lint_document(document: Document) -> list[Finding]:
    from platform_core.contracts.validate import schema_findings

    found = list(document.problems)
    if document.data:
        found += schema_findings(Lint(document))
    return sorted(found, key=lambda finding: (finding.where.line if finding.where else 0, finding.id))


def _raise(findings: Sequence[Finding]) -> None:
    errors = [finding for finding in findings if finding.level == "error"]
    if errors:
        raise FindingsError("The contract has problems:", errors)
