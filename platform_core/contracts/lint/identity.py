"""One contract, one schema object, one name: that of the file, the object and the dataset's folder."""

from __future__ import annotations

import re
from collections.abc import Iterator

from platform_core.contracts.files import SUFFIX, dataset_of
from platform_core.contracts.lint.elements import schema_object
from platform_core.contracts.places import Lint, did_you_mean, shown
from platform_core.findings import Finding
from platform_core.names import name_problem

__all__ = ["identity"]

_STATUS = ("proposed", "draft", "active", "deprecated", "retired")
_SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-[0-9A-Za-z.-]+)?\Z")


def identity(lint: Lint) -> Iterator[Finding]:
    """Yield findings about what the contract as a whole says of itself."""
    data = lint.document.data
    yield from _name(lint)
    version = data.get("version")
    if isinstance(version, str) and not _SEMANTIC.match(version):
        fix = "Write MAJOR.MINOR.PATCH, as in version: 1.0.0."
        yield lint.finding("bad-version", ("version",), f"version {shown(version)} cannot be compared.", fix)
    status = data.get("status")
    if isinstance(status, str) and status not in _STATUS:
        yield lint.finding(
            "unknown-value", ("status",), f"status cannot be {shown(status)}.", did_you_mean(status, _STATUS)
        )
    if str(data.get("apiVersion")).startswith("v2."):
        fix = "Write apiVersion: v3.2.0, and the contract in its form."
        yield lint.finding("old-standard", ("apiVersion",), "contracts of ODCS 2 are not read.", fix)


def _name(lint: Lint) -> Iterator[Finding]:
    data, file = lint.document.data, lint.document.path.name
    schema = data.get("schema")
    if not isinstance(schema, list) or len(schema) != 1:
        found = len(schema) if isinstance(schema, list) else 0
        fix = "Describe one dataset under 'schema'; write a contract a dataset."
        yield lint.finding("one-schema-object", ("schema",), f"{found} schema objects; exactly one is needed.", fix)
        if not found:
            return
    name = schema_object(data).get("name")
    keys = ("schema", 0, "name")
    problem = name_problem(name) if isinstance(name, str) else ""
    if problem:
        yield lint.finding("bad-name", keys, f"a dataset cannot be called {shown(name)}: {problem}.")
    if not file.endswith(SUFFIX):
        yield lint.finding("file-name", (), f"the file is called {shown(file)}.", f"Call it <dataset>{SUFFIX}.")
    elif isinstance(name, str) and name != dataset_of(lint.document.path):
        stem = dataset_of(lint.document.path)
        fix = f"Write name: {stem}, or call the file {name}{SUFFIX}." if not problem else ""
        yield lint.finding("file-name", keys, f"the schema object {shown(name)} stands in {shown(file)}.", fix)
