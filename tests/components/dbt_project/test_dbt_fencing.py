"""Which statements of dbt reach PostgreSQL."""

import pytest

from platform_core.components.dbt.fencing import forbidden

CLOSED, LIVE = ("market__versions", "market__stage", "market__quarantine"), "market"


@pytest.mark.parametrize(
    "sql",
    [
        'create table "db"."market__dbt"."b1_totals" as (select extract(day from market.day) from b1_in as market)',
        "insert into market__dbt.b1_log (a) (select a from market__dbt.b1_log__dbt_tmp)",
        "select 'do it, reset, execute them' as a, \"call\" from market__dbt.b1_in -- reset; DO $$",
        "update market__dbt.b1_log set search = 'set role x'",
        "BEGIN",
        "drop table if exists market__dbt.b1_t0 cascade",
    ],
)
def test_a_build_says_what_it_likes_of_its_own(sql):
    assert forbidden(sql, CLOSED, LIVE) == ""


@pytest.mark.parametrize(
    "sql",
    [
        "update MARKET__VERSIONS.totals__v0 set amount = 1",
        'drop table "market__quarantine"."x"',
        "select * from market__stage.x",
        'create or replace view "market" . totals as select 1',
        "select 1; delete from market.totals",
        "do $$ begin execute 'update market' || '__versions.x set a = 1'; end $$",
        "set role other",
        "set local session authorization other",
        "reset all",
        "select set_config('search_path', 'x', false)",
        "select query_to_xml('delete ' || 'from x', true, true, '')",
        "create or replace function market__dbt.f() returns int as 'select 1' language sql",
        'select * from u&"market\\005F_versions".x',
        "select 'market__versions'",
        'select 1 as "--"; set role other',
        'select 1 as "\'"; set role other; select 1 as "\'"',
        "select e'\\''; set role other --'",
        "select $a$ ' $a$; set role other; select ' '",
    ],
)
def test_what_leads_out_of_the_build_is_stopped(sql):
    assert forbidden(sql, CLOSED, LIVE)
