"""Files that say again who owns and supports: held against location.yaml, and written from it."""

from platform_core.onboarding.following.location import Written, check_following, follow

__all__ = ["Written", "check_following", "follow"]
