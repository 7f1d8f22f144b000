"""Contracts that somebody spoilt, for hypothesis: sound ones with parts cut out, doubled, moved or of another kind."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from platform_core.contracts import Contract, parse_contract
from platform_core.contracts.lint.local import local_findings
from platform_core.contracts.lint.references import Outline, outline
from platform_core.contracts.lint.together import together
from platform_core.contracts.places import Lint
from platform_core.documents import Document
from platform_core.findings import Finding

__all__ = [
    "ANYTHING",
    "SOUND",
    "document",
    "errors_of",
    "lintable",
    "pairs",
    "sound_contracts",
    "spoil",
    "spoilt",
    "structures",
]

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
    """Return the data of a sound contract with one to `most` changes anywhere in it."""
    return _many(draw, copy.deepcopy(draw(st.sampled_from(SOUND))), draw(st.sampled_from([1, 1, 1, most])), _change)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two states of one contract: of a sound one, or one and the other a little changed."""
    old = copy.deepcopy(draw(st.sampled_from(SOUND)))
    if draw(st.integers(0, 3)) == 0:
        old = _many(draw, old, draw(st.integers(1, 2)), _nudge)
    new = _many(draw, copy.deepcopy(old), draw(st.sampled_from([1, 1, 2, 3])), _nudge)
    if draw(st.integers(0, 5)) == 0:
        new = _many(draw, new, 1, _change)
    return old, new


def spoil(draw: st.DrawFn, data: dict[str, Any], times: int) -> dict[str, Any]:
    """Change `data` at so many places, each into anything, and return it."""
    return _many(draw, data, times, _change)


Way = Callable[[st.DrawFn, dict[str, Any], Any, Any], None]


def _many(draw: st.DrawFn, data: dict[str, Any], times: int, way: Way) -> dict[str, Any]:
    for _ in range(times):
        paths = list(_paths(data))[1:]
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        parent: Any = data
        for key in path[:-1]:
            parent = parent[key]
        way(draw, data, parent, path[-1])
    return data


def _nudge(draw: st.DrawFn, data: dict[str, Any], parent: Any, key: Any) -> None:
    """Change a place into something that may well stand there."""
    value = parent[key]
    how = draw(st.sampled_from(["value", "value", "value", "delete", "list", "column"]))
    if how == "delete":
        del parent[key]
    elif how == "list" and isinstance(value, list) and value:
        place = draw(st.integers(0, len(value) - 1))
        draw(st.sampled_from([lambda: value.pop(place), lambda: value.append(value.pop(place))]))()
    elif how == "column" and isinstance(value, dict) and isinstance(value.get("properties"), list):
        value["properties"].append(
            {"name": draw(st.sampled_from(["z", "amount", "id"])), **copy.deepcopy(draw(st.sampled_from(TYPES)))}
        )
    elif isinstance(value, bool):
        parent[key] = not value
    elif isinstance(value, (int, float)):
        parent[key] = value + draw(st.sampled_from([1, -1, 0.5, 1000]))
    elif isinstance(value, str):
        parent[key] = draw(st.sampled_from(LIKELY.get(str(key)) or [value + "x", value.upper(), value]))
    elif isinstance(value, dict) and "logicalType" in value:
        value.update(copy.deepcopy(draw(st.sampled_from([*TYPES, *RULES]))))


TYPES: list[dict[str, Any]] = [
    {"logicalType": name} for name in ("string", "integer", "number", "date", "boolean", "time")
]
TYPES += [{"logicalType": "timestamp", "logicalTypeOptions": {"timezone": zone}} for zone in (True, False)]
TYPES += [
    {"logicalType": "number", "physicalType": kind} for kind in ("DECIMAL(12,2)", "DECIMAL(14,2)", "DOUBLE", "FLOAT")
]
TYPES += [{"logicalType": "integer", "physicalType": kind} for kind in ("INTEGER", "BIGINT", "TINYINT", "UINTEGER")]
TYPES += [{"logicalType": "array", "items": {"logicalType": "string"}}, {"logicalType": "object", "properties": []}]
RULES: list[dict[str, Any]] = [{"required": True}, {"unique": True}, {"required": False}, {"deprecated": True}]
RULES += [{"enum": [{"value": "a"}]}, {"logicalTypeOptions": {"minimum": 1}}, {"logicalTypeOptions": {"maxLength": 5}}]
RULES += [{"logicalTypeOptions": {"pattern": "[a-z]"}}, {"classification": "confidential"}, {"quality": []}]
RULES += [{"quality": [{"metric": "nullValues", "mustBe": 0}]}, {"id": "c9"}, {"relationships": [{"to": "orders.i"}]}]
LIKELY = {
    "logicalType": ["string", "integer", "number", "date", "timestamp", "time", "boolean", "array", "object", "map"],
    "physicalType": [
        "BIGINT",
        "INTEGER",
        "DECIMAL(14,2)",
        "DECIMAL(12,4)",
        "DOUBLE",
        "VARCHAR",
        "TIMESTAMP",
        "varchar(9)",
    ],
    "status": ["draft", "active", "deprecated", "retired", "proposed"],
    "version": ["1.0.1", "1.1.0", "2.0.0", "3.0.0", "0.9.0"],
    "pattern": ["[a-z]+", "[a-z0-9]+", "a+", ".*"],
    "unit": ["d", "h", "y", "percent", "rows"],
    "metric": ["nullValues", "missingValues", "duplicateValues", "rowCount", "invalidValues"],
    "severity": ["error", "warning"],
    "property": ["latency", "freshness", "retention", "availability", "endOfLife", "endOfSupport", "mine"],
    "to": ["orders.i", "crm.people.id", "orders.t"],
    "format": ["email", "uuid", "date", "i32", "i64", "f32"],
}


def _change(draw: st.DrawFn, data: dict[str, Any], parent: Any, key: Any) -> None:
    how = draw(st.sampled_from(["replace", "replace", "delete", "double", "anything", "swap", "rename", "add"]))
    if how == "delete":
        del parent[key]
    elif how == "double" and isinstance(parent, list):
        parent.insert(key, copy.deepcopy(parent[key]))
    elif how == "rename" and isinstance(parent, dict):
        parent[draw(st.sampled_from(KEYS.split()))] = parent.pop(key)
    elif how == "add" and isinstance(parent[key], dict):
        parent[key][draw(st.sampled_from(KEYS.split()))] = copy.deepcopy(draw(st.sampled_from(ODD)))
    elif how == "swap":
        other = draw(st.sampled_from(list(_paths(data))))
        value: Any = data
        for part in other:
            value = value[part]
        parent[key] = copy.deepcopy(value)
    else:
        # Copied: what is drawn from a list is that very object, and the next change may be made inside it.
        parent[key] = copy.deepcopy(draw(ANYTHING if how == "anything" else st.sampled_from(ODD)))


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
    """Return the contract, when lint finds no error in it, beside the sound ones in its folder."""
    return None if errors_of(data) else parse_contract(document(data))


def errors_of(data: dict[str, Any]) -> list[Finding]:
    """Return the errors in a contract, beside the sound ones in its folder."""
    found = document(data)
    about = outline(Lint(found))
    siblings = {**_neighbours(), about.dataset: about}
    everything = [*local_findings(found), *together(found.path, about, siblings, None, "")]
    return [finding for finding in everything if finding.level == "error"]


@cache
def _neighbours() -> dict[str, Outline]:
    outlines = [outline(Lint(document(data))) for data in SOUND]
    return {found.dataset: found for found in outlines}
