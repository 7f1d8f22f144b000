"""The audit on PostgreSQL: what only this engine has, and what it must leave as it was."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pyarrow
import pytest
from auditing import KEY, LOCATION, NAMES, contract_of, named_contract, outcome
from postgres_server import Server
from postgres_tables import connected, made, run_on, stored

from platform_core.audit import plan
from platform_core.audit.postgres import audit
from platform_core.audit.postgres.foreseen import foreseen
from platform_core.audit.postgres.session import Session
from platform_core.sql import Relation

pytestmark = [pytest.mark.postgres, pytest.mark.processes]
SECRET = "4111-1111-1111-1111"
NUMBER = {"name": "number", "logicalType": "integer", "required": True, "logicalTypeOptions": {"minimum": 1}}


@pytest.fixture(scope="module")
def connection(postgres: Server) -> Iterator[Any]:
    with connected(postgres) as connection:
        yield connection


def _messages(result: Any) -> list[str]:
    return [each.message for each in result.outcomes if not each.passed]


# What stays as it was


@pytest.mark.parametrize("autocommit", [True, False])
def test_the_caller_gets_its_connection_back(postgres: Server, autocommit: bool) -> None:
    rule = {"type": "sql", "query": "SELECT 1 / (count(*) - 1) FROM ${table}", "mustBe": 1}
    contract = contract_of(NUMBER, quality=[rule])
    names = ("work_mem", "TimeZone", "search_path", "transaction_read_only", "jit", "row_security", "enable_hashagg")
    shown = "SELECT " + ", ".join(f"current_setting('{name}')" for name in names)
    with postgres.connect(autocommit=autocommit) as connection:
        before = connection.execute(shown.encode()).fetchone()
        connection.execute("CREATE TEMP TABLE kept AS SELECT 1 AS number")
        name = connection.execute("SELECT nspname FROM pg_namespace WHERE oid = pg_my_temp_schema()").fetchone()[0]
        state = connection.info.transaction_status
        result = audit(connection, plan(contract, LOCATION), Relation.tables((name, "kept")))
        assert _messages(result) == ["could not be checked: a division by zero"]
        assert connection.info.transaction_status == state
        assert connection.execute(shown.encode()).fetchone() == before
        connection.execute("INSERT INTO kept VALUES (2)")
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,)


def test_one_pass_for_all_rules_about_values(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"logicalType": "string", "required": True, "logicalTypeOptions": {"minLength": 1, "pattern": "[a-z]+"}}
    contract = contract_of(*({"name": f"c{place}", **texts} for place in range(6)), quality=[{"metric": "rowCount"}])
    queries = []
    one = Session.one
    monkeypatch.setattr(Session, "one", lambda *given, **named: (queries.append(given[1]), one(*given, **named))[1])
    table = pyarrow.table({f"c{place}": ["a", "B"] for place in range(6)})
    result = run_on(connection, contract, table)
    assert [outcome(result, f"pattern_c{place}").violations for place in range(6)] == [1] * 6
    assert len(queries) == 1


def test_keys_without_a_gap_are_looked_up_in_the_same_pass(connection: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    column = {"name": "key", "logicalType": "integer", "relationships": [{"to": "others.key"}]}
    queries: list[str] = []
    one = Session.one
    monkeypatch.setattr(
        Session, "one", lambda *given, **named: (queries.append(given[1].sql()), one(*given, **named))[1]
    )
    for known, joined in (([1, 2, 3], False), ([1, 3], True)):
        references = {f"{LOCATION}/others": stored(connection, pyarrow.table({"key": known}))}
        result = run_on(connection, contract_of(column), pyarrow.table({"key": [0, 1, 3, None]}), None, references)
        assert outcome(result, "foreign_key_key").violations == 1
        assert any("EXISTS" in query for query in queries) == joined


def test_hundreds_of_rules(connection: Any) -> None:
    columns = [{"name": f"c{place}", "logicalType": "integer", "required": True} for place in range(450)]
    table = pyarrow.table({column["name"]: pyarrow.array([None, 1], pyarrow.int64()) for column in columns})
    result = run_on(connection, contract_of(*columns), table)
    assert [each.violations for each in result.outcomes[2:]] == [1] * 450


# Types that hold more than those declared


def test_what_a_declared_type_cannot_hold_is_told(connection: Any) -> None:
    """A delivery that a team's own SQL wrote: PostgreSQL has no TINYINT, and NaN is a numeric."""
    columns = "tiny smallint, code numeric(20,0), price numeric(10,2), tags jsonb, home jsonb, by jsonb"
    fine = '1, 18446744073709551615, 1.5, \'[1, null]\', \'{"city": "x", "at": "2013-02-28"}\', \'{"a": 1.25}\''
    wrong = "300, -1, 'NaN', '[1, \"x\"]', '{\"city\": 1, \"at\": null}', '{\"a\": 1.255}'"
    more = "1, 1, 1, '[1.5]', '{\"town\": \"x\"}', '[]'"
    late = "1, 1, 1, '[2147483648]', '{\"city\": null, \"at\": \"2013-02-30\"}', 'null'"
    fields = [{"name": "city", "logicalType": "string"}, {"name": "at", "logicalType": "date"}]
    contract = contract_of(
        {"name": "tiny", "logicalType": "integer", "physicalType": "TINYINT"},
        {"name": "code", "logicalType": "integer", "physicalType": "UBIGINT"},
        {"name": "price", "logicalType": "number", "physicalType": "DECIMAL(10,2)"},
        {"name": "tags", "logicalType": "array", "items": {"logicalType": "integer", "physicalType": "INTEGER"}},
        {"name": "home", "logicalType": "object", "properties": fields},
        {"name": "by", "logicalType": "map"}
        | {
            "map": {
                "key": {"logicalType": "string"},
                "value": {"logicalType": "number", "physicalType": "DECIMAL(4,2)"},
            }
        },
    )
    declared = {"tiny": "TINYINT", "code": "UBIGINT", "price": "DECIMAL(10,2)", "tags": "INTEGER[]"}
    declared |= {"home": 'STRUCT("city" VARCHAR, "at" DATE)', "by": "MAP(VARCHAR, DECIMAL(4,2))"}
    places = made(connection, columns, fine).places
    assert _messages(run_on(connection, contract, Relation.tables(*places, columns=declared))) == []
    made(connection, columns, fine, wrong, more, late)
    result = run_on(connection, contract, Relation.tables(*places, columns=declared))
    assert outcome(result, "schema_types").message == (
        "'tiny' holds 1 values that are no TINYINT; 'code' holds 1 values that are no UBIGINT; "
        "'price' holds 1 values that are no DECIMAL(10,2); 'tags' holds 3 values that are no INTEGER[]; "
        "'home' holds 3 values that are no such STRUCT; 'by' holds 2 values that are no MAP(VARCHAR, DECIMAL(4,2))"
    )


def test_types_of_postgresql(connection: Any) -> None:
    connection.execute("CREATE TYPE audited.mood AS ENUM ('sad')")
    staged = made(
        connection, "a varchar(20), b char(5), c integer[], d numeric, e inet, f audited.mood, g timestamp(3)"
    )
    connection.execute("INSERT INTO audited.made VALUES ('x', 'y', '{1,null}', 1, '::1', 'sad', now())")
    contract = contract_of(
        {"name": "a", "logicalType": "string", "enum": [{"value": "x"}]},
        {"name": "b", "logicalType": "string", "physicalType": "char(5)", "logicalTypeOptions": {"maxLength": 1}},
        {"name": "c", "logicalType": "array", "items": {"logicalType": "integer", "required": True}},
        {"name": "d", "logicalType": "number"},
        {"name": "e", "logicalType": "string"},
        {"name": "f", "logicalType": "string"},
        {"name": "g", "logicalType": "timestamp"},
    )
    result = run_on(connection, contract, staged)
    assert outcome(result, "schema_types").message == (
        "'d' is numeric without precision, declared DOUBLE; 'e' is inet, declared VARCHAR; "
        "'f' is audited.mood, declared VARCHAR"
    )
    assert outcome(result, "required_c_item").violations == 1
    assert [each.check.name for each in result.outcomes if not each.passed] == ["schema_types", "required_c_item"]


def test_texts_are_compared_by_their_bytes(connection: Any) -> None:
    """Whatever collation a column has: to this one, 'a' is 'A'."""
    options = "provider = icu, locale = 'und-u-ks-level2', deterministic = false"
    connection.execute(f"CREATE COLLATION audited.blind ({options})".encode())
    staged = made(connection, "value text COLLATE audited.blind", "'a'", "'A'", "'b'")
    rule = {"type": "sql", "query": "SELECT count(*) FROM ${table} WHERE value = 'a'", "mustBe": 1}
    column = {"name": "value", "logicalType": "string", "unique": True, "enum": [{"value": "a"}, {"value": "b"}]}
    column |= {"logicalTypeOptions": {"pattern": "[a-z]"}, "relationships": [{"to": "orders.value"}], "quality": [rule]}
    result = run_on(connection, contract_of(column), staged)
    counts = {each.check.name: each.violations for each in result.outcomes if each.violations}
    assert counts == {"enum_value": 1, "pattern_value": 1}


def test_functions_of_others_are_not_called(postgres: Server, connection: Any) -> None:
    connection.execute("CREATE FUNCTION audited.char_length(text) RETURNS integer LANGUAGE sql AS 'SELECT 1'")
    connection.execute("SET LOCAL search_path = audited, pg_catalog")
    column = {"name": "value", "logicalType": "string", "logicalTypeOptions": {"maxLength": 1}}
    assert outcome(run_on(connection, contract_of(column), pyarrow.table({"value": ["ab"]})), "length_value").violations
    connection.execute("RESET search_path")


# What is read, and what is not


def test_scopes(connection: Any) -> None:
    staged, others = (stored(connection, pyarrow.table({"id": ids})) for ids in ([1, 3, 1], [3, 4]))
    result = run_on(connection, KEY, others, staged)
    assert [each.violations for each in result.outcomes[2:]] == [1, None, None, 2, 0, None, None]
    assert [each.passed for each in result.outcomes[2:]] == [False, True, True, False, True, True, True]


def test_names_are_quoted(connection: Any) -> None:
    for name in NAMES:
        other = {f"{LOCATION}/other": stored(connection, pyarrow.table({name.replace(".", "_"): [name]}))}
        rows = pyarrow.table({name: [name], "nested": [{name: 1}]})
        result = run_on(connection, named_contract(name), rows, references=other)
        assert [each.check.kind for each in result.outcomes if not each.passed] == ["range"], _messages(result)
        assert not [each.message for each in result.outcomes if each.error]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM pg_catalog.pg_authid",
        "SELECT count(*) FROM audited.made",
        "SELECT count(*) FROM undeclared",
        "SELECT length(pg_read_file('/etc/passwd'))",
        "SELECT count(*) FROM ${table}; DROP TABLE audited.made",
        "WITH gone AS (DELETE FROM ${table} RETURNING 1) SELECT count(*) FROM gone",
        "SELECT pg_sleep(100)",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "SELECT 1, 2",
        "SELECT NULL",
    ],
)
def test_a_rule_in_sql_reads_one_value_of_what_is_declared(connection: Any, query: str) -> None:
    contract = contract_of(
        {"name": "a", "logicalType": "string"}, quality=[{"type": "sql", "query": query, "mustBe": 1}]
    )
    made(connection, "a text", "'x'")
    result = run_on(connection, contract, pyarrow.table({"a": ["x"]}))
    assert [each.passed for each in result.outcomes] == [True, True, False]
    assert result.outcomes[-1].error or result.waiting_for
    assert connection.execute("SELECT count(*) FROM audited.made").fetchone() == (1,)


def test_no_value_of_the_data_is_told(connection: Any) -> None:
    wrong = ["sum(CAST(a AS integer))", "max(a)", "sum(length(a) * 9223372036854775807)"]
    wrong += ["max(CAST('2013-' || a AS date))"]
    rules = [{"type": "sql", "query": f"SELECT {value} FROM ${{table}}", "mustBe": 1} for value in wrong]
    contract = contract_of({"name": "a", "logicalType": "string", "quality": rules})
    result = run_on(connection, contract, pyarrow.table({"a": [SECRET]}))
    assert [each.passed for each in result.outcomes[2:]] == [False] * 4
    assert "1111" not in "".join(each.message for each in result.outcomes)


def test_references(connection: Any) -> None:
    column = {"name": "tail", "logicalType": "string", "relationships": [{"to": "fleet.planes.tail"}]}
    rows = pyarrow.table({"tail": ["a", "x", None]})

    def found(planes: Relation | None) -> Any:
        references = {"fleet/planes": planes} if planes is not None else {}
        return outcome(run_on(connection, contract_of(column), rows, references=references), "foreign_key_tail")

    assert found(None).message == "waiting for fleet/planes: nothing is published there yet"
    assert found(Relation.tables(columns={"tail": "VARCHAR"})).violations == 2
    lacking = found(stored(connection, pyarrow.table({"tailnum": ["a"]})))
    assert lacking.message == "could not be checked: fleet/planes has no column tail"
    gone = found(Relation.tables(("no", "table")))
    assert gone.message == "could not be checked: there is no table no.table, or it has no columns"
    assert "lies on another engine" in found(Relation(("x.parquet",))).message
    parts = [stored(connection, pyarrow.table(part)) for part in ({"tail": ["a"]}, {"tail": ["x"], "b": [1]})]
    places = [place for part in parts for place in part.places]
    assert found(Relation.tables(*places, columns={"tail": "VARCHAR", "b": "BIGINT"})).passed


def test_older_tables_lack_a_column(connection: Any) -> None:
    columns = {"id": "BIGINT", "code": "VARCHAR"}
    old = Relation.tables(*stored(connection, pyarrow.table({"id": [1]})).places, columns=columns)
    contract = contract_of(
        {"name": "id", "logicalType": "integer", "unique": True},
        {"name": "code", "logicalType": "string", "unique": True},
    )
    checks = plan(contract, LOCATION)
    new = stored(connection, pyarrow.table({"id": [1], "code": ["x"]}))
    assert _messages(audit(connection, checks, new, old)) == ["1 of 1 rows (100 %) break the rule: 'id' must be unique"]
    assert "missing: code" in _messages(audit(connection, checks, old))
    assert _messages(audit(connection, checks, old, as_declared=True)) == []


def test_no_rows_and_no_table(connection: Any) -> None:
    empty = pyarrow.table({"number": pyarrow.array([], pyarrow.int64())})
    assert (_messages(run_on(connection, contract_of(NUMBER), empty)), empty.num_rows) == ([], 0)
    none = run_on(connection, contract_of(NUMBER), Relation.tables(columns={"number": "BIGINT"}))
    assert (_messages(none), none.rows) == ([], 0)
    gone = run_on(connection, contract_of(NUMBER), Relation.tables(("audited", "gone")))
    assert len(gone.outcomes) == 4
    assert all("the delivery cannot be read (there is no table" in each.message for each in gone.outcomes)


# Said before anything runs


def test_what_cannot_be_audited_is_foreseen() -> None:
    contract = contract_of(
        {"name": "a", "logicalType": "string", "logicalTypeOptions": {"pattern": r"\C+"}},
        {
            "name": "d",
            "logicalType": "date",
            "physicalType": "VARCHAR",
            "logicalTypeOptions": {"format": "EEE dd.MM.yy"},
        },
        {"name": "j", "logicalType": "string", "physicalType": "JSON", "unique": True},
        {"name": "fine", "logicalType": "string", "unique": True, "logicalTypeOptions": {"pattern": r"\w+"}},
        quality=[{"type": "sql", "query": "SELECT list_sum([1]) FROM ${table}", "mustBe": 0}],
    )
    found = foreseen(contract, LOCATION)
    assert {finding.message.split()[2] for finding in found} == {"pattern_a", "format_d", "unique_j", "sql"}
    assert all(finding.level == "error" and finding.fix for finding in found)


def test_names_that_postgresql_cannot_hold_are_foreseen() -> None:
    names = ["ctid", "xmin", "Ctid", "oid", "n" * 63, "n" * 64, "\u00e9" * 32]
    found = foreseen(contract_of(*({"name": name, "logicalType": "string"} for name in names)), LOCATION)
    assert [finding.message.split("'")[1] for finding in found] == [
        "ctid",
        "xmin",
        f"{'n' * 20}...",
        f"{chr(233) * 20}...",
    ]


def test_a_pattern_that_cannot_be_said_fails(connection: Any) -> None:
    column = {"name": "a", "logicalType": "string", "logicalTypeOptions": {"pattern": r"\C"}}
    result = run_on(connection, contract_of(column), pyarrow.table({"a": ["x"]}))
    assert result.refused
    assert outcome(result, "pattern_a").message == (
        "could not be checked: the pattern uses \\C, which PostgreSQL cannot do"
    )


def test_asking_what_cannot_be_audited_loads_no_driver() -> None:
    """`platformctl check` asks it of every location on PostgreSQL, also where no server is."""
    program = "import sys, platform_core.audit.postgres.foreseen; sys.exit('psycopg' in sys.modules)"
    subprocess.run([sys.executable, "-c", program], check=True)
