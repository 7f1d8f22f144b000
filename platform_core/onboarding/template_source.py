"""Where the template is: the place the library itself was installed from, unless another one is named."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from urllib.parse import unquote, urlsplit

from platform_core.errors import PlatformError

__all__ = ["TemplateSource", "default_source", "source_of"]


@dataclass(frozen=True)
class TemplateSource:
    """A template as Copier wants it named: a folder or URL, and a commit, tag or branch (None: the newest release)."""

    address: str
    ref: str | None = None


def default_source() -> TemplateSource:
    """Return the place and commit this library was installed from.

    Raises PlatformError when it came from a package index: then nothing says where the template is.
    """
    try:
        text = distribution("platform-core").read_text("direct_url.json")
    except PackageNotFoundError:
        text = None
    source = source_of(json.loads(text)) if text else None
    if source is None:
        message = "platform_core was not installed from a repository, so the template has to be named."
        raise PlatformError(message, hint="Say where it is: --template <folder or git URL>.")
    return source


def source_of(record: dict[str, object]) -> TemplateSource | None:
    """Read the record that installers leave (PEP 610); None for an archive, which holds no template."""
    url, version = str(record["url"]), record.get("vcs_info")
    folder = unquote(urlsplit(url).path) if url.startswith("file:") else ""
    if isinstance(version, dict):
        address = folder or (url if url.endswith(".git") and "://" in url else f"git+{url}")
        return TemplateSource(address, str(version["commit_id"]))
    if folder and "dir_info" in record:
        return TemplateSource(folder, "HEAD")  # what is installed is the folder as it is, not its newest release
    return None
