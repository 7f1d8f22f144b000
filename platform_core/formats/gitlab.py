"""Findings as a Code Quality report, which GitLab shows in a merge request beside the lines they are about.

The report is an array of objects with description, check_name, fingerprint, severity and location, as in
https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence

from platform_core.findings import Finding
from platform_core.formats.escaping import one_line
from platform_core.formats.places import path_shown

__all__ = ["code_quality"]

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}
_NOWHERE = "location.yaml"  # GitLab drops what has no file; this one every location has


def code_quality(findings: Sequence[Finding]) -> str:
    """Return the report. A finding keeps its fingerprint when its line moves, so that it is not told as a new one."""
    seen: Counter[str] = Counter()
    report = []
    for finding in findings:
        path = path_shown(finding.where) or _NOWHERE
        said = " ".join(filter(None, (finding.message, finding.why, finding.fix, _for(finding.owner))))
        identity = "\0".join([finding.id, finding.subject, path, finding.message])
        seen[identity] += 1
        report.append(
            {
                "description": one_line(said),
                "check_name": finding.id,
                "fingerprint": hashlib.sha256(f"{identity}\0{seen[identity]}".encode()).hexdigest(),
                "severity": _SEVERITIES[finding.level],
                "location": {"path": path, "lines": {"begin": (finding.where.line if finding.where else 0) or 1}},
            }
        )
    return json.dumps(report, indent=2)


def _for(owner: str) -> str:
    return f"(for {owner})" if owner else ""
