"""A contract from the databases of real Forgejo servers, where their recordings are at hand."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from runner_scope_doctor.contract.init import contract_text
from runner_scope_doctor.database.address import SqliteAddress
from runner_scope_doctor.database.engines.sqlite import opened_for_reading
from runner_scope_doctor.database.reader import Patience
from runner_scope_doctor.model.errors import ContractRefused
from runner_scope_doctor.model.scope import InstanceScope, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest
from support.contract_texts import parsed
from support.recordings import FOLDER, or_skipped

BAD = or_skipped(sorted(FOLDER.glob("v*-sqlite/bad.sqlite3")), lambda path: path.parent.name)
REPAIRED = or_skipped(sorted(FOLDER.glob("v*-sqlite/repaired.sqlite3")), lambda path: path.parent.name)
Row = tuple[int, str, int, int]


def seen(path: Path) -> Snapshot:
    """Every runner of the database."""
    request = LookRequest(address=f"SQLite {path}", instance=None, now=1795459000, coverage=Coverage.ALL)
    with opened_for_reading(SqliteAddress(path=path), Patience(seconds=10)) as reader:
        return observe_database(reader, request)


def live_rows(path: Path) -> list[Row]:
    """The live rows as they are stored: id, name, owner_id, repo_id."""
    statement = "SELECT id, name, owner_id, repo_id FROM action_runner WHERE deleted IS NULL OR deleted = 0 ORDER BY id"
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(statement).fetchall()


def ids(scope: Scope) -> tuple[int | None, int | None]:
    """The pair a row of that scope has."""
    match scope:
        case InstanceScope():
            return 0, 0
        case OwnerScope(id=owner_id):
            return owner_id, 0
        case RepositoryScope(id=repo_id):
            return 0, repo_id


@pytest.mark.parametrize("recorded", REPAIRED)
def test_a_repaired_server_is_declared_as_it_is(recorded: Path, tmp_path: Path) -> None:
    """Each live row is declared under its name with the pair of ids it has, and nothing else is."""
    path = Path(shutil.copy(recorded, tmp_path))
    runners = parsed(contract_text(seen(path))).runners
    assert {(one.name, *ids(one.scope)) for one in runners} == {row[1:] for row in live_rows(path)}


@pytest.mark.parametrize("recorded", BAD)
def test_a_sick_server_is_not_blessed(recorded: Path, tmp_path: Path) -> None:
    """The live combined rows, all of them and no other, are the reasons for the refusal."""
    path = Path(shutil.copy(recorded, tmp_path))
    with pytest.raises(ContractRefused) as caught:
        contract_text(seen(path))
    combined = [f"id={row[0]}" for row in live_rows(path) if row[2] and row[3]]
    assert combined
    assert [reason.split()[0] for reason in caught.value.reasons] == combined
