"""What came into the workspace by hand: edited files, files that do not belong, hashes and ports that do not fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from platform_core.contracts.files import contract_path
from platform_core.documents import Document, read_document
from platform_core.errors import Where
from platform_core.findings import Finding
from platform_core.workspace.folder import FILE, Folder
from platform_core.workspace.layout import Workspace
from platform_core.workspace.registration import Registration
from platform_core.workspace.render import RENDERED, rendered
from platform_core.workspace.seal import PARTS, broken_parts
from platform_core.workspace.terms import contract_of

__all__ = ["file_findings", "port_findings", "rendered_findings", "upstream_finding"]


def file_findings(one: Registration, folder: Folder, every_file: bool = False) -> Iterator[Finding]:
    """Yield what in the folder of a registration is not as `platformctl register` wrote it.

    The hashes of contracts are computed anew where the seal is broken, and with `every_file` anywhere.
    """
    document = read_document(folder.path / FILE, folder.files[FILE])
    broken = broken_parts(document.data, folder.files)
    where = document.where("seal")
    again = f"Register {one.name} again: it is written and sealed anew. Or take the files from git."
    if not document.data.get("seal"):
        message = f"{one.name} was registered before registrations were sealed: edits by hand are not noticed."
        yield Finding("unsealed", "warning", one.name, message, fix=f"Register {one.name} again.", where=where)
    else:
        for part in (part for part in broken if part != "terms"):
            message = f"{PARTS[part]}: changed since it was registered, by hand?"
            why = "What stands here is not what the location's source says, and no gate has seen it."
            yield Finding("edited-by-hand", "error", one.name, message, why, again, where)
        if broken == ("terms",):
            yield _terms_edited(one, document)
    if "files" in broken or every_file:
        yield from _hashes(one, again)
    for name in folder.strays:
        message = f"{ascii(name)[1:-1][:120]} does not belong to a registration."
        fix = "Remove it: `platformctl register` writes all that belongs there."
        yield Finding("stray-file", "warning", one.name, message, fix=fix, where=Where(folder.path / name))


def _terms_edited(one: Registration, document: Document) -> Finding:
    """One word for all of it: the assets name whoever registered them last, until the new owner does."""
    executable = (asset for asset in one.graph.assets.values() if asset.executable)
    former = sorted({name for asset in executable if one.owner not in asset.owners for name in asset.owners})
    message, where = f"{PARTS['terms']}: changed since it was registered.", document.where("seal")
    if former:
        message = f"its owner is {one.owner}, and its assets still say {', '.join(former)}: changed in the workspace."
        where = document.where("owner")
    fix = f"If the platform team agreed to it, register {one.name} again: that seals it. Else take it from git."
    return Finding("terms-edited", "warning", one.name, message, fix=fix, where=where)


def _hashes(one: Registration, again: str) -> Iterator[Finding]:
    for dataset in sorted(one.contracts):
        asset = one.graph.assets.get(f"{one.name}/{dataset}")
        contract, path = contract_of(one, dataset), contract_path(one.home, dataset)
        if contract is None:
            message = f"contracts/{path.name} is no sound contract."
            yield Finding("contract-hash", "error", f"{one.name}/{dataset}", message, fix=again, where=Where(path))
        elif asset is None or asset.contract is None:
            continue  # the gate says that nobody publishes it
        elif (asset.contract.version, asset.contract.hash) != (contract.version, contract.hash):
            registered = f"{asset.contract.version} ({asset.contract.hash})"
            message = f"contracts/{path.name} is {contract.version} ({contract.hash}); graph.json says {registered}."
            why = "Readers are told of one contract and shown another."
            yield Finding("contract-hash", "error", f"{one.name}/{dataset}", message, why, again, Where(path))
    for key, asset in one.graph.assets.items():
        location, _, dataset = key.partition("/")
        if location == one.name and asset.contract is not None and dataset not in one.contracts:
            path = contract_path(one.home, dataset)
            message = f"contracts/{path.name} is not there; graph.json promises {asset.contract.version} of it."
            why = "Readers are promised what nobody can look up."
            yield Finding("contract-hash", "error", key, message, why, again, Where(path))


def upstream_finding(finding: Finding, one: Registration, unreadable: Collection[str]) -> Finding:
    """Return what an upstream that nobody publishes means: still to come, not to be read now, or gone.

    `finding` is the gate's, which cannot tell; what the location waited for when it was registered can.
    """
    key = finding.subject
    if key.split("/")[0] in unreadable:
        message = f"whether anybody publishes {key} is not known: its registration cannot be read."
        return replace(finding, id="upstream-unreadable", message=message, fix="Mend that registration.")
    if key in one.waits_for or not one.sealed:
        return finding
    message = f"{key} is published by nobody any more; {', '.join(one.graph.readers(key))} read it when registered."
    fix = f"Bring it back, or have {one.name} no longer read it."
    return replace(finding, id="upstream-gone", level="error", message=message, why="They wait for ever.", fix=fix)


def port_findings(registry: Mapping[str, Registration], workspace: Workspace) -> Iterator[Finding]:
    """Yield code servers of the `local` profile that have one port: two that were proposed at the same time."""
    if workspace.settings.server is not None:
        return
    first: dict[int, str] = {workspace.settings.port: "the web page"}
    for name, one in registry.items():
        if one.port in first:
            message = f"port {one.port} is that of {first[one.port]}, too."
            where = Where(one.home / FILE)
            fix = f"Register {name} again: it is given another."
            why = "A deployment does not start with it."
            yield Finding("port-taken", "error", name, message, why, fix, where, owner=one.owner)
        first.setdefault(one.port, name)


def rendered_findings(workspace: Workspace, registry: Mapping[str, Registration]) -> Iterator[Finding]:
    """Yield rendered files that are not those of today's registrations; a clone where none was rendered has none."""
    have = {name: workspace.root / name for name in RENDERED if (workspace.root / name).is_file()}
    texts = rendered(workspace, registry) if have else {}
    old = [name for name, path in have.items() if path.read_bytes() != texts[name].encode("utf-8")]
    if old:  # one command writes them all: one finding
        named = " and ".join(filter(None, (", ".join(old[:-1]), old[-1])))
        message = f"{named} {'are' if old[1:] else 'is'} not what platform.yaml and the registrations give today."
        fix = "platformctl workspace render; a running deployment does it by itself."
        yield Finding("rendered-outdated", "warning", ", ".join(old), message, fix=fix, where=Where(have[old[0]]))
