"""Database addresses written as URLs."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress, SqliteAddress, TlsMode
from runner_scope_doctor.database.addresses.url import address_from_url, holds_password
from runner_scope_doctor.model.errors import SettingsInvalid

MARK = "Zq7Secret"
"""Stands in every password here; no message of ours has it by chance."""


def postgres(url: str) -> PostgresAddress:
    """The address of a PostgreSQL URL."""
    address = address_from_url(url, origin="RSD_DATABASE_URL")
    assert isinstance(address, PostgresAddress)
    return address


def mysql(url: str) -> MysqlAddress:
    """The address of a MySQL URL."""
    address = address_from_url(url, origin="RSD_DATABASE_URL")
    assert isinstance(address, MysqlAddress)
    return address


def refusal(url: str) -> SettingsInvalid:
    """The error a URL is refused with."""
    with pytest.raises(SettingsInvalid) as refused:
        address_from_url(url, origin="RSD_DATABASE_URL")
    assert "RSD_DATABASE_URL" in refused.value.problem
    assert MARK not in str(refused.value)
    return refused.value


def outcome(url: str) -> str:
    """Every text form of what a URL leads to, an address or an error."""
    try:
        address = address_from_url(url, origin="RSD_DATABASE_URL")
    except SettingsInvalid as error:
        return " ".join(f"{link!r} {link}" for link in (error, error.__cause__, error.__context__))
    return f"{address!r} {address}"


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:////var/lib/forgejo/data/forgejo.db", "/var/lib/forgejo/data/forgejo.db"),
        ("SQLITE:////srv/a%20b%3F%23%25.db", "/srv/a b?#%.db"),
        ("sqlite:////srv/c++/f.db", "/srv/c++/f.db"),
    ],
)
def test_a_sqlite_url_names_an_absolute_path(url: str, path: str) -> None:
    """Three slashes and an absolute path, percent-decoded; a plus stays a plus."""
    assert address_from_url(url, origin="--database") == SqliteAddress(path=Path(path))


@pytest.mark.parametrize(
    "url",
    [
        "sqlite:///forgejo.db",
        "sqlite://host/forgejo.db",
        "sqlite:/srv/f.db",
        "sqlite:f.db",
        "sqlite:",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:////srv/f.db?mode=rw",
        "sqlite:////srv/f.db#x",
    ],
)
def test_a_sqlite_url_of_another_form_is_refused_with_the_right_one(url: str) -> None:
    """A relative path, a host or a parameter is refused, and the next step shows the form to write."""
    assert "sqlite:////var/lib/forgejo/data/forgejo.db" in refusal(url).next_step


def test_a_whole_postgres_url() -> None:
    """Every part of a PostgreSQL URL arrives decoded in the address."""
    address = postgres(
        "postgres://fj%40x:p%2Fw%3A%3F@db.example.org:5433/for%20gejo"
        "?sslmode=verify-full&schema=git&sslrootcert=/etc/ca%2B.pem"
    )
    assert address == PostgresAddress(
        host="db.example.org",
        port=5433,
        name="for gejo",
        user="fj@x",
        password=Password(secret="p/w:?"),
        schema="git",
        tls=TlsMode.VERIFY_FULL,
        tls_root_certificate=Path("/etc/ca+.pem"),
    )


def test_a_whole_mysql_url() -> None:
    """Every part of a MySQL URL arrives decoded in the address."""
    assert mysql("mariadb://fj:pw@db/forgejo?tls=true&ca=/etc/ca.pem") == MysqlAddress(
        host="db",
        port=3306,
        socket=None,
        name="forgejo",
        user="fj",
        password=Password(secret="pw"),
        tls=TlsMode.VERIFY_FULL,
        tls_root_certificate=Path("/etc/ca.pem"),
    )


def test_what_is_left_out_gets_the_engines_own_default() -> None:
    """Without port, password, schema and mode: the engine's port, none, the role's own, and TLS where there is some."""
    address = postgres("postgresql://fj@db/forgejo")
    assert (address.port, address.password, address.schema, address.tls) == (5432, None, None, TlsMode.PREFER)
    assert mysql("mysql://fj:@db/forgejo").password is None


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [("[::1]", "::1", 5432), ("[fe80::1%25eth0]:5433", "fe80::1%eth0", 5433), ("10.0.0.1:1", "10.0.0.1", 1)],
)
def test_hosts_are_names_and_addresses(written: str, host: str, port: int) -> None:
    """An IPv6 address stands in brackets, with or without a port."""
    address = postgres(f"postgres://fj@{written}/forgejo")
    assert (address.host, address.port) == (host, port)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://fj:pw@/forgejo?host=/run/PG",
        "postgres://fj:pw@localhost/forgejo?host=/run/PG",
        "postgres://fj:pw@%2Frun%2FPG/forgejo",
    ],
)
def test_a_postgres_socket_is_a_folder_in_place_of_the_host(url: str) -> None:
    """A socket's folder is given as libpq takes it: by `host=`, or encoded where the host stands."""
    assert postgres(url).host == "/run/PG"


def test_a_mysql_socket_leaves_no_host() -> None:
    """With a socket there is no host, also where people write localhost beside it."""
    for host in ("", "localhost"):
        address = mysql(f"mysql://fj@{host}/forgejo?socket=/run/mysqld/mysqld.sock")
        assert (address.host, address.socket) == (None, Path("/run/mysqld/mysqld.sock"))


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"postgres://fj:{MARK}@db/", "names no database"),
        (f"postgres://fj:{MARK}@db", "names no database"),
        (f"postgres://:{MARK}@db/forgejo", "names no user"),
        ("postgres://db/forgejo", "names no user"),
        (f"postgres:fj:{MARK}@db/forgejo", "lacks the //"),
        (f"postgres://fj:{MARK}@/forgejo", "names no host"),
        (f"mysql://fj:{MARK}@/forgejo", "?socket=/path"),
        (f"postgres://fj:{MARK}@a,b/forgejo", "a host that is no name"),
        (f"postgres://fj:{MARK}@::1/forgejo", "a host that is no name"),
        (f"postgres://fj:{MARK}@db:0/forgejo", "a port that is no number"),
        (f"postgres://fj:{MARK}@db:65536/forgejo", "a port that is no number"),
        (f"postgres://fj:{MARK}@db:/forgejo", "a port that is no number"),
        (f"postgres://fj:{MARK}@db/forgejo?sslmod=require", "the parameter sslmod,"),
        (f"postgres://fj@db/forgejo?password={MARK}", "the parameter password,"),
        (f"postgres://fj@db/forgejo?{MARK}", "has a parameter, which is none of sslmode"),
        (f"mysql://fj:{MARK}@db/forgejo?sslmode=require", "the parameter sslmode,"),
        (f"postgres://fj:{MARK}@db/forgejo?sslmode=yes", "a sslmode that is none of"),
        (f"postgres://fj:{MARK}@db/forgejo?schema=a&schema=b", "gives schema twice"),
        (f"postgres://fj:{MARK}@db/forgejo?schema=", "schema without a value"),
        (f"postgres://fj:{MARK}@db/forgejo?host=/run", "a host and a socket"),
        (f"postgres://fj:{MARK}@/forgejo?host=run", "a host that is no absolute path"),
        (f"postgres://fj:{MARK}@db/forgejo?sslrootcert=/ca.pem", "of no use without sslmode"),
        (f"mysql://fj:{MARK}@db/forgejo?tls=skip-verify&ca=/ca.pem", "of no use without tls"),
        (f"mysql://fj:{MARK}@db/forgejo?tls=true&ca=ca.pem", "a ca that is no absolute path"),
        (f"postgres://fj:{MARK}/x@db/forgejo", "cannot be told"),
        (f"postgres://fj:{MARK}?x@db/forgejo", "cannot be told"),
        (f"postgres://fj:{MARK}#x@db/forgejo", "cannot be told"),
        (f"postgres://fj:{MARK}\n@db/forgejo", "control character"),
        (f"postgres://fj:{MARK}%00@db/forgejo", "control character"),
        (f"postgres://fj:{MARK}%ff@db/forgejo", "not UTF-8"),
        (f"host=db password={MARK}", "begins with none of"),
        (f"mssql://fj:{MARK}@db/forgejo", "begins with none of"),
        ("", "begins with none of"),
    ],
)
def test_a_url_that_cannot_be_used_is_refused_with_the_reason(url: str, said: str) -> None:
    """Each way to be wrong has its sentence, and the URL itself is never repeated."""
    assert said in str(refusal(url))


@pytest.mark.parametrize(
    ("word", "mode"),
    [
        ("false", TlsMode.DISABLE),
        ("skip-verify", TlsMode.REQUIRE),
        ("preferred", TlsMode.PREFER),
        ("true", TlsMode.VERIFY_FULL),
        *((mode.value, mode) for mode in TlsMode),
    ],
)
def test_mysql_takes_forgejos_words_and_ours(word: str, mode: TlsMode) -> None:
    """Someone who copies SSL_MODE from an app.ini and someone who knows libpq both get what they mean."""
    assert mysql(f"mysql://fj@db/forgejo?tls={word}").tls is mode


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1))
def test_an_encoded_password_arrives_unchanged(password: str) -> None:
    """Any password that is percent-encoded reaches the driver as it is, and no text form of the address has it."""
    address = postgres(f"postgres://fj:{quote(MARK + password, safe='')}@db/forgejo")
    assert address.password is not None
    assert address.password.secret == MARK + password
    assert MARK not in f"{address!r} {address}"


@given(st.text(st.sampled_from("/?#@:%&=[]+ \n\\a1")), st.text(st.sampled_from("/?#@:%&=[]+ \n\\a1")))
@example("", "/x")
def test_a_password_in_the_wrong_form_is_never_repeated(before: str, after: str) -> None:
    """However a raw password breaks the URL apart, the secret in it gets into no message and no text form."""
    for scheme in ("postgres", "mysql", "mssql", "sqlite"):
        url = f"{scheme}://fj:{before}{MARK}{after}@db/forgejo?schema=x"
        assert holds_password(url)
        assert MARK not in outcome(url)
