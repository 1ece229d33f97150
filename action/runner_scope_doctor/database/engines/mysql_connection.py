"""The way to MySQL and MariaDB through PyMySQL, for reading and for repairing, and what their errors mean."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn, assert_never

import pymysql
from pymysql.connections import Connection
from pymysql.constants import ER

from runner_scope_doctor.database.address import MysqlAddress, TlsMode, described
from runner_scope_doctor.database.engines.cut_off import cut_off_after
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.model.errors import AccessDenied, ColumnMissing, SourceBusy, SourceUnavailable, TableMissing

_NO_ACCESS = {
    ER.ACCESS_DENIED_ERROR: "Check user and password, and that this account may log in from this machine.",
    ER.DBACCESS_DENIED_ERROR: "Check the database name, and that this account has rights in it, as docs/access.md lists.",
    ER.TABLEACCESS_DENIED_ERROR: "Grant this account SELECT on the columns docs/access.md lists.",
    ER.COLUMNACCESS_DENIED_ERROR: "Grant this account SELECT on the columns docs/access.md lists.",
    ER.SPECIFIC_ACCESS_DENIED_ERROR: "Grant this account what docs/access.md lists.",
}
"""What to do about each way of being refused."""
_NO_TABLE = (ER.NO_SUCH_TABLE, ER.UNKNOWN_TABLE)  # the second is about `information_schema`

_PASSWORD_IN_CLEAR = ("mysql_clear_password", "dialog")
"""The ways to log in by which PyMySQL sends the password itself to whoever asks for it."""
_VERIFYING = frozenset({TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL})
_NOT_NOW = (ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED)
"""What the server says when it has no connection free."""


class _PasswordInClear(pymysql.OperationalError):
    """The server asked for the password itself, and nothing proves that it is the right one."""


class _Refusal:
    """What PyMySQL asks in place of its own way to send the password in clear."""

    def __init__(self, connection: Connection) -> None:
        """Called by PyMySQL, with what it would answer on."""

    def authenticate(self, packet: object) -> NoReturn:
        """Ends the login. Raises _PasswordInClear."""
        raise _PasswordInClear("it asked for the password in clear text, and nothing proves who asks; it was not sent")


@contextmanager
def connection_to(
    address: MysqlAddress, patience: Patience, *, client_flag: int = 0
) -> Iterator[tuple[Connection, socket.socket]]:
    """An open connection without session settings but the character set PyMySQL itself announces (SET NAMES utf8mb4),
    and a duplicate of its socket for `limited`. Both are closed at the end.

    `client_flag` has further bits of PyMySQL's `CLIENT`. Raises SourceUnavailable when there is no way in.
    """
    connection = _deferred(address, patience, client_flag)
    with translating(address):
        line = _connected_socket(address, patience)
    with line.dup() as second_line:
        with translating(address), limited(second_line, patience):
            connection.connect(line)  # closes it when the login fails
        try:
            yield connection, second_line
        finally:
            if connection.open:
                connection.close()


def _connected_socket(address: MysqlAddress, patience: Patience) -> socket.socket:
    """Made here and not by PyMySQL, which would leave nothing to cut off while it logs in."""
    if address.socket is None:
        line = socket.create_connection((address.host or "localhost", address.port), patience.seconds)
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return line
    line = socket.socket(socket.AF_UNIX)
    try:
        line.settimeout(patience.seconds)
        line.connect(str(address.socket))
    except OSError:
        line.close()
        raise
    return line


def _deferred(address: MysqlAddress, patience: Patience, client_flag: int) -> Connection:
    """A connection still without a socket."""
    proven = address.tls in _VERIFYING or address.socket is not None
    connection = pymysql.connect(
        host=address.host,
        port=address.port,
        user=address.user,
        # As bytes: PyMySQL would encode a text as Latin-1, the server and Forgejo's driver take UTF-8.
        password=b"" if address.password is None else address.password.secret.encode(),
        database=address.name,
        charset="utf8mb4",
        autocommit=None,  # PyMySQL then leaves the session's own setting alone
        local_infile=False,
        client_flag=client_flag,
        read_timeout=max(1, int(patience.seconds)),
        write_timeout=max(1, int(patience.seconds)),
        ssl=_tls(address),
        ssl_disabled=address.tls is TlsMode.DISABLE,
        auth_plugin_map={} if proven else dict.fromkeys(_PASSWORD_IN_CLEAR, _Refusal),
        defer_connect=True,
    )
    # PyMySQL says so of a local socket it opened itself: who answers there is who may write to that folder.
    connection._secure = address.socket is not None  # type: ignore[attr-defined]  # the stubs leave it out
    return connection


@contextmanager
def limited(line: socket.socket, patience: Patience) -> Iterator[None]:
    """Ends a connection that drips: the limit PyMySQL sets starts anew with every byte."""
    # One second more than PyMySQL's own limit, whose error says more.
    with cut_off_after(patience.seconds + 1, line.fileno()) as was_cut_off:
        try:
            yield
        except (pymysql.Error, OSError) as error:
            if was_cut_off():
                raise TimeoutError("timed out: it answers too slowly") from error
            raise


def _tls(address: MysqlAddress) -> ssl.SSLContext | None:
    """None leaves it to PyMySQL, which then prefers TLS; with a context, from 1.2 on, it requires TLS."""
    match address.tls:
        case TlsMode.DISABLE | TlsMode.PREFER:
            return None
        case TlsMode.REQUIRE:
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        case TlsMode.VERIFY_CA | TlsMode.VERIFY_FULL:
            context = _verifying_context(address)
            context.check_hostname = address.tls is TlsMode.VERIFY_FULL
            return context
        case _:
            assert_never(address.tls)


def _verifying_context(address: MysqlAddress) -> ssl.SSLContext:
    file = address.tls_root_certificate
    try:
        return ssl.create_default_context(cafile=None if file is None else str(file))
    except OSError as error:  # ssl.SSLError included
        raise SourceUnavailable(
            f"The root certificate {file} for {described(address)} cannot be used: {error.strerror or error}.",
            next_step="Give a readable file in PEM form (ca= in a URL).",
        ) from error


@contextmanager
def translating(address: MysqlAddress) -> Iterator[None]:
    """Raises SourceUnavailable, or the kind of it that fits, for an error of the driver."""
    try:
        yield
    # UnicodeError: a host that cannot be a name; RuntimeError: PyMySQL lacks a package for a way to log in.
    except (pymysql.Error, OSError, UnicodeError, RuntimeError) as error:
        raise translated(error, address) from error


def translated(error: Exception, address: MysqlAddress) -> SourceUnavailable:
    """The driver's or the socket's error for people."""
    where = described(address)
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    said = words_of(error)
    if isinstance(error, _PasswordInClear):
        return AccessDenied(
            f"{where}: {said}.",
            next_step="Prove the server with tls=verify-full (SSL_MODE=true in app.ini), or find out who answers there.",
        )
    if number in _NO_TABLE:
        return TableMissing(
            f"{where}: {said}.", next_step="Check the database name; the tables of a Forgejo server are not there."
        )
    if number == ER.BAD_FIELD_ERROR:
        return ColumnMissing(
            f"{where}: {said}.",
            next_step="The tables are not those of the Forgejo version recorded in them; finish the upgrade first.",
        )
    if number in _NO_ACCESS:
        return AccessDenied(f"{where}: {said}.", next_step=_NO_ACCESS[number])
    if number in _NOT_NOW:
        return SourceBusy(
            f"{where} took no connection within the time limit: {said}.",
            next_step="Try again, or give more time with --timeout.",
        )
    if "timed out" in said or number == ER.LOCK_WAIT_TIMEOUT:
        return SourceUnavailable(
            f"{where} did not answer within the time limit: {said}.",
            next_step="Try again, or give more time with --timeout.",
        )
    return SourceUnavailable(f"{where} could not be read: {said}.", next_step=_what_to_check(number, said))


def words_of(error: Exception) -> str:
    """The server's or PyMySQL's words on one line; PyMySQL has none for a connection that is already closed."""
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    return " ".join(said.split()).rstrip(".") or "the connection is closed"


def _what_to_check(number: int | None, said: str) -> str:
    if number == ER.BAD_DB_ERROR:
        return "Check the database name."
    if "SSL" in said or "certificate" in said:
        return "Check the TLS mode and the certificate (SSL_MODE in app.ini; tls and ca in a URL)."
    return "Check host, port and that the server runs."
