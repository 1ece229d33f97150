"""Whether a URL may stand on the command line, where every user of the machine can read it."""

from __future__ import annotations

import pytest

from runner_scope_doctor.database.addresses.url import holds_password


@pytest.mark.parametrize(
    "url",
    [
        "postgres://u:pw@db/f",
        "postgres://:pw@db/f",
        "postgres://u%3Apw@db/f",
        "postgres://u:p/w@db/f",
        "postgres://u:p?w@db/f",
        "postgres://u:p@w@db/f",
        "postgres:u:pw@db/f",
        "u:pw@db/f",
        "sqlite://u:pw@db/f",
        "mysql://u@db/f?password=pw",
        "mysql://u@db/f?PASSWD=pw",
        "mysql://u@db/f?pass%77ord=pw",
        "postgres://u@db/f?sslpassword=pw",
        "host=db user=u password = pw",
    ],
)
def test_a_password_is_noticed(url: str) -> None:
    """A URL with a password is noticed, whatever way the password got into it and even if it is no valid URL."""
    assert holds_password(url)


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:////var/lib/forgejo/data/forgejo.db",
        "sqlite:////srv/a:b@c/f.db",
        "postgres://u@db:5432/f?sslmode=require",
        "postgres://u@[::1]:5432/f",
        "postgres://db:5432/f",
        "mysql://u:@db/f?socket=/run/mysqld/mysqld.sock",
        "",
    ],
)
def test_no_password_is_noticed_where_there_is_none(url: str) -> None:
    """A URL without one may stand on the command line."""
    assert not holds_password(url)
