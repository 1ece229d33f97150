"""PostgreSQL, through psycopg: one read-only transaction a statement, and nothing that outlives it on the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from runner_scope_doctor.database.address import PostgresAddress, TlsMode, described
from runner_scope_doctor.database.engines.cut_off import cut_off_after
from runner_scope_doctor.database.reader import Patience, Row
from runner_scope_doctor.database.sql import check as sql
from runner_scope_doctor.database.statement import Scalar, Statement, written_for
from runner_scope_doctor.model.errors import AccessDenied, ColumnMissing, SourceBusy, SourceUnavailable, TableMissing
from runner_scope_doctor.model.server import Engine

# LOCAL settings end with the transaction, so that a pooler may give the session to someone else afterwards.
# With row_security off the server refuses what a policy would filter: a row left out silently would count as healthy.
_BEGIN = "BEGIN READ ONLY; SET LOCAL statement_timeout = {milliseconds}; SET LOCAL row_security = off"
# Named last, because PostgreSQL otherwise looks for a temporary table first, which another session of a pool may have left.
_CHOOSE_SCHEMA = "; SET LOCAL search_path = {schema}, pg_temp"

# PostgreSQL passes over a schema of the search path that the role has no USAGE on: its tables then "do not exist".
_TABLES_NOT_THERE = (
    "Check the database name, the schema (SCHEMA in app.ini, schema= in a URL) and that this role has USAGE on it; "
    "the tables of a Forgejo server are not to be seen there."
)
_OTHER_VERSION = "The tables are not those of the Forgejo version recorded in them; finish the upgrade first."
_GRANT = "Grant this role SELECT on the columns docs/access.md lists."
_POLICIES = (
    "This role sees only what a policy (CREATE POLICY) lets it see, so a sick row could be hidden from it: give it "
    "BYPASSRLS, or look as the owner of the table."
)
_ROW_SECURITY_CHECK = "check_enable_rls"
"""The function of PostgreSQL that refuses then; its words may be in any language, and the SQLSTATE has other reasons too."""
_PROVE = (
    "Prove the server with sslmode=verify-full (SSL_MODE in app.ini), or find out who answers there; PGREQUIREAUTH=password "
    "in the environment sends the password all the same."
)
_MORE_TIME = "Try again, or give more time with --timeout."

_KEPT_VARIABLES = frozenset({"PGPASSWORD", "PGPASSFILE", "PGREQUIREAUTH"})
"""Two that hold a credential and one that says which ways to log in are allowed, which libpq heeds from 16 on."""

_VERIFYING = frozenset({TlsMode.VERIFY_CA, TlsMode.VERIFY_FULL})
_NOT_IN_CLEAR = "!password"
"""libpq's `require_auth`: every way to log in but the one that sends the password itself to whoever asks for it."""
_FIRST_LIBPQ_WITH_REQUIRE_AUTH = 160000
_REFUSED_WAY = "authentication method requirement"
"""How libpq, from 16 on, begins to say that a way to log in was refused here; no SQLSTATE goes with it."""

# What the server says when it refuses a connection for the moment; a refusal carries no SQLSTATE.
_NOT_NOW = ("too many c", "remaining connection slots", "the database system is starting up", "in recovery mode")


class PostgresReader:
    """An autocommit connection on which every `read` is BEGIN READ ONLY … ROLLBACK."""

    engine = Engine.POSTGRES
    schema: str | None

    def __init__(self, connection: psycopg.Connection[Row], address: PostgresAddress, patience: Patience) -> None:
        self._connection = connection
        self._address = address
        self._patience = patience
        self.read_from(address.schema)

    def read_from(self, schema: str | None) -> None:
        """Every later `read` finds tables in this schema alone; None leaves it to the role's own search path."""
        self.schema = schema
        self._begin = _beginning(schema, self._patience)

    def keep_exact(self) -> None:
        """What Python has no exact type for is kept in PostgreSQL's own words, floating point to its last bit."""
        # Not loaded for a check.
        from runner_scope_doctor.database.exact.postgres import SETTINGS, register_exact_loaders

        register_exact_loaders(self._connection)
        self._begin += SQL(SETTINGS)

    def read(self, statement: Statement, **parameters: Scalar | tuple[Scalar, ...]) -> list[Row]:
        """All rows, in a transaction of its own."""
        text, values = written_for(Engine.POSTGRES, statement, parameters)
        try:
            # One second more than the server's own limit, whose error says more. libpq itself would wait for ever.
            with cut_off_after(self._patience.seconds + 1, self._connection.fileno()) as was_cut_off:
                try:
                    return self._read(text, values)
                except psycopg.Error as error:
                    if was_cut_off():
                        raise psycopg.errors.ConnectionTimeout("it fell silent") from error
                    raise
        except psycopg.Error as error:
            raise translated(error, self._address) from error

    def _read(self, text: str, values: dict[str, Scalar]) -> list[Row]:
        # psycopg wants literal strings against injection; ours are constants of `database/sql/` with placeholders only.
        cursor = self._connection.cursor()
        cursor.execute(self._begin)
        try:
            # Never None, not even without values: psycopg would then leave every %% as it is.
            return cursor.execute(text.encode(), values).fetchall()
        finally:
            with suppress(psycopg.Error):  # the first error is the one to tell
                cursor.execute("ROLLBACK")


@contextmanager
def opened_for_reading(address: PostgresAddress, patience: Patience) -> Iterator[PostgresReader]:
    """A reader on such a connection.

    Where the address names no schema, the one in which the role finds `action_runner` is kept to, as Forgejo would.
    """
    with connection_to(address, patience) as connection:
        reader = PostgresReader(connection, address, patience)
        if address.schema is None:
            reader.read_from(next((str(name) for (name,) in reader.read(sql.SELECT_POSTGRES_SCHEMA)), None))
        yield reader


@contextmanager
def connection_to(address: PostgresAddress, patience: Patience) -> Iterator[psycopg.Connection[Row]]:
    """A connection in autocommit without session settings and without server-side prepared statements, fit for a pooler.

    Raises SourceUnavailable when there is no way in.
    """
    try:
        with _variables_put_aside():
            connection = _connected(address, patience)
    except psycopg.Error as error:
        raise translated(error, address) from error
    try:
        yield connection
    finally:
        connection.close()


def _connected(address: PostgresAddress, patience: Patience) -> psycopg.Connection[Row]:
    return psycopg.connect(
        host=address.host,
        port=address.port,
        dbname=address.name,
        user=address.user,
        password=None if address.password is None else address.password.secret,
        sslmode=address.tls.value,
        sslrootcert=_root_certificate(address),
        require_auth=_ways_to_log_in(address),
        connect_timeout=max(2, int(patience.seconds)),  # libpq: below 2 is taken as 2
        application_name="runner-scope-doctor",
        autocommit=True,
        prepare_threshold=None,
    )


def _ways_to_log_in(address: PostgresAddress) -> str | None:
    """None leaves it to PGREQUIREAUTH, or lets the server choose where it is proven: by certificate or a local socket."""
    proven = address.tls in _VERIFYING or address.host.startswith("/")
    # An older libpq does not know the word and would refuse to connect.
    known = psycopg.pq.version() >= _FIRST_LIBPQ_WITH_REQUIRE_AUTH
    return None if proven or not known or "PGREQUIREAUTH" in os.environ else _NOT_IN_CLEAR


@contextmanager
def _variables_put_aside() -> Iterator[None]:
    """Without the environment variables that choose for libpq what a call leaves open, such as PGHOSTADDR, PGOPTIONS and
    PGSERVICE: they would decide what is looked at, and the report would name the address that was given.

    They are taken away rather than overruled, because libpq knows no value of `service` that stands for none.
    """
    put_aside = {name: value for name, value in os.environ.items() if name.startswith("PG")}
    for name in put_aside.keys() - _KEPT_VARIABLES:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(put_aside)


def _beginning(schema: str | None, patience: Patience) -> Composed:
    """What opens every transaction, in one round trip."""
    # 0 would mean no limit.
    text = SQL(_BEGIN).format(milliseconds=Literal(max(1, int(patience.seconds * 1000))))
    if schema is None:
        return text
    return text + SQL(_CHOOSE_SCHEMA).format(schema=Identifier(schema))


def _root_certificate(address: PostgresAddress) -> str | None:
    if address.tls_root_certificate is not None:
        return str(address.tls_root_certificate)
    return "system" if address.tls is TlsMode.VERIFY_FULL else None


def translated(error: psycopg.Error, address: PostgresAddress) -> SourceUnavailable:
    """The driver's error for people."""
    where, said = described(address), words_of(error)
    match error:
        case psycopg.errors.UndefinedTable():
            return TableMissing(f"{where}: {said}.", next_step=_TABLES_NOT_THERE)
        case psycopg.errors.UndefinedColumn():
            return ColumnMissing(f"{where}: {said}.", next_step=_OTHER_VERSION)
        case psycopg.errors.InsufficientPrivilege() if error.diag.source_function == _ROW_SECURITY_CHECK:
            return AccessDenied(f"{where}: {said}.", next_step=_POLICIES)
        case psycopg.errors.InsufficientPrivilege():
            return AccessDenied(f"{where}: {said}.", next_step=_GRANT)
        case psycopg.errors.QueryCanceled() | psycopg.errors.LockNotAvailable() | psycopg.errors.ConnectionTimeout():
            return SourceUnavailable(f"{where} did not answer within the time limit: {said}.", next_step=_MORE_TIME)
        case _ if _REFUSED_WAY in said:
            return AccessDenied(f"{where} is not proven to be the server: {said}.", next_step=_PROVE)
        case _ if any(words in said for words in _NOT_NOW):
            return SourceBusy(f"{where} took no connection within the time limit: {said}.", next_step=_MORE_TIME)
        case _:
            return SourceUnavailable(f"{where} could not be read: {said}.", next_step=_what_to_check(said))


def words_of(error: psycopg.Error) -> str:
    """The server's or libpq's words on one line; libpq gives the reason on the first of several, then guesses."""
    lines = (error.diag.message_primary or str(error) or type(error).__name__).splitlines()
    return " ".join(lines[0].split()).rstrip(".?")


def _what_to_check(said: str) -> str:
    # A refused connection carries no SQLSTATE, so only libpq's words tell who refused it.
    if "FATAL:" in said:
        return "The server is there and gives this reason; check user, password and database name."
    if "SSL" in said or "certificate" in said:
        return "Check the TLS mode and the certificate (SSL_MODE in app.ini; sslmode and sslrootcert in a URL)."
    return "Check host, port and that the server runs."
