"""What lint says about contracts: exact findings and lines of every case folder, and how it is said."""

from pathlib import Path

import pytest

from platform_core.contracts import lint_contract, lint_paths, load_contract, load_contracts
from platform_core.errors import PlatformError
from platform_core.findings import Finding, FindingsError

CASES = Path(__file__).parents[1] / "cases" / "contracts"
EXAMPLES = Path(__file__).parents[2] / "examples"


def _short(finding: Finding) -> str:
    assert finding.where
    return f"{finding.where.path.name}:{finding.where.line} {finding.level} {finding.id}"


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_case(case: str) -> None:
    """The findings are exactly those expected: none missing, none too many, each on its line."""
    expected = (CASES / case / "expected.txt").read_text().splitlines()
    assert [_short(finding) for finding in lint_paths([CASES / case])] == expected


def test_every_finding_says_what_and_where() -> None:
    """Each names its subject and speaks no schema language; nearly all say what to write instead."""
    findings = [finding for case in CASES.iterdir() for finding in lint_paths([case])]
    jargon = ("unevaluated", "additional propert", "$ref", "oneOf", "anyOf", "instance", "is not of type")
    for finding in findings:
        assert finding.subject
        assert finding.message.endswith((".", "&", "^")), finding.message
        assert not any(word in finding.message + finding.fix for word in jargon), finding.message
    assert sum(bool(finding.fix) for finding in findings) > 0.8 * len(findings)


def test_did_you_mean() -> None:
    found = {finding.message: finding.fix for finding in lint_paths([CASES / "nested_typos"])}
    assert found["column 'id': unknown key 'requried'."] == "Did you mean 'required'?"
    assert found["column 'address.lines.items.text': unknown key 'requierd'."] == "Did you mean 'required'?"


def test_oversized_file(tmp_path: Path) -> None:
    file = tmp_path / "orders.odcs.yaml"
    file.write_bytes(b"# \n" * 100_000)
    assert [finding.id for finding in lint_contract(file)] == ["too-large"]


def test_load_raises_everything_at_once() -> None:
    with pytest.raises(FindingsError) as caught:
        load_contracts(CASES / "limits")
    expected = (CASES / "limits" / "expected.txt").read_text().splitlines()
    assert [_short(finding) for finding in caught.value.findings] == expected
    assert "orders.odcs.yaml:10: column 'a': minimum 5 and maximum 4: no value can pass." in str(caught.value)


def test_load_reads_a_sound_contract() -> None:
    contract = load_contracts(CASES / "sound")["orders"]
    assert contract == load_contract(CASES / "sound" / "orders.odcs.yaml")
    assert contract.primary_key == ("id",)
    assert [child.name for child in contract.columns[4].children] == ["city", "tags"]
    assert [child.logical_type for child in contract.columns[5].children] == ["string", "number"]
    assert contract.where(*contract.columns[3].keys).line == 24


def test_missing_path_is_an_error_not_a_pass(tmp_path: Path) -> None:
    with pytest.raises(PlatformError, match="no such file or folder"):
        lint_paths([tmp_path / "contracts"])


def test_references_to_other_locations(tmp_path: Path) -> None:
    """They are judged when the others' contracts are known; the own location may be written out."""
    (tmp_path / "location.yaml").write_text("name: shop\nowner: team:shop\n")
    folder = tmp_path / "contracts"
    folder.mkdir()
    text = (CASES / "references" / "customers.odcs.yaml").read_text()
    (folder / "customers.odcs.yaml").write_text(text)
    orders = text.replace("customers", "orders") + (
        "      - {name: a, logicalType: integer, relationships: [{to: crm.customers.id}]}\n"
        "      - {name: b, logicalType: integer, relationships: [{to: crm.customers.idd}]}\n"
        "      - {name: c, logicalType: integer, relationships: [{to: crm.clients.id}]}\n"
        "      - {name: d, logicalType: integer, relationships: [{to: shop.customers.id}]}\n"
        "      - {name: e, logicalType: integer, relationships: [{to: shop.clients.id}]}\n"
    )
    (folder / "orders.odcs.yaml").write_text(orders)
    assert [_short(finding) for finding in lint_paths([folder])] == ["orders.odcs.yaml:14 error unknown-target"]
    known = {"crm/customers": load_contract(folder / "customers.odcs.yaml")}
    lines = [finding.where.line for finding in lint_paths([folder], known) if finding.where]
    assert lines == [11, 12, 14]
    files = {"crm/customers": folder / "customers.odcs.yaml"}
    assert lint_paths([folder], files) == lint_paths([folder], known)


def test_examples_are_sound() -> None:
    """The contracts of the main job pass."""
    folders = sorted(EXAMPLES.glob("**/contracts"))
    assert folders
    assert lint_paths(folders) == []
