"""Exemptions from rules: each for one thing, with a reason, until a day."""

from platform_core.exemptions.applying import apply, expired, unused
from platform_core.exemptions.reading import Exemption, Reading, read_exemptions

__all__ = ["Exemption", "Reading", "apply", "expired", "read_exemptions", "unused"]
