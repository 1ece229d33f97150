"""A database address written as a URL. No message repeats the URL: it may hold a password."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

from runner_scope_doctor.database.address import DatabaseAddress, SqliteAddress
from runner_scope_doctor.model.errors import SettingsInvalid

_SQLITE_FORM = "sqlite:// followed by / and the absolute path: sqlite:////var/lib/forgejo/data/forgejo.db"
_UNUSABLE_CHARACTER = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
_SECRET_PARAMETER = re.compile(r"(?:pass|pwd|secret)\w*\s*=", re.IGNORECASE)


def address_from_url(url: str, *, origin: str) -> DatabaseAddress:
    """The address a URL names; `origin` stands for it in messages, such as `RSD_DATABASE_URL`.

    `sqlite:////absolute/path`,
    `postgres://user:password@host:port/name?sslmode=…&schema=…&sslrootcert=…&host=/socket/folder`,
    `mysql://user:password@host:port/name?tls=…&ca=…&socket=/path`; also `postgresql:` and `mariadb:`. Everything is
    percent-decoded. Without `sslmode` or `tls` TLS is preferred, as libpq does. Raises SettingsInvalid.
    """
    if _UNUSABLE_CHARACTER.search(unquote(url, errors="surrogateescape")):
        raise SettingsInvalid(
            f"The URL in {origin} holds a control character or is not UTF-8.",
            next_step="Write it again, on one line and without invisible characters.",
        )
    scheme, _, rest = url.partition(":")
    match scheme.lower():
        case "sqlite":
            return _sqlite_address(rest, origin)
        case "postgres" | "postgresql":
            # Not loaded for the check of a SQLite file.
            from runner_scope_doctor.database.addresses.server_url import postgres_address

            return postgres_address(rest, origin)
        case "mysql" | "mariadb":
            from runner_scope_doctor.database.addresses.server_url import mysql_address

            return mysql_address(rest, origin)
        case _:
            raise SettingsInvalid(
                f"The URL in {origin} begins with none of sqlite:, postgres: and mysql:.",
                next_step="Write sqlite:////absolute/path, postgres://user:password@host/name or "
                "mysql://user:password@host/name.",
            )


def holds_password(url: str) -> bool:
    """Whether a text meant as a database URL may hold a password. In doubt it does: the text need not be valid."""
    if _SECRET_PARAMETER.search(unquote(url)):
        return True
    if url.lower().startswith("sqlite:///"):
        return False
    # Up to the last @, because a password may hold an unencoded @ itself.
    user_and_password = (url.partition("://")[2] or url).rpartition("@")[0]
    return unquote(user_and_password).partition(":")[2] != ""


def _sqlite_address(rest: str, origin: str) -> SqliteAddress:
    if not rest.startswith("////"):
        raise SettingsInvalid(
            f"The URL in {origin} names no absolute path of a SQLite file.", next_step=f"Write {_SQLITE_FORM}."
        )
    if "?" in rest or "#" in rest:
        raise SettingsInvalid(
            f"The URL in {origin} has a ? or # in it, and a sqlite: URL takes no parameters.",
            next_step=f"Write {_SQLITE_FORM}; in a path ? is written %3F and # is written %23.",
        )
    # Three slashes and more at its begin are one to a Path.
    return SqliteAddress(path=Path(unquote(rest)))
