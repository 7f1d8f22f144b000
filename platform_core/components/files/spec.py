"""What a file dataset expects to find in its landing folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

__all__ = ["FORMATS", "PARTITION", "FileSpec", "Format"]

Format = Literal["csv", "tsv", "parquet", "json", "ndjson"]
FORMATS: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "tsv",
    ".parquet": "parquet",
    ".json": "json",
    ".ndjson": "ndjson",
    ".jsonl": "ndjson",
}
PARTITION = "{partition}"


@dataclass(frozen=True)
class FileSpec:
    """`path` relative to the landing folder, with * ? and {partition}; the rest says how to read CSV, TSV and JSON."""

    path: str
    format: Format
    null_values: tuple[str, ...] = ("",)
    encoding: str = "utf-8"
    delimiter: str = ","

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Match a path relative to the landing folder; group `partition` is the key, if there is one."""
        text = "".join(_piece(piece) for piece in re.split(r"(\{partition\}|[*?])", self.path))
        return re.compile(text + r"\Z")

    @property
    def is_glob(self) -> bool:
        """Whether several files may make one delivery."""
        return "*" in self.path or "?" in self.path

    def partition_of(self, relative: str) -> tuple[bool, str | None]:
        """Say whether a path (with / between its parts) belongs to the dataset, and to which partition."""
        match = self.pattern.match(relative)
        if match is None:
            return False, None
        return True, match.groupdict().get("partition")


def _piece(piece: str) -> str:
    if piece == PARTITION:
        return r"(?P<partition>[^/]+?)"
    if piece == "*":
        return "[^/]*"
    return "[^/]" if piece == "?" else re.escape(piece)
