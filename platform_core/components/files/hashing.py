"""The identity of a delivery: a hash of what its files hold, made in one go or bit by bit.

A sensor may look for a minute and no longer, and a delivery may be hundreds of gigabytes. So a large one is hashed
block by block, each over the one before: how far it came is a few words, and any process goes on from there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platform_core.components.files.landing import Delivery, Landed

__all__ = ["BLOCK", "Progress", "content_hash", "hash_on"]

BLOCK = 64 << 20  # bytes; a delivery of no more than that is hashed at once


@dataclass(frozen=True)
class Progress:
    """How far a large delivery is hashed: up to byte `offset` of file number `file`, with `digest` until there."""

    file: int = 0
    offset: int = 0
    digest: str = ""

    def done(self, delivery: Delivery) -> int:
        """Return how many bytes of the delivery are behind it."""
        return sum(file.size for file in delivery.files[: self.file]) + self.offset


def content_hash(folder: Path, delivery: Delivery) -> str:
    """Return the identity of a delivery: sixteen hex digits over the names and bytes of its files.

    Raises OSError when a file cannot be read, or is a link by now.
    """
    found, _ = hash_on(folder, delivery, Progress(), lambda: True)
    return found


def hash_on(folder: Path, delivery: Delivery, progress: Progress, go_on: Callable[[], bool]) -> tuple[str, Progress]:
    """Hash on from `progress` for as long as `go_on` says so, one block at least.

    Returns the identity (empty when not done) and how far it came. Raises OSError as `content_hash`.
    """
    if sum(file.size for file in delivery.files) <= BLOCK:
        return _at_once(folder, delivery), progress
    while progress.file < len(delivery.files):
        progress = _block(folder, delivery.files[progress.file], progress)
        if progress.file < len(delivery.files) and not go_on():
            return "", progress
    return progress.digest[:16], progress


def _at_once(folder: Path, delivery: Delivery) -> str:
    whole = hashlib.sha256()
    for file in delivery.files:
        whole.update(f"{file.name}\0".encode())
        if file.problem:
            whole.update(f"{file.problem}\0".encode())
            continue
        with os.fdopen(_open(folder, file), "rb") as stream:
            while block := stream.read(1 << 20):
                whole.update(block)
        whole.update(b"\0")
    return whole.hexdigest()[:16]


def _block(folder: Path, file: Landed, progress: Progress) -> Progress:
    """Take in one block of a file; its name comes before the first, and the next file after the last."""
    whole, size = hashlib.sha256(), 0
    if not file.problem:
        with os.fdopen(_open(folder, file), "rb") as stream:
            stream.seek(progress.offset)
            while size < BLOCK and (part := stream.read(min(1 << 20, BLOCK - size))):
                whole.update(part)
                size += len(part)
    about = f"{file.name}\0{file.problem}\0" if progress.offset == 0 else ""
    digest = hashlib.sha256(f"{progress.digest}\0{about}{whole.hexdigest()}".encode()).hexdigest()
    ended = size < BLOCK or progress.offset + size >= file.size
    return Progress(progress.file + 1, 0, digest) if ended else Progress(progress.file, progress.offset + size, digest)


def _open(folder: Path, file: Landed) -> int:
    return os.open(folder / file.name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
