"""Reads what a plan records of one row, and of the rows beside it."""

from __future__ import annotations

import hashlib

from runner_scope_doctor.database.cells import integer, optional_text, text, text_or_empty
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.sql import check as sql
from runner_scope_doctor.model.errors import AccessDenied, RepairRefused
from runner_scope_doctor.model.plan import RowImage, Surroundings

_PAGE = 2000
"""Rows in one statement: in SQLite's DELETE mode a server cannot write meanwhile."""


def runner_image(reader: Reader, runner_id: int, major: int) -> RowImage | None:
    """The live row of that id; None when there is none. Raises RepairRefused when it holds what no Forgejo would write: that is
    no shape to repair."""
    rows = reader.read(sql.select_runner_image(major), id=runner_id)
    if len(rows) != 1:
        return None
    number, uuid, name, owner_id, repo_id, description, created, ephemeral = rows[0]
    if not (
        isinstance(number, int) and isinstance(owner_id, int) and isinstance(repo_id, int) and isinstance(uuid, str)
    ):
        raise RepairRefused(
            f"Runner {runner_id} holds values of types that Forgejo never writes.",
            next_step="Find out what wrote them before anything is changed.",
        )
    token_hash, token_salt = _secret_digests(reader, runner_id)
    return RowImage(
        id=number,
        uuid=uuid,
        name=text_or_empty(name),
        owner_id=owner_id,
        repo_id=repo_id,
        description=optional_text(description),
        created=integer(created),
        ephemeral=None if ephemeral is None else bool(ephemeral),
        token_hash=token_hash,
        token_salt=token_salt,
    )


def surroundings(reader: Reader, runner_id: int) -> Surroundings:
    """How many other rows there are, and a digest of their ids, uuids and scopes, in order of their ids."""
    digest, count, after = hashlib.sha256(), 0, -(2**63)
    while rows := reader.read(sql.SELECT_OTHER_IDENTITIES, id=runner_id, after=after, page=_PAGE):
        for row in rows:
            digest.update(repr(row).encode("utf-8", "backslashreplace"))
        count += len(rows)
        last = rows[-1][0]
        if not isinstance(last, int):
            break
        after = last
    return Surroundings(others=count, fingerprint=digest.hexdigest())


def _secret_digests(reader: Reader, runner_id: int) -> tuple[str | None, str | None]:
    try:
        rows = reader.read(sql.SELECT_RUNNER_SECRETS, id=runner_id)
    except AccessDenied:
        return None, None
    token_hash, token_salt = rows[0] if rows else (None, None)
    return _digest(token_hash), _digest(token_salt)


def _digest(value: object) -> str | None:
    return None if value is None else hashlib.sha256(text(value).encode("utf-8", "backslashreplace")).hexdigest()
