"""Where a dbt project and its contracts disagree: each difference is found, at its line, with what to write."""

from pathlib import Path
from typing import Any

import pytest
from dbt_projects import check, manifest, model, source

from platform_core.components.dbt.manifest import Column
from platform_core.contracts import load_contract
from platform_core.findings import Finding
from platform_core.onboarding.dbt.built import Built
from platform_core.onboarding.dbt.disagreements import disagreements
from platform_core.onboarding.dbt.needs import missing_columns, reads
from platform_core.onboarding.dbt.promises import promises_of

CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: growth.orders
version: 1.0.0
status: active
schema:
  - name: orders
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: country, logicalType: string, enum: [{value: DE}, {value: FR}]}
      - {name: amount, logicalType: number}
"""
YAML = """\
models:
  - name: orders
    columns:
      - name: id
        data_tests:
          - unique
          - not_null
      - name: country
        data_tests:
          - accepted_values:
              arguments: {values: [DE, FR]}
      - name: amount
"""
BUILT = {"id": "BIGINT", "country": "VARCHAR", "amount": "DOUBLE"}
USUAL = (check("unique", "id"), check("not_null", "id"), check("accepted_values", "country", values=["DE", "FR"]))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "models").mkdir()
    (tmp_path / "models/models.yml").write_text(YAML)
    (tmp_path / "models/orders.sql").write_text("select\n  id,\n  country,\n  amount,\n  extra\nfrom x\n")
    return tmp_path


def found(
    folder: Path,
    *tests: Any,
    contract: str = CONTRACT,
    built: dict[str, str] | None = BUILT,
    columns: Any = None,
    **given: Any,
) -> list[Finding]:
    path = folder / "orders.odcs.yaml"
    path.write_text(contract)
    described = {name: Column(name) for name in BUILT} if columns is None else columns
    one = model(folder=folder, columns=described, **given)
    tests = tests or USUAL
    promises = promises_of(one, manifest(one, *tests), "growth", frozenset({"orders"}))
    return list(disagreements(one, load_contract(path), promises, built))


def said(findings: list[Finding]) -> list[tuple[str, str, str, int]]:
    places = [finding.where for finding in findings if finding.where]
    assert len(places) == len(findings)
    return [
        (finding.id, finding.level, place.path.name, place.line)
        for finding, place in zip(findings, places, strict=True)
    ]


def test_nothing_to_say(folder: Path) -> None:
    """What agrees is passed over, also a type that holds all of the other's values."""
    assert found(folder) == []
    assert found(folder, built={**BUILT, "amount": "BIGINT", "id": "INTEGER"}) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"built": {"id": "BIGINT", "amount": "DOUBLE"}}, ("dbt-column-missing", "error", "orders.odcs.yaml", 10)),
        ({"built": {**BUILT, "extra": "DATE"}}, ("dbt-column-unpromised", "error", "orders.sql", 5)),
        ({"built": {**BUILT, "amount": "VARCHAR"}}, ("dbt-type", "warning", "orders.odcs.yaml", 11)),
        ({"built": {**BUILT, "id": "DOUBLE"}}, ("dbt-type", "warning", "orders.odcs.yaml", 9)),
        (
            {"columns": {**{name: Column(name) for name in BUILT}, "ghost": Column("ghost")}},
            ("dbt-column-unpromised", "warning", "orders.sql", 1),
        ),
        (
            {"columns": {name: Column(name) for name in ("id", "country")}, "contract_enforced": True},
            ("dbt-column-undescribed", "error", "models.yml", 2),
        ),
        (
            {"columns": {**{name: Column(name) for name in BUILT}, "amount": Column("amount", "varchar")}},
            ("dbt-type", "warning", "models.yml", 12),
        ),
    ],
)
def test_columns_and_types(folder: Path, change: dict[str, Any], expected: tuple[str, str, str, int]) -> None:
    """On either side, in the build or in what the project says of it."""
    assert said(found(folder, **change)) == [expected]
    assert all(finding.fix for finding in found(folder, **change))


def test_without_a_build_the_description_is_all_there_is(folder: Path) -> None:
    """Columns that nobody described are then not called missing."""
    assert found(folder, built=None) == []
    extra = {**{name: Column(name) for name in BUILT}, "extra": Column("extra")}
    assert said(found(folder, built=None, columns=extra)) == [("dbt-column-unpromised", "warning", "orders.sql", 5)]


@pytest.mark.parametrize(
    ("test", "line", "rule"),
    [
        (check("not_null", "amount"), 12, "required: true"),
        (check("unique", "country"), 8, "unique: true"),
        (check("accepted_values", "amount", values=[1, 2]), 12, "enum: [{value: 1}, {value: 2}]"),
        (
            check("relationships", "amount", reads=["model.shop.orders"], field="id"),
            12,
            "relationships: [{to: orders.id}]",
        ),
        (
            check("dbt_utils.unique_combination_of_columns", combination_of_columns=["country", "amount"]),
            2,
            "properties: [country, amount]",
        ),
    ],
)
def test_a_dbt_test_that_the_contract_does_not_promise(folder: Path, test: Any, line: int, rule: str) -> None:
    """The finding shows the words to add."""
    (finding,) = found(folder, *USUAL, test)
    assert said([finding]) == [("dbt-test-unpromised", "warning", "models.yml", line)]
    assert rule in finding.fix


@pytest.mark.parametrize("values", [["DE"], ["DE", "FR", "IT"]])
def test_other_values(folder: Path, values: list[str]) -> None:
    """Narrower or wider: one of the two would refuse what the other lets pass."""
    (finding,) = found(folder, *USUAL[:2], check("accepted_values", "country", values=values))
    assert said([finding]) == [("dbt-test-differs", "warning", "models.yml", 10)]
    assert ({"DE", "FR"} ^ set(values)).pop() in finding.message


def test_promises_that_dbt_does_not_test(folder: Path) -> None:
    """One note a model: the door looks at every rule."""
    (finding,) = found(folder, check("unique", "amount"), contract=CONTRACT.replace("number}", "number, unique: true}"))
    assert (finding.id, finding.level) == ("dbt-test-missing", "info")
    assert finding.message.endswith("not_null on id, unique on id, accepted_values on country.")


SQL = """\
with raw as (select * from "memory"."crm"."orders"),
-- tailnum, as a word of a comment
joined as (select raw.id, raw.tailnum from raw join "memory"."crm"."customers" as c on c.id = raw.customer)
select joined.id, c2.ghost from joined cross join "memory"."crm"."customers" as c2
"""


def test_needs_are_columns_by_source(folder: Path) -> None:
    """What is used counts, through stars; what the producer does not promise is told with its line."""
    text = CONTRACT.replace(
        "{name: country, logicalType: string, enum: [{value: DE}, {value: FR}]}",
        "{name: customer, logicalType: integer}",
    )
    (folder / "orders.odcs.yaml").write_text(text)
    (folder / "customers.odcs.yaml").write_text(
        text.replace("growth.orders", "crm.customers").replace("name: orders", "name: customers")
    )
    orders, customers = source("crm", "orders", folder), source("crm", "customers", folder)
    behind = (orders.unique_id, customers.unique_id)
    one = model("totals", folder, depends_on=behind, raw_code=SQL, path=folder / "models/totals.sql")
    project = manifest(one, orders, customers, folder=folder)
    contracts = {s.unique_id: load_contract(folder / f"{s.name}.odcs.yaml") for s in (orders, customers)}
    good = SQL.replace("raw.tailnum", "raw.customer").replace("c2.ghost", "c2.amount")
    built = Built(compiled={one.unique_id: [good]})
    assert reads(project, built, contracts) == {
        "totals": {"crm/orders": ("id", "customer"), "crm/customers": ("id", "amount")}
    }
    assert list(missing_columns(project, built, contracts)) == []
    (finding,) = missing_columns(
        project, Built(compiled={one.unique_id: [SQL.replace("raw.tailnum", "raw.id")]}), contracts
    )
    assert (finding.subject, finding.where and finding.where.line) == ("totals", 4)
    assert "'ghost' of crm/customers" in finding.message
    unread = reads(project, Built(compiled={one.unique_id: ["{{ not sql }}"]}), contracts)
    assert unread == {"totals": {"crm/orders": None, "crm/customers": None}}
