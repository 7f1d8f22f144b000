"""Queries for hypothesis: grown from a grammar that puts what must not run at every place where something may stand."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml
from hypothesis import strategies as st

__all__ = ["DUCKDB", "POSTGRES", "SECRET", "Words", "queries"]

SECRET = "SECRET-4711"  # what stands in files, tables and the environment that no query is given


@dataclass(frozen=True)
class Words:
    """What queries of one engine are made of; {file} is a file with the secret in it, {folder} its folder."""

    tables: tuple[str, ...]  # the inputs
    others: tuple[str, ...]  # tables that are no inputs, and tables of the engine
    values: tuple[str, ...]
    calls: tuple[str, ...]  # with {0} for what stands in them
    sources: tuple[str, ...]  # table functions
    attacks: tuple[str, ...]  # expressions that the guard refuses
    traps: tuple[str, ...]  # those that it may let through: the engine finds nothing behind them
    sources_of_attack: tuple[str, ...]
    statements: tuple[str, ...]  # with {0} for a query


def _words(engine: str) -> Words:
    path = Path(__file__).parent / "cases" / "queries" / f"{engine}.yaml"
    return Words(**{name: tuple(parts) for name, parts in yaml.safe_load(path.read_text("utf-8")).items()})


DUCKDB, POSTGRES = _words("duckdb"), _words("postgres")
_TAILS = [" WHERE {0} IS NOT NULL", " GROUP BY {0}", " ORDER BY {0}", " LIMIT 3", " HAVING {0} > 1", " OFFSET {0}"]
_SPACES = ["\t", "\u00a0", "\u2003", "\x0c", "\x0b", "--\n"]
_CUTS = ["'", '"', "--", "/*", "*/", "$$", ";", "\\", "\0", ")", "("]


@st.composite
def queries(draw: st.DrawFn, words: Words) -> str:
    """Return a query, sound or not: one in two has something in it that must not run."""
    spoilt = draw(st.booleans())
    query = _select(draw, words, 2, spoilt)
    if spoilt and draw(st.integers(0, 5)) == 0:
        query = draw(st.sampled_from(words.statements)).replace("{0}", query)
    return _disguised(draw, query) if spoilt else query


def _expression(draw: st.DrawFn, words: Words, depth: int, spoilt: bool) -> str:
    if spoilt and draw(st.integers(0, 7)) == 0:
        return draw(st.sampled_from(words.attacks + words.traps))
    if depth and draw(st.integers(0, 2)) == 0:
        call = draw(st.sampled_from(words.calls))
        return call.replace("{0}", _expression(draw, words, depth - 1, spoilt))
    if depth and draw(st.integers(0, 6)) == 0:
        return f"({_select(draw, words, depth - 1, spoilt)})"
    return draw(st.sampled_from(words.values[:2] * 3 + words.values))


def _source(draw: st.DrawFn, words: Words, depth: int, spoilt: bool) -> str:
    if spoilt and draw(st.integers(0, 7)) == 0:
        return draw(st.sampled_from(words.others + words.sources_of_attack))
    kind = draw(st.integers(0, 6))
    if depth and kind == 0:
        return f"({_select(draw, words, depth - 1, spoilt)}) AS s{draw(st.integers(0, 9))}"
    if depth and kind == 1:
        join = draw(st.sampled_from(["CROSS JOIN", "JOIN LATERAL", "NATURAL JOIN", "LEFT JOIN"]))
        on = " ON true" if join in ("JOIN LATERAL", "LEFT JOIN") else ""
        other = (
            f"({_select(draw, words, depth - 1, spoilt)}) AS j"
            if "LATERAL" in join
            else _source(draw, words, 0, spoilt)
        )
        return f"{_source(draw, words, 0, spoilt)} {join} {other}{on}"
    return draw(st.sampled_from(words.sources if kind == 2 else words.tables))


def _select(draw: st.DrawFn, words: Words, depth: int, spoilt: bool) -> str:
    listed = [_expression(draw, words, depth, spoilt) for _ in range(draw(st.integers(1, 2)))]
    query = f"SELECT {', '.join(listed)} FROM {_source(draw, words, depth, spoilt)}"
    for tail in draw(st.lists(st.sampled_from(_TAILS), max_size=1)):
        query += tail.replace("{0}", _expression(draw, words, max(depth - 1, 0), spoilt))
    if draw(st.integers(0, 7)) == 0:
        both = draw(st.sampled_from(["UNION ALL", "EXCEPT", "INTERSECT"]))
        query = f"{query} {both} SELECT {draw(st.sampled_from(words.values[:4]))}"
    if depth and draw(st.integers(0, 5)) == 0:
        name = draw(st.sampled_from(["c", "hidden", "orders", "y", "recent"]))
        recursive = draw(st.sampled_from(["", "", "RECURSIVE "]))
        query = f"WITH {recursive}{name} AS ({_select(draw, words, depth - 1, spoilt)}) {query}"
    return query


def _disguised(draw: st.DrawFn, query: str) -> str:
    """Return the query written otherwise: in another case, with comments in it, quoted or with odd spaces."""
    start = draw(st.integers(0, len(query)))
    word, space, cut = (draw(st.sampled_from(parts)) for parts in (query.split(" "), _SPACES, _CUTS))
    ways = [query, query, query.upper(), query.replace("(", "/*x*/("), space.join(query.split(" ")), f"{query};"]
    ways += [query.replace(word, f'"{word}"', 1), query[:start] + cut + query[start:]]
    return draw(st.sampled_from(ways))
