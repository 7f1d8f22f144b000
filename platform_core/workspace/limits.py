"""How large and how many the things of a workspace may be: every limit on what another team has written."""

from __future__ import annotations

from platform_core.documents import MAX_BYTES

__all__ = [
    "MAX_DEPTH",
    "MAX_FILES",
    "MAX_FILE_BYTES",
    "MAX_GRAPH_BYTES",
    "MAX_KEY",
    "MAX_LOCATIONS",
    "MAX_TEXT",
]

MAX_LOCATIONS = 2_000
MAX_FILES = 4_000  # in the folder of one location: two for each dataset, and a need for each it reads
MAX_FILE_BYTES = MAX_BYTES  # of a contract, a need, a location.yaml: what the reader of YAML takes
MAX_GRAPH_BYTES = 16 * 1024 * 1024  # 2,000 datasets with long descriptions are about 4 MB
MAX_DEPTH = 16  # of graph.json; ours is five deep
MAX_KEY = 200  # characters of an asset key; a location and a dataset of 63 each, and room for what others produce
MAX_TEXT = 4_000  # characters of a description or any other text in location.yaml
