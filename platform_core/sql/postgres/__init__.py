"""SQL that teams write for Postgres: whether it is safe to run, what it reads, and the text that is run.

Parsed by sqlglot, which is not what runs it. So what runs is never the text a team wrote, but the one generated from
the tree that was judged.
"""

from platform_core.sql.postgres.binding import bound
from platform_core.sql.postgres.safety import guard
from platform_core.sql.postgres.tables import reads

__all__ = ["bound", "guard", "reads"]
