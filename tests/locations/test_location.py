"""location.yaml: who answers, and nothing secret in it."""

from pathlib import Path

import pytest

from platform_core.errors import PlatformError
from platform_core.findings import FindingsError
from platform_core.locations import Location, load_location

_GOOD = """\
name: flight_ops
owner: team:flight-ops
description: Flights
support: {contact: "#flight-ops", webhook_secret: OPS_WEBHOOK}
secrets: [API_TOKEN]
repository: https://example.com/flight_ops.git
"""


def _load(folder: Path, text: str) -> Location:
    (folder / "location.yaml").write_text(text)
    return load_location(folder)


def test_a_good_file_is_read(tmp_path: Path) -> None:
    assert _load(tmp_path, _GOOD) == Location(
        name="flight_ops",
        owner="team:flight-ops",
        description="Flights",
        contact="#flight-ops",
        webhook_secret="OPS_WEBHOOK",
        secrets=("API_TOKEN",),
        repository="https://example.com/flight_ops.git",
    )


def test_an_email_may_own(tmp_path: Path) -> None:
    assert _load(tmp_path, "name: a\nowner: someone@example.com\n").owner == "someone@example.com"


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (_GOOD.replace("flight_ops\nowner", "Flight\nowner"), 1, "lower case"),
        (_GOOD.replace("team:flight-ops", "nobody"), 2, "owner: that is no team and no e-mail address"),
        (_GOOD.replace("owner: team:flight-ops\n", ""), 1, "owner is needed"),
        (_GOOD.replace("owner:", "onwer: x\nowner:"), 2, "unknown key 'onwer'"),
        (_GOOD + "engine: postgresql\n", 7, "there is no such engine."),
        (_GOOD + "engine: [postgres]\n", 7, "there is no such engine."),
        (_GOOD.replace("contact", "contcat"), 4, "unknown key 'support.contcat'"),
        (_GOOD.replace("API_TOKEN", "ghp-abc123"), 5, "a secret is named, never written"),
        (_GOOD.replace("OPS_WEBHOOK", "https://hooks.example.com/T0/x"), 4, "a secret is named, never written"),
        (_GOOD.replace("Flights", "[1]"), 3, "description must be text"),
        (_GOOD + "name: b\n", 7, "stands twice"),
    ],
)
def test_problems_have_their_line(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(FindingsError) as caught:
        _load(tmp_path, text)
    assert [(finding.where.line, says in finding.message) for finding in caught.value.findings] == [(line, True)]
    assert "abc123" not in str(caught.value)
    assert "hooks.example.com" not in str(caught.value)


def test_an_engine_is_one_that_exists(tmp_path: Path) -> None:
    assert _load(tmp_path, _GOOD + "engine: postgres\n").engine == "postgres"
    with pytest.raises(FindingsError) as caught:
        _load(tmp_path, _GOOD + "engine: PostgreSQL\n")
    assert caught.value.findings[0].fix == "Did you mean postgres? Known: duckdb_delta or postgres."


def test_all_problems_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(FindingsError) as caught:
        _load(tmp_path, "name: X\nowner: x\nextra: 1\nsecrets: [x]\n")
    assert len(caught.value.findings) == 4


def test_a_missing_file_says_which(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match=r"location\.yaml: cannot be read"):
        load_location(tmp_path)
