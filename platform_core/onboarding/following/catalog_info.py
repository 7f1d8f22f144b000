"""catalog-info.yaml: the location as a Component of Backstage.

Its format is Backstage's own: apiVersion, kind, metadata.name, and spec with type, lifecycle and owner, which must be
there and not empty (Component.v1alpha1.schema.json of its catalog-model); several entities may stand in one file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from platform_core.locations import Location
from platform_core.locations.owners import entity_ref

__all__ = ["NAME", "component", "follows", "new_text", "shortcomings"]

NAME = "catalog-info.yaml"
VERSIONS = ("backstage.io/v1alpha1", "backstage.io/v1beta1")
# No prefix of ours could be registered; Backstage wants one that reads like a domain's label.
LOCATION, SUPPORT = "platformctl/location", "platformctl/support"
_OBJECT_NAME = re.compile(r"(?:[A-Za-z0-9][A-Za-z0-9_.-]{0,61})?[A-Za-z0-9]\Z")


def component(documents: list[Any], name: str) -> int | None:
    """Return which document is the location's Component: the one annotated with it or named like it, else the only."""
    found = [
        place for place, data in enumerate(documents) if isinstance(data, dict) and data.get("kind") == "Component"
    ]
    for place in found:
        metadata = documents[place].get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if isinstance(annotations, dict) and annotations.get(LOCATION) == name:
            return place
    named = [place for place in found if _mapping(documents[place], "metadata").get("name") == name]
    return (named or found)[0] if named or len(found) == 1 else None


def follows(data: Mapping[str, Any], location: Location) -> dict[tuple[str, ...], str]:
    """Return what does not follow from location.yaml, by its path: owner and, where annotated, location and support."""
    annotations = _mapping(_mapping(data, "metadata"), "annotations")
    said = {LOCATION: location.name, SUPPORT: location.contact}
    found: dict[tuple[str, ...], str] = {
        ("metadata", "annotations", key): text
        for key, text in said.items()
        if key in annotations and annotations[key] != text
    }
    if not _same(_mapping(data, "spec").get("owner"), entity_ref(location.owner)):
        found["spec", "owner"] = entity_ref(location.owner)
    return found


def shortcomings(data: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Yield path and words of what Backstage would refuse in a Component, the owner apart."""
    if data.get("apiVersion") not in VERSIONS:
        yield ("apiVersion",), f"apiVersion must be {VERSIONS[0]}."
    name = _mapping(data, "metadata").get("name")
    if not isinstance(name, str) or not _OBJECT_NAME.match(name):
        yield (
            ("metadata", "name"),
            "metadata.name must be 1 to 63 letters, digits, -, _ and ., none of these at its ends.",
        )
    for key, examples in (("type", "service, data-pipeline"), ("lifecycle", "experimental, production, deprecated")):
        value = _mapping(data, "spec").get(key)
        if not isinstance(value, str) or not value:
            yield ("spec", key), f"spec.{key} is needed, such as {examples}."
    for key, value in _mapping(_mapping(data, "metadata"), "annotations").items():
        if not isinstance(value, str):
            yield ("metadata", "annotations", str(key)), f"the annotation {key} must be text: put it in quotes."


def new_text(location: Location) -> str:
    """Return a new file; the template's is the same, byte for byte."""

    def quoted(text: str) -> str:
        return json.dumps(text, ensure_ascii=False)

    return f"""\
# This location in the catalog of Backstage. `platformctl sync` keeps its owner, location and support as location.yaml
# says; the rest is yours.
apiVersion: {VERSIONS[0]}
kind: Component
metadata:
  name: {location.name}
  description: {quoted(location.description)}
  annotations:
    {LOCATION}: {location.name}
    {SUPPORT}: {quoted(location.contact)}
spec:
  type: data-pipeline
  lifecycle: production
  owner: {entity_ref(location.owner)}
"""


def _same(found: Any, wanted: str) -> bool:
    """An owner without kind is a group, without namespace in `default`; upper and lower case are the same."""
    if not isinstance(found, str) or not found:
        return False
    kind, colon, rest = found.partition(":")
    kind, rest = (kind, rest) if colon else ("group", found)
    rest = rest if "/" in rest else f"default/{rest}"
    return f"{kind}:{rest}".lower() == wanted.lower()


def _mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = data.get(key)
    return value if isinstance(value, Mapping) else {}
