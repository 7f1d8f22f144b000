"""What dbt may not say to PostgreSQL, whose role owns more than the private build: what is published, staged, refused.

Runs inside dbt, on every statement, whether of a model, a macro or a hook: run_query() could change what is published
without an audit. A build names its own schema alone, so naming those others is enough to be stopped; and with them what
would name them where nobody sees it. It guards against what a project says, on top of the role's rights.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

__all__ = ["fence", "forbidden"]

# Ways to run text as SQL, to become another role, or to write a name otherwise than it is: words that are never quoted,
_STATEMENT = re.compile(
    r"\b(?:do|execute|call|prepare|listen|notify|load)\b\s*[\"'$\w]|\bset\s+(?:local\s+|session\s+)?(?:role|session)\b|\breset\b"
    r"|\bcreate\s+(?:or\s+replace\s+)?(?:function|procedure|trigger|rule|event|extension|server)\b|\bu&\s*[\"']",
    re.IGNORECASE,
)
# and names, which may be.
_NAMED = re.compile(
    r"\bsearch_path\b|\bset_config\b|\b(?:query|table|schema|database|cursor)_to_xml|\bdblink|\bts_stat\b",
    re.IGNORECASE,
)
# Texts and comments, as PostgreSQL reads them; a quoted name is looked for too, so that nothing seems to begin in it.
_QUOTED = re.compile(
    r"""(?P<name>"(?:[^"]|"")*")|/\*.*?\*/|--[^\n]*|\b[eE]'(?:\\.|[^'\\]|'')*'|'(?:[^']|'')*'|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$""",
    re.DOTALL,
)


def forbidden(sql: str, closed: Collection[str], live: str) -> str:
    """Say why a statement may not run; empty when it may. `closed` are schemas nobody names, `live` none writes to."""
    names = "|".join(map(re.escape, closed))
    if found := re.search(rf"(?<!\w)(?:{names})(?!\w)", sql, re.IGNORECASE):
        return f"it names the schema {found[0]}, which the platform alone reads and writes"
    bare = _QUOTED.sub(lambda found: found["name"] or " '' ", sql)
    words = r"view|table|into|update|truncate|exists|only|delete\s+from|merge\s+into"
    if re.search(rf'\b(?:{words})\s+"?{re.escape(live)}"?\s*\.', bare, re.IGNORECASE):
        return f"it changes what lies in {live}, where people read what is published"
    unnamed = _QUOTED.sub(lambda found: ' "" ' if found["name"] else " '' ", sql)
    if found := _STATEMENT.search(unnamed) or _NAMED.search(bare):
        return f"'{' '.join(found[0].split())}' runs what cannot be judged here"
    return ""


def fence(closed: Collection[str], live: str) -> None:
    """Let every statement that dbt sends from now on, in this process, be judged first."""
    from dbt.adapters.sql.connections import SQLConnectionManager
    from dbt_common.exceptions import DbtRuntimeError

    manager: Any = SQLConnectionManager
    send = manager.add_query

    def judged(self: Any, sql: str, *given: Any, **named: Any) -> Any:
        if reason := forbidden(sql, closed, live):
            raise DbtRuntimeError(f"A statement was not run, for {reason}.")
        return send(self, sql, *given, **named)

    manager.add_query = judged
