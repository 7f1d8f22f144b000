"""Dagster's record in Postgres: made once, reached or told why not, and never a password in sight."""

import json
import subprocess
import threading

import pytest
from server_profile import PASSWORD, ServerProfile, control

from platform_core.adapters.storage import prepare_storage, set_pools
from platform_core.errors import PlatformError

pytestmark = [pytest.mark.postgres, pytest.mark.processes]
ODD = "p@ss/w:rd %41?#&=[é] 'q\"\\"


@pytest.fixture
def profile(tmp_path, postgres, postgres_database):
    made = ServerProfile(tmp_path, postgres, postgres_database)
    yield made
    made.close()


def config(server, database, **changed):
    return {
        **{"username": "admin", "password": server.password, "hostname": "127.0.0.1", "port": server.port},
        **{"db_name": database, "scheme": "postgresql+psycopg2", "params": {"connect_timeout": "5"}, **changed},
    }


def tables(server, database):
    found = server.run("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'", database)
    return {name for (name,) in found}


def test_a_fresh_storage_takes_any_number_of_first_ones_at_once(postgres, postgres_database):
    together, failures = threading.Barrier(8), []

    def first():
        together.wait()
        try:
            prepare_storage(config(postgres, postgres_database), 10, str)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=first) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert {"runs", "event_logs", "jobs", "instance_info", "concurrency_limits", "alembic_version"} <= tables(
        postgres, postgres_database
    )
    assert len(postgres.run("SELECT * FROM alembic_version", postgres_database)) == 1


def test_a_password_of_any_signs_reaches_the_database_and_nobody_else(tmp_path, postgres, postgres_database):
    quoted = ODD.replace("'", "''")
    role = f"dagster_{postgres_database}"
    postgres.run(
        f"CREATE ROLE {role} LOGIN PASSWORD '{quoted}'; GRANT ALL ON SCHEMA public TO {role}", postgres_database
    )
    try:
        home = tmp_path / "ws"
        url = f"postgresql://{role}@127.0.0.1:{postgres.port}/{postgres_database}"
        assert control("workspace", "init", home, "--profile", "server", "--storage", url).returncode == 0
        done = control("workspace", "prepare", "--workspace", home, **{PASSWORD: ODD})
        assert (done.returncode, done.stdout) == (0, "Dagster's storage is ready.\n"), done.stderr
        assert "runs" in tables(postgres, postgres_database)
        for path in home.rglob("*"):
            assert not path.is_file() or ODD not in path.read_text("utf-8", "replace"), path
    finally:
        postgres.run(f"DROP OWNED BY {role}; DROP ROLE {role}", postgres_database)


def test_what_stands_against_the_storage_is_said_with_host_and_database_and_no_password(profile, postgres):
    def prepare(**variables):
        done = control("workspace", "prepare", "--workspace", profile.home, "--wait", 2, **variables)
        assert done.returncode == 2, done.stdout
        assert f"on 127.0.0.1:{postgres.port}" in done.stderr
        assert postgres.password not in done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stderr

    assert f"the variable {PASSWORD} is not set" in prepare()
    wrong = prepare(**{PASSWORD: "Wr0ng-secret"})
    assert "password authentication failed" in wrong
    assert "Wr0ng-secret" not in wrong
    served = control("workspace", "serve", "--workspace", profile.home, **{PASSWORD: "Wr0ng-secret"})
    assert served.returncode == 2
    assert "password authentication failed" in served.stderr
    assert "Wr0ng-secret" not in served.stdout + served.stderr
    profile.configure(dagster_storage={"url": f"postgresql://admin@127.0.0.1:{postgres.port}/nowhere"})
    assert 'database "nowhere" does not exist' in prepare(**profile.secrets)


def test_a_database_that_comes_late_is_waited_for_and_one_that_never_comes_is_given_up(own_postgres):
    own_postgres.stop()
    said = []
    with pytest.raises(
        PlatformError, match=rf"database postgres on 127.0.0.1:{own_postgres.port}.*[Cc]onnection refused"
    ):
        prepare_storage(config(own_postgres, "postgres"), 1.5, said.append)
    assert len(said) == 1  # not at every try
    late = threading.Timer(1.5, own_postgres.start)
    late.start()
    prepare_storage(config(own_postgres, "postgres"), 60, said.append)
    late.join()
    assert "runs" in tables(own_postgres, "postgres")


def test_a_role_without_rights_is_told(postgres, postgres_database):
    role = f"poor_{postgres_database}"
    postgres.run(f"CREATE ROLE {role} LOGIN PASSWORD 'poor'")
    try:
        with pytest.raises(PlatformError, match="permission denied"):
            prepare_storage(config(postgres, postgres_database, username=role, password="poor"), 5, str)
    finally:
        postgres.run(f"DROP ROLE {role}")


def test_commands_name_secrets_and_show_none_and_pools_are_those_of_platform_yaml_alone(profile):
    profile.configure(pools={"warehouse_db": 4, "erp": 1})
    told = control("workspace", "commands", "--workspace", profile.home, "--format", "json", **profile.secrets)
    found = {one["name"]: one for one in json.loads(told.stdout)}
    assert list(found) == ["prepare", "webserver", "daemon"]
    assert all(one["secrets"] == [PASSWORD] for one in found.values())
    assert profile.server.password not in told.stdout
    prepare = found["prepare"]
    variables = {**prepare["environment"], **profile.secrets}
    done = subprocess.run(
        prepare["arguments"], cwd=prepare["cwd"], env=variables, check=False, capture_output=True, text=True
    )
    assert done.stdout == "pools set: erp, warehouse_db\nDagster's storage is ready.\n", done.stderr
    with profile.instance() as instance:
        assert set_pools(instance, {"warehouse_db": 2}) == ("erp", "warehouse_db")
        assert set_pools(instance, {"warehouse_db": 2}) == ()
        assert {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()} == {"warehouse_db": 2}
        assert instance.event_log_storage.get_pool_config().pool_granularity.value == "run"
    unknown = control("workspace", "commands", "shop", "--workspace", profile.home)
    assert unknown.returncode == 2
    assert "Known: prepare, webserver, daemon." in unknown.stderr
