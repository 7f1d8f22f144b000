"""Whether a contract guarantees a need: term by term, and for any contract."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml
from any_contract import contracts
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.contracts import Contract, parse_contract
from platform_core.documents import Document, read_document
from platform_core.lineage.drafting import drafted
from platform_core.lineage.fulfilment import Unmet, unmet
from platform_core.lineage.need_lint import need_findings
from platform_core.lineage.need_text import need_text
from platform_core.lineage.needs import Need, parse_need

CONTRACT = """\
version: 1.4.0
slaProperties:
  - {property: freshness, value: 1, unit: d}
  - {property: retention, value: 2, unit: y}
schema:
  - name: flights
    properties:
      - {name: carrier, logicalType: string, primaryKey: true, primaryKeyPosition: 1}
      - {name: flight, logicalType: integer, physicalType: INTEGER, primaryKey: true, primaryKeyPosition: 2}
      - {name: origin, logicalType: string, enum: [{value: EWR}, {value: JFK}]}
      - {name: delay, logicalType: number, physicalType: "DECIMAL(8,2)"}
      - {name: serial, logicalType: string, unique: true}
      - {name: noted, logicalType: string, quality: [{metric: nullValues, mustBe: 0}, {metric: duplicateValues}]}
      - {name: hoped, logicalType: string, quality: [{metric: nullValues, mustBe: 0, severity: warning}]}
      - name: kind
        logicalType: string
        quality: [{metric: invalidValues, mustBe: 0, arguments: {validValues: [a, b, null]}}]
      - {name: at, logicalType: timestamp, logicalTypeOptions: {timezone: true}}
      - name: address
        logicalType: object
        properties: [{name: street, logicalType: string, required: true}, {name: "no", logicalType: integer}]
      - {name: tags, logicalType: array, items: {logicalType: string}}
      - {name: prices, logicalType: map, map: {key: {logicalType: string}, value: {logicalType: number}}}
"""


def contract_of(text: str = CONTRACT) -> Contract:
    return parse_contract(Document(Path("flights.odcs.yaml"), yaml.safe_load(text)))


def need_of(text: str) -> Need:
    document = read_document(Path("ops.flights.yaml"), f"dataset: ops/flights\n{text}\n".encode())
    assert need_findings(document) == []
    return parse_need(document)


@pytest.mark.parametrize(
    "text",
    [
        "version: '>=1.2 <2'",
        "properties: [{name: carrier, logicalType: string, required: true}, {name: delay}]",
        "properties: [{name: flight, logicalType: integer, physicalType: BIGINT}]",
        "properties: [{name: flight, logicalType: number}]",  # whole numbers are numbers
        "properties: [{name: delay, physicalType: 'numeric(10, 2)'}]",
        "properties: [{name: origin, enum: [{value: JFK}, {value: LGA}, {value: EWR}]}]",
        "properties: [{name: origin, enum: [{value: EWR}], onUnknown: ignore}]",
        "properties: [{name: kind, enum: [{value: a}, {value: b}]}]",  # a rule says it as well as an enum
        "properties: [{name: serial, unique: true}, {name: noted, unique: true, required: true}]",
        "properties: [{name: address, properties: [{name: street, logicalType: string, required: true}]}]",
        "properties: [{name: tags, logicalType: array, items: {logicalType: string}}]",
        "properties: [{name: prices, logicalType: map, map: {value: {logicalType: number}}}]",
        "keys: [[flight, carrier], [carrier, flight, origin], [noted]]",
        "slaProperties: [{property: latency, value: 24, unit: h}, {property: retention, value: 18, unit: mo}]",
    ],
)
def test_what_a_contract_guarantees(text: str) -> None:
    assert unmet(need_of(text), contract_of()) == ()


@pytest.mark.parametrize(
    ("text", "kind", "path", "column", "line", "said"),
    [
        ("version: ^2", "version", "", "", 2, "needed in version ^2; it is at 1.4.0"),
        ("properties: [{name: gone}]", "column", "gone", "gone", 2, "its contract has none"),
        ("properties: [{name: carrier, logicalType: integer}]", "type", "carrier", "carrier", 2, "must be integer"),
        ("properties: [{name: delay, logicalType: integer}]", "type", "delay", "delay", 2, "number (DECIMAL(8,2))"),
        ("properties: [{name: flight, physicalType: SMALLINT}]", "type", "flight", "flight", 2, "fits into SMALLINT"),
        ("properties: [{name: delay, physicalType: 'DECIMAL(10,3)'}]", "type", "delay", "delay", 2, "DECIMAL(10,3)"),
        ("properties: [{name: at, physicalType: TIMESTAMP}]", "type", "at", "at", 2, "TIMESTAMP WITH TIME ZONE"),
        ("properties: [{name: origin, required: true}]", "required", "origin", "origin", 2, "never be null"),
        ("properties: [{name: hoped, required: true}]", "required", "hoped", "hoped", 2, "never be null"),
        ("properties: [{name: carrier, unique: true}]", "unique", "carrier", "carrier", 2, "must be unique"),
        ("properties: [{name: origin, enum: [{value: EWR}]}]", "enum", "origin", "origin", 2, "may also be 'JFK'"),
        ("properties: [{name: kind, enum: [{value: a}]}]", "enum", "kind", "kind", 2, "may also be 'b'"),
        ("properties: [{name: carrier, enum: [{value: A}]}]", "enum", "carrier", "carrier", 2, "names no values"),
        (
            "properties:\n  - name: address\n    properties:\n      - {name: 'no', required: true}",
            *("required", "address.no", "address", 5, "'address.no'"),
        ),
        (
            "properties: [{name: tags, logicalType: array, items: {required: true}}]",
            *("required", "tags[]", "tags", 2, "'tags[]'"),
        ),
        (
            "properties: [{name: prices, logicalType: map, map: {value: {logicalType: string}}}]",
            *("type", "prices{value}", "prices", 2, "'prices{value}'"),
        ),
        ("keys: [[carrier]]", "key", "carrier", "carrier", 2, "its key is carrier, flight"),
        ("keys: [[serial]]", "key", "serial", "serial", 2, "one row for each serial"),  # it may be null
        ("slaProperties: [{property: latency, value: 23, unit: h}]", "service-level", "latency", "", 2, "at most 23 h"),
        (
            "slaProperties: [{property: retention, value: 3, unit: y}]",
            "service-level",
            "retention",
            "",
            2,
            "at least 3",
        ),
        ("slaProperties: [{property: frequency, value: 3, unit: y}]", "service-level", "frequency", "", 2, "none"),
    ],
)
def test_what_a_contract_does_not_guarantee(  # noqa: PLR0917 - the columns of the table above
    text: str, kind: str, path: str, column: str, line: int, said: str
) -> None:
    need = need_of(text)
    (found,) = unmet(need, contract_of())
    assert (found.kind, found.path, found.column) == (kind, path, column)
    where = need.where(*found.keys)
    assert where is not None and where.line == line
    assert said in found.message
    assert found.fix


@pytest.mark.parametrize(
    ("text", "version", "fix"),
    [
        (
            "version: ^3",
            "2.1.0",
            "See that what is read works with 2.1.0, then write version: ^2, or '^2 || ^3' for both.",
        ),
        (
            "version: ^1",
            "2.0.0",
            "See that what is read works with 2.0.0, then write version: ^2, or '^1 || ^2' for both.",
        ),
        ("version: ^1", "first", "Take version out of the need: what is not MAJOR.MINOR.PATCH lies in no range."),
    ],
)
def test_a_version_that_is_not_met_says_what_to_write(text: str, version: str, fix: str) -> None:
    (found,) = unmet(need_of(text), contract_of(CONTRACT.replace("1.4.0", version)))
    assert found.fix == fix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("properties: [{name: carier}]", "Did you mean 'carrier'?"),
        ("properties: [{name: Carrier}]", "Did you mean 'carrier'?"),
        ("properties: [{name: address, properties: [{name: stret}]}]", "Did you mean 'street'?"),
        ("properties: [{name: weather}]", "Use a column that is promised, or ask its team for this one."),
    ],
)
def test_a_mistyped_column_is_told_the_one_that_there_is(text: str, said: str) -> None:
    (found,) = unmet(need_of(text), contract_of())
    assert found.fix == said


def test_who_wrote_nothing_relies_on_the_very_type() -> None:
    """A file says it by the family where that is enough; text is not bytes either way."""
    text = "version: 1.0.0\nschema: [{name: flights, properties: [{name: a, logicalType: string}]}]\n"
    strict, short = (drafted(contract_of(text), None, short=short) for short in (False, True))
    assert (strict.columns[0].physical_type, short.columns[0].physical_type) == ("VARCHAR", "")
    uuid = contract_of(text.replace("string}", "string, physicalType: UUID}"))
    assert [len(unmet(need, uuid)) for need in (strict, short)] == [1, 0]
    binary = contract_of(text.replace("string}", "string, logicalTypeOptions: {format: binary}}"))
    assert [len(unmet(need, binary)) for need in (strict, short)] == [1, 1]
    assert unmet(drafted(binary, None, short=True), binary) == ()


def test_two_are_one_whatever_is_promised_instead() -> None:
    """So that what is newly unmet is told by taking sets apart."""
    need = need_of("properties: [{name: origin, enum: [{value: EWR}]}]")
    worse = contract_of(CONTRACT.replace("{value: JFK}]", "{value: JFK}, {value: LGA}]"))
    assert set(unmet(need, worse)) == set(unmet(need, contract_of()))
    assert Unmet("required", "a") != Unmet("unique", "a")


@settings(max_examples=60, derandomize=True, deadline=None, database=None)
@given(contracts(), st.data())
def test_a_drafted_need_is_met_by_its_contract_and_survives_being_written(contract: Contract, data: Any) -> None:
    names = [column.name for column in contract.columns]
    columns = data.draw(st.none() | st.lists(st.sampled_from([*names, "other"]), unique=True))
    need = drafted(contract, columns, "shop/orders", "^1", short=data.draw(st.booleans()))
    assert unmet(need, contract) == ()
    assert {column.name for column in need.columns} == set(names if columns is None else columns) & set(names)
    document = read_document(Path("shop.orders.yaml"), need_text(need).encode())
    assert need_findings(document) == []
    assert parse_need(document) == need


WEAKER = ["required", "unique", "enum", "widen", "drop", "key", "sla", "nothing"]


@settings(max_examples=80, derandomize=True, deadline=None, database=None)
@given(contracts(), st.data())
def test_who_guarantees_more_never_meets_less(contract: Contract, data: Any) -> None:
    """A contract made weaker in any places meets no need that the stronger one does not meet."""
    strong = deepcopy(dict(contract.data))
    strong["slaProperties"] = [{"property": "retention", "value": 2, "unit": "y"}]
    weak = deepcopy(strong)
    for _ in range(data.draw(st.integers(1, 3))):
        _weaken(weak, data.draw(st.sampled_from(WEAKER)), data)
    columns = [item["name"] for item in strong["schema"][0]["properties"]]
    other = deepcopy(weak)  # the need of somebody: of any contract like these
    _weaken(other, data.draw(st.sampled_from(WEAKER)), data)
    origin = data.draw(st.sampled_from([strong, weak, other]))
    need = drafted(_parsed(origin), data.draw(st.lists(st.sampled_from(columns), unique=True)), "shop/orders")
    missing = set(unmet(need, _parsed(strong))) - set(unmet(need, _parsed(weak)))
    assert missing == set()


def _parsed(data: dict[str, Any]) -> Contract:
    return parse_contract(Document(Path("orders.odcs.yaml"), data))


def _weaken(data: dict[str, Any], how: str, draws: Any) -> None:
    properties = data["schema"][0]["properties"]
    one = properties[draws.draw(st.integers(0, len(properties) - 1))]
    if how in ("required", "unique"):
        one.pop(how, None)
    elif how == "enum" and "enum" in one:
        one["enum"] = [*one["enum"], {"value": "zz"}]
    elif how == "widen" and one.get("physicalType") == "DECIMAL(9,2)":
        one["physicalType"] = "DECIMAL(12,2)"
    elif how == "drop" and len(properties) > 1:
        properties.remove(one)
    elif how == "key":
        for item in properties:
            if item.pop("primaryKey", None):
                item["required"] = True
    elif how == "sla":
        data["slaProperties"] = [{"property": "retention", "value": 1, "unit": "y"}]
