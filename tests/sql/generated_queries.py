"""Queries at random over a few small tables, for hypothesis: what people write, alone and together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

__all__ = ["TABLES", "queries"]

# Names that several tables have, some of one table twice, one that needs quotes, one with fields.
TABLES: dict[str, dict[str, str]] = {
    "ops/flights": {
        **{"id": "INTEGER", "carrier": "VARCHAR", "origin": "VARCHAR", "delay": "INTEGER", "day": "INTEGER"},
        **{"Gate No": "INTEGER", "place": "STRUCT(carrier VARCHAR, rain INTEGER)", "tags": "VARCHAR[]"},
    },
    "ops/airlines": {"carrier": "VARCHAR", "name": "VARCHAR", "id": "INTEGER"},
    "weather/daily": {"origin": "VARCHAR", "day": "INTEGER", "rain": "INTEGER", "delay": "INTEGER"},
}
_NUMBERS = ("id", "delay", "day", "rain", "Gate No")
_TEXTS = ("carrier", "origin", "name")


@dataclass(frozen=True)
class Source:
    """Something that stands after FROM, and the names and types of its columns."""

    text: str
    alias: str
    columns: dict[str, str]

    def pick(self, draw: Any, bare: bool = True) -> tuple[str, str]:
        """Return a column as it may be written, and its type."""
        name = draw(st.sampled_from(sorted(self.columns)))
        written = draw(st.sampled_from([name, name.upper(), f'"{name}"'])) if " " not in name else f'"{name}"'
        if bare and draw(st.booleans()):
            return written, self.columns[name]
        return f"{self.alias}.{written}", self.columns[name]


@st.composite
def _table(draw: Any, scope: dict[str, dict[str, str]], alias: str) -> Source:
    if scope and draw(st.booleans()):
        name = draw(st.sampled_from(sorted(scope)))
        return Source(f"{name} AS {alias}", alias, scope[name])
    asset = draw(st.sampled_from(sorted(TABLES)))
    home, _, table = asset.partition("/")
    written = draw(st.sampled_from([f"{home}.{table}", f"db.{home}.{table}", f'"{home}"."{table}"']))
    columns = dict(TABLES[asset])
    if draw(st.integers(0, 7)) == 0:  # names by place
        first = next(iter(columns))
        return Source(f"{written} AS {alias}(p)", alias, {"p": columns.pop(first), **columns})
    return Source(f"{written} AS {alias}", alias, columns)


@st.composite
def _value(draw: Any, sources: list[Source], outer: list[Source]) -> tuple[str, str]:
    """Return an expression and its type."""
    source = draw(st.sampled_from(sources + outer))
    text, type_ = source.pick(draw, bare=len(sources) == 1)
    if type_.startswith("STRUCT"):
        return draw(
            st.sampled_from([(f"({text}).rain", "INTEGER"), (f"({text})['carrier']", "VARCHAR"), (text, type_)])
        )
    if type_.endswith("[]"):
        ways = [
            f"len({text})",
            f"len(list_filter({text}, x -> x <> 'a'))",
            f"(SELECT count(*) FROM (SELECT unnest({text})))",
        ]
        return draw(st.sampled_from(ways)), "BIGINT"
    if type_ == "VARCHAR":
        return draw(st.sampled_from([text, f"upper({text})", f"{text} || 'x'", f"coalesce({text}, 'none')"])), type_
    return draw(st.sampled_from([text, f"{text} + 1", f"abs({text})", f"-{text}"])), type_


@st.composite
def _condition(draw: Any, sources: list[Source], outer: list[Source], depth: int) -> str:
    text, type_ = draw(_value(sources, outer))
    if depth > 0 and draw(st.integers(0, 3)) == 0:
        inner = draw(_table({}, "inner_t"))
        held, _ = draw(_value([inner], sources))
        return f"EXISTS (SELECT 1 FROM {inner.text} WHERE {held} IS NOT NULL AND {text} IS NOT NULL)"
    if type_ == "VARCHAR":
        return draw(st.sampled_from([f"{text} <> 'b'", f"{text} LIKE '%a%'", f"{text} IN ('a', 'b')"]))
    if type_.startswith("STRUCT"):
        return f"{text} IS NOT NULL"
    return draw(st.sampled_from([f"{text} > 1", f"{text} BETWEEN 0 AND 9", f"{text} IS NULL"]))


@st.composite
def _from(  # noqa: PLR0911 - one for each way to join
    draw: Any, scope: dict[str, dict[str, str]], depth: int
) -> tuple[str, list[Source], dict[str, str]]:
    """Return a FROM clause, its sources, and what a star gives (names that stand once)."""
    first = draw(_derived(scope, "t1", depth)) if depth and draw(st.booleans()) else draw(_table(scope, "t1"))
    way = draw(st.sampled_from(["alone", "alone", "using", "natural", "on", "cross", "lateral", "semi", "left"]))
    if way == "alone":
        return first.text, [first], first.columns
    second = draw(_table(scope, "t2"))
    common = sorted(name for name in first.columns if second.columns.get(name) == first.columns[name] and name != "p")
    merged = {**second.columns, **first.columns}
    if way == "using" and common:
        keys = draw(st.lists(st.sampled_from(common), min_size=1, max_size=2, unique=True))
        kind = draw(st.sampled_from(["", "LEFT ", "FULL "]))
        on = ", ".join(f'"{key}"' for key in keys)
        return f"{first.text} {kind}JOIN {second.text} USING ({on})", [first, second], merged
    if way == "natural" and common and "tags" not in common and "place" not in common:
        return f"{first.text} NATURAL JOIN {second.text}", [first, second], merged
    if way == "lateral":
        text, type_ = draw(_value([first], []))
        joined = Source("", "more", {"made": type_})
        return (
            f"{first.text}, LATERAL (SELECT {text} AS made) AS more",
            [first, joined],
            {**first.columns, "made": type_},
        )
    on = f"{first.pick(draw, bare=False)[0]} IS NOT DISTINCT FROM {first.pick(draw, bare=False)[0]}"
    if common:
        on = f't1."{common[0]}" = t2."{common[0]}"'
    if way == "semi":
        return f"{first.text} SEMI JOIN {second.text} ON {on}", [first], first.columns
    if way == "cross":
        return f"{first.text}, {second.text}", [first, second], {}
    return f"{first.text} {'LEFT ' if way == 'left' else ''}JOIN {second.text} ON {on}", [first, second], {}


@st.composite
def _derived(draw: Any, scope: dict[str, dict[str, str]], alias: str, depth: int) -> Source:
    text, columns = draw(_select(scope, depth - 1))
    return Source(f"({text}) AS {alias}", alias, columns)


@st.composite
def _star(draw: Any, columns: dict[str, str]) -> tuple[str, dict[str, str]]:
    name = draw(st.sampled_from(sorted(columns)))
    kept = dict(columns)
    way = draw(st.sampled_from(["*", "*", "*", "exclude", "replace", "rename", "columns"]))
    if way == "exclude" and len(columns) > 1:
        del kept[name]
        return f'* EXCLUDE ("{name}")', kept
    if way == "replace":
        return f'* REPLACE (("{name}" IS NULL)::INTEGER AS "{name}")', {**kept, name: "INTEGER"}
    if way == "rename":
        type_ = kept.pop(name)
        return f'* RENAME ("{name}" AS called)', {**kept, "called": type_}
    if way == "columns" and (some := {key: type_ for key, type_ in columns.items() if "a" in key}):
        return "COLUMNS('.*a.*')", some
    return "*", kept


@st.composite
def _select(draw: Any, scope: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
    """Return a SELECT, and its columns."""
    if depth > 0 and draw(st.integers(0, 4)) == 0:
        return draw(_union(scope, depth))
    clause, sources, starred = draw(_from(scope, depth))
    where = f" WHERE {draw(_condition(sources, [], depth))}" if draw(st.booleans()) else ""
    if starred and draw(st.integers(0, 1)):
        star, columns = draw(_star(starred))
        distinct = "DISTINCT " if draw(st.integers(0, 3)) == 0 else ""
        order = draw(st.sampled_from(["", "", " ORDER BY ALL"]))
        return f"SELECT {distinct}{star} FROM {clause}{where}{order}", columns
    items, columns = [], {}
    for place in range(draw(st.integers(1, 3))):
        text, type_ = draw(_value(sources, []))
        name = draw(st.sampled_from([f"x{place}", f"x{place}", "id", "carrier", "delay"]))
        if name in columns:
            name = f"x{place}"
        if place and draw(st.integers(0, 4)) == 0:  # an alias of before, used at once
            text, type_ = f"{items[0].split(' AS ')[1]} IS NULL", "BOOLEAN"
        items.append(f"{text} AS {name}")
        columns[name] = type_
    tail, more = draw(_tail(sources, columns))
    return f"SELECT {', '.join(items + more)} FROM {clause}{where}{tail}", {
        **columns,
        **dict.fromkeys(["n"] * len(more), "BIGINT"),
    }


@st.composite
def _tail(  # noqa: PLR0911 - one for each clause
    draw: Any, sources: list[Source], columns: dict[str, str]
) -> tuple[str, list[str]]:
    way = draw(st.sampled_from(["", "", "group all", "group", "qualify", "order", "window", "having"]))
    text, _ = draw(_value(sources, []))
    if way == "group all":
        return " GROUP BY ALL", ["count(*) AS n"]
    if way == "group":
        return f" GROUP BY {', '.join(str(place + 1) for place in range(len(columns)))}", [f"count({text}) AS n"]
    if way == "having":
        return f" GROUP BY ALL HAVING count({text}) > 0", ["count(*) AS n"]
    if way == "qualify":
        other, _ = draw(_value(sources, []))
        return f" QUALIFY row_number() OVER (PARTITION BY {text} ORDER BY {other}) = 1", []
    if way == "window":
        return "", [f"rank() OVER (ORDER BY {text}) AS n"]
    if way == "order":
        return f" ORDER BY {draw(st.sampled_from(sorted(columns)))} LIMIT 2", []
    return "", []


@st.composite
def _union(draw: Any, scope: dict[str, dict[str, str]], depth: int) -> tuple[str, dict[str, str]]:
    one, columns = draw(_select(scope, depth - 1))
    if draw(st.booleans()):  # the same once more: the sides always fit
        word = draw(st.sampled_from(["UNION ALL", "UNION", "EXCEPT", "INTERSECT", "UNION ALL BY NAME"]))
        other = one if draw(st.booleans()) else f"SELECT * FROM ({one})"
        return f"({one}) {word} ({other})", columns
    other, others = draw(_select(scope, depth - 1))
    return f"({one}) UNION ALL BY NAME ({other})", {**others, **columns}


@st.composite
def queries(draw: Any) -> str:
    """Return a query; some do not run: an ambiguous name, types that do not fit."""
    scope: dict[str, dict[str, str]] = {}
    parts = []
    for number in range(draw(st.integers(0, 3))):
        text, columns = draw(_select(scope, 1))
        scope[f"step{number}"] = columns
        parts.append(f"step{number} AS ({text})")
    if draw(st.integers(0, 7)) == 0:
        parts.append(
            "loop AS (SELECT 1 AS round, id FROM ops.airlines UNION ALL SELECT round + 1, id FROM loop WHERE round < 2)"
        )
        scope["loop"] = {"round": "INTEGER", "id": "INTEGER"}
    text, _ = draw(_select(scope, 2))
    recursive = "RECURSIVE " if "loop" in scope else ""
    return f"WITH {recursive}{', '.join(parts)} {text}" if parts else text
