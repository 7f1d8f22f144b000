"""The page of rules says what the rules say."""

from pathlib import Path

from click.testing import CliRunner

from platform_core.cli.contract_rules import rules
from platform_core.contracts.compatibility import load_rules
from platform_core.errors import PlatformError
from platform_core.formats.rules import rules_page

PAGE = Path(__file__).parents[2] / "docs" / "contract-changes.md"


def test_the_page_is_up_to_date() -> None:
    _, marker, written = PAGE.read_text().partition("<!-- rules: written by scripts/rules -->\n\n")
    assert marker
    assert written.rstrip() == rules_page(load_rules().values()).rstrip(), "run scripts/rules"


def test_a_rule_is_explained_with_what_to_do_instead() -> None:
    told = CliRunner().invoke(rules, ["column-removed"]).output
    rule = load_rules()["column-removed"]
    assert rule.why in told and rule.fix in told and "readers: breaks" in told


def test_a_mistyped_rule_is_told_what_was_meant() -> None:
    error = CliRunner().invoke(rules, ["column-remved"]).exception
    assert isinstance(error, PlatformError) and "column-removed" in str(error)
