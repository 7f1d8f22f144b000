"""A contract against the standard's JSON schema: a generated validator says yes in a moment; for a no, the slow and
thorough one lists everything that is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from platform_core.contracts.keys import unknown_keys
from platform_core.contracts.places import Lint
from platform_core.contracts.standard import validation_schema
from platform_core.contracts.wording import explain
from platform_core.findings import Finding

__all__ = ["schema_findings"]


def schema_findings(lint: Lint) -> list[Finding]:
    """Return every breach of the standard in one contract: unknown keys, missing keys, values of the wrong kind."""
    found = list(unknown_keys(lint))
    if problem := _quick_no(lint.document.data):
        thorough = list(_thorough(lint))
        found += thorough or [lint.finding("not-odcs", (), f"breaks the standard: {problem}.")]
    return found


def _quick_no(data: Any) -> str:
    """Return the first thing wrong; an empty string when nothing is."""
    from fastjsonschema import JsonSchemaValueException

    try:
        _generated(with_servers="servers" in data)(data)
    except JsonSchemaValueException as error:
        return str(error.message)
    return ""


@cache
def _generated(with_servers: bool) -> Callable[[Any], Any]:
    """Compile the schema to Python. Half of it describes 44 kinds of server: left out when there are none."""
    import fastjsonschema

    schema = {key: value for key, value in validation_schema().items() if key != "$schema"}
    if not with_servers:
        schema["properties"] = {name: part for name, part in schema["properties"].items() if name != "servers"}
    generated: Callable[[Any], Any] = fastjsonschema.compile(schema, use_default=False)
    return generated


def _thorough(lint: Lint) -> Iterator[Finding]:
    from jsonschema import Draft201909Validator, FormatChecker

    checker = FormatChecker(formats=("date",))
    validator = Draft201909Validator(validation_schema(), format_checker=checker)
    seen = set()
    for error in sorted(
        validator.iter_errors(lint.document.data), key=lambda error: list(map(str, error.absolute_path))
    ):
        for finding in explain(lint, error):
            if finding not in seen:
                seen.add(finding)
                yield finding
