"""Loads a location, and remembers what it read for as long as no file changes.

Every run is a process that loads its location first. Reading 100 contracts and parsing their queries takes longer than
Dagster needs to define the assets, and nearly always nothing has changed.
"""

from __future__ import annotations

import gc
import hashlib
import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import platform_core
from platform_core.components.location import LoadedLocation
from platform_core.contracts.files import FOLDER
from platform_core.locations import FILE_NAME, find_root

__all__ = ["load_datasets"]

_READ = (".yaml", ".yml", ".sql", ".py")


def load_datasets(package: Path) -> LoadedLocation:
    """Read the location whose Python package is the folder `package`.

    Raises FindingsError with every problem of location.yaml, contracts/ and defs/ at once.
    """
    root = find_root(package)
    # Beside the bytecode, and trusted like it: whoever can write there can write the code itself.
    memory = package / "__pycache__" / f"location.{sys.implementation.cache_tag}.pickle"
    state = _state(root, package)
    remembered = _remembered(memory, state)
    if remembered is not None:
        return remembered
    from platform_core.components.fitting import fit

    loaded = fit(package, root)
    if not sys.dont_write_bytecode:
        _remember(memory, state, loaded)
    return loaded


def _state(root: Path, package: Path) -> str:
    """Return a text that changes with every file the result depends on: name, size and time of each."""
    parts = [platform_core.__version__, str(root)]
    own = Path(platform_core.__file__).parent
    files = [str(root / FILE_NAME), *_files(root / FOLDER), *_files(package / "defs")]
    files += [file for name in ("audit", "components", "contracts", "sql") for file in _files(own / name)]
    for file in files:
        try:
            status = os.stat(file)  # noqa: PTH116 - a hundred Path objects cost more than the look
        except OSError:
            continue
        parts.append(f"{file}\0{status.st_size}\0{status.st_mtime_ns}")
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _files(folder: Path | str) -> Iterator[str]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        elif entry.name.endswith(_READ):
            yield entry.path


def _remembered(memory: Path, state: str) -> LoadedLocation | None:
    collecting = gc.isenabled()
    gc.disable()  # many small objects at once, none of them garbage
    try:
        with memory.open("rb") as stream:
            if stream.read(len(state)) != state.encode():
                return None
            loaded = pickle.load(stream)  # noqa: S301 - as trusted as the bytecode it lies beside
    except Exception:  # whatever is wrong with it, the files themselves are read instead
        return None
    finally:
        if collecting:
            gc.enable()
    return loaded if isinstance(loaded, LoadedLocation) else None


def _remember(memory: Path, state: str, loaded: LoadedLocation) -> None:
    for dataset in loaded.datasets:
        _ = dataset.checks, dataset.references  # planned once, remembered with the rest
    new = memory.with_suffix(f".{os.getpid()}")
    try:
        memory.parent.mkdir(exist_ok=True)
        new.write_bytes(state.encode() + pickle.dumps(loaded, protocol=pickle.HIGHEST_PROTOCOL))
        new.replace(memory)
    except OSError:
        new.unlink(missing_ok=True)  # a read-only file system: the next process reads the files again
