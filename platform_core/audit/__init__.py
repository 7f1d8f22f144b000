"""Contracts audited: from each rule a named check, and from each check exactly one outcome.

`plan` needs no engine; the engines are `platform_core.audit.duckdb` and `platform_core.audit.postgres`.
"""

from platform_core.audit.check import Check, Limit
from platform_core.audit.outcome import AuditResult, Outcome
from platform_core.audit.plan import plan
from platform_core.audit.quality import notes

__all__ = ["AuditResult", "Check", "Limit", "Outcome", "notes", "plan"]
