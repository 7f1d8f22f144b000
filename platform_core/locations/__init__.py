"""Who answers for what: the owner, support and secrets of a code location."""

from platform_core.locations.location import (
    FILE_NAME,
    Location,
    check_location,
    find_root,
    load_location,
    own_exemptions,
)

__all__ = ["FILE_NAME", "Location", "check_location", "find_root", "load_location", "own_exemptions"]
