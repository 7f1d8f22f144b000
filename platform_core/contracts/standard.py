"""The ODCS 3.2.0 JSON schema in the form we validate with.

Two things are taken out of the tagged schema: which keys an element may have (done in `keys.py`: neither validator
reports those well, and one cannot do `unevaluatedProperties` at all), and the format of addresses. One is put in: a
quality rule without `type` is a library rule, as the standard's text says and its schema does not.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

__all__ = ["VERSION", "resolve", "tagged_schema", "validation_schema"]

VERSION = "3.2.0"
_PROSE = {"description", "examples", "title", "default", "deprecated"}
_CLOSING = {"unevaluatedProperties", "additionalProperties"}


@cache
def tagged_schema() -> dict[str, Any]:
    """Return the schema as the standard's repository tags it, but for the default type of a quality rule."""
    text = (
        files("platform_core.contracts").joinpath("schema").joinpath(f"odcs-{VERSION}.schema.json").read_text("utf-8")
    )
    schema: dict[str, Any] = json.loads(text)
    library = schema["$defs"]["DataQuality"]["allOf"][0]["if"]["anyOf"]
    library[0] = {"properties": {"type": {"const": "library"}}}
    library.pop()
    return schema


@cache
def validation_schema() -> dict[str, Any]:
    """Return the schema without prose and closed elements: what a value must be, not which keys there are."""
    schema: dict[str, Any] = _plain(tagged_schema())
    return schema


def resolve(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that `$ref` of `schema` points to."""
    found = tagged_schema()
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return found


def _plain(schema: Any, named: bool = False) -> Any:
    """`named`: the keys of this mapping are names (of properties, of definitions), not words of JSON schema."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {
        key: _plain(value, named=not named and key in ("properties", "$defs"))
        for key, value in schema.items()
        if named or not (key in _PROSE or key in _CLOSING or (key == "format" and value == "uri"))
    }
    if not named and "$ref" in plain and len(plain) > 1:
        # Validators of older drafts ignore what stands beside $ref: there, `required: [name]` would be lost.
        plain = {"allOf": [{"$ref": plain.pop("$ref")}, plain]}
    return plain
