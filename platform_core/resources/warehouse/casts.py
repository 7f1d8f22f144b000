"""From the type delivered to the type declared to the type stored: nothing is lost silently."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from platform_core.contracts.model import Contract
from platform_core.findings import Finding
from platform_core.resources.warehouse.storage import field_paths, storage_type
from platform_core.sql.quoting import quoted

__all__ = ["cast_findings", "column_findings", "misfit", "stored"]

_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT"}
_FLOATS = {"FLOAT", "DOUBLE"}
_FRACTIONS = ("FLOAT", "DOUBLE", "DECIMAL", "JSON", "VARCHAR")  # what can hold one
_NESTED = re.compile(r"^(STRUCT|MAP)\b|\]$")
_WHOLE = re.compile(
    rf'"(?:[^"]|"")*"|\'(?:[^\']|\'\')*\'|\b(?:{"|".join(sorted(_INTEGERS))})\b'
)  # what is quoted is passed over
_TIME = r"\d{1,2}:\d{1,2}(:\d{1,2}(\.\d{1,9})?)?(Z|[+-]00(:?00)?)?"


def column_findings(contract: Contract, declared: Mapping[str, str], given: Mapping[str, str]) -> list[Finding]:
    """Find the columns that are declared and missing, or delivered and not declared. Names are case-sensitive."""
    subject = contract.dataset
    found = [
        Finding(
            "missing-column",
            "error",
            subject,
            f"column '{name}' ({declared[name]}) is missing from the delivery.",
            fix=f"Deliver it, or remove it from the contract. Delivered: {', '.join(given) or 'nothing'}.",
            where=contract.where(*_place(contract, name)),
        )
        for name in declared
        if name not in given
    ]
    found += [finding for name in declared if name in given for finding in _nested(contract, name, declared, given)]
    fix = "Add it to the contract, or leave it out of the delivery."
    return found + [
        Finding("extra-column", "error", subject, f"column '{name}' ({kind}) is not in the contract.", fix=fix)
        for name, kind in given.items()
        if name not in declared
    ]


def _nested(contract: Contract, name: str, declared: Mapping[str, str], given: Mapping[str, str]) -> Iterator[Finding]:
    """Find the fields inside an object that differ: DuckDB casts by name, and silently drops what has no place."""
    if "STRUCT" not in declared[name] or "STRUCT" not in given[name]:
        return
    have, want = set(field_paths(given[name])), set(field_paths(declared[name]))
    where, fix = contract.where(*_place(contract, name)), "Deliver the fields the contract declares, no others."
    for path in sorted(want - have):
        message = f"column '{name}' lacks the declared field '{path}'."
        yield Finding("missing-column", "error", contract.dataset, message, fix=fix, where=where)
    for path in sorted(have - want):
        message = f"column '{name}' has the field '{path}', which is not in the contract."
        yield Finding("extra-column", "error", contract.dataset, message, fix=fix, where=where)


def cast_findings(counts: Mapping[str, int], contract: Contract, declared: Mapping[str, str]) -> list[Finding]:
    """Say, for each column, how many values do not fit its declared type."""
    return [
        Finding(
            "wrong-type",
            "error",
            contract.dataset,
            f"column '{name}': {count:,} {'value is' if count == 1 else 'values are'} not {declared[name]}.",
            fix="Correct the delivery, or the type in the contract; markers of a missing value go to null_values.",
            where=contract.where(*_place(contract, name)),
        )
        for name, count in counts.items()
        if count
    ]


def stored(name: str, declared: str, given: str) -> str:
    """Return the expression that makes of a delivered column what is stored; it fails on a value that does not fit."""
    value, lossy, kept = quoted(name), _lossy(name, declared, given), storage_type(declared)
    if lossy:
        # Casting this text fails, where casting the value would make 2 of 1.5 without a word.
        cut = f"CAST('cut: ' || CAST({value} AS VARCHAR) AS {declared})"
        value = f"CASE WHEN {lossy} THEN {cut} ELSE CAST({value} AS {declared}) END"
    elif given != declared:
        value = f"CAST({value} AS {declared})"
    return value if kept == declared else f"CAST({value} AS {kept})"


def misfit(name: str, declared: str, given: str) -> str:
    """Return the condition under which a delivered value does not fit its declared type."""
    value, lossy = quoted(name), _lossy(name, declared, given)
    failed = f"TRY_CAST(TRY_CAST({value} AS {declared}) AS {storage_type(declared)}) IS NULL"
    return f"WHERE {value} IS NOT NULL AND ({failed}{f' OR {lossy}' if lossy else ''})"


def _lossy(name: str, declared: str, given: str) -> str:
    """Return the condition under which DuckDB would cast a value and cut something off; empty where it never does."""
    value, text = quoted(name), given == "VARCHAR"
    exact = _decimal(given)
    if declared in _INTEGERS and (text or exact or given in _FLOATS):
        number = f"TRY_CAST({value} AS DOUBLE)" if text else value
        return f"{number} <> trunc({number})"
    if wanted := _decimal(declared):
        return _lossy_places(value, declared, wanted, exact, text)
    if declared == "BOOLEAN" and (exact or given in _INTEGERS | _FLOATS):
        return f"{value} NOT IN (0, 1)"
    if _NESTED.search(declared) and any(kind in given for kind in _FRACTIONS):
        # Inside objects, arrays and maps too; as doubles, an integer is what it was, or rounded alike on both sides.
        wide = _WHOLE.sub(lambda found: found[0] if found[0][0] in "\"'" else "DOUBLE", declared)
        whole = f"TRY_CAST(TRY_CAST({value} AS {declared}) AS {wide})"
        return f"{whole} IS DISTINCT FROM TRY_CAST({value} AS {wide})" if wide != declared else ""
    return _lossy_moment(value, declared, given, text)


def _lossy_places(value: str, declared: str, wanted: tuple[int, int], exact: tuple[int, int] | None, text: bool) -> str:
    # Binary floats are rounded: 0.1 + 0.2 is meant to fit two places.
    wide = f"DECIMAL(38,{min(wanted[1] + 10, 38 - wanted[0] + wanted[1])})"
    rounded = f"TRY_CAST({value} AS {wide}) <> TRY_CAST({value} AS {declared})"
    if text:
        # Counting places costs a hundredth of parsing 38 digits, which is left for exponents.
        places = f"strpos({value}, '.') > 0 AND strlen(rtrim({value}, '0 ')) - strpos({value}, '.') > {wanted[1]}"
        exponent = f"(contains({value}, 'e') OR contains({value}, 'E'))"
        return f"(({places} AND NOT {exponent}) OR ({exponent} AND {rounded}))"
    return rounded if exact is not None and exact[1] > wanted[1] else ""


def _lossy_moment(value: str, declared: str, given: str, text: bool) -> str:
    moment = f"TRY_CAST({value} AS TIMESTAMP)"
    if declared == "DATE" and text:
        # DuckDB reads a date and forgets what follows: '2013-01-05 soon' is no moment, so not without loss a date.
        more = f"strlen({value}) > 10 AND strlen(trim({value})) > 10"
        return f"{more} AND {moment} IS DISTINCT FROM TRY_CAST({value} AS DATE)"
    if declared == "DATE" and given.startswith("TIMESTAMP"):
        return f"{moment} <> TRY_CAST({value} AS DATE)"
    if declared == "TIME" and text:
        return f"NOT regexp_full_match(trim({value}), '{_TIME}')"  # it forgets what follows here, too
    if declared == "TIMESTAMP" and text:
        # An offset other than zero would be dropped, not applied. Looking for its sign first spares most the parsing.
        zoned = f"CAST(TRY_CAST({value} AS TIMESTAMP WITH TIME ZONE) AS TIMESTAMP)"
        signed = f"(contains({value}, '+') OR contains(substr({value}, 12), '-'))"
        return f"strlen({value}) > 16 AND {signed} AND {zoned} <> {moment}"
    return ""


def _decimal(kind: str) -> tuple[int, int] | None:
    found = re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind)
    return (int(found[1]), int(found[2])) if found else None


def _place(contract: Contract, name: str) -> tuple[str | int, ...]:
    return next((column.keys for column in contract.columns if column.name == name), ("schema", 0))
