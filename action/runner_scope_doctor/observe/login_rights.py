"""Whether one login can do what it is for, and nothing more: looked at on the live server, judged against its terms."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.database.tables.rights import held_rights, missing_of
from runner_scope_doctor.model.grants import Right, TableGrant
from runner_scope_doctor.model.self_test import HeldRight, LoginTerms, SelfTestLine, Standing
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.wording import counted_noun, named

_SECRETS = frozenset(
    {
        ("action_runner", "token_hash"),
        ("action_runner", "token_salt"),
        ("action_runner_token", "token"),
        ("action_task", "token_hash"),
        ("action_task", "token_salt"),
        ("secret", "data"),
        ("access_token", "token_hash"),
        ("access_token", "token_salt"),
        ("user", "passwd"),
        ("user", "salt"),
    }
)
"""Columns whose content lets somebody in, or is somebody's secret; named before all others."""
_NAMED_COLUMNS = 5
_NAMED_TABLES = 10
"""How many of each are named before the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Excess:
    """One right on one table that is more than the terms. `columns` is empty for the whole table."""

    right: str
    table: str
    columns: tuple[str, ...]

    @property
    def secrets(self) -> tuple[str, ...]:
        """The secret columns that it lets read, sorted."""
        if self.right != Right.SELECT.value:
            return ()
        of_table = sorted(column for table, column in _SECRETS if table == self.table)
        return tuple(column for column in of_table if not self.columns or column in self.columns)


def judged_rights(reader: Reader, terms: LoginTerms) -> tuple[SelfTestLine, ...]:
    """What the login lacks, then what it has too much. Raises SourceUnavailable when the server does not answer."""
    if reader.engine is Engine.POSTGRES and reader.schema is None:
        what = "USAGE on the schema of action_runner, or a right on that table: it is not to be seen"
        return (_line(Standing.MISSING, terms, what),)
    return (*_missing(reader, terms), *_more(reader, terms))


def _missing(reader: Reader, terms: LoginTerms) -> Iterator[SelfTestLine]:
    missing = [what for grant in terms.needed for what in missing_of(reader, grant)]
    for what in missing:
        yield _line(Standing.MISSING, terms, what)
    if not missing:
        columns = sum(len(grant.columns) for grant in terms.needed)
        tables = len({grant.table for grant in terms.needed})
        counted = f"{counted_noun(columns, 'column')} of " if columns else ""
        yield _line(Standing.RIGHT, terms, f"can do all it must, with {counted}{counted_noun(tables, 'table')}")


def _more(reader: Reader, terms: LoginTerms) -> Iterator[SelfTestLine]:
    if reader.engine is Engine.SQLITE:
        return  # the file's owner and mode are what tells there
    held = held_rights(reader)
    excesses = sorted(
        _excesses(held.on_tables, terms), key=lambda one: (not one.secrets, one.right == Right.SELECT.value)
    )
    for power in held.powers:
        yield _line(Standing.MORE, terms, power)
    for excess in excesses[:_NAMED_TABLES]:
        yield _line(Standing.MORE, terms, _sentence(excess))
    if len(excesses) > _NAMED_TABLES:
        rest = len(excesses) - _NAMED_TABLES
        yield _line(Standing.MORE, terms, f"and {counted_noun(rest, 'right')} on tables beside these")
    if not excesses and not held.powers:
        yield _line(Standing.RIGHT, terms, "can do nothing more")


def _excesses(held: Iterable[HeldRight], terms: LoginTerms) -> Iterator[_Excess]:
    allowed = (*terms.needed, *terms.allowed)
    columns: dict[tuple[str, str], list[str]] = {}
    for right in held:
        if right.place is None and _is_allowed(right, allowed):
            continue
        table = right.table if right.place is None else f"{right.place}.{right.table}"
        found = columns.setdefault((right.right, table), [])
        found += () if right.column is None else (right.column,)
    for (word, table), names in columns.items():
        yield _Excess(right=word, table=table, columns=tuple(names))


def _is_allowed(held: HeldRight, allowed: Iterable[TableGrant]) -> bool:
    """A grant on the whole table allows its columns; one on columns never the whole table."""
    return any(
        (grant.right.value, grant.table) == (held.right, held.table)
        and (not grant.columns or held.column in grant.columns)
        for grant in allowed
    )


def _sentence(excess: _Excess) -> str:
    secrets = f", {' and '.join(excess.secrets)} included" if excess.secrets else ""
    if not excess.columns:
        return f"{excess.right} on the whole table {named(excess.table)}{secrets}"
    first = [*excess.secrets, *(name for name in excess.columns if name not in excess.secrets)]
    rest = f" and {len(first) - _NAMED_COLUMNS} more" if len(first) > _NAMED_COLUMNS else ""
    columns = ", ".join(named(name) for name in first[:_NAMED_COLUMNS])
    return f"{excess.right} ({columns}{rest}) on {named(excess.table)}"


def _line(standing: Standing, terms: LoginTerms, sentence: str) -> SelfTestLine:
    return SelfTestLine(standing=standing, subject=terms.purpose.value, sentence=sentence)
