"""The row a plan is about, as the host's logins see it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runner_scope_doctor.cli.host_side import HostSide, address_for
from runner_scope_doctor.cli.progress import told_when_waiting
from runner_scope_doctor.database.reader import Reader, opened_for_reading
from runner_scope_doctor.database.tables.identity import database_identity
from runner_scope_doctor.model.errors import AccessDenied, RepairRefused, SourceUnavailable, TableMissing
from runner_scope_doctor.model.host import ConnectionPurpose
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.table import DatabaseIdentity, ForgejoTable, place_text
from runner_scope_doctor.observe.row_view import RowView, WantedView, row_view
from runner_scope_doctor.plan.make import Fence

_GRANTS_OF_CHECK = "docs/access.md"
_GRANTS_OF_REPAIR = "docs/access-repair.md"


def touched_tables(fence: Fence) -> tuple[ForgejoTable, ...]:
    """The tables a plan changes."""
    return (ForgejoTable.RUNNERS, ForgejoTable.TASK_COUNTERS) if fence is Fence.WITH else (ForgejoTable.RUNNERS,)


def viewed(side: HostSide, wanted: WantedView) -> RowView:
    """The row by the login of the backup, which sees all of it; by that of the check where the host has no other.

    Raises SourceUnavailable when it cannot be read and RepairRefused when the two logins lead to different databases.
    """
    purpose = ConnectionPurpose.CHECK if side.configuration.connections.backup is None else ConnectionPurpose.BACKUP
    if purpose is ConnectionPurpose.BACKUP:
        require_one_database(side, (ConnectionPurpose.CHECK, ConnectionPurpose.BACKUP))
    with told_when_waiting("looking at the row"), _looking_as(side, purpose) as reader:
        return row_view(reader, address_for(side, purpose), wanted)


def require_one_database(side: HostSide, purposes: tuple[ConnectionPurpose, ...]) -> None:
    """Raises RepairRefused when the logins of these purposes lead to different databases."""
    first, *others = ((purpose, _identity(side, purpose)) for purpose in purposes)
    for purpose, identity in others:
        if identity != first[1]:
            raise RepairRefused(
                f"{side.configuration.file}: the logins of {first[0].value} and {purpose.value} lead to different "
                f"databases: {first[1]}; {identity}.",
                next_step="Let all of them lead to the server's one database.",
            )


def _identity(side: HostSide, purpose: ConnectionPurpose) -> str:
    with _looking_as(side, purpose) as reader:
        identity = database_identity(reader, address_for(side, purpose))
        if identity.engine is Engine.POSTGRES and identity.schema is None:
            raise TableMissing(
                f"The database {identity.name} has no table action_runner that these credentials can see.",
                next_step="Check the schema (SCHEMA in app.ini, schema= in a URL) and that this role has USAGE on it.",
            )
        return _text(identity)


@contextmanager
def _looking_as(side: HostSide, purpose: ConnectionPurpose) -> Iterator[Reader]:
    """A reader with the login of that purpose, whose errors name the login and where its grants are listed."""
    try:
        with opened_for_reading(address_for(side, purpose), side.patience) as reader:
            yield reader
    except SourceUnavailable as error:
        step = _advice(error, purpose)
        raise SourceUnavailable(f"With the login of the {purpose.value}: {error.problem}", next_step=step) from error


def _advice(error: SourceUnavailable, purpose: ConnectionPurpose) -> str:
    """The reader knows the grants of the check alone; its advice of another kind, such as on row security, stays."""
    if isinstance(error, AccessDenied) and _GRANTS_OF_CHECK in error.next_step:
        if purpose is ConnectionPurpose.CHECK:  # a whole row is more than it should be able to read
            return f"Name a login for the backup in host.yml, with the grants {_GRANTS_OF_REPAIR} lists."
        return f"Grant it SELECT, as {_GRANTS_OF_REPAIR} lists for the {purpose.value}."
    if isinstance(error, TableMissing):
        return f"{error.next_step} {_GRANTS_OF_REPAIR} lists the grants this login needs."
    return error.next_step


def _text(identity: DatabaseIdentity) -> str:
    """What is the same for every login of one database; which product wrote it not every login may see."""
    return f"{identity.engine.value} {identity.name} schema {identity.schema or 'none'} {place_text(identity.place)}"
