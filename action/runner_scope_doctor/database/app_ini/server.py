"""The PostgreSQL and MySQL addresses of an app.ini, as `modules/setting/database.go` of Forgejo 7 to 16 builds them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, unquote_plus

from runner_scope_doctor.database.address import MysqlAddress, PostgresAddress, TlsMode
from runner_scope_doctor.database.addresses.tls_words import MYSQL_TLS_WORDS, POSTGRES_TLS_WORDS
from runner_scope_doctor.database.app_ini.password import password
from runner_scope_doctor.database.app_ini.source import AppIniSource, local_path, place, setting
from runner_scope_doctor.model.errors import SettingsInvalid, UsageError

_SECTION = "database"
_NO_HOST = "127.0.0.1"
"""What Forgejo's drivers connect to without a HOST; since 12 Forgejo refuses to start then."""
_HOST = re.compile(r"[^\s/@,?#\[\]\\]+")
_PORT = re.compile(r"[0-9]{1,5}")
_ELSEWHERE = frozenset(
    {"host", "hostaddr", "port", "database", "dbname", "user", "password", "passfile", "service", "servicefile"}
    | {"options", "sslcert", "sslkey", "sslpassword"}
)
"""Parameters behind NAME that decide where the server connects and as whom, and that an address cannot carry."""

_Endpoint = tuple[str, int | None]
"""Host, or absolute socket path, and port if written."""


def postgres_address(source: AppIniSource) -> PostgresAddress:
    """`DB_TYPE = postgres`. A socket is a folder, as for libpq.

    Raises SettingsInvalid, SourceUnavailable, UsageError.
    """
    host, port = _endpoint(source)
    name, _, parameters = _required(source, "NAME").partition("?")
    given = _postgres_parameters(source, parameters)
    tls, certificate = _postgres_tls(source, given)
    return PostgresAddress(
        host=host,
        port=5432 if port is None else port,
        name=name.lstrip("/"),
        user=_required(source, "USER"),
        password=password(source),
        schema=_schema(source, given),
        tls=tls,
        tls_root_certificate=certificate,
    )


def mysql_address(source: AppIniSource) -> MysqlAddress:
    """`DB_TYPE = mysql`, MariaDB too. A socket is a file.

    Raises SettingsInvalid, SourceUnavailable, UsageError.
    """
    host, port = _endpoint(source)
    # What follows the ? tunes Forgejo's driver only; its `tls` loses against SSL_MODE.
    name = unquote(_required(source, "NAME").partition("?")[0])
    is_socket = host.startswith("/")
    return MysqlAddress(
        host=None if is_socket else host,
        port=3306 if port is None else port,
        socket=Path(host) if is_socket else None,
        name=name,
        user=_required(source, "USER"),
        password=password(source),
        tls=_tls(source, MYSQL_TLS_WORDS),
        tls_root_certificate=None,
    )


def _required(source: AppIniSource, key: str) -> str:
    value = setting(source, _SECTION, key)
    if not value.partition("?")[0]:
        raise SettingsInvalid(
            f"{place(source, _SECTION, key)} is empty or missing.",
            next_step="Name the app.ini of an installed server, or give its database in RSD_DATABASE_URL.",
        )
    return value


def _endpoint(source: AppIniSource) -> _Endpoint:
    key = "HOST_PRIMARY" if setting(source, _SECTION, "HOST_PRIMARY") else "HOST"
    written = setting(source, _SECTION, key)
    if source.options.database_host is not None:
        return _replaced(source.options.database_host, written)
    if not written and setting(source, _SECTION, "HOST_REPLICA"):
        raise _host_refused(place(source, _SECTION, key), "is missing beside HOST_REPLICA")
    if "," in written:
        raise _host_refused(place(source, _SECTION, key), "names several servers")
    endpoint = _endpoint_from(written)
    if endpoint is None:
        raise _host_refused(place(source, _SECTION, key), "is no host, host:port or absolute socket path")
    host, port = endpoint
    return str(local_path(source, Path(host))) if host.startswith("/") else host, port


def _replaced(text: str, written: str) -> _Endpoint:
    endpoint = _endpoint_from(text)
    if endpoint is None or not text:
        raise UsageError(
            "--database-host is no HOST, HOST:PORT or absolute socket path.",
            next_step="Give the database server as seen from this machine, such as --database-host 127.0.0.1:5432.",
        )
    host, port = endpoint
    # The port of the app.ini stays, when there is just one and none is given.
    former = _endpoint_from(written)
    return host, port if port is not None or former is None else former[1]


def _endpoint_from(text: str) -> _Endpoint | None:
    """As Go's net.SplitHostPort: one colon parts host and port, several without brackets are an IPv6 address."""
    bracketed, bracket, port = text.rpartition("]")
    if bracket:
        host, colon, port = bracketed.removeprefix("["), port[:1], port[1:]
        if not text.startswith("[") or colon not in ("", ":"):
            return None
    elif text.count(":") == 1:
        host, colon, port = text.partition(":")
    else:
        host, colon, port = text, "", ""
    host = host or _NO_HOST
    if not (host.startswith("/") or _HOST.fullmatch(host)):
        return None
    if port and not (_PORT.fullmatch(port) and 0 < int(port) < 65536):
        return None
    return host, int(port) if port else None


def _host_refused(where: str, reason: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"{where} {reason}.", next_step="Name the primary database server: --database-host HOST[:PORT]."
    )


def _postgres_parameters(source: AppIniSource, text: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for part in text.split("&"):
        key, _, value = map(unquote_plus, part.partition("="))
        if key in _ELSEWHERE:
            raise SettingsInvalid(
                f"{place(source, _SECTION, 'NAME')} carries the parameter {key}, which is not understood here.",
                next_step="Give the database in RSD_DATABASE_URL instead.",
            )
        parameters.setdefault(key, value)
    return parameters


def _postgres_tls(source: AppIniSource, parameters: Mapping[str, str]) -> tuple[TlsMode, Path | None]:
    tls = _tls(source, POSTGRES_TLS_WORDS)
    text = parameters.get("sslrootcert", "")
    if text == "system":
        # As in libpq and in Forgejo's driver since 14, whatever SSL_MODE says.
        return TlsMode.VERIFY_FULL, None
    if text and not text.startswith("/"):
        raise SettingsInvalid(
            f"{place(source, _SECTION, 'NAME')} carries an sslrootcert that is no absolute path.",
            next_step="Give the database in RSD_DATABASE_URL instead.",
        )
    return tls, local_path(source, Path(text)) if text else None


def _schema(source: AppIniSource, parameters: Mapping[str, str]) -> str | None:
    schema = setting(source, _SECTION, "SCHEMA") or parameters.get("search_path", "")
    if "," in schema:
        raise SettingsInvalid(
            f"{place(source, _SECTION, 'SCHEMA')} or NAME's search_path names several schemas.",
            next_step="Give the database in RSD_DATABASE_URL instead, with the one schema that holds Forgejo's tables.",
        )
    return schema or None


def _tls(source: AppIniSource, words: Mapping[str, TlsMode]) -> TlsMode:
    word = setting(source, _SECTION, "SSL_MODE") or "disable"
    if word.lower() not in words:
        raise SettingsInvalid(
            f"{place(source, _SECTION, 'SSL_MODE')} is none of {', '.join(words)}.",
            next_step="Correct it; Forgejo cannot connect with it either.",
        )
    return words[word.lower()]
