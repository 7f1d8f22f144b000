"""The parts of Postgres's SQL that a query may be made of, as sqlglot names them, and those refused with advice."""

from __future__ import annotations

__all__ = ["PARTS", "REFUSED"]

_QUERY = """
    Select SetOperation Union Intersect Except Subquery With CTE From Join Lateral Where Group Having Order Ordered
    Limit Offset Fetch Distinct Values Tuple Table TableAlias Identifier Column Alias Aliases Star Window WindowSpec
    Cube Rollup GroupingSets Filter WithinGroup Unnest Qualify
"""
_VALUES = """
    Literal Boolean Null Paren Parens Array Bracket Slice Case If DataTypeParam Interval IntervalSpan Var AtTimeZone
    Collate Dot PropertyEQ Any All Exists Between In
"""
# Functions to sqlglot, though no word of the query names them: operators and forms of their own.
_OPERATORS = """
    And Or Xor Not Coalesce Extract Trim Substring Overlay StrPosition Concat DPipe SafeDPipe ArrayContainsAll
    ArrayContainedBy ArrayOverlaps ArrayContains JSONExtract JSONExtractScalar JSONBExtract JSONBExtractScalar
    JSONBContains JSONBContainsAllTopKeys JSONBContainsAnyTopKeys JSONBContainsTopKey JSONBDeleteAtPath JSONPath
    JSONPathRoot JSONPathKey JSONPathSubscript RegexpLike RegexpILike Pow Mod IntDiv Struct
    Normalize Explode
"""
PARTS = frozenset(_QUERY.split()) | frozenset(_VALUES.split()) | frozenset(_OPERATORS.split())

_ONLY = "only a SELECT may run here."
_PLAIN = ("sql-literal", "a text in this form is not read alike everywhere.", "Write it in plain quotes: 'text'.")
_WHO = ("sql-function", "a query does not ask who runs it.", "Derive the value from the inputs.")
REFUSED = {
    **dict.fromkeys(("Insert", "Update", "Delete", "Merge"), ("sql-not-select", _ONLY, "Take the change out.")),
    "Into": ("sql-not-select", _ONLY, "Take INTO out: what the SELECT returns is what is published."),
    "Lock": ("sql-not-select", _ONLY, "Take FOR UPDATE or FOR SHARE out: published versions never change."),
    "Command": ("sql-not-select", _ONLY, "Write one SELECT (or WITH ... SELECT)."),
    **dict.fromkeys(
        ("Parameter", "Placeholder"), ("sql-parameter", "a parameter has no value here.", "Write the value out.")
    ),
    "Operator": ("sql-operator", "an operator is called with a schema before it.", "Write the operator itself."),
    **dict.fromkeys(("ByteString", "UnicodeString", "RawString", "BitString", "HexString", "National"), _PLAIN),
    **dict.fromkeys(("CurrentUser", "SessionUser", "CurrentRole", "CurrentSchema", "CurrentCatalog"), _WHO),
    "ObjectIdentifier": ("sql-type", "a cast to a name of the catalog looks into it.", "Take the cast out."),
    "TableSample": (
        "sql-sample",
        "a sample of rows is another one each time.",
        "Choose rows by their values, as in WHERE id % 10 = 0.",
    ),
}
