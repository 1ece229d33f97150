"""What a self-test of credentials found, one line a fact, and what one login must and may be able to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.model.grants import TableGrant
from runner_scope_doctor.model.host import ConnectionPurpose


class Standing(Enum):
    """How one fact stands. The value is the word the line begins with."""

    RIGHT = "ok"
    MISSING = "MISSING"
    MORE = "MORE"
    UNSEEN = "UNSEEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTestLine:
    """One fact. `subject` says of whom or what, such as `repair` or `state`; `sentence` may hold foreign text."""

    standing: Standing
    subject: str
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginTerms:
    """What one login of the host is for. `needed` it must have; `allowed` it may have beside that."""

    purpose: ConnectionPurpose
    needed: tuple[TableGrant, ...]
    allowed: tuple[TableGrant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRight:
    """A right that a login has on a table, by whatever way. `column` is None for the whole table.

    `right` is the engine's own word in capitals; `place` names a schema or database that is not Forgejo's, else is None.
    All are foreign text.
    """

    right: str
    table: str
    column: str | None
    place: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldRights:
    """All that a login has. `powers` are ends of sentences about what stands in no grant on a table, such as `is a superuser`;
    what such a power includes is not listed in `on_tables` again."""

    powers: tuple[str, ...]
    on_tables: tuple[HeldRight, ...]
