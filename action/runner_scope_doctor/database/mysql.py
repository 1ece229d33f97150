"""MySQL and MariaDB, through PyMySQL: one read-only transaction a statement."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import assert_never

import pymysql
from pymysql.connections import Connection
from pymysql.constants import ER

from runner_scope_doctor.database.address import MysqlAddress, TlsMode, described
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


_NOT_NOW = (ER.CON_COUNT_ERROR, ER.TOO_MANY_USER_CONNECTIONS, ER.USER_LIMIT_REACHED)
"""What the server says when it has no connection free."""


class MysqlReader:
    """A connection on which every `read` is START TRANSACTION READ ONLY … ROLLBACK."""

    engine = Engine.MYSQL

    def __init__(self, connection: Connection, address: MysqlAddress) -> None:
        self._connection = connection
        self._address = address

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """All rows, in a transaction of its own: an older snapshot would hide what changed since."""
        text, values = written_for(Engine.MYSQL, statement, parameters)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute("START TRANSACTION READ ONLY")
                try:
                    cursor.execute(text, values)
                    return list(cursor.fetchall())
                finally:
                    with suppress(pymysql.Error):  # the first error is the one to tell
                        cursor.execute("ROLLBACK")
        except (pymysql.Error, OSError) as error:
            raise _translated(error, self._address) from error


@contextmanager
def opened_for_reading(address: MysqlAddress, patience: Patience) -> Iterator[MysqlReader]:
    """A connection without session settings but the character set PyMySQL itself announces (SET NAMES utf8mb4)."""
    try:
        connection = _connected(address, patience)
    except (pymysql.Error, OSError) as error:
        raise _translated(error, address) from error
    with closing(connection):
        yield MysqlReader(connection, address)


def _connected(address: MysqlAddress, patience: Patience) -> Connection:
    return pymysql.connect(
        host=address.host,
        port=address.port,
        unix_socket=None if address.socket is None else str(address.socket),
        user=address.user,
        # As bytes: PyMySQL would encode a text as Latin-1, the server and Forgejo's driver take UTF-8.
        password=b"" if address.password is None else address.password.secret.encode(),
        database=address.name,
        charset="utf8mb4",
        autocommit=None,  # PyMySQL then leaves the session's own setting alone
        local_infile=False,
        connect_timeout=max(1, int(patience.seconds)),
        read_timeout=max(1, int(patience.seconds)),
        write_timeout=max(1, int(patience.seconds)),
        ssl=_tls(address),
        ssl_disabled=address.tls is TlsMode.DISABLE,
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


def _translated(error: Exception, address: MysqlAddress) -> SourceUnavailable:
    where = described(address)
    number = error.args[0] if error.args and isinstance(error.args[0], int) else None
    said = _said(error)
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
