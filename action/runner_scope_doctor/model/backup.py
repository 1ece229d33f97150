"""A backup of Forgejo's Actions tables, and what was proven of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class BackupScope(Enum):
    """Which tables are saved. The value is the word of `--backup`."""

    RUNNER_TABLES = "runner-tables"
    """`action_runner`, `action_runner_token` and `action_tasks_version`."""
    ALL_ACTIONS = "all-actions"
    """Every table whose name begins with `action_`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedColumn:
    """One column as it was read from the server. `type` is the engine's word for it; `sha256` (64 hex digits) is over all
    of its values in the order of the rows, types included."""

    name: str
    type: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedTable:
    """One table with every column. `definition` is the engine's own CREATE TABLE where it has one (SQLite, MySQL), else
    made from its catalog."""

    name: str
    definition: str
    rows: int
    columns: tuple[SavedColumn, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """A backup file below the state directory's `backups`.

    `name` is the file's name without folder. `sha256` (64 hex digits) and `bytes` are of the whole file. `plan` is the
    digest of the plan it was made for, `created` is Unix seconds.
    """

    name: str
    sha256: str
    bytes: int
    plan: str
    created: int
    scope: BackupScope
    tables: tuple[SavedTable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenBackup:
    """A backup that was read again from disk, loaded into a store of our own and found equal, column by column."""

    backup: Backup
