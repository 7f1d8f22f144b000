"""The contracts and needs of a registration, read from their bytes when somebody asks, each content once.

A registration of another team is judged as it came: a file that is no sound contract, or no sound need, is None here
and never an error in the middle of somebody else's gate.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from platform_core.contracts.diff import diff
from platform_core.contracts.files import contract_path
from platform_core.contracts.lifecycle import last_days, predecessor
from platform_core.contracts.model import Contract, parse_contract
from platform_core.contracts.places import Lint
from platform_core.contracts.validate import schema_findings
from platform_core.documents import read_document
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.lineage.drafting import drafted
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.needs import FOLDER, SUFFIX, Need, parse_need
from platform_core.workspace.registry import Registration

__all__ = ["comparable", "contract_of", "mistaken_needs", "need_of", "need_problems", "parsed_contract", "parsed_need"]

_KEPT = 4096  # contents; a contract of twenty columns takes some 50 kB when read


@lru_cache(maxsize=_KEPT)
def parsed_contract(path: Path, raw: bytes) -> Contract | None:
    """Return the contract that `raw` holds; None when it is none. `path` is where its findings say that it stands.

    A sound one can be asked all that a gate asks of another team's: its lint was that team's, and may have been left
    out.
    """
    document = read_document(path, raw)
    if any(finding.level == "error" for finding in document.problems):
        return None
    try:
        contract = parse_contract(document)
        drafted(contract, None)
        last_days(contract)
        predecessor(contract)
        return contract if isinstance(contract.dataset, str) else None
    except Exception:
        return None


@lru_cache(maxsize=64)
def comparable(path: Path, raw: bytes) -> Contract | None:
    """Return the contract that `raw` holds; None when it is none, or none that changes could be told of.

    Its form is looked at, and not all that lint says: a rule that came later speaks against no contract of before.
    """
    contract = parsed_contract(path, raw)
    try:
        if contract is None or any(finding.level == "error" for finding in schema_findings(Lint(contract.document))):
            return None
        return contract if not diff(contract, contract) else None
    except Exception:
        return None


@lru_cache(maxsize=_KEPT)
def parsed_need(path: Path, raw: bytes) -> Need | None:
    """Return the need that `raw` holds; None when it is none."""
    document = read_document(path, raw)
    try:
        if any(finding.level == "error" for finding in need_findings(document)):
            return None
        return parse_need(document)
    except Exception:
        return None


def need_problems(one: Registration, name: str) -> list[Finding]:
    """Return what is wrong with a needs file that cannot be read as one, each with its line."""
    path = one.home / FOLDER / f"{name}{SUFFIX}"
    try:
        found = need_findings(read_document(path, one.needs[name]))
    except Exception:
        found = []
    message = f"{FOLDER}/{name}{SUFFIX} says nothing that can be read as a need."
    fix = "Draft it anew: platformctl contract needs --write."
    return found or [Finding("need-format", "error", name, message, fix=fix, where=Where(path, 1))]


def mistaken_needs(one: Registration, name: str) -> set[str]:
    """Return the datasets that a needs file which cannot be read may be about: as it is called, and as it says."""
    try:
        said = read_document(one.home / FOLDER / f"{name}{SUFFIX}", one.needs[name]).data.get("dataset")
    except Exception:
        said = None
    return {name.replace(".", "/", 1), *([said] if isinstance(said, str) else [])}


def contract_of(one: Registration, dataset: str) -> Contract | None:
    """Return the contract of a dataset of a registration; None without one, or where it is not sound."""
    raw = one.contracts.get(dataset)
    return None if raw is None else parsed_contract(contract_path(one.home, dataset), raw)


def need_of(one: Registration, name: str) -> Need | None:
    """Return one of a registration's needs, `<location>.<dataset>`; None without it, or where it is not sound."""
    raw = one.needs.get(name)
    return None if raw is None else parsed_need(one.home / FOLDER / f"{name}{SUFFIX}", raw)
