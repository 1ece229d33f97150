"""A database address read from Forgejo's own app.ini, as Forgejo 7 to 16 read it.

Variables such as `FORGEJO__database__HOST` are no matter here: a container writes them into the file when it starts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.app_ini.source import (
    AppIniOptions,
    AppIniSource,
    PathMapping,
    app_data_path,
    app_ini_source,
    local_path,
    path_mapping_from_text,
    place,
    setting,
    work_path,
)
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError

__all__ = ["AppIni", "AppIniOptions", "PathMapping", "container_hint", "path_mapping_from_text", "read_app_ini"]

_SERVER_DEFAULTS = {"PROTOCOL": "", "DOMAIN": "localhost", "HTTP_ADDR": "0.0.0.0", "HTTP_PORT": "3000"}  # noqa: S104 - Forgejo's default, nothing listens here
"""What `%(DOMAIN)s` and its like stand for in ROOT_URL when the file does not say (`modules/setting/server.go`)."""
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIni:
    """What an app.ini says about its server.

    `address` is as seen from this machine. `root_url` is the public URL with one slash at its end, from `[server]
    ROOT_URL`; None when that is not set or no http(s) URL.
    """

    file: Path
    address: DatabaseAddress
    root_url: str | None


def read_app_ini(file: Path, options: AppIniOptions) -> AppIni:
    """Raises SourceUnavailable when the file, or the password file it names, cannot be read; SettingsInvalid, naming
    line and key and never a secret, when it cannot be used; UsageError when `options` do not fit it.
    """
    source = app_ini_source(file, options)
    return AppIni(file=file, address=_address(source), root_url=_root_url(source))


def container_hint(app_ini: AppIni) -> str:
    """The sentence to append when the address of an app.ini cannot be reached: it may hold in a container only."""
    match app_ini.address:
        case SqliteAddress():
            meant, option = "path", "--path-map /data=/srv/forgejo says where its folder is on this machine"
        case MysqlAddress(socket=Path()):
            meant, option = "socket", "--path-map /run=/srv/run says where its folder is on this machine"
        case PostgresAddress(host=host) if host.startswith("/"):
            meant, option = "socket", "--path-map /run=/srv/run says where its folder is on this machine"
        case PostgresAddress() | MysqlAddress():
            meant, option = "host", "--database-host HOST[:PORT] names the database server as seen from this machine"
    return f"If Forgejo runs in a container, the {meant} in {app_ini.file} may mean something there only: {option}."


def _address(source: AppIniSource) -> DatabaseAddress:
    match setting(source, "database", "DB_TYPE"):
        case "sqlite3":
            return _sqlite_address(source)
        case "postgres":
            # Not loaded for the check of a SQLite file.
            from runner_scope_doctor.database.app_ini.server import postgres_address

            return postgres_address(source)
        case "mysql":
            from runner_scope_doctor.database.app_ini.server import mysql_address

            return mysql_address(source)
        case "mssql":
            reason, next_step = "is mssql", "Forgejo 8 and later cannot use it; move to another database first."
        case "":
            reason, next_step = "is empty or missing", "Name the app.ini of an installed server."
        case _:
            reason = "is none of sqlite3, postgres and mysql"
            next_step = "Correct it, in lower case; Forgejo does not start with it either."
    raise SettingsInvalid(f"{place(source, 'database', 'DB_TYPE')} {reason}.", next_step=next_step)


def _sqlite_address(source: AppIniSource) -> SqliteAddress:
    if source.options.database_host is not None:
        raise UsageError(
            f"--database-host does not fit {source.ini.name}: that server's database is a SQLite file.",
            next_step="Leave it out; --path-map says where a folder of a container is on this machine.",
        )
    where = place(source, "database", "PATH")
    written = setting(source, "database", "PATH")
    if written == ":memory:":
        raise SettingsInvalid(f"{where} is :memory:, which no other program can see.", next_step="Name a real server.")
    path = Path(written) if written else app_data_path(source, needed_by=where) / "forgejo.db"
    # The server opens a relative path from its working folder, which its service files set to the work path.
    path = path if path.is_absolute() else work_path(source, needed_by=where) / path
    # Forgejo hands it to SQLite inside a URI: what follows ? or # is cut off, and %20 is a space.
    text = unquote(str(path).partition("?")[0].partition("#")[0])
    if "\x00" in text:
        raise SettingsInvalid(f"{where} holds a NUL byte.", next_step="Correct it.")
    return SqliteAddress(path=local_path(source, Path(text)))


def _root_url(source: AppIniSource) -> str | None:
    values = dict(source.ini.values)
    for key, default in _SERVER_DEFAULTS.items():
        values["server", key] = values.get(("server", key)) or default
    written = setting(replace(source, ini=replace(source.ini, values=values)), "server", "ROOT_URL")
    try:
        parts = urlsplit(written)
    except ValueError:
        return None
    # Credentials in a public URL would be a mistake, and are none of our business.
    host = parts.netloc.rpartition("@")[2]
    if parts.scheme not in _DEFAULT_PORTS or not host:
        return None
    host = host.removesuffix(_DEFAULT_PORTS[parts.scheme])
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/") + "/"
