"""What an element says about itself: descriptions, definitions, tags. And nothing that is not known goes unseen."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from platform_core.contracts.diff.change import Changes, Place

__all__ = ["alike", "custom_properties", "texts"]

Data = Mapping[str, Any]
# key -> the kind of a change of it: the words people read, what the values mean, and what only helps to find them
_KINDS = {
    **dict.fromkeys(("description", "businessName", "usage", "purpose", "limitations"), "description-changed"),
    **dict.fromkeys(("authoritativeDefinitions", "transformLogic", "transformDescription"), "definition-changed"),
    **dict.fromkeys(("transformSourceObjects", "semanticType", "encryptedName"), "definition-changed"),
    **dict.fromkeys(("tags", "synonyms", "examples", "criticalDataElement", "context", "id"), "annotation-changed"),
}
_UNITS = ("unit", "unitofmeasure", "uom", "currency", "timezone", "scale")


def texts(
    found: Changes, place: Place, old: Data, new: Data, handled: Collection[str], *, annotations: Collection[str] = ()
) -> None:
    """Add the changes of all keys but those `handled` elsewhere; of a key that is unknown here too.

    `annotations` are the keys of this element that say nothing about the data.
    """
    for key in [*old, *(key for key in new if key not in old)]:
        before, after = old.get(key), new.get(key)
        if key in handled or before == after:
            continue
        kind = "annotation-changed" if key in annotations else _KINDS.get(key, "other-changed")
        if kind == "description-changed" and (alike(before, after) or _unwritten(before) or _unwritten(after)):
            kind = "annotation-changed"
        area = "contract" if kind == "other-changed" else "text"
        found.add(area, kind, place.down(key), before, after, name=key)


def alike(before: Any, after: Any) -> bool:
    """Say whether two texts have the same words: case, spaces and punctuation aside."""
    return isinstance(before, str) and isinstance(after, str) and _words(before) == _words(after)


def _unwritten(text: Any) -> bool:
    """Whether it is still what an inferred contract asks to be replaced: it said nothing yet."""
    return isinstance(text, str) and text.startswith("To be described")


def custom_properties(found: Changes, place: Place, old: Data, new: Data, handled: Collection[str] = ()) -> None:
    """Add the changes of an element's custom properties, but those of the platform that are `handled` elsewhere."""
    before, after = old.get("customProperties") or (), new.get("customProperties") or ()
    if before == after:
        return
    was, now = _by_name(before), _by_name(after)
    for name in [*was, *(name for name in now if name not in was)]:
        one, other = was.get(name, []), now.get(name, [])
        if name in handled or one == other:
            continue
        kind, area = "custom-property-changed", "text"
        if name.lower().startswith("platform"):
            kind, area = "other-changed", "contract"
        elif place.column and name.replace("_", "").lower() in _UNITS and _values(one) != _values(other):
            kind, area = "unit-changed", "type"
        found.add(area, kind, place.down("customProperties"), _values(one), _values(other), name=name)


def _by_name(entries: Sequence[Data]) -> dict[str, list[Data]]:
    found: dict[str, list[Data]] = {}
    for entry in entries:
        found.setdefault(str(entry.get("property")), []).append(entry)
    return found


def _values(entries: list[Data]) -> Any:
    values = [entry.get("value") for entry in entries]
    return values[0] if len(values) == 1 else values or None


def _words(text: str) -> list[str]:
    return "".join(char.lower() if char.isalnum() else " " for char in text).split()
