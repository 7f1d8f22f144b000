"""A registration's seal: hashes by which a file that was edited by hand is noticed. No signature: whoever may write
the folder can write a seal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from platform_core.workspace.folder import FILE

__all__ = ["PARTS", "TERMS", "broken_parts", "seal_of"]

# What the platform team changes by a reviewed edit of the workspace; the location's next registration seals it.
TERMS = ("owner", "repository", "engine", "server")
PARTS = {
    "files": "its graph, contracts or needs",
    "facts": f"its {FILE}",
    "terms": f"{', '.join(TERMS)} in its {FILE}",
}
_DIGITS = 16  # of each hash: an accident is to be noticed, not an attack withstood


def seal_of(data: Mapping[str, Any], files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the seal of a registration: `data` is its location.yaml, `files` hold all others, by relative path."""
    content = hashlib.sha256()
    for name, raw in sorted(files.items()):
        if name != FILE:
            content.update(f"{name}\0{len(raw)}\0".encode())
            content.update(raw)
    facts = {key: value for key, value in data.items() if key not in (*TERMS, "seal")}
    terms = {key: data.get(key) for key in TERMS}
    return {"files": content.hexdigest()[:_DIGITS], "facts": _hash(facts), "terms": _hash(terms)}


def broken_parts(data: Mapping[str, Any], files: Mapping[str, bytes]) -> tuple[str, ...]:
    """Return which PARTS are not as they were sealed; all of them where there is no seal."""
    sealed, now = data.get("seal") or {}, seal_of(data, files)
    return tuple(part for part, value in now.items() if sealed.get(part) != value)


def _hash(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
