"""Where a Forgejo database is, as a value. How it is written down is read in `url.py` and `app_ini.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path


class TlsMode(Enum):
    """How the connection is protected; the names are libpq's, which Forgejo's `SSL_MODE` uses for PostgreSQL.

    For MySQL Forgejo writes `false`, `skip-verify`, `prefer` and `true`: DISABLE, REQUIRE, PREFER and VERIFY_FULL.
    """

    DISABLE = "disable"
    PREFER = "prefer"
    REQUIRE = "require"
    VERIFY_CA = "verify-ca"
    VERIFY_FULL = "verify-full"


@dataclass(frozen=True, slots=True, kw_only=True)
class Password:
    """A database password. It has no text form, so that no message, log or traceback can hold it."""

    secret: str = field(repr=False)

    def __str__(self) -> str:
        return "(password)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SqliteAddress:
    """A SQLite file by absolute path."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresAddress:
    """A PostgreSQL database. `host` is a name, an address or an absolute socket directory.

    `schema` None leaves the role's own search path. `tls_root_certificate` None means the system's.
    """

    host: str
    port: int
    name: str
    user: str
    password: Password | None
    schema: str | None
    tls: TlsMode
    tls_root_certificate: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MysqlAddress:
    """A MySQL or MariaDB database. Exactly one of `socket` and `host` is set."""

    host: str | None
    port: int
    socket: Path | None
    name: str
    user: str
    password: Password | None
    tls: TlsMode
    tls_root_certificate: Path | None


DatabaseAddress = SqliteAddress | PostgresAddress | MysqlAddress


def described(address: DatabaseAddress) -> str:
    """The address for people: engine, place and database name, never user password. May hold foreign text."""
    match address:
        case SqliteAddress(path=path):
            return f"SQLite {path}"
        case PostgresAddress(host=host, port=port, name=name):
            return f"PostgreSQL {name} at {host}:{port}"
        case MysqlAddress(host=host, port=port, socket=socket, name=name):
            return f"MySQL {name} at {socket if socket is not None else f'{host}:{port}'}"
