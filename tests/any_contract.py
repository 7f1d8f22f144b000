"""Contracts at random, for hypothesis: every kind of rule, alone and together."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from hypothesis import assume
from hypothesis import strategies as st

from platform_core.contracts import Contract, parse_contract
from platform_core.documents import Document

__all__ = ["changed_contracts", "columns", "contracts"]


def _contract_of(properties: list[dict[str, Any]], quality: list[dict[str, Any]]) -> Contract:
    schema = {"name": "orders", "properties": properties, "quality": quality}
    return parse_contract(Document(Path("orders.odcs.yaml"), {"version": "1.0.0", "schema": [schema]}))


METRICS = [
    {"metric": "nullValues", "mustBe": 0},
    {"metric": "nullValues", "mustBeLessThan": 20, "unit": "percent"},
    {"metric": "missingValues", "mustBe": 0, "arguments": {"missingValues": [None, "n/a"]}},
    {"metric": "duplicateValues", "mustBe": 0},
]


@st.composite
def bounds(draw: Any, low: int, high: int) -> dict[str, Any]:
    first = draw(st.integers(low, high - 40))
    found: dict[str, Any] = {}
    if draw(st.booleans()):
        found[draw(st.sampled_from(["minimum", "exclusiveMinimum"]))] = first
    if draw(st.booleans()):
        found[draw(st.sampled_from(["maximum", "exclusiveMaximum"]))] = first + draw(st.integers(30, 40))
    return found


@st.composite
def scalars(draw: Any) -> dict[str, Any]:
    kind = draw(st.sampled_from(["string", "integer", "number", "date", "timestamp", "boolean", "enum", "decimal"]))
    if kind == "enum":
        values = draw(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=5, unique=True))
        return {"logicalType": "string", "enum": [{"value": value} for value in values]}
    if kind == "string":
        options = draw(
            st.sampled_from([{}, {"pattern": "[A-Z]{3}[0-9]+"}, {"format": "email"}, {"minLength": 2, "maxLength": 9}])
        )
        return {"logicalType": "string", "logicalTypeOptions": options}
    if kind in ("date", "timestamp"):
        days = draw(bounds(1, 300))
        options = {name: f"20{13 + day // 360}-{day % 12 + 1:02}-{day % 28 + 1:02}" for name, day in days.items()}
        assume(len(options) < 2 or sorted(options.items(), key=lambda pair: pair[1])[0][0].endswith("inimum"))
        return {"logicalType": kind, "logicalTypeOptions": options}
    if kind == "decimal":
        return {"logicalType": "number", "physicalType": "DECIMAL(9,2)", "logicalTypeOptions": draw(bounds(-500, 500))}
    options = draw(bounds(-500, 500)) if kind != "boolean" else {}
    if kind == "integer" and draw(st.booleans()):
        options["multipleOf"] = draw(st.sampled_from([2, 3, 5]))
    return {"logicalType": kind, "logicalTypeOptions": options}


@st.composite
def columns(draw: Any, name: str) -> dict[str, Any]:
    shape = draw(st.sampled_from(["scalar"] * 6 + ["object", "array"]))
    if shape == "object":
        inner = [{"name": f"f{place}", **draw(scalars()), "required": draw(st.booleans())} for place in range(2)]
        return {"name": name, "logicalType": "object", "properties": inner, "required": draw(st.booleans())}
    if shape == "array":
        options = draw(st.sampled_from([{}, {"minItems": 1}, {"maxItems": 3}, {"minItems": 2, "uniqueItems": True}]))
        items = {"logicalType": "integer", "logicalTypeOptions": draw(bounds(0, 100))}
        return {"name": name, "logicalType": "array", "items": items, "logicalTypeOptions": options}
    column = {"name": name, **draw(scalars()), "required": draw(st.booleans())}
    wide = column["logicalType"] != "boolean" and "enum" not in column
    column["unique"] = wide and draw(st.booleans())
    if wide and draw(st.integers(0, 3)) == 0:
        column["relationships"] = [{"to": f"others.{name}"}]
    if draw(st.integers(0, 2)) == 0:
        metric = draw(st.sampled_from(METRICS if wide else METRICS[:2]))
        column["quality"] = [{"name": f"rule_{name}", **metric}]
    return column


@st.composite
def contracts(draw: Any) -> Any:
    found = [draw(columns(f"c{place}")) for place in range(draw(st.integers(1, 5)))]
    if draw(st.booleans()):
        found.append({"name": "id", "logicalType": "integer", "primaryKey": True, "primaryKeyPosition": 1})
    quality = draw(st.sampled_from([[], [{"metric": "rowCount", "mustBeBetween": [5, 90]}]]))
    return _contract_of(found, quality)


@st.composite
def changed_contracts(draw: Any) -> Any:
    """Two contracts, the second one the first after some edits; sometimes the same, sometimes nothing alike."""
    old = draw(contracts())
    data = deepcopy(old.data)
    properties: list[dict[str, Any]] = data["schema"][0]["properties"]
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(properties) - 1))
        edit = draw(st.sampled_from(["replace", "add", "remove", "move", "flag", "describe", "grow"]))
        if edit == "replace":
            properties[place] = draw(columns(properties[place]["name"]))
        elif edit == "add":
            properties.insert(place, draw(columns(f"n{len(properties)}")))
        elif edit == "remove" and len(properties) > 1:
            del properties[place]
        elif edit == "move":
            properties.append(properties.pop(place))
        elif edit == "flag":
            flag = draw(st.sampled_from(["required", "unique", "primaryKey", "partitioned", "deprecated"]))
            properties[place][flag] = not properties[place].get(flag, False)
        elif edit == "describe":
            properties[place]["description"] = draw(st.sampled_from(["With tax", "with tax.", "Without tax"]))
        else:
            _grow(draw, properties[place])
    if draw(st.booleans()):
        data["schema"][0]["quality"] = draw(st.sampled_from([[], [{"metric": "rowCount", "mustBeGreaterThan": 9}]]))
    return old, parse_contract(Document(Path("orders.odcs.yaml"), data))


def _grow(draw: Any, column: dict[str, Any]) -> None:
    """Change the limits, the values or the type of a column in place."""
    if column.get("enum"):
        value = draw(st.sampled_from("klm"))
        if value not in [entry["value"] for entry in column["enum"]]:
            column["enum"].append({"value": value})
    elif column["logicalType"] in ("integer", "number"):
        options = column.setdefault("logicalTypeOptions", {})
        options["minimum"] = draw(st.integers(-600, -550))
    elif column["logicalType"] == "string":
        column["logicalTypeOptions"] = {
            "maxLength": draw(st.integers(1, 9)),
            "pattern": draw(st.sampled_from(["[a-c]+", "[a-d]*"])),
        }
