"""Which rules may be exempted, and by whom: the one list. Tests hold that each entry is the id of a real finding.

What stands in neither list cannot be exempted: a new rule holds for everyone until somebody decides otherwise here.
"""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path

__all__ = ["AT_REST", "BY_PLATFORM", "BY_TEAM", "IDENTITY", "of_own_dataset", "rule_problem"]

# These protect the team from itself. Its own location.yaml may exempt from them.
BY_TEAM = frozenset(
    {
        "automation-stopped",
        "catalog-info",
        "codeowners",
        "dbt-column-undescribed",
        "dbt-test-differs",
        "dbt-test-missing",
        "dbt-test-unpromised",
        "deprecated-upstream",
        "end-passed",
        "model-without-contract",
        "need-not-met",
        "no-manifest",
        "platform-file",
        "python-not-repeatable",
        "sql-not-repeatable",
        "star-read",
        "undeclared-read",
        "unused-need",
        "use-without-need",
    }
)

# These protect other teams. Only the platform team's exemptions.yaml in the workspace may exempt from them, as from the
# rules of compatibility, contracts/rules/.
BY_PLATFORM = frozenset(
    {
        "asset-owner",
        "check-collides",
        "check-name",
        "contract-owner",
        "contract-support",
        "contract-without-dataset",
        "dagster-versions",
        "dataset-in-use",
        "dataset-without-contract",
        "end-missing",
        "end-moved-earlier",
        "ended-upstream",
        "engine-changed",
        "grace-too-short",
        "internal-upstream",
        "need-broken",
        "predecessor-not-deprecated",
        "published-data-violates",
        "removed-before-end",
        "successor-of-nothing",
        "successor-version",
        "undeclared-upstream",
        "unknown-pool",
        "unknown-upstream",
        "unmapped-partitions",
        "version-backwards",
        "version-not-raised",
    }
)

# What a look at the workspace at rest still finds, so that it can say of an exemption that nothing needs it. All others
# speak of a change, or of files that stay with the team.
AT_REST = frozenset(
    {
        "asset-owner",
        "automation-stopped",
        "check-collides",
        "check-name",
        "contract-without-dataset",
        "dagster-versions",
        "dataset-without-contract",
        "deprecated-upstream",
        "end-passed",
        "ended-upstream",
        "internal-upstream",
        "need-not-met",
        "star-read",
        "unknown-upstream",
        "unmapped-partitions",
        "unused-need",
        "use-without-need",
    }
)

# Who a location is, and which data is whose: no reason can make two answers to that right. Named to be told apart from
# a mistyped rule.
IDENTITY = frozenset(
    {
        "cycle",
        "duplicate-key",
        "key-outside-location",
        "location-name",
        "name-taken",
        "owner-changed",
        "owner-missing",
    }
)

# These speak of what a location changes of its own datasets, as the rules of compatibility do.
_OF_A_CHANGE = frozenset(
    {
        "dataset-in-use",
        "end-missing",
        "end-moved-earlier",
        "grace-too-short",
        "need-broken",
        "published-data-violates",
        "removed-before-end",
        "version-backwards",
        "version-not-raised",
    }
)


def rule_problem(rule: object, by_team: bool) -> tuple[str, str]:
    """Return what is wrong with exempting from `rule`, and what to do instead; two empty strings for nothing.

    `by_team` says that it is asked for in a location.yaml, not in the workspace's exemptions.yaml.
    """
    if not isinstance(rule, str) or not rule:
        return "rule is needed: the id of a finding.", "Copy it from the finding, as platform-file."
    shared = BY_PLATFORM | _compatibility()
    if rule in (BY_TEAM if by_team else BY_TEAM | shared):
        return "", ""
    if rule in shared:
        fix = "Take it out, and ask the platform team for an entry in exemptions.yaml of the workspace."
        return f"'{rule}' protects other teams: a location cannot exempt itself from it.", fix
    if rule in IDENTITY:
        return f"nobody is exempt from '{rule}': it says whose data is whose.", "Take the entry out."
    near = difflib.get_close_matches(rule[:100], sorted(BY_TEAM | shared), n=1, cutoff=0.7)
    fix = (
        f"Did you mean {near[0]}?" if near else f"Known: {', '.join(sorted(BY_TEAM if by_team else BY_TEAM | shared))}."
    )
    return f"'{rule[:100]}' is no rule that can be exempted.", fix


def of_own_dataset(rule: str) -> bool:
    """Whether the rule speaks of a change of a dataset, which only the location that publishes it can make."""
    return rule in _OF_A_CHANGE or rule in _compatibility()


@cache
def _compatibility() -> frozenset[str]:
    return frozenset(path.stem for path in (Path(__file__).parents[1] / "contracts" / "rules").glob("*.yaml"))
