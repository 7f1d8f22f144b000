"""`needs/`: drafted from what the code of a location uses, and brought up to date without losing what people wrote."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from platform_core.contracts import Contract
from platform_core.documents import read_document
from platform_core.findings import raise_errors
from platform_core.lineage.drafting import drafted
from platform_core.lineage.fulfilment import unmet
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.need_text import need_text
from platform_core.lineage.needs import FOLDER, SUFFIX, Need, need_path, parse_need
from platform_core.lineage.version_ranges import caret
from platform_core.names import AssetId
from platform_core.onboarding.need_editing import edited, removable
from platform_core.onboarding.needs import Known, known_uses
from platform_core.onboarding.writing import replace_files

__all__ = ["NeedFile", "draft_needs", "needs_text", "write_needs"]


@dataclass(frozen=True)
class NeedFile:
    """What becomes of one needs file: `content` is what it will hold, None when it goes; `before` what it holds.

    `added` and `removed` are columns, `notes` what was left to people, each a sentence.
    """

    path: Path
    dataset: str
    before: bytes | None
    content: bytes | None
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        return self.before != self.content


def write_needs(root: Path) -> list[NeedFile]:
    """Draft the needs of the location in `root`, and write those that are new or changed; return all of them.

    Raises FindingsError when the location does not fit together, a contract is not known here, or a needs file has
    errors: nothing is written then.
    """
    found = draft_needs(root)
    replace_files(root, {one.path.relative_to(root).as_posix(): one.content for one in found if one.changed})
    return found


def draft_needs(root: Path) -> list[NeedFile]:
    """Return what `write_needs` would write, by dataset. Raises as it does."""
    known = known_uses(root)
    folder = root / FOLDER
    there = {path: path.read_bytes() for path in sorted(folder.glob(f"*{SUFFIX}")) if path.is_file()}
    documents = {path: read_document(path, raw) for path, raw in there.items()}
    raise_errors("The needs have problems:", [one for item in documents.values() for one in need_findings(item)])
    paths = {need_path(root, AssetId.parse(name)): name for name in known}
    found = [_file(path, name, known[name], there.get(path)) for path, name in paths.items()]
    found += [_unread(path, parse_need(documents[path]), there[path]) for path in documents if path not in paths]
    return sorted(found, key=lambda one: one.dataset)


def needs_text(contract: Contract, columns: Collection[str] | None, dataset: str) -> str:
    """Return the text of a new needs file: what relies on all that `contract` guarantees of `columns`, None for all."""
    return need_text(drafted(contract, columns, dataset, caret(contract.version), short=True))


def _file(path: Path, name: str, known: Known, before: bytes | None) -> NeedFile:
    # Of a function nobody knows what it uses: all of it, until its team says less.
    used = None if known.unknown else list(known.columns)
    if before is None:
        content = needs_text(known.contract, used, name)
        added = tuple(column.name for column in drafted(known.contract, used).columns)
        return NeedFile(path, name, None, content.encode(), added)
    text = before.decode("utf-8")
    need = parse_need(read_document(path, before))
    written = {column.name: column for column in need.columns}
    fresh = drafted(known.contract, [*known.columns, *written], name, short=True)
    added_columns = [column for column in fresh.columns if column.name in known.columns and column.name not in written]
    idle = [] if used is None else [column for name_, column in written.items() if name_ not in known.columns]
    untouched = [column.name for column in idle if column in fresh.columns and removable(text, column.name)]
    content = edited(path, text, added_columns, untouched) if added_columns or untouched else text
    promised = {column.name for column in known.contract.columns}  # of others `unmet` tells
    kept = [column.name for column in idle if column.name not in untouched and column.name in promised]
    notes = [f"column '{column}' is used by nothing here, and somebody wrote about it: it stays." for column in kept]
    notes += [one.message for one in unmet(need, known.contract)]
    added = tuple(column.name for column in added_columns)
    return NeedFile(path, name, before, content.encode(), added, tuple(untouched), tuple(notes))


def _unread(path: Path, need: Need, before: bytes) -> NeedFile:
    note = "nothing here reads it any more: remove the file."
    return NeedFile(path, need.dataset, before, before, notes=(note,))
