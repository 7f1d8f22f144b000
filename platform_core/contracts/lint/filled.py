"""Variables: where one may stand, and which. Those of a rule's query are judged with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from platform_core.contracts.places import Lint, shown
from platform_core.contracts.variables import allowed_name, may_be_filled, variables
from platform_core.documents import Keys
from platform_core.findings import Finding

__all__ = ["filled"]

# For people, or for tools that are not ours: nothing here reads them as a rule, a name or an address.
_PROSE = frozenset(
    {"description", "purpose", "usage", "limitations", "businessName", "title", "examples", "context", "comment", "url"}
    | {"authoritativeDefinitions", "synonyms", "tags", "price", "support", "transformLogic", "transformDescription"}
    | {"dataGranularityDescription", "implementation", "driver", "driverVersion"}
)
_WHY = "Whoever writes a contract could read the environment of whoever checks it."


def filled(lint: Lint) -> Iterator[Finding]:
    """Yield findings about every variable of the contract that is not filled, and those that may never be."""
    for keys, text in _texts(lint.document.data, ()):
        if keys[-1:] == ("query",):
            continue
        names = dict.fromkeys(variable.name for variable in variables(text))
        known = {variable.name for variable in variables(text) if variable.known}
        for name in names:
            called = shown(f"${{{name}}}")
            if may_be_filled(keys) and name not in known:
                fix = f"Name it ${{{allowed_name(name)}}}."
                yield lint.finding("bad-variable", keys, f"the variable {called} is not allowed.", fix, why=_WHY)
            elif not may_be_filled(keys):
                prose = not _PROSE.isdisjoint(map(str, keys)) or _foreign(lint, keys)
                message = f"the variable {called} is not filled here: it stays as it is written."
                fix = "Write the value out; variables stand in the addresses under 'servers'."
                yield lint.finding("bad-variable", keys, message, fix, why=_WHY, level="warning" if prose else "error")


def _foreign(lint: Lint, keys: Keys) -> bool:
    """Whether the value is a custom property of somebody else: the platform's own say what is checked."""
    if "customProperties" not in keys:
        return False
    value: Any = lint.document.data
    for key in keys[: keys.index("customProperties") + 2]:
        value = value[key]
    return isinstance(value, dict) and not str(value.get("property")).startswith("platform")


def _texts(value: Any, keys: Keys) -> Iterator[tuple[Keys, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, (*keys, key))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _texts(inner, (*keys, place))
    elif isinstance(value, str) and "${" in value:
        yield keys, value
