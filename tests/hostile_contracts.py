"""Contracts that somebody spoilt, for hypothesis: sound ones with parts cut out, doubled, moved or of another kind."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from platform_core.contracts import Contract, parse_contract
from platform_core.contracts.lint.local import local_findings
from platform_core.documents import Document

__all__ = ["ANYTHING", "document", "lintable", "sound_contracts", "spoilt", "structures"]

_ROOT = Path(__file__).parents[1]
PATH = Path("orders.odcs.yaml")
_DEEP = 20  # alias-free files end at 32

ODD = [
    None,
    True,
    False,
    0,
    -1,
    1,
    2,
    7,
    1.5,
    -0.0,
    float("nan"),
    float("inf"),
    10**300,
    -(2**63),
    "",
    " ",
    "x",
    "no",
    "\0",
]
ODD += [
    "${CONTRACT_VAR_X}",
    "${HOME}",
    "a.b",
    "a.b.c",
    "orders.id",
    "orders",
    "1.0.0",
    "é\u2028",
    "\U0001f926",
    "x" * 300,
]
ODD += ["[", "(?=a)", "a{1,9999}", "SELECT 1", "SELECT (", "DECIMAL(99,99)", "STRUCT(a INT", "DECIMAL(38,38)", "INT[]"]
ODD += [
    "MAP(INT, INT)",
    "TIMESTAMP",
    "9999-12-31",
    "2013-02-30",
    "25:00:00",
    "0001-01-01T00:00:00+14:00",
    "h",
    "percent",
]
ODD += [[], {}, [[]], [None], ["a"], [1, "a", None], {"a": 1}, [{}], [{"name": "a"}], {"value": None}, {"": ""}]
ODD += [datetime.date(2013, 1, 1), datetime.datetime(1, 1, 1, tzinfo=datetime.timezone.utc)]

KEYS = (
    "name logicalType physicalType required unique primaryKey primaryKeyPosition logicalTypeOptions items map key value"
)
KEYS += (
    " properties quality metric type query mustBe mustBeBetween mustBeLessThan unit severity arguments relationships to"
)
KEYS += " from enum id version status slaProperties property element customProperties team roles servers support domain"
KEYS += " schema description deprecated minimum maximum exclusiveMinimum pattern format multipleOf minLength maxItems"
KEYS += " dimensions elementType timezone classification businessName tags price tenant apiVersion kind"

ANYTHING = st.recursive(
    st.one_of(st.sampled_from(ODD), st.integers(-(10**40), 10**40), st.floats(), st.text(max_size=8)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(KEYS.split()) | st.text(max_size=4), inner, max_size=4),
    ),
    max_leaves=12,
)


def sound_contracts() -> list[dict[str, Any]]:
    """Return the data of contracts that lint finds nothing in, each as the contract of `orders`."""
    folders = [_ROOT / "tests" / "cases" / "contracts" / "sound", *sorted(_ROOT.glob("examples/*/*/contracts"))]
    found = [
        yaml.safe_load(path.read_text("utf-8")) for folder in folders for path in sorted(folder.glob("*.odcs.yaml"))
    ]
    return [*found, EVERYTHING]


EVERYTHING: dict[str, Any] = {
    **{"apiVersion": "v3.2.0", "kind": "DataContract", "id": "shop.orders", "name": "orders", "version": "2.1.0"},
    **{"status": "active", "domain": "sales", "tenant": "acme", "dataProduct": "orders", "tags": ["a"]},
    "description": {"purpose": "Why.", "usage": "How.", "limitations": "None."},
    "authoritativeDefinitions": [{"url": "https://example.org/orders", "type": "definition"}],
    "team": {"name": "sales", "members": [{"username": "a", "role": "owner"}]},
    "support": [{"channel": "#sales", "tool": "slack", "url": "https://example.org"}],
    "roles": [{"role": "reader", "access": "read"}],
    "servers": [{"server": "prod", "type": "postgres", "host": "h", "port": 5432, "database": "d", "schema": "s"}],
    "price": {"priceAmount": 1, "priceCurrency": "USD", "priceUnit": "row"},
    "slaProperties": [
        {"property": "latency", "value": 2, "unit": "d"},
        {"property": "endOfLife", "value": "2031-01-01"},
        {"property": "retention", "value": 3, "unit": "y"},
    ],
    "customProperties": [{"property": "platformVersions", "value": 3}, {"property": "mine", "value": {"a": [1]}}],
    "schema": [
        {
            "name": "orders",
            "physicalName": "orders_v2",
            "dataGranularityDescription": "one row a line",
            "relationships": [{"type": "foreignKey", "from": ["orders.n", "orders.t"], "to": ["orders.i", "orders.t"]}],
            "quality": [
                {"name": "many", "metric": "rowCount", "mustBeGreaterThan": 3},
                {"name": "keys", "metric": "duplicateValues", "arguments": {"properties": ["i", "t"]}, "mustBe": 0},
                {"name": "q", "type": "sql", "query": "SELECT count(*) FROM ${table} WHERE i < 0", "mustBe": 0},
                {"name": "t", "type": "text", "description": "Said."},
            ],
            "properties": [
                {"name": "i", "id": "c1", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1}
                | {"logicalTypeOptions": {"minimum": 0, "exclusiveMaximum": 99, "multipleOf": 3, "format": "i32"}},
                {"name": "t", "id": "c2", "logicalType": "string", "unique": True, "businessName": "T"}
                | {"logicalTypeOptions": {"minLength": 1, "maxLength": 9, "pattern": "[a-z]+", "format": "email"}}
                | {
                    "enum": [{"id": "e1", "value": "a", "description": "A"}, {"value": "b"}],
                    "classification": "public",
                },
                {"name": "n", "logicalType": "number", "physicalType": "DECIMAL(12,2)", "required": True}
                | {"quality": [{"metric": "nullValues", "mustBeLessOrEqualTo": 5, "unit": "percent"}]},
                {
                    "name": "d",
                    "logicalType": "date",
                    "logicalTypeOptions": {"minimum": "2000-01-01"},
                    "partitioned": True,
                },
                {"name": "m", "logicalType": "timestamp", "logicalTypeOptions": {"timezone": True}},
                {"name": "c", "logicalType": "time", "enum": [{"value": "09:00:00"}]},
                {"name": "b", "logicalType": "boolean", "enum": [{"value": True}]},
                {"name": "o", "logicalType": "object", "logicalTypeOptions": {"required": ["x"], "minProperties": 1}}
                | {"properties": [{"name": "x", "logicalType": "string"}, {"name": "y", "logicalType": "integer"}]},
                {"name": "l", "logicalType": "array", "logicalTypeOptions": {"minItems": 1, "uniqueItems": True}}
                | {"items": {"logicalType": "integer", "logicalTypeOptions": {"maximum": 5}}},
                {"name": "p", "logicalType": "map"}
                | {"map": {"key": {"logicalType": "string"}, "value": {"logicalType": "number"}}},
                {
                    "name": "v",
                    "logicalType": "vector",
                    "logicalTypeOptions": {"dimensions": 3, "elementType": "float32"},
                },
                {"name": "r", "logicalType": "integer", "relationships": [{"to": "orders.i"}, {"to": "crm.people.id"}]}
                | {"customProperties": [{"property": "platformSeverity", "value": "warning"}]}
                | {"quality": [{"metric": "missingValues", "arguments": {"missingValues": [None, -1]}, "mustBe": 0}]},
            ],
        }
    ],
}
SOUND = sound_contracts()


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    if len(path) >= _DEEP:
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from _paths(inner, (*path, key))


@st.composite
def spoilt(draw: st.DrawFn, most: int = 4) -> dict[str, Any]:
    """Return the data of a sound contract with one to `most` changes anywhere in it; `most` 0 leaves it sound."""
    data: dict[str, Any] = copy.deepcopy(draw(st.sampled_from(SOUND)))
    for _ in range(draw(st.sampled_from([1, 1, 1, most])) if most else 0):
        paths = list(_paths(data))[1:]
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        parent = data
        for key in path[:-1]:
            parent = parent[key]
        _change(draw, data, parent, path[-1])
    return data


def _change(draw: st.DrawFn, data: dict[str, Any], parent: Any, key: Any) -> None:
    how = draw(st.sampled_from(["replace", "replace", "delete", "double", "anything", "swap", "rename", "add"]))
    if how == "delete":
        del parent[key]
    elif how == "double" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    elif how == "rename" and isinstance(parent, dict):
        parent[draw(st.sampled_from(KEYS.split()))] = parent.pop(key)
    elif how == "add" and isinstance(parent[key], dict):
        parent[key][draw(st.sampled_from(KEYS.split()))] = draw(st.sampled_from(ODD))
    elif how == "swap":
        other = draw(st.sampled_from(list(_paths(data))))
        value: Any = data
        for part in other:
            value = value[part]
        parent[key] = copy.deepcopy(value)
    else:
        parent[key] = draw(ANYTHING) if how == "anything" else copy.deepcopy(draw(st.sampled_from(ODD)))


def structures() -> st.SearchStrategy[dict[str, Any]]:
    """Mappings of anything, under keys that a contract may have and others."""
    return st.dictionaries(st.sampled_from(KEYS.split()) | st.text(max_size=4), ANYTHING, max_size=6)


def document(data: dict[str, Any]) -> Document:
    """Return the data as the file that it would have to be, so far as it says so."""
    schema = data.get("schema")
    first = schema[0] if isinstance(schema, list) and schema else None
    name = first.get("name") if isinstance(first, dict) else None
    return Document(Path(f"{name}.odcs.yaml") if isinstance(name, str) and name.isidentifier() else PATH, data)


def lintable(data: dict[str, Any]) -> Contract | None:
    """Return the contract, when lint finds no error in it by itself."""
    found = document(data)
    if not data or any(finding.level == "error" for finding in local_findings(found)):
        return None
    return parse_contract(found)
