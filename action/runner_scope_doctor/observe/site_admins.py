"""Who may do everything on the server, approve in another's name included."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.database.cells import integer_or_zero, text_or_empty
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql.admins import SELECT_SITE_ADMINS
from runner_scope_doctor.model.errors import SourceUnavailable

MOST_ADMINS = 10_000
"""More than this are not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteAdmin:
    """One active site admin, from the table `user`. `login` is the column `name`, foreign text."""

    id: int
    login: str


def site_admins(reader: Reader) -> tuple[SiteAdmin, ...]:
    """All of them by id. Raises SourceUnavailable when they cannot be read or are more than MOST_ADMINS."""
    rows = reader.read(SELECT_SITE_ADMINS, limit=MOST_ADMINS + 1)
    if len(rows) > MOST_ADMINS:
        raise SourceUnavailable(
            f"The server has more than {MOST_ADMINS} site admins.", next_step="Let those who need not be one be none."
        )
    return tuple(SiteAdmin(id=integer_or_zero(number), login=text_or_empty(name)) for number, name in rows)
