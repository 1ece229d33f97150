"""Which server software and version wrote a database."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql.check import (
    SELECT_FORGEJO_COUNTER,
    SELECT_FORGEJO_MIGRATIONS,
    SELECT_FORGEJO_SEMANTIC_VERSION,
    SELECT_GITEA_COUNTER,
)
from runner_scope_doctor.database.statement import Statement
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable, TableMissing
from runner_scope_doctor.model.server import Product, ServerVersion
from runner_scope_doctor.model.version_text import parse_server_version

_MAJOR_BY_COUNTER = ((11, 7), (18, 8), (22, 9), (25, 10), (28, 11), (36, 12), (40, 13), (44, 14))
"""Last value of `forgejo_version.version` in each major, from 7 on. It stands at 44 since 14; below 11 is before 7."""
_FIRST_COUNTER = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """`product` and `version` are None where the tables that tell are missing or may not be read; `obstacle` is then
    the first of those that could not be read, None when all were simply not there."""

    product: Product | None
    version: ServerVersion | None
    obstacle: SourceUnavailable | None = None


def identified(reader: Reader) -> Identity:
    """Reads Forgejo's own version tables, the exact one first. Raises SourceUnavailable when the database fails."""
    obstacles: list[AccessDenied] = []
    for text in _first_column(reader, SELECT_FORGEJO_SEMANTIC_VERSION, obstacles)[:1]:
        return Identity(product=Product.FORGEJO, version=parse_server_version(str(text), source="forgejo_sem_ver"))
    major = _major_of_migrations(_first_column(reader, SELECT_FORGEJO_MIGRATIONS, obstacles))
    if major is not None:
        return _forgejo(major, "forgejo_migration")
    for counter in _first_column(reader, SELECT_FORGEJO_COUNTER, obstacles)[:1]:
        return _forgejo(_major_of_counter(counter), "forgejo_version")
    obstacle = obstacles[0] if obstacles else None
    if obstacle is None and _first_column(reader, SELECT_GITEA_COUNTER, obstacles):
        return Identity(product=Product.GITEA, version=None)
    return Identity(product=None, version=None, obstacle=obstacle)


def _forgejo(major: int | None, source: str) -> Identity:
    if major is None:
        return Identity(product=Product.FORGEJO, version=None)
    return Identity(product=Product.FORGEJO, version=ServerVersion(major=major, text=str(major), source=source))


def _first_column(reader: Reader, statement: Statement, obstacles: list[AccessDenied]) -> list[object]:
    """The first column of a version table: empty when the table is missing; a refusal is added to `obstacles`."""
    try:
        return [row[0] for row in reader.read(statement)]
    except TableMissing:
        return []
    except AccessDenied as denied:
        obstacles.append(denied)
        return []


def _major_of_migrations(names: list[object]) -> int | None:
    """Migration ids begin with the major that brought them, such as `v15b_add-ephemeral_runner` (14 and later)."""
    majors = [int(digits) for name in names if (digits := _leading_digits(str(name)[1:]))]
    return max(majors, default=None)


def _major_of_counter(counter: object) -> int | None:
    if not isinstance(counter, int) or counter < _FIRST_COUNTER:
        return None
    return next((major for last, major in _MAJOR_BY_COUNTER if counter <= last), None)


def _leading_digits(text: str) -> str:
    count = next((position for position, character in enumerate(text) if not "0" <= character <= "9"), len(text))
    return text[: min(count, 4)]
