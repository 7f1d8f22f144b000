"""Variables of ODCS: filled in addresses alone, from names of one prefix, for who asks; no value is ever told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hostile_contracts import document, sound_contracts
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.audit import notes, plan
from platform_core.audit.postgres.foreseen import foreseen
from platform_core.contracts import Contract, lint_contract, parse_contract
from platform_core.contracts.lint.local import local_findings
from platform_core.contracts.variables import PREFIX, may_be_filled, resolved_servers, variables
from platform_core.contracts.written import as_yaml
from platform_core.documents import load_document
from platform_core.findings import FindingsError

SECRET = "hunter2-4711"
SERVER = {"server": "prod", "type": "postgres", "host": "${CONTRACT_VAR_HOST}", "port": "${CONTRACT_VAR_PORT:-5432}"}
SERVER |= {"database": "orders_${CONTRACT_VAR_STAGE:-}_${CONTRACT_VAR_STAGE:-x}", "schema": "plain"}


def _contract(folder: Path, **changes: Any) -> Contract:
    data = {**sound_contracts()[0], "servers": [{**SERVER, **changes}]}
    path = folder / "orders.odcs.yaml"
    path.write_text(as_yaml(data))
    assert not [finding for finding in lint_contract(path) if "variable" not in finding.id]
    return parse_contract(load_document(path))


def test_addresses_are_filled_for_who_asks(tmp_path: Path) -> None:
    contract = _contract(tmp_path)
    (server,) = resolved_servers(contract, {"CONTRACT_VAR_HOST": "db.internal", "CONTRACT_VAR_STAGE": ""})
    assert server == {**SERVER, "host": "db.internal", "port": "5432", "database": "orders__x"}
    # The contract is the same on every machine: its file, its data and its hash know no value.
    assert contract.data["servers"] == [SERVER]
    assert contract.hash == _contract(tmp_path).hash
    assert resolved_servers(_contract(tmp_path, host="h", port=1, database="d"), {})[0]["host"] == "h"


def test_what_is_not_set_is_told_with_its_line_and_without_a_value(tmp_path: Path) -> None:
    contract = _contract(tmp_path, schema="${HOME}", database="${CONTRACT_VAR_A}/${CONTRACT_VAR_B}")
    with pytest.raises(FindingsError) as caught:
        resolved_servers(contract, {"HOME": SECRET, "CONTRACT_VAR_B": SECRET})
    found = [(each.id, each.where.line, each.message) for each in caught.value.findings if each.where]
    lines = (tmp_path / "orders.odcs.yaml").read_text().splitlines()
    host, database, schema = (
        lines.index(line) + 1 for line in lines if "${CONTRACT_VAR_H" in line or "R_A" in line or "HOME" in line
    )
    assert sorted(found) == [
        ("bad-variable", max(host, database, schema), "the variable HOME may not be asked for."),
        ("unset-variable", host, "the variable CONTRACT_VAR_HOST is not set."),
        ("unset-variable", sorted((host, database, schema))[1], "the variable CONTRACT_VAR_A is not set."),
    ]
    assert SECRET not in str(caught.value)


def test_what_is_put_in_is_not_looked_at_again(tmp_path: Path) -> None:
    environ = {"CONTRACT_VAR_HOST": "${HOME}", "HOME": SECRET, "CONTRACT_VAR_PORT": "${CONTRACT_VAR_HOST}"}
    (server,) = resolved_servers(_contract(tmp_path), environ)
    assert (server["host"], server["port"]) == ("${HOME}", "${CONTRACT_VAR_HOST}")


@settings(max_examples=60, derandomize=True, deadline=None)
@given(st.text("${}:-_ABab1", max_size=14), st.text("${}AB", max_size=4))
def test_any_text_is_read(text: str, value: str) -> None:
    for variable in variables(text):
        assert variable.name.isidentifier() and variable.name.isascii()
        assert variable.known == (variable.name.startswith(PREFIX) and variable.name != PREFIX)
    assert not variables("$" + text.replace("$", ""))


class Watched(dict):  # type: ignore[type-arg]
    """An environment that remembers what it was asked for."""

    def __init__(self, values: Mapping[str, str]) -> None:
        super().__init__(values)
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return str(super().__getitem__(name))

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


NAMES = [
    "${SECRET}",
    "${CONTRACT_VAR_SECRET}",
    "${CONTRACT_VAR_SECRET:-x}",
    "$SECRET",
    "%SECRET%",
    "{{ env_var('SECRET') }}",
]


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Watched:
    watched = Watched({**os.environ, "SECRET": SECRET, "CONTRACT_VAR_SECRET": SECRET})
    monkeypatch.setattr(os, "environ", watched)
    return watched


def test_no_text_of_a_contract_asks_the_environment(environment: Watched) -> None:
    """At every place of a contract in turn: neither lint nor plan nor hash reads the variable or tells its value."""
    seen = 0
    for path, data in _with_names_everywhere():
        found = document(data)
        findings = local_findings(found)
        told = [str(finding) for finding in findings]
        if any(finding.id == "bad-variable" and finding.level == "error" for finding in findings):
            assert not may_be_filled(path) or "${SECRET}" in str(data["servers"])
        if not any(finding.level == "error" for finding in findings):
            contract = parse_contract(found)
            told += [contract.hash, contract.description, contract.owner, str(plan(contract, "shop"))]
            told += [str(notes(contract)), str(foreseen(contract, "shop"))]
            seen += 1
        assert SECRET not in "".join(told), path
    assert seen > 20
    assert not environment.asked & {"SECRET", "CONTRACT_VAR_SECRET"}


def _with_names_everywhere() -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    import copy

    whole = sound_contracts()[-1]
    for number, path in enumerate(_texts(whole, ())):
        data = copy.deepcopy(whole)
        parent: Any = data
        for key in path[:-1]:
            parent = parent[key]
        parent[path[-1]] = NAMES[number % len(NAMES)]
        yield path, data


def _texts(value: Any, path: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        if isinstance(inner, str):
            yield (*path, key)
        yield from _texts(inner, (*path, key))


@pytest.mark.parametrize("name", ["CONTRACT_VAR_SECRET", "SECRET", "HOME"])
@pytest.mark.parametrize(
    "query", ["SELECT count(*) FROM ${table} WHERE t = '${%s}'", "SELECT 1 -- ${%s}", "SELECT ${%s:-1}"]
)
def test_no_variable_reaches_sql(name: str, query: str, environment: Watched) -> None:
    """In no place of a query: text, comment or name. Only the names of the rule's own table and column are filled."""
    data = sound_contracts()[-1]
    rule = {"name": "leak", "type": "sql", "query": query % name, "mustBe": 0}
    schema = {**data["schema"][0], "quality": [rule]}
    found = document({**data, "schema": [schema]})
    assert "bad-variable" in {finding.id for finding in local_findings(found) if finding.level == "error"}
    # And if it were not linted: what is planned holds the text as it stands, or cannot be run.
    (check,) = [each for each in plan(parse_contract(found), "shop") if each.name == "leak"]
    assert SECRET not in str(check.arguments)
    assert not environment.asked & {"SECRET", "CONTRACT_VAR_SECRET"}
