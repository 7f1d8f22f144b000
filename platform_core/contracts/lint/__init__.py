"""What the standard's schema lets through and the platform does not: one subject a module, each yields findings."""
