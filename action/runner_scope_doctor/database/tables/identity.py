"""Which database this is: what a plan names, and what a repair finds again before it writes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import assert_never

from runner_scope_doctor.database.address import DatabaseAddress, MysqlAddress, PostgresAddress, SqliteAddress
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import catalog as sql_catalog
from runner_scope_doctor.database.sql.check import (
    SELECT_FORGEJO_COUNTER,
    SELECT_FORGEJO_MIGRATIONS,
    SELECT_FORGEJO_SEMANTIC_VERSION,
    SELECT_GITEA_COUNTER,
)
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable, TableMissing
from runner_scope_doctor.model.server import Engine, Product
from runner_scope_doctor.model.table import (
    DatabaseIdentity,
    DatabasePlace,
    ForgejoTable,
    MysqlServer,
    NetworkPlace,
    PostgresCluster,
    SqliteFile,
)

_FORGEJO_ONLY = (SELECT_FORGEJO_SEMANTIC_VERSION, SELECT_FORGEJO_COUNTER, SELECT_FORGEJO_MIGRATIONS)
"""Each reads a table that Gitea does not have."""


def database_identity(reader: Reader, address: DatabaseAddress) -> DatabaseIdentity:
    """The database behind the reader, which was opened on that address.

    Raises SourceUnavailable when the engine does not answer or the SQLite file is gone.
    """
    match address:
        case SqliteAddress(path=path):
            place = _sqlite_file(path)
            return _identity(reader, place.path, None, place)
        case PostgresAddress():
            name, schema = reader.read(sql_catalog.SELECT_POSTGRES_PLACE, table=ForgejoTable.RUNNERS.value)[0]
            return _identity(
                reader, str(name), None if schema is None else str(schema), _postgres_place(reader, address)
            )
        case MysqlAddress():
            name, *server = reader.read(sql_catalog.SELECT_MYSQL_PLACE)[0]
            return _identity(reader, str(name), None, _mysql_place(reader, *map(str, server)))
        case _:
            assert_never(address)


def _identity(reader: Reader, name: str, schema: str | None, place: DatabasePlace) -> DatabaseIdentity:
    return DatabaseIdentity(engine=reader.engine, name=name, schema=schema, place=place, product=_product(reader))


def _sqlite_file(path: Path) -> SqliteFile:
    real = os.path.realpath(path)
    try:
        found = os.stat(real)
    except OSError as error:
        raise SourceUnavailable(
            f"The SQLite database {real} could not be looked at: {error.strerror}.", next_step="Look at that file."
        ) from error
    return SqliteFile(path=real, device=found.st_dev, inode=found.st_ino)


def _postgres_place(reader: Reader, address: PostgresAddress) -> DatabasePlace:
    try:
        number = reader.read(sql_catalog.SELECT_POSTGRES_SYSTEM_IDENTIFIER)[0][0]
    except AccessDenied:
        return NetworkPlace(
            host=address.host,
            port=address.port,
            reason="this role may not call pg_control_system(), which PostgreSQL allows everyone by default",
        )
    return PostgresCluster(system_identifier=int(str(number)))


def _mysql_place(reader: Reader, hostname: str, port: str, server_id: str, version: str) -> MysqlServer:
    # Everyone may read these variables; the two products keep a unique number in variables of different names.
    statement = sql_catalog.SELECT_MARIADB_UID if "MariaDB" in version else sql_catalog.SELECT_MYSQL_UUID
    numbers = [str(number) for (number,) in reader.read(statement)]
    return MysqlServer(hostname=hostname, port=int(port), server_id=int(server_id), uuid=next(iter(numbers), None))


def _product(reader: Reader) -> Product | None:
    hidden = False
    for statement in _FORGEJO_ONLY:
        there = _is_there(reader, statement)
        if there:
            return Product.FORGEJO
        hidden = hidden or there is None
    # A table that may not be read is no proof of absence.
    return Product.GITEA if not hidden and _is_there(reader, SELECT_GITEA_COUNTER) else None


def _is_there(reader: Reader, statement: Statement) -> bool | None:
    """Whether the statement's table is there; None when that may not be known."""
    try:
        reader.read(statement)
    except TableMissing:
        return False
    except AccessDenied:
        # PostgreSQL refuses only what is there; MySQL refuses whatever an account has no right on.
        return True if reader.engine is Engine.POSTGRES else None
    return True
