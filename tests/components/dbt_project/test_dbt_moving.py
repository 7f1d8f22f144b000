"""Models that ask the clock or chance: found in what was written, in what dbt compiled, and behind other models."""

from __future__ import annotations

import pytest

from platform_core.components.dbt.manifest import Macro, Manifest, Model
from platform_core.components.dbt.moving import moving_findings
from platform_core.components.dbt.unrendered import masked
from platform_core.locations.engines import DUCKDB_DELTA, POSTGRES

REF = "from {{ ref('x') }}"


class Shop:
    """A project of models in a folder, as dbt's manifest would tell of them."""

    def __init__(self, folder):
        self.folder, self.models, self.macros = folder, {}, {}

    def model(self, name, code, *, reads=(), macros=(), materialized="table", **meta):
        path = self.folder / f"{name}.sql"
        path.write_text(code)
        given = {"unique_id": name, "name": name, "resource_type": "model", "package": "shop", "path": path}
        given |= {"patch_path": None, "description": "", "columns": {}, "depends_on": reads, "macros": macros}
        given |= {"database": "d", "schema": "s", "alias": name, "materialized": materialized, "language": "sql"}
        given |= {"raw_code": code, "compiled_code": "", "config": {}, "contract_enforced": False, "constraints": ()}
        self.models[name] = Model(**given, tags=(), meta={"platform": meta} if meta else {}, fqn=("shop", name))

    def macro(self, name, code, *macros):
        path = self.folder / f"macro_{name}.sql"
        path.write_text(code)
        self.macros[name] = Macro(name, name, "shop", path, code, macros)

    def found(self, *contracted, engine=DUCKDB_DELTA, **compiled):
        manifest = Manifest("shop", "duckdb", "1.11", self.folder, self.models, {}, {}, self.macros)
        findings = moving_findings(manifest, contracted or tuple(self.models), compiled, engine)
        assert {(one.id, one.level) for one in findings} <= {("sql-not-repeatable", "error")}
        return {f"{one.where.path.name}:{one.where.line}": one.message.split(" gives")[0] for one in findings}


@pytest.fixture
def shop(tmp_path):
    return Shop(tmp_path)


MOVING = {
    "select now() as at": "now()",
    "select day from x where day > current_date - 3": "current_date",
    "select random() as r {ref}": "random()",
    "select uuid() as r {ref}": "uuid()",
    "select * {ref} using sample 10%": "a sample of rows",
    "select {{{{ dbt.current_timestamp() }}}} as at": "current_timestamp",
    "select '{{{{ run_started_at }}}}' as at {ref}": "run_started_at",
    "select '{{{{ modules.datetime.datetime.now() }}}}' as at": "now",
    "{{% if is_incremental() %}} select 1 as a where now() > 0 {{% else %}} select 2 as a {{% endif %}}": "now()",
    "pivot x on current_date": "current_date",
}
STILL = [
    "select 'now()' as text {ref} -- now()",
    "{{# now() #}} select 1 as a",
    "select now, x.current_date as d from x",
    "{{% if target.name == 'dev' %}} select now() {{% else %}} select random() {{% endif %}} select 1 as a",
    "{{{{ config(tags=['now()']) }}}} select cast(sum(a) as int) as a, {{{{ euros('a') }}}} as b {ref}",
    "select unknowable(a) as a, date_trunc('day', a) as b, md5(a) as c {ref}",
]


@pytest.mark.parametrize("code", MOVING)
def test_what_was_written_is_judged_where_nothing_is_compiled(shop, code):
    shop.model("m", "{{ config(materialized='table') }}\n\n" + code.format(ref=REF))
    assert shop.found() == {"m.sql:3": MOVING[code]}


@pytest.mark.parametrize("code", STILL)
def test_what_is_the_same_each_time_is_not_found(shop, code):
    shop.model("m", code.format(ref=REF))
    assert shop.found() == {}


@pytest.mark.parametrize(
    ("code", "what"),
    [
        ("select now() as at", "now()"),
        ("select clock_timestamp() as at", "clock_timestamp()"),
        ("select 'today'::date as at", "'today'"),
        ("select CURRENT_DATE as at", "current_date"),
        ("select gen_random_uuid() as id {ref}", "gen_random_uuid()"),
        ("select {{{{ nothing }}}} from x where random() < 0.1", "random()"),
    ],
)
def test_the_sql_of_postgres_is_judged_as_such(shop, code, what):
    shop.model("m", code.format(ref=REF))
    assert shop.found(engine=POSTGRES) == {"m.sql:1": what}


def test_compiled_sql_decides_and_the_line_is_where_the_team_wrote_it(shop):
    shop.macro("stamp", "{% macro stamp() %}\n  now()\n{% endmacro %}")
    shop.model("m", "{% if execute %}\nselect random() as r {{ stamp() }}\n{% endif %}\n")
    assert shop.found() == {}  # nobody can say what a condition leaves
    assert shop.found(m=["\n\n\nselect random() as r"]) == {"m.sql:2": "random()"}
    assert shop.found(m=["select 1 as r", "select now()\n as r"]) == {"macro_stamp.sql:2": "now()"}
    assert shop.found(m=["select 1 as r"]) == {}


def test_what_a_model_is_made_of_counts_and_who_is_published_says_that_it_is_unsafe(shop):
    shop.model("eph", "select\n now() as at", materialized="ephemeral")
    shop.model("internal", "select at, random() as r from {{ ref('eph') }}", reads=("eph",))
    shop.model("m", "select * from {{ ref('internal') }}", reads=("internal",))
    assert shop.found("m") == {"eph.sql:2": "now()", "internal.sql:1": "random()"}
    inlined = "with __dbt__cte__eph as (\nselect\n now() as at)\nselect at, random() as r from __dbt__cte__eph"
    assert shop.found("m", internal=[inlined], eph=["select\n now() as at"]) == shop.found("m")
    shop.models.pop("m")
    shop.model("m", "select 1 as x", reads=("internal",), rerun="unsafe", reason="Once a day.")
    assert shop.found("m") == {}
    shop.model("other", "select 2 as x", reads=("internal",))
    assert set(shop.found("m", "other")) == {"eph.sql:2", "internal.sql:1"}
    assert shop.found("m", "internal") != {}  # what is published in between answers for itself
    shop.model("unread", "select now() as at")
    assert shop.found("m") == {}  # nobody publishes anything of it


def test_masking_keeps_the_lines():
    text = "a {{ x\n}} b\n{% if y %}\nhidden\n{% endif %}{# z\n #} c {% if is_incremental() %}d{% endif %}"
    assert masked(text).split("\n")[5].split() == ["c", "d"]
    assert "hidden" not in masked(text)
    assert masked(text).count("\n") == text.count("\n")
