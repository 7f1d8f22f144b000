from platform_core import build_definitions

defs = build_definitions(__file__)
