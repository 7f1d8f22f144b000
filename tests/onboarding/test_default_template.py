"""The template is taken from where the library was installed from."""

import pytest

from platform_core.onboarding.template_source import TemplateSource, source_of

GIT = {"vcs": "git", "commit_id": "abc"}


@pytest.mark.parametrize(
    ("record", "source"),
    [
        ({"url": "file:///srv/a%20b", "vcs_info": GIT}, TemplateSource("/srv/a b", "abc")),
        (
            {"url": "https://example.org/platform.git", "vcs_info": GIT},
            TemplateSource("https://example.org/platform.git", "abc"),
        ),
        (
            {"url": "https://example.org/platform", "vcs_info": GIT},
            TemplateSource("git+https://example.org/platform", "abc"),
        ),
        ({"url": "ssh://git@example.org/p.git", "vcs_info": GIT}, TemplateSource("ssh://git@example.org/p.git", "abc")),
        ({"url": "file:///srv/platform", "dir_info": {"editable": True}}, TemplateSource("/srv/platform", "HEAD")),
        ({"url": "file:///srv/platform.whl", "archive_info": {}}, None),
        ({"url": "https://example.org/platform.zip", "archive_info": {}}, None),
    ],
)
def test_record_of_the_installer(record: dict[str, object], source: TemplateSource | None) -> None:
    """Each kind of record of PEP 610 names a template, but for an archive."""
    assert source_of(record) == source
