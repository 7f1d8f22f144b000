"""A real dbt project beside contracts: drafted from it, and held against it. dbt is started, and nothing is mocked."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

pytestmark = pytest.mark.processes
PLATFORMCTL = Path(sys.executable).with_name("platformctl")

FILES = {
    "location.yaml": "name: growth\nowner: team:growth\n",
    "src/growth/defs/shop/defs.yaml": "type: platform_core.DbtProject\nattributes: {project: dbt, vars: {lowest: 3}}\n",
    "dbt/dbt_project.yml": "name: shop\nversion: 1.0.0\nprofile: x\nmodels: {shop: {+materialized: table}}\n",
    "dbt/models/sources.yml": """\
sources:
  - name: crm
    tables: [{name: customers}, {name: orders}]
  - name: nobody
    tables: [{name: unread}]
""",
    "dbt/models/raw.sql": "select * from {{ source('crm', 'orders') }} where amount > {{ var('lowest') }}\n",
    "dbt/models/totals.sql": """\
select c.country, sum(r.amount)::decimal(12, 2) as amount, count(*) as orders, max(r.placed_on) as latest
from {{ ref('raw') }} as r
join {{ source('crm', 'customers') }} as c on c.id = r.customer
group by all
""",
    "dbt/models/growing.sql": """\
{{ config(materialized='incremental', unique_key='id') }}
select id, amount, placed_on from {{ source('crm', 'orders') }}
{% if is_incremental() %}
where status is not null and placed_on > (select max(placed_on) from {{ this }})
{% endif %}
""",
    "dbt/models/models.yml": """\
models:
  - name: totals
    description: What was sold, by country.
    columns:
      - name: country
        description: Where the customer lives.
        data_tests:
          - unique
          - not_null
          - relationships: {arguments: {to: ref('names'), field: code}}
      - name: amount
        data_tests:
          - not_null: {config: {severity: warn}}
""",
    "dbt/snapshots/seen.sql": """\
{% snapshot seen %}{{ config(strategy='check', unique_key='id', check_cols=['status']) }}
select id, status from {{ source('crm', 'orders') }}
{% endsnapshot %}
""",
    "dbt/seeds/names.csv": "code,name\nDE,Germany\n",
    "dbt/tests/no_loss.sql": "select * from {{ ref('totals') }} where amount < 0\n",
}
CUSTOMERS = """\
apiVersion: v3.2.0
kind: DataContract
id: crm.customers
version: 1.0.0
status: active
schema:
  - name: customers
    properties:
      - {name: id, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}
      - {name: country, logicalType: string}
"""
ORDERS = CUSTOMERS.replace("customers", "orders").replace("{name: country, logicalType: string}", """\
{name: customer, logicalType: integer}
      - {name: amount, logicalType: number, physicalType: "DECIMAL(10,2)"}
      - {name: placed_on, logicalType: date}
      - {name: status, logicalType: string}""")  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A location with a project, beside a workspace in which crm is registered: built once by the first infer."""
    root = tmp_path_factory.mktemp("teams")
    for name, text in FILES.items():
        path = root / "growth" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "growth/contracts").mkdir()
    run(root, "workspace", "init", str(root / "workspace"), cwd=root)
    contracts = root / "workspace/locations/crm/contracts"
    contracts.mkdir(parents=True)
    (contracts / "customers.odcs.yaml").write_text(CUSTOMERS)
    (contracts / "orders.odcs.yaml").write_text(ORDERS)
    return root


@pytest.fixture
def location(made: Path, tmp_path: Path) -> Path:
    """A copy of it that a test may change, with all that is remembered of the first."""
    run(made, "contract", "infer", "--dbt", "totals", cwd=made / "growth")
    shutil.copytree(made, tmp_path / "teams")
    return tmp_path / "teams/growth"


def run(root: Path, *words: str, cwd: Path, code: int = 0) -> str:
    env = {"PATH": str(PLATFORMCTL.parent), "HOME": str(root), "PLATFORM_WORKSPACE": str(root / "workspace")}
    done = subprocess.run([PLATFORMCTL, *words], cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if code != 2 else done.stderr


def test_contract_of_one_model(location: Path) -> None:
    """Types are those of a build over the contracts of the sources; description and tests come along, or it is said."""
    text = run(location.parent, "contract", "infer", "--dbt", "totals", cwd=location / "dbt/models")
    contract = yaml.safe_load(text)
    columns = {column["name"]: column for column in contract["schema"][0]["properties"]}
    assert contract["description"]["purpose"] == "What was sold, by country."
    assert (columns["country"]["primaryKey"], columns["country"]["description"]) == (True, "Where the customer lives.")
    assert columns["amount"]["physicalType"] == "DECIMAL(12,2)"
    assert (columns["orders"]["logicalType"], columns["latest"]["logicalType"]) == ("integer", "date")
    assert "dbt test not_null on 'amount' (models.yml:13), since it only warns" in text
    assert "the test no_loss (no_loss.sql:1), since it is a query of its own" in text


def test_contracts_of_all_models_agree_with_them(location: Path) -> None:
    """Models, seeds and snapshots; nothing of them is then found wrong, and the next time there is nothing to write."""
    run(location.parent, "contract", "infer", "--dbt-all", cwd=location)
    names = sorted(path.name.split(".")[0] for path in (location / "contracts").iterdir())
    assert names == ["growing", "names", "raw", "seen", "totals"]
    found = json.loads(run(location.parent, "contract", "lint", "--format", "json", cwd=location))
    assert {(finding["level"], finding["id"]) for finding in found} <= {
        ("info", "dbt-test-missing"),
        ("info", "dbt-column-undescribed"),
    }
    seen = yaml.safe_load((location / "contracts/seen.odcs.yaml").read_text())["schema"][0]["properties"]
    assert [column["name"] for column in seen if column.get("primaryKey")] == ["dbt_scd_id"]
    totals = yaml.safe_load((location / "contracts/totals.odcs.yaml").read_text())["schema"][0]["properties"]
    assert totals[0]["relationships"] == [{"to": "names.code"}]  # of a contract that was drafted beside it
    assert json.loads(run(location.parent, "contract", "needs", "--format", "json", cwd=location)) == {
        "crm/customers": {"country": ["totals"], "id": ["totals"]},
        "crm/orders": {
            "amount": ["growing", "raw"],
            "customer": ["raw"],
            "id": ["growing", "raw", "seen"],
            "placed_on": ["growing", "raw"],
            "status": ["growing", "raw", "seen"],  # of growing only when it goes on from what it was
        },
    }
    assert "Every model has a contract" in run(location.parent, "contract", "infer", "--dbt-all", cwd=location)


def test_what_disagrees_is_found_with_its_line(location: Path) -> None:
    """A column gone from a source's contract, one that the model no longer makes, a contract of nothing."""
    run(location.parent, "contract", "infer", "--dbt", "totals", "--write", "contracts", cwd=location)
    (location / "contracts/total.odcs.yaml").write_text(
        (location / "contracts/totals.odcs.yaml").read_text().replace("totals", "total")
    )
    model = location / "dbt/models/totals.sql"
    model.write_text(model.read_text().replace("as orders", "as pieces"))
    registered = location.parent / "workspace/locations/crm/contracts/orders.odcs.yaml"
    registered.write_text(registered.read_text().replace("name: status", "name: state"))
    told = run(location.parent, "contract", "lint", "--format", "json", cwd=location, code=1)
    assert {"dbt-not-built", "contract-without-dataset"} <= {finding["id"] for finding in json.loads(told)}
    from platform_core.onboarding.checking import check_dbt

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLATFORM_WORKSPACE", str(location.parent / "workspace"))
        found = check_dbt(location)
    errors = {
        (finding.id, finding.where.path.name, finding.where.line)
        for finding in found
        if finding.level == "error" and finding.where
    }
    promised = (location / "contracts/totals.odcs.yaml").read_text().splitlines()
    assert errors == {
        ("dbt-column-missing", "totals.odcs.yaml", promised.index("      - name: orders") + 1),
        ("dbt-column-unpromised", "totals.sql", 1),
        ("dbt-model-fails", "seen.sql", 1),
        ("dbt-column-unknown", "seen.sql", 1),
        ("dbt-model-fails", "growing.sql", 4),  # only when it goes on from what it was
        ("dbt-column-unknown", "growing.sql", 4),
        ("contract-without-dataset", "total.odcs.yaml", 1),
    }


@pytest.mark.slow
def test_a_model_that_asks_the_clock_is_found_where_it_was_written(location: Path) -> None:
    """What dbt compiled decides: a condition that was not taken is none of it, a later run of a growing model is."""
    run(location.parent, "contract", "infer", "--dbt-all", cwd=location)
    models = location / "dbt/models"
    macro = location / "dbt/macros/seen_at.sql"
    macro.parent.mkdir()
    macro.write_text("{% macro seen_at() %}\n  now()\n{% endmacro %}\n")
    raw, growing = models / "raw.sql", models / "growing.sql"
    raw.write_text(
        "{% if target.name == 'dev' %} select random() {% else %} " + raw.read_text().strip() + "{% endif %}"
    )
    growing.write_text(growing.read_text().replace("status is not null", "{{ seen_at() }} > '2020-01-01'"))
    from platform_core.onboarding.checking import check_dbt

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLATFORM_WORKSPACE", str(location.parent / "workspace"))
        found = [one for one in check_dbt(location) if one.level == "error"]
        places = [(one.id, one.subject, one.where.path.name, one.where.line) for one in found if one.where]
        assert places == [("sql-not-repeatable", "growing", "seen_at.sql", 2)]
        (models / "growing.yml").write_text(
            "models: [{name: growing, config: {meta: {platform: {rerun: unsafe, reason: By the hour.}}}}]\n"
        )
        assert [one for one in check_dbt(location) if one.level == "error"] == []


def test_a_model_that_another_team_reads_needs_a_contract(location: Path) -> None:
    """Only then: a model of the project's own is nobody else's business."""
    graph = location.parent / "workspace/locations/board/graph.json"
    graph.parent.mkdir()
    asset = {"deps": ["growth/totals"], "kinds": [], "group": "", "owners": [], "description": "", "partitions": None}
    asset |= {"checks": [], "freshness": None, "contract": None, "executable": True}
    graph.write_text(json.dumps({"format": 1, "assets": {"board/report": asset}, "automation": {}}))
    (location / "contracts/names.odcs.yaml").write_text(CUSTOMERS.replace("customers", "names"))
    told = run(location.parent, "contract", "lint", "--format", "json", cwd=location, code=1)
    (finding,) = [one for one in json.loads(told) if one["id"] == "model-without-contract"]
    assert (finding["subject"], finding["line"], finding["path"]) == ("totals", 2, "dbt/models/models.yml")
    assert "board/report" in finding["message"]
    assert "--dbt totals" in finding["fix"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--dbt", "total"], "Did you mean totals?"),
        (["--dbt", "totals", "--dbt-all"], "one of FILE"),
        (["--dbt", "totals", "--null", "NA"], "--null belongs to a file"),
        ([], "one of FILE"),
    ],
)
def test_bad_words(location: Path, words: list[str], said: str) -> None:
    assert said in run(location.parent, "contract", "infer", *words, cwd=location, code=2)


def test_a_project_that_does_not_parse(location: Path) -> None:
    """One finding a problem with its file, for infer as for lint; nothing is written."""
    (location / "dbt/models/totals.sql").write_text("select * from {{ ref('nothing') }}\n")
    told = run(location.parent, "contract", "infer", "--dbt-all", cwd=location, code=1)
    assert told == ""
    assert list((location / "contracts").iterdir()) == []
