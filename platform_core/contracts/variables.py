"""The variables of ODCS 3.2 in a contract: `${NAME}` and `${NAME:-default}`, filled from the environment.

A contract is written by whoever opens a pull request. A variable that any value could name would hand out the secrets
of the machine that reads it: into a rule's query, a message, a hash. So they have one place, the addresses under
`servers`, one prefix, CONTRACT_VAR_, and are filled only for who asks for an address. All else in a contract is what it
says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from platform_core.contracts.model import Contract
from platform_core.documents import Keys
from platform_core.findings import Finding, raise_errors

__all__ = ["NAMING", "PREFIX", "Variable", "allowed_name", "may_be_filled", "resolved_servers", "variables"]

PREFIX = "CONTRACT_VAR_"
NAMING = frozenset({"id", "server", "type", "environment", "name", "property"})  # what tells one server from another
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


@dataclass(frozen=True)
class Variable:
    """A variable in a text: its name, and what stands for it where it is not set (None: nothing does)."""

    name: str
    default: str | None = None

    @property
    def known(self) -> bool:
        """Whether it may be asked for at all."""
        return self.name.startswith(PREFIX) and len(self.name) > len(PREFIX)


def variables(text: str) -> tuple[Variable, ...]:
    """Return the variables in `text`, in their order."""
    return tuple(Variable(found[1], found[2]) for found in _VARIABLE.finditer(text)) if "${" in text else ()


def allowed_name(name: str) -> str:
    """Return what a variable called `name` would have to be called."""
    return PREFIX + (name.upper().removeprefix(PREFIX) or "NAME")


def may_be_filled(keys: Keys) -> bool:
    """Whether variables may stand in the value at `keys` of a contract."""
    return keys[:1] == ("servers",) and str(keys[-1]) not in NAMING


def resolved_servers(contract: Contract, environ: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the contract's servers with the variables in their addresses replaced by values of `environ`.

    An empty value counts as not set. What is put in is not looked at again: a value that looks like a variable stays.
    The file and `contract.data` stay as they are, and so does the contract's hash.
    Raises FindingsError with each variable that has neither value nor default, or may not be asked for, by file:line.
    """
    problems: list[Finding] = []

    def filled(value: Any, keys: Keys) -> Any:
        if isinstance(value, dict):
            return {key: filled(inner, (*keys, key)) for key, inner in value.items()}
        if isinstance(value, list):
            return [filled(inner, (*keys, place)) for place, inner in enumerate(value)]
        if not isinstance(value, str) or not may_be_filled(keys):
            return value
        problems.extend(_unfilled(contract, keys, value, environ))
        return _VARIABLE.sub(lambda found: environ.get(found[1]) or found[2] or "", value)

    servers: list[dict[str, Any]] = filled(contract.data.get("servers") or [], ("servers",))
    raise_errors(f"The servers of {contract.dataset} cannot be told:", problems)
    return servers


def _unfilled(contract: Contract, keys: Keys, text: str, environ: Mapping[str, str]) -> Iterator[Finding]:
    for variable in variables(text):
        where = contract.where(*keys)
        if not variable.known:
            message = f"the variable {variable.name} may not be asked for."
            fix = f"Name it {allowed_name(variable.name)}: others could be secrets."
            yield Finding("bad-variable", "error", contract.dataset, message, fix=fix, where=where)
        elif not environ.get(variable.name) and variable.default is None:
            message = f"the variable {variable.name} is not set."
            fix = f"Set it in the environment, or write ${{{variable.name}:-<default>}}."
            yield Finding("unset-variable", "error", contract.dataset, message, fix=fix, where=where)
