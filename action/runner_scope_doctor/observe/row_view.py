"""Everything of one server that a plan records: which database it is, how its tables are made, the row, the rows beside it."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import work as sql_work
from runner_scope_doctor.database.tables.definition import fingerprint, observed_definition
from runner_scope_doctor.database.tables.identity import database_identity
from runner_scope_doctor.database.tables.known import is_known
from runner_scope_doctor.model.plan import PlannedTarget, RowImage, Surroundings
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.table import (
    DatabaseIdentity,
    ForgejoTable,
    Known,
    PartlySeen,
    TableVerdict,
    Unknown,
    place_text,
)
from runner_scope_doctor.observe.runner_image import runner_image, surroundings


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedView:
    """Which row, on which server by its public URL, and the tables that a change would touch, `action_runner` first."""

    runner_id: int
    instance: str
    version: ServerVersion
    touched: tuple[ForgejoTable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RowView:
    """One row and what it stands in; `image` is None when there is no live row of that id. `tables` is the verdict over the
    definitions of all tables that a change would touch.

    `has_counter` tells whether the row's repository has a work counter of its own; None when no change would touch it or
    there is no row.
    """

    target: PlannedTarget
    tables: TableVerdict
    image: RowImage | None
    surroundings: Surroundings
    has_counter: bool | None


def row_view(reader: Reader, address: DatabaseAddress, wanted: WantedView) -> RowView:
    """Reads it all, in short reads of their own. Raises SourceUnavailable when one cannot be read."""
    runner_id, version = wanted.runner_id, wanted.version
    image = runner_image(reader, runner_id, version.major)
    tables = tuple(observed_definition(reader, table) for table in wanted.touched)
    verdicts = tuple(is_known(table, reader.engine, version.major) for table in tables)
    return RowView(
        target=_target(database_identity(reader, address), wanted, "+".join(map(fingerprint, tables))),
        tables=_together(verdicts),
        image=image,
        surroundings=surroundings(reader, runner_id),
        has_counter=_has_counter(reader, image)
        if image is not None and ForgejoTable.TASK_COUNTERS in wanted.touched
        else None,
    )


def _has_counter(reader: Reader, image: RowImage) -> bool:
    return bool(reader.read(sql_work.SELECT_REPOSITORY_COUNTERS, repo_ids=(image.repo_id,)))


def _target(identity: DatabaseIdentity, wanted: WantedView, tables: str) -> PlannedTarget:
    elsewhere = identity.schema not in (None, "public")
    return PlannedTarget(
        instance=wanted.instance,
        engine=identity.engine,
        database=f"{identity.name} schema {identity.schema}" if elsewhere else identity.name,
        identity=place_text(identity.place),
        forgejo=wanted.version.text,
        major=wanted.version.major,
        table_fingerprint=tables,
    )


def _together(verdicts: tuple[TableVerdict, ...]) -> TableVerdict:
    """The worst of them, with the reasons of all that are as bad."""
    unknown = [reason for verdict in verdicts if isinstance(verdict, Unknown) for reason in verdict.reasons]
    if unknown:
        return Unknown(reasons=tuple(unknown))
    unseen = [reason for verdict in verdicts if isinstance(verdict, PartlySeen) for reason in verdict.reasons]
    return PartlySeen(reasons=tuple(unseen)) if unseen else Known()
