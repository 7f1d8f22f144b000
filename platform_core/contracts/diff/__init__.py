"""What is different between two contracts, as facts: nothing is judged here (`contracts.compatibility` does)."""

from platform_core.contracts.diff.change import Change
from platform_core.contracts.diff.contract import diff

__all__ = ["Change", "diff"]
