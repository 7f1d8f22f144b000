"""The two engines judge by the same kinds of rules: each is written for both, or for neither."""

from platform_core.audit.duckdb import predicates as duckdb
from platform_core.audit.postgres import predicates as postgres


def test_each_engine_has_a_predicate_for_every_kind_the_other_has() -> None:
    assert sorted(duckdb.PREDICATES) == sorted(postgres.PREDICATES)
