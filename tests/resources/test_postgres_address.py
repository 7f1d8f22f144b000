"""Where a Postgres warehouse is: a URL that holds no secret, and who logs in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_core.errors import PlatformError
from platform_core.resources.postgres_address import PostgresAddress, local_address, url_problem

NAMES = ("PLATFORM_POSTGRES_URL", "PLATFORM_POSTGRES_USER", "PLATFORM_POSTGRES_PASSWORD")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "PLATFORM_POSTGRES_PASSWORD_FLIGHT_OPS", "OURS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://db.example.com/warehouse",
        "postgres://platform@db:5433/warehouse?sslmode=verify-full&sslrootcert=system",
        "postgresql:///warehouse?host=/run/postgresql&port=5433",
        "postgresql://one:5432,two:5433/warehouse?target_session_attrs=primary",
    ],
)
def test_sound_urls(url: str) -> None:
    assert url_problem(url) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (None, "a URL is needed"),
        ("mysql://db/warehouse", "does not start with postgresql"),
        ("postgresql://db:5432", "names no database"),
        ("postgresql://me:hunter2@db/warehouse", "holds a password"),
        ("postgresql://me:hunter2@x@db/warehouse", "holds a password"),
        ("postgresql://db/warehouse?password=hunter2", "holds a password"),
        ("postgresql://db/warehouse?sslpassword=hunter2", "holds a password"),
        ("host=db password=hunter2", "holds a password"),
        ("postgresql://db/warehouse?sslmoed=require", "not known: sslmoed"),
        ("postgresql://db/ware house", "must be written as %XX"),
    ],
)
def test_urls_of_no_use(url: str | None, says: str) -> None:
    problem = url_problem(url)
    assert problem is not None and says in problem[0]
    assert "hunter2" not in " ".join(problem)


@given(st.text("abcdefXYZ0123456789!?/@:#%&=", min_size=9, max_size=30), st.sampled_from(["", "@db", "@db/warehouse"]))
def test_no_password_is_ever_repeated(password: str, rest: str) -> None:
    problem = url_problem(f"postgresql://me:{password}{rest}")
    assert problem is None or password not in " ".join(problem)


def test_who_logs_in(monkeypatch: pytest.MonkeyPatch) -> None:
    shared = PostgresAddress("postgresql://platform@db/warehouse", "OURS")
    assert shared.of_location("flight_ops").arguments() == {"conninfo": shared.url, "application_name": "platform_core"}
    assert shared.login == "platform" and "options" not in shared.on_behalf("flight_ops").arguments()
    own = PostgresAddress(shared.url, "OURS", roles="location").of_location("flight_ops")
    monkeypatch.setenv("OURS", "theirs")
    assert (own.arguments()["user"], own.arguments()["password"]) == ("flight_ops", "theirs")
    monkeypatch.setenv("OURS_FLIGHT_OPS", "mine")
    assert own.arguments()["password"] == "mine"
    monkeypatch.setenv("PLATFORM_POSTGRES_USER", "other")
    assert (own.arguments()["user"], own.arguments()["password"]) == ("other", "theirs")


def test_the_platform_acts_as_the_location_whose_data_it_is() -> None:
    address = PostgresAddress("postgresql://platform@db/warehouse", roles="location").on_behalf("flight_ops")
    assert address.arguments()["options"] == "-c role=flight_ops" and address.login == "platform"
    assert "options" not in address.of_location("flight_ops").arguments()


def test_what_is_shown_and_stored_holds_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OURS", "hunter2")
    address = PostgresAddress("postgresql://platform@db:5433/warehouse", "OURS", roles="location")
    assert address.database == "warehouse on db:5433"
    assert PostgresAddress.from_data(address.as_data()) == address
    assert "hunter2" not in f"{address!r} {address.as_data()} {address.database}"


def test_a_database_to_try_things_out_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert local_address() is None
    monkeypatch.setenv("USER", "Ana.B")
    monkeypatch.setenv("LOGNAME", "Ana.B")
    monkeypatch.setenv("PLATFORM_POSTGRES_URL", "postgresql://localhost/dev")
    address = local_address()
    assert address is not None and address.schema("flight_ops__stage") == "dev_ana_b__flight_ops__stage"
    monkeypatch.setenv("PLATFORM_POSTGRES_URL", "postgresql://me:hunter2@localhost/dev")
    with pytest.raises(PlatformError, match="PLATFORM_POSTGRES_URL cannot be used: it holds a password") as caught:
        local_address()
    assert "hunter2" not in str(caught.value)
