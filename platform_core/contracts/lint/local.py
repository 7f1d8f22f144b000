"""Everything that can be said of one contract by itself."""

from __future__ import annotations

from platform_core.contracts.lint.custom import custom
from platform_core.contracts.lint.filled import filled
from platform_core.contracts.lint.identity import identity
from platform_core.contracts.lint.options import options
from platform_core.contracts.lint.quality import quality
from platform_core.contracts.lint.references import references
from platform_core.contracts.lint.service_levels import service_levels
from platform_core.contracts.lint.structure import structure
from platform_core.contracts.lint.successor import successor
from platform_core.contracts.places import Lint
from platform_core.contracts.validate import schema_findings
from platform_core.documents import Document
from platform_core.findings import Finding

__all__ = ["local_findings"]

_SUBJECTS = (identity, structure, options, quality, service_levels, custom, successor, references, filled)


def local_findings(document: Document) -> list[Finding]:
    """Return all findings of one document, in the order of its lines, each once."""
    found = list(document.problems)
    if document.data or not found:  # a file of {} has everything to be said of it
        lint = Lint(document)
        found += schema_findings(lint)
        found += [finding for subject in _SUBJECTS for finding in subject(lint)]
    return sorted(dict.fromkeys(found), key=lambda finding: (finding.where.line if finding.where else 0, finding.id))
