"""Teams' SQL: what a query reads, whether it is safe to run, and a connection that can reach nothing else.

Names are loaded when first used: most callers need one of them, and no parser at import.
"""

from typing import TYPE_CHECKING

from platform_core.lazy import lazily

if TYPE_CHECKING:
    from platform_core.sql.columns import ColumnUsage, column_usage
    from platform_core.sql.connection import guarded_connection
    from platform_core.sql.placeholders import fill
    from platform_core.sql.relation import Relation
    from platform_core.sql.safety import guard
    from platform_core.sql.syntax import SyntaxProblem
    from platform_core.sql.tables import TableRead, qualify, reads

_HOMES = {
    "ColumnUsage": ".columns",
    "Relation": ".relation",
    "SyntaxProblem": ".syntax",
    "TableRead": ".tables",
    "column_usage": ".columns",
    "fill": ".placeholders",
    "guard": ".safety",
    "guarded_connection": ".connection",
    "qualify": ".tables",
    "reads": ".tables",
}

__all__ = [
    "ColumnUsage",
    "Relation",
    "SyntaxProblem",
    "TableRead",
    "column_usage",
    "fill",
    "guard",
    "guarded_connection",
    "qualify",
    "reads",
]


__getattr__ = lazily(__name__, _HOMES)
