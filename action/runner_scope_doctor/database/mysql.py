"""MySQL and MariaDB, through PyMySQL: one read-only transaction a statement."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import NoReturn, assert_never

import pymysql
from pymysql.connections import Connection
from pymysql.constants import ER

from runner_scope_doctor.database import sql
from runner_scope_doctor.database.address import MysqlAddress, TlsMode, described
from runner_scope_doctor.database.cut_off import cut_off_after
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.model.errors import AccessDenied, ColumnMissing, SourceBusy, SourceUnavailable, TableMissing
from runner_scope_doctor.model.server import Engine

_NO_ACCESS = {
    ER.ACCESS_DENIED_ERROR: "Check user and password, and that this account may log in from this machine.",
    ER.DBACCESS_DENIED_ERROR: "Check the database name, and that this account has rights in it, as docs/access.md lists.",
    ER.TABLEACCESS_DENIED_ERROR: "Grant this account SELECT on the columns docs/access.md lists.",
    ER.COLUMNACCESS_DENIED_ERROR: "Grant this account SELECT on the columns docs/access.md lists.",
    ER.SPECIFIC_ACCESS_DENIED_ERROR: "Grant this account what docs/access.md lists.",
}
"""What to do about each way of being refused."""
_NO_TABLE = (ER.NO_SUCH_TABLE, ER.UNKNOWN_TABLE)
"""The second is about `information_schema`."""

_PASSWORD_IN_CLEAR = ("mysql_clear_password", "dialog")
"""The ways to log in by which PyMySQL sends the password itself to whoever asks for it."""
_VERIFYING = frozenset({TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL})
_LEAST_ROW_LIMIT = 2**32 - 1
"""`sql_select_limit` of a session nobody limited is at least this, on every platform."""

_NOT_NOW = (ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED)
"""What the server says when it has no connection free."""


class MysqlReader:
    """A connection on which every `read` is START TRANSACTION READ ONLY … ROLLBACK."""

    engine = Engine.MYSQL
    schema = None

    def __init__(self, connection: Connection, line: socket.socket, address: MysqlAddress, patience: Patience) -> None:
        """`line` is a duplicate of the connection's socket."""
        self._connection = connection
        self._line = line
        self._address = address
        self._patience = patience

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """All rows, in a transaction of its own: an older snapshot would hide what changed since."""
        text, values = written_for(Engine.MYSQL, statement, parameters)
        with _translating(self._address), _limited(self._line, self._patience), self._connection.cursor() as cursor:
            cursor.execute("START TRANSACTION READ ONLY")
            try:
                cursor.execute(text, values)
                return list(cursor.fetchall())
            finally:
                with suppress(pymysql.Error):  # the first error is the one to tell
                    cursor.execute("ROLLBACK")


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
def opened_for_reading(address: MysqlAddress, patience: Patience) -> Iterator[MysqlReader]:
    """A connection without session settings but the character set PyMySQL itself announces (SET NAMES utf8mb4)."""
    connection = _deferred(address, patience)
    with _translating(address):
        line = _connected_socket(address, patience)
    with line.dup() as second_line:
        with _translating(address), _limited(second_line, patience):
            connection.connect(line)  # closes it when the login fails
        with closing(connection):
            reader = MysqlReader(connection, second_line, address, patience)
            _refuse_short_answers(reader, address)
            yield reader


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


def _deferred(address: MysqlAddress, patience: Patience) -> Connection:
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
def _limited(line: socket.socket, patience: Patience) -> Iterator[None]:
    """Ends a connection that drips: the limit PyMySQL sets starts anew with every byte."""
    # One second more than PyMySQL's own limit, whose error says more.
    with cut_off_after(patience.seconds + 1, line.fileno()) as was_cut_off:
        try:
            yield
        except (pymysql.Error, OSError) as error:
            if was_cut_off():
                raise TimeoutError("timed out: it answers too slowly") from error
            raise


def _refuse_short_answers(reader: MysqlReader, address: MysqlAddress) -> None:
    """With `sql_select_limit` set for the whole server, rows would be missing from every answer, without a word."""
    limit = next((row[0] for row in reader.read(sql.SELECT_MYSQL_ROW_LIMIT)), 0)
    if not isinstance(limit, int) or limit < _LEAST_ROW_LIMIT:
        raise SourceUnavailable(
            f"{described(address)} returns no more than {limit} rows of any answer (its variable sql_select_limit).",
            next_step="Set it back on the server: SET GLOBAL sql_select_limit = DEFAULT.",
        )


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
def _translating(address: MysqlAddress) -> Iterator[None]:
    try:
        yield
    # UnicodeError: a host that cannot be a name; RuntimeError: PyMySQL lacks a package for a way to log in.
    except (pymysql.Error, OSError, UnicodeError, RuntimeError) as error:
        raise _translated(error, address) from error


def _translated(error: Exception, address: MysqlAddress) -> SourceUnavailable:
    where = described(address)
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    said = _said(error)
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


def _said(error: Exception) -> str:
    """The server's or PyMySQL's words on one line; PyMySQL has none for a connection that is already closed."""
    said = str(error.args[1]) if len(error.args) > 1 else str(error)
    return " ".join(said.split()).rstrip(".") or "the connection is closed"


def _what_to_check(number: int | None, said: str) -> str:
    if number == ER.BAD_DB_ERROR:
        return "Check the database name."
    if "SSL" in said or "certificate" in said:
        return "Check the TLS mode and the certificate (SSL_MODE in app.ini; tls and ca in a URL)."
    return "Check host, port and that the server runs."
