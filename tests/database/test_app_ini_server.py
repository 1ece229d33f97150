"""PostgreSQL and MySQL in an app.ini. Hosts are the cases of Forgejo's own `modules/setting/database_test.go` and of
its drivers."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress, TlsMode, described
from runner_scope_doctor.database.app_ini.read import AppIniOptions
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError
from support.app_ini_file import options, read_text, refusal

MARK = "Zq7Secret"
"""Stands in every password here; no message of ours has it by chance."""
LOGIN = "NAME=forgejo\nUSER=fj\n"
POSTGRES = "[database]\nDB_TYPE=postgres\n" + LOGIN
MYSQL = "[database]\nDB_TYPE=mysql\n" + LOGIN


def postgres(folder: Path, text: str, given: AppIniOptions | None = None) -> PostgresAddress:
    """The PostgreSQL address of an app.ini with this text."""
    address = read_text(folder, text, given).address
    assert isinstance(address, PostgresAddress)
    return address


def mysql(folder: Path, text: str, given: AppIniOptions | None = None) -> MysqlAddress:
    """The MySQL address of an app.ini with this text."""
    address = read_text(folder, text, given).address
    assert isinstance(address, MysqlAddress)
    return address


def test_a_whole_postgres_section(tmp_path: Path) -> None:
    """Every key that decides where Forgejo connects arrives in the address."""
    text = (
        "[database]\nDB_TYPE = postgres\nHOST = db.example.org:5433\nNAME = forgejo?sslrootcert=/data/ca.pem\n"
        "USER = fj\nPASSWD = `p#w;\"'`\nSCHEMA = git\nSSL_MODE = verify-full ; as libpq\n"
    )
    assert postgres(tmp_path, text, options("/data=/srv/forgejo")) == PostgresAddress(
        host="db.example.org",
        port=5433,
        name="forgejo",
        user="fj",
        password=Password(secret="p#w;\"'"),
        schema="git",
        tls=TlsMode.VERIFY_FULL,
        tls_root_certificate=Path("/srv/forgejo/ca.pem"),
    )


def test_a_whole_mysql_section(tmp_path: Path) -> None:
    """The same for MySQL, where what follows the name tunes the driver only."""
    text = MYSQL + "HOST=db:3307\nNAME = for%20gejo?charset=utf8mb4&tls=true\nPASSWD=pw\nSSL_MODE=skip-verify"
    assert mysql(tmp_path, text) == MysqlAddress(
        host="db",
        port=3307,
        socket=None,
        name="for gejo",
        user="fj",
        password=Password(secret="pw"),
        tls=TlsMode.REQUIRE,
        tls_root_certificate=None,
    )


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("127.0.0.1:1234", "127.0.0.1", 1234),
        ("127.0.0.1", "127.0.0.1", 5432),
        ("[::1]:1234", "::1", 1234),
        ("[::1]", "::1", 5432),
        ("::1", "::1", 5432),
        ("/run/pg.sock:1234", "/run/pg.sock", 1234),
        ("/run/pg.sock", "/run/pg.sock", 5432),
        ("", "127.0.0.1", 5432),
        (":5433", "127.0.0.1", 5433),
        ("db:", "db", 5432),
    ],
)
def test_a_postgres_host_is_parted_as_forgejo_does(tmp_path: Path, written: str, host: str, port: int) -> None:
    """Name, IPv6 address or socket folder, each with or without a port, and Forgejo's defaults."""
    address = postgres(tmp_path, POSTGRES + f"HOST = {written}")
    assert (address.host, address.port) == (host, port)


@pytest.mark.parametrize(
    ("written", "host", "port", "socket"),
    [
        ("db", "db", 3306, None),
        ("[::1]:3307", "::1", 3307, None),
        ("", "127.0.0.1", 3306, None),
        ("/run/mysqld/mysqld.sock", None, 3306, Path("/run/mysqld/mysqld.sock")),
    ],
)
def test_a_mysql_host_is_parted_as_forgejo_does(
    tmp_path: Path, written: str, host: str | None, port: int, socket: Path | None
) -> None:
    """A path is the socket itself, anything else a host, each with go-sql-driver's defaults."""
    address = mysql(tmp_path, MYSQL + f"HOST = {written}")
    assert (address.host, address.port, address.socket) == (host, port, socket)


def test_only_the_primary_is_read(tmp_path: Path) -> None:
    """Since Forgejo 12 a HOST_PRIMARY takes the place of HOST; a replica may lag behind and is never asked."""
    text = POSTGRES + "HOST = old\nHOST_PRIMARY = primary:5433\nHOST_REPLICA = replica1,replica2"
    assert described(postgres(tmp_path, text)) == "PostgreSQL forgejo at primary:5433"


@pytest.mark.parametrize(
    ("written", "given", "host", "port"),
    [
        ("HOST=db:5433", "127.0.0.1", "127.0.0.1", 5433),
        ("HOST=db:5433", "127.0.0.1:15432", "127.0.0.1", 15432),
        ("HOST=db", "[::1]", "::1", 5432),
        ("HOST=a:1,b:2", "127.0.0.1", "127.0.0.1", 5432),
        ("HOST=a\nHOST_PRIMARY=b:5434", "c", "c", 5434),
        ("HOST=db", "/data/run", "/data/run", 5432),
        ("HOST=/data/run:5433", "db", "db", 5433),
    ],
)
def test_a_given_host_takes_the_place_of_the_written_one(
    tmp_path: Path, written: str, given: str, host: str, port: int
) -> None:
    """--database-host replaces the host and, if it has one, the port; it is of this machine and never path-mapped."""
    address = postgres(tmp_path, POSTGRES + written, options("/data=/srv", database_host=given))
    assert (address.host, address.port) == (host, port)


@pytest.mark.parametrize("given", ["", "a:b", "a,b", "u@h", "db:0", "x/y"])
def test_a_given_host_of_another_form_is_refused(tmp_path: Path, given: str) -> None:
    """What is no host ends as wrong usage, with an example."""
    error = refusal(UsageError, tmp_path, POSTGRES + "HOST=db", options(database_host=given))
    assert "--database-host 127.0.0.1:5432" in error.next_step


def test_sockets_in_a_container_are_mapped(tmp_path: Path) -> None:
    """A socket is a path of the server, so --path-map moves it too."""
    run = options("/run=/srv/run")
    assert postgres(tmp_path, POSTGRES + "HOST=/run/postgresql/", run).host == "/srv/run/postgresql"
    assert mysql(tmp_path, MYSQL + "HOST=/run/mysqld.sock", run).socket == Path("/srv/run/mysqld.sock")


@pytest.mark.parametrize(
    ("kind", "word", "mode"),
    [
        (POSTGRES, "", TlsMode.DISABLE),
        (POSTGRES, "disable", TlsMode.DISABLE),
        (POSTGRES, "prefer", TlsMode.PREFER),
        (POSTGRES, "require", TlsMode.REQUIRE),
        (POSTGRES, "verify-ca", TlsMode.VERIFY_CA),
        (MYSQL, "", TlsMode.DISABLE),
        (MYSQL, "disable", TlsMode.DISABLE),
        (MYSQL, "false", TlsMode.DISABLE),
        (MYSQL, "prefer", TlsMode.PREFER),
        (MYSQL, "skip-verify", TlsMode.REQUIRE),
        (MYSQL, "true", TlsMode.VERIFY_FULL),
    ],
)
def test_ssl_mode_means_what_forgejos_driver_makes_of_it(tmp_path: Path, kind: str, word: str, mode: TlsMode) -> None:
    """Without SSL_MODE Forgejo does not use TLS; each engine has its own words."""
    address = read_text(tmp_path, kind + f"HOST=db\nSSL_MODE={word}").address
    assert isinstance(address, PostgresAddress | MysqlAddress)
    assert address.tls is mode


def test_parameters_of_the_name_that_matter_are_kept(tmp_path: Path) -> None:
    """A search_path is the schema where SCHEMA is not set; `system` checks against the system's certificates."""
    address = postgres(tmp_path, POSTGRES + "NAME=f?search_path=git&connect_timeout=5&sslrootcert=system")
    assert (address.name, address.schema) == ("f", "git")
    assert (address.tls, address.tls_root_certificate) == (TlsMode.VERIFY_FULL, None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (POSTGRES + "HOST=a,b", "app.ini:5: [database] HOST names several servers"),
        (POSTGRES + "HOST_REPLICA=a", "[database] HOST is missing beside HOST_REPLICA"),
        (POSTGRES + f"HOST=fj:{MARK}@db", "app.ini:5: [database] HOST is no host"),
        (POSTGRES + f"HOST=db:{MARK}", "app.ini:5: [database] HOST is no host"),
        (MYSQL + "HOST=db:99999", "app.ini:5: [database] HOST is no host"),
        ("[database]\nDB_TYPE=postgres\nUSER=fj", "app.ini: [database] NAME is empty or missing"),
        ("[database]\nDB_TYPE=mysql\nNAME=f", "app.ini: [database] USER is empty or missing"),
        (POSTGRES + f"NAME=f?password={MARK}", "app.ini:5: [database] NAME carries the parameter password"),
        (POSTGRES + "NAME=f?sslrootcert=ca.pem", "sslrootcert that is no absolute path"),
        (POSTGRES + "SCHEMA=a,b", "app.ini:5: [database] SCHEMA or NAME's search_path names several"),
        (POSTGRES + f"SSL_MODE={MARK}", "app.ini:5: [database] SSL_MODE is none of"),
        (MYSQL + "SSL_MODE=verify-full", "app.ini:5: [database] SSL_MODE is none of"),
        (MYSQL + f"PASSWD={MARK}\nPASSWD_URI=file:/x", "app.ini:6: [database] PASSWD_URI and PASSWD are both set"),
        (MYSQL + f"PASSWD_URI={MARK}", "app.ini:5: [database] PASSWD_URI is not a file: URI"),
        (MYSQL + f"PASSWD_URI=https://{MARK}/x", "app.ini:5: [database] PASSWD_URI is not a file: URI"),
        (MYSQL + "PASSWD_URI=file:x", "app.ini:5: [database] PASSWD_URI is relative to Forgejo's work path"),
    ],
)
def test_a_section_that_cannot_be_used_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """Each refusal names file, line and key, and no value that could be a secret."""
    error = refusal(SettingsInvalid, tmp_path, text)
    assert said in error.problem
    assert MARK not in str(error)
