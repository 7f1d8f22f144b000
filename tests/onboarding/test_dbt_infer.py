"""A contract from a dbt model promises what the project says of it: no less, and nothing that was not said."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from dbt_projects import check, manifest, model, source
from hypothesis import given, settings
from hypothesis import strategies as st

from platform_core.components.dbt.manifest import Column
from platform_core.contracts import Contract, lint_contract, load_contract
from platform_core.locations import Location
from platform_core.onboarding.dbt.disagreements import disagreements
from platform_core.onboarding.dbt.infer import contract_of
from platform_core.onboarding.dbt.promises import promises_of

LOCATION = Location("growth", "team:growth")
PLAIN = {"id": "BIGINT", "country": "VARCHAR", "amount": "DECIMAL(12,2)", "placed_on": "DATE", "customer": "BIGINT"}


def inferred(*nodes: Any, columns: dict[str, str] = PLAIN, published: frozenset[str] = frozenset()) -> str:
    project = manifest(*nodes)
    found = promises_of(nodes[0], project, "growth", published)
    return contract_of(nodes[0], columns, found, LOCATION)


def properties(text: str) -> dict[str, dict[str, Any]]:
    return {column["name"]: column for column in yaml.safe_load(text)["schema"][0]["properties"]}


def loaded(text: str, folder: Path, name: str = "orders") -> Contract:
    path = folder / f"{name}.odcs.yaml"
    path.write_text(text)
    # What a contract of this very location is missing for is not its own fault.
    errors = [finding for finding in lint_contract(path) if finding.level == "error"]
    assert [finding for finding in errors if finding.id != "unknown-target"] == []
    return load_contract(path)


def test_columns_types_and_words(tmp_path: Path) -> None:
    """Types are those of the build, words those of the project; a column that it leaves out is there all the same."""
    columns = {"id": Column("id", "", "Number of the order."), "ghost": Column("ghost")}
    found = loaded(inferred(model(description="Orders.\n", columns=columns)), tmp_path)
    assert [column.name for column in found.columns] == list(PLAIN)
    assert (found.columns[0].description, found.columns[1].description) == ("Number of the order.", "To be described.")
    assert found.columns[2].physical_type == "DECIMAL(12,2)"
    assert found.description == "Orders."
    assert (found.owner, found.data["id"], found.data["status"]) == ("team:growth", "growth.orders", "draft")


def test_tests_become_rules(tmp_path: Path) -> None:
    """not_null, unique, accepted_values, relationships: to a source, to a model under contract, and to one without."""
    other = source("crm", "customers")
    tests = [
        check("not_null", "id"),
        check("unique", "id"),
        check("unique", "country"),
        check("accepted_values", "country", values=["DE", "FR"]),
        check("relationships", "customer", reads=[other.unique_id], to="source('crm', 'customers')", field="id"),
        check("relationships", "amount", reads=["model.shop.prices"], to="ref('prices')", field="price"),
        check("relationships", "placed_on", reads=["model.shop.days"], to="ref('days')", field="day"),
    ]
    text = inferred(model(), other, model("prices"), model("days"), *tests, published=frozenset({"orders", "prices"}))
    found = properties(text)
    assert (found["id"]["primaryKey"], found["id"]["required"]) == (True, True)
    assert (found["country"]["unique"], "required" in found["country"]) == (True, False)
    assert found["country"]["enum"] == [{"value": "DE"}, {"value": "FR"}]
    assert found["customer"]["relationships"] == [{"to": "crm.customers.id"}]
    assert found["amount"]["relationships"] == [{"to": "prices.price"}]
    assert "relationships" not in found["placed_on"]
    assert "days has no contract" in text
    loaded(text, tmp_path)


@pytest.mark.parametrize(
    ("test", "why"),
    [
        (check("not_null", "id", severity="warn"), "it only warns"),
        (check("not_null", "id", condition="id > 3"), "a part of the rows"),
        (check("dbt_expectations.expect_column_to_exist", "id"), "no words for it"),
        (check("dbt_utils.accepted_range", "amount", min_value="(select 1)"), "expressions"),
        (check("dbt_utils.expression_is_true", "", expression="{{ rule() }}"), "no words for it"),
    ],
)
def test_what_cannot_be_taken_over_is_told(test: Any, why: str) -> None:
    """Each with its reason; nothing of it gets into the rules."""
    text = inferred(model(), test)
    assert f"# - Not taken over: dbt test {test.kind}" in text
    assert why in text
    assert not any(set(column) & {"required", "logicalTypeOptions"} for column in properties(text).values())


def test_keys_of_several_columns(tmp_path: Path) -> None:
    """A combination is the key where none of its columns may be missing, else a rule about duplicates."""
    together = check("dbt_utils.unique_combination_of_columns", combination_of_columns=["country", "placed_on"])
    loose = loaded(inferred(model(), together), tmp_path)
    assert loose.primary_key == ()
    assert loose.quality[1]["arguments"] == {"properties": ["country", "placed_on"]}
    never_missing = [check("not_null", "country"), check("not_null", "placed_on")]
    assert loaded(inferred(model(), together, *never_missing), tmp_path).primary_key == ("country", "placed_on")


def test_a_dbt_contract(tmp_path: Path) -> None:
    """Constraints count like tests, whether the engine enforces them or not."""
    foreign = {"type": "foreign_key", "to": '"memory"."crm"."customers"', "to_columns": ["id"]}
    columns = {
        "id": Column("id", "bigint", "", ({"type": "not_null"}, {"type": "primary_key"})),
        "customer": Column("customer", "bigint", "", (foreign,)),
    }
    constraints = ({"type": "check", "expression": "amount >= 0", "name": "Amount ok"}, {"type": "custom"})
    text = inferred(model(columns=columns, constraints=constraints, contract_enforced=True), source("crm", "customers"))
    found = loaded(text, tmp_path)
    assert found.primary_key == ("id",)
    assert found.columns[4].relationships == ({"to": "crm.customers.id"},)
    assert found.quality[1] == {
        "name": "amount_ok",
        "type": "sql",
        "query": "SELECT count(*) FROM ${table} WHERE NOT (amount >= 0)",
        "mustBe": 0,
    }
    assert "dbt constraint custom" in text


def test_values_have_the_type_of_their_column() -> None:
    """dbt compares texts; an enum of numbers holds numbers."""
    tests = [check("accepted_values", "id", values=["1", "2"]), check("accepted_values", "amount", values=[1.5, "2"])]
    found = properties(inferred(model(), *tests))
    assert [entry["value"] for entry in found["id"]["enum"]] == [1, 2]
    assert [entry["value"] for entry in found["amount"]["enum"]] == [1.5, 2.0]


def test_snapshots_are_keyed_by_the_number_of_their_rows() -> None:
    """The key that a snapshot is declared with repeats: one row for each time it changed."""
    columns = {"id": "BIGINT", "dbt_scd_id": "VARCHAR", "dbt_valid_from": "TIMESTAMP"}
    found = properties(inferred(model(resource_type="snapshot", config={"unique_key": "id"}), columns=columns))
    assert [name for name, column in found.items() if column.get("primaryKey")] == ["dbt_scd_id"]


TYPES = ["BIGINT", "VARCHAR", "DOUBLE", "DECIMAL(10,2)", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "BOOLEAN"]
TYPES += ["INTEGER", "STRUCT(a BIGINT, b VARCHAR[])", "MAP(VARCHAR, DOUBLE)", "BLOB", "UUID", "HUGEINT", "TIME"]
NAMES = ["id", "Order Date", "ärger", "select", "x_1", "a.b"]


@settings(max_examples=150, derandomize=True, deadline=None, database=None)
@given(st.data())
def test_model_and_inferred_contract_agree(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever is tested, of whatever types: the contract is sound, and nothing in it disagrees with the project."""
    names = data.draw(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
    columns = {name: data.draw(st.sampled_from(TYPES)) for name in names}
    plain = [name for name in names if "(" not in columns[name] or columns[name].startswith("DECIMAL")]
    tests = [check("not_null", name) for name in data.draw(st.lists(st.sampled_from(names), unique=True))]
    tests += [check("unique", name) for name in plain if data.draw(st.booleans())]
    texts = [name for name in names if columns[name] == "VARCHAR"]
    tests += [check("accepted_values", name, values=["a", "b"]) for name in texts if data.draw(st.booleans())]
    if len(plain) > 1 and data.draw(st.booleans()):
        tests.append(check("dbt_utils.unique_combination_of_columns", combination_of_columns=plain[:2]))
    described = {name: Column(name, "", data.draw(st.sampled_from(["", "What: it is # 'x'"]))) for name in names}
    one = model(columns=described)
    contract = loaded(inferred(one, *tests, columns=columns), tmp_path_factory.mktemp("inferred"))
    promises = promises_of(one, manifest(one, *tests), "growth", frozenset({"orders"}))
    assert [finding for finding in disagreements(one, contract, promises, columns) if finding.level != "info"] == []
