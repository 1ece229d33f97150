"""PostgreSQL and MySQL addresses written as a URL, taken apart by hand.

`urllib.parse.urlsplit` drops tabs and line ends, folds the case of a socket's path, and quotes a wrong port, which can
be half a password, in its error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from runner_scope_doctor.database.address import MysqlAddress, Password, PostgresAddress, TlsMode
from runner_scope_doctor.database.addresses.tls_words import MYSQL_TLS_WORDS, POSTGRES_TLS_WORDS
from runner_scope_doctor.model.errors import SettingsInvalid

_POSTGRES_FORM = "postgres://user:password@host:5432/name?sslmode=verify-full&sslrootcert=/path/to/ca.pem"
_MYSQL_FORM = "mysql://user:password@host:3306/name?tls=verify-full&ca=/path/to/ca.pem"
_MODES = {mode.value: mode for mode in TlsMode}
_VERIFYING = frozenset({TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL})
_HOST = re.compile(r"[^\s/@,?#\[\]:\\]+")
_IPV6 = re.compile(r"\[([0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(?:%[\w.-]+)?)\]")
_PORT = re.compile(r"[0-9]{1,5}")
_PARAMETER_NAME = re.compile(r"[A-Za-z_-]{1,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _ServerUrl:
    """A URL in parts, decoded. `host` is empty and `port` None when not written."""

    origin: str
    form: str
    user: str
    password: Password | None
    host: str
    port: int | None
    name: str
    parameters: Mapping[str, str] = field(repr=False)


def postgres_address(rest: str, origin: str) -> PostgresAddress:
    """The address behind `postgres:`. Raises SettingsInvalid."""
    url = _parted(rest, origin, _POSTGRES_FORM, ("sslmode", "schema", "sslrootcert", "host"))
    tls = _tls(url, "sslmode", POSTGRES_TLS_WORDS)
    certificate = _absolute(url, "sslrootcert")
    # libpq checks the certificate under `require` as well, once it is told where the root certificate is.
    if certificate is not None and tls not in _VERIFYING | {TlsMode.REQUIRE}:
        raise _refused(url.origin, "has sslrootcert, which is of no use without sslmode=verify-full", url.form)
    socket = _socket(url, "host")
    return PostgresAddress(
        host=url.host if socket is None else str(socket),
        port=5432 if url.port is None else url.port,
        name=url.name,
        user=url.user,
        password=url.password,
        schema=url.parameters.get("schema"),
        tls=tls,
        tls_root_certificate=certificate,
    )


def mysql_address(rest: str, origin: str) -> MysqlAddress:
    """The address behind `mysql:`. `tls` takes Forgejo's words and those of TlsMode. Raises SettingsInvalid."""
    url = _parted(rest, origin, _MYSQL_FORM, ("socket", "tls", "ca"))
    tls = _tls(url, "tls", {**_MODES, **MYSQL_TLS_WORDS})
    certificate = _absolute(url, "ca")
    if certificate is not None and tls not in _VERIFYING:
        raise _refused(url.origin, "has ca, which is of no use without tls=verify-full", url.form)
    socket = _socket(url, "socket")
    return MysqlAddress(
        host=url.host if socket is None else None,
        port=3306 if url.port is None else url.port,
        socket=socket,
        name=url.name,
        user=url.user,
        password=url.password,
        tls=tls,
        tls_root_certificate=certificate,
    )


def _parted(rest: str, origin: str, form: str, known: tuple[str, ...]) -> _ServerUrl:
    authority_and_name, _, query = rest.removeprefix("//").partition("?")
    authority, _, name = authority_and_name.partition("/")
    if not rest.startswith("//"):
        raise _refused(origin, "lacks the // after its first word", form)
    # Whatever follows an unencoded / ? # of a password would be taken for a host, a name or a parameter.
    if "#" in rest or "/" in name or "@" in name or "@" in query:
        raise _refused(origin, "has a / ? # or @ where it cannot be told what it belongs to", form)
    user_and_password, _, host_and_port = authority.rpartition("@")
    user, _, password = map(unquote, user_and_password.partition(":"))
    if not user:
        raise _refused(origin, "names no user", form)
    if not name:
        raise _refused(origin, "names no database", form)
    host, port = _host_and_port(host_and_port, origin, form)
    return _ServerUrl(
        origin=origin,
        form=form,
        user=user,
        password=Password(secret=password) if password else None,
        host=host,
        port=port,
        name=unquote(name),
        parameters=_parameters(query, known, origin, form),
    )


def _host_and_port(text: str, origin: str, form: str) -> tuple[str, int | None]:
    host, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    if not colon:
        host, port = text, ""
    host = unquote(host)
    ipv6 = _IPV6.fullmatch(host)
    if ipv6 is not None:
        host = ipv6[1]
    elif host and not host.startswith("/") and not _HOST.fullmatch(host):
        raise _refused(origin, "has a host that is no name, address or [IPv6 address]", form)
    if colon and not (_PORT.fullmatch(port) and 0 < int(port) < 65536):
        raise _refused(origin, "has a port that is no number from 1 to 65535", form)
    return host, int(port) if colon else None


def _parameters(query: str, known: tuple[str, ...], origin: str, form: str) -> dict[str, str]:
    parameters: dict[str, str] = {}
    for part in query.split("&") if query else ():
        # Not urllib's parse_qsl: it turns + into a space, which libpq does not.
        key, _, value = map(unquote, part.partition("="))
        if key not in known:
            # Anything but a plain word could be a piece of a password.
            named = f"the parameter {key}" if _PARAMETER_NAME.fullmatch(key) else "a parameter"
            raise _refused(origin, f"has {named}, which is none of {', '.join(known)}", form)
        if key in parameters:
            raise _refused(origin, f"gives {key} twice", form)
        if not value:
            raise _refused(origin, f"gives {key} without a value", form)
        parameters[key] = value
    return parameters


def _tls(url: _ServerUrl, key: str, words: Mapping[str, TlsMode]) -> TlsMode:
    word = url.parameters.get(key, "prefer").lower()
    if word not in words:
        raise _refused(url.origin, f"has a {key} that is none of {', '.join(words)}", url.form)
    return words[word]


def _absolute(url: _ServerUrl, key: str) -> Path | None:
    text = url.parameters.get(key)
    if text is not None and not text.startswith("/"):
        raise _refused(url.origin, f"has a {key} that is no absolute path", url.form)
    return None if text is None else Path(text)


def _socket(url: _ServerUrl, key: str) -> Path | None:
    socket = _absolute(url, key)
    in_place_of_host = Path(url.host) if url.host.startswith("/") else None
    if socket is None and not url.host:
        raise _refused(url.origin, f"names no host: write one, or a socket as ?{key}=/path", url.form)
    # `localhost` is what people write beside a socket.
    if socket is not None and url.host not in ("", "localhost"):
        raise _refused(url.origin, f"names a host and a socket by {key}", url.form)
    return socket or in_place_of_host


def _refused(origin: str, reason: str, form: str) -> SettingsInvalid:
    return SettingsInvalid(
        f"The URL in {origin} {reason}.",
        next_step=f"Write {form}; in a user, password or name the characters / ? # @ : % are percent-encoded, "
        "as %2F %3F %23 %40 %3A %25.",
    )
