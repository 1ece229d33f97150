"""What everybody may on MariaDB (PUBLIC), of which no view of the catalog tells an account."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# With ANSI_QUOTES the server takes the other mark; with sql_quote_show_create off it quotes only what needs it.
_QUOTED = r"""`(?:[^`]|``)*`|"(?:[^"]|"")*\""""
_NAME = rf"""{_QUOTED}|[^\s`".]+"""
_COLUMN_NAMES = rf"""\((?:{_QUOTED}|[^`")])*\)"""
# The names of columns are the only foreign text before ON, and stand in parentheses.
_RIGHTS = rf"(?:[A-Z ,]|{_COLUMN_NAMES})+"
_PLACE = rf"(?:FUNCTION|PROCEDURE|PACKAGE|PACKAGE BODY) .+|(?:TABLE )?({_NAME})\..+"
_LINE = re.compile(
    rf"\w+ (({_RIGHTS}) ON (?:{_PLACE})|.+) TO PUBLIC(| WITH GRANT OPTION| WITH ADMIN OPTION)", re.DOTALL
)
_COLUMNS = re.compile(f" *{_COLUMN_NAMES}")
_PASSED_ON = "GRANT OPTION"


@dataclass(frozen=True, slots=True, kw_only=True)
class EverybodysGrant:
    """One line of SHOW GRANTS about PUBLIC (MariaDB 10.11 and later).

    `text` is what is granted, in the server's words, foreign text. `rights` is empty where that is a `role`. `database` is a
    pattern of LIKE, `*` for all of them and None for a role or a routine.
    """

    text: str
    rights: tuple[str, ...]
    database: str | None
    role: str | None


def grants_of_everybody(lines: Iterable[str]) -> Iterator[EverybodysGrant]:
    """Those that are about PUBLIC. Of no other line anything is kept: MariaDB puts the password's hash into one of them."""
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is not None:
            text, rights, database, passed = found.groups()
            yield EverybodysGrant(
                text=text + passed,
                rights=() if rights is None else (*_words(rights), *((_PASSED_ON,) if passed else ())),
                database=None if database is None else _bare(database),
                role=_bare(text) if rights is None else None,
            )


def _words(rights: str) -> list[str]:
    return [word.strip() for word in _COLUMNS.sub("", rights).split(",")]


def _bare(name: str) -> str:
    mark = name[0]
    return name[1:-1].replace(mark * 2, mark) if mark in '`"' else name
