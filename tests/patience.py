"""How long tests wait for what comes for certain."""

__all__ = ["PATIENCE"]

PATIENCE = 400.0  # seconds: a wait ends when its time has come, however slow the machine and busy with other things
