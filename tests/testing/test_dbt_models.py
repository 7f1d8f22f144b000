"""What the plugin finds in the models of a dbt project: built over samples, three times at most, by dbt itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from homes import INI, make_workspace, run_pytest

from platform_core.components.loading import load_datasets
from platform_core.testing.dbt_local import batches

pytestmark = pytest.mark.processes

MODELS = {
    "totals": "select customer, count(*) as orders from {{ ref('clean') }} group by all",
    "clean": "select * from {{ source('shop', 'orders') }} where customer is not null",  # the project's own
    "growing": """\
{{ config(materialized='incremental', unique_key='customer') }}
select distinct customer, 1 as orders from {{ ref('clean') }}""",
    "doubling": """\
{{ config(materialized='incremental') }}
select customer, count(*) as orders from {{ ref('clean') }} group by all""",
    "moody": """\
select customer, row_number() over () as orders from {{ ref('clean') }}
qualify row_number() over (partition by customer) = 1""",
    "misnamed": "select customer, count(*) as sold from {{ ref('clean') }} group by all",
    "repeating": "select 1 as customer, 1 as orders from clean",
    "broken": "select customer, no_such_column as orders from {{ ref('clean') }}",
}
CONTRACT = """\
apiVersion: v3.2.0
kind: DataContract
id: board.{name}
version: 1.0.0
status: active
team: {{name: board}}
description: {{purpose: How many orders each customer placed.}}
slaProperties: [{{property: frequency, value: 1, unit: d}}]
schema:
  - name: {name}
    properties:
      - {{name: customer, logicalType: integer, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: orders, logicalType: integer, required: true}}
"""

SNAPSHOT = """\
{% snapshot seen %}{{ config(strategy='check', unique_key='customer', check_cols=['orders']) }}
select customer, count(*) as orders from {{ ref('clean') }} group by all
{% endsnapshot %}
"""
SEEN = """\
      - {name: dbt_scd_id, logicalType: string}
      - {name: dbt_updated_at, logicalType: timestamp, logicalTypeOptions: {timezone: false}}
      - {name: dbt_valid_from, logicalType: timestamp, logicalTypeOptions: {timezone: false}}
      - {name: dbt_valid_to, logicalType: timestamp, logicalTypeOptions: {timezone: false}}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A location called board with these models, beside a workspace that knows the shop."""
    folder = tmp_path_factory.mktemp("dbt")
    make_workspace(folder / "workspace")
    root = folder / "board"
    models = {name: text.replace("from clean", "from {{ ref('clean') }}") for name, text in MODELS.items()}
    files = {
        "pyproject.toml": INI,
        "location.yaml": "name: board\nowner: team:board\n",
        "src/board/__init__.py": "",
        "src/board/definitions.py": "import platform_core\n\ndefs = platform_core.build_definitions(__file__)\n",
        "src/board/defs/project/defs.yaml": "type: platform_core.DbtProject\n",
        "dbt/dbt_project.yml": "name: board\nversion: 1.0.0\nprofile: x\nmodels: {board: {+materialized: table}}\n",
        "dbt/models/sources.yml": "sources: [{name: shop, tables: [{name: orders}]}]\n",
        "tests/.gitkeep": "",
        "dbt/snapshots/seen.sql": SNAPSHOT,
        **{f"dbt/models/{name}.sql": f"{text}\n" for name, text in models.items()},
        **{f"contracts/{name}.odcs.yaml": CONTRACT.format(name=name) for name in MODELS if name != "clean"},
        "contracts/seen.odcs.yaml": CONTRACT.format(name="seen") + SEEN,
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_each_model_is_judged_by_itself(home: Path) -> None:
    """One that cannot be built, or not twice alike, fails its own tests and no other's."""
    code, said = run_pytest(
        home, "-k", "run or rerun or definitions", PLATFORM_WORKSPACE=str(home.parent / "workspace")
    )
    assert code == 1
    failed = set(re.findall(r"^FAILED contracts/(\w+)\.odcs\.yaml::(\w+)", said, re.MULTILINE))
    assert failed == {
        ("broken", "run"),
        ("misnamed", "run"),
        ("repeating", "run"),
        ("doubling", "rerun"),
        ("moody", "rerun"),
    }
    assert "dbt/models/broken.sql:1: " in said
    assert "no_such_column" in said
    assert "column 'orders' (BIGINT) is missing" in said
    assert "built a second time again, after itself, its rows differ" in said
    assert "built a second time over the same rows in another order, its rows differ: column orders" in said
    assert re.search(r"growing\.odcs\.yaml +run ok \(\d+ rows\), rerun safe", said)
    assert re.search(r"seen\.odcs\.yaml +run ok \(\d+ rows\), rerun safe", said)  # with the time of each build in it
    assert re.search(r"totals\.odcs\.yaml +run ok \(\d+ rows\), rerun safe", said)


def test_models_run_together(home: Path) -> None:
    """One build for all of a project that nothing else stands between."""
    loaded = load_datasets(home / "src/board")
    (batch,) = batches(loaded.datasets)
    assert {one.asset.dataset for one in batch} == {*MODELS, "seen"} - {"clean"}
