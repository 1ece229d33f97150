"""Attacks by runs of a workflow, each with the host's command: refused with 5, its reason in the last line, nothing written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from runner_scope_doctor.report.escape import escaped
from support.deploy_host import one_login
from support.dispatch_attacks import RUN_ATTACKS
from support.dispatch_surroundings import SERVER_CHANGES
from support.dispatches import DIGEST, NOW
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate
from support.host_files import folder_of_the_operator
from support.sqlite_file import fresh_sqlite


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    """One gate for all attacks of this module: each must leave it as it found it."""
    folder = folder_of_the_operator(tmp_path_factory.mktemp("attacked"))
    with fresh_sqlite(tmp_path_factory.mktemp("server") / "forgejo.db") as database:
        server = EmptyServer(engine=database.engine, address=database.address, database=database)
        yield gate(server, one_login(database.address), folder, Terms())


@pytest.fixture(scope="module")
def digest(attacked: Gate) -> str:
    """The digest of the one plan, which ops-lead made."""
    return attacked.host.planned()


@contextmanager
def nothing_happens(there: Gate) -> Iterator[None]:
    """The row, the journal and the backups are afterwards what they were before."""

    def all_of_it() -> object:
        backups = there.host.state / "backups"
        return there.world.rows("SELECT * FROM action_runner"), there.host.journal(), sorted(backups.iterdir())

    before = all_of_it()
    yield
    assert all_of_it() == before


def brought_here(there: Gate, digest: str, run_id: int) -> None:
    """Makes a run that was written for the example plan one for this plan, now, started by a reviewer instead of its maker."""
    for old, new in ((DIGEST, digest), (DIGEST.upper(), digest.upper()), (DIGEST[:12], digest[:12])):
        there.world.execute(
            f"UPDATE action_run SET event_payload = REPLACE(event_payload, '{old}', '{new}') WHERE id = {run_id}"
        )
    there.world.execute(
        f"UPDATE action_run SET created = created + {int(time.time()) - NOW},"
        ' event_payload = REPLACE(event_payload, \'"sender":{"id":7\', \'"sender":{"id":9\'),'
        f" trigger_user_id = CASE trigger_user_id WHEN 7 THEN 9 ELSE trigger_user_id END WHERE id = {run_id}"
    )


def said_here(reason: str, digest: str) -> str:
    """The reason as this gate words it: of this plan, without how long ago, and without the path of host.yml."""
    for old, new in (
        (DIGEST, digest),
        (DIGEST.upper(), digest.upper()),
        (DIGEST[:12], digest[:12]),
        ("not 7.", "not 9."),
    ):
        reason = reason.replace(old, new)
    return escaped(reason.split(" 1 h before")[0].split(" host.yml")[0])


@pytest.mark.parametrize("name", RUN_ATTACKS)
def test_such_a_run_repairs_nothing(attacked: Gate, digest: str, name: str) -> None:
    """Whatever somebody may bring about on the server or leave in its database: 5, and the reason that is written there."""
    attack, reason = RUN_ATTACKS[name]
    run_id = attack(attacked.server)
    brought_here(attacked, digest, run_id)
    with nothing_happens(attacked):
        ended = attacked.applied_by(run_id, digest)
    assert ended.code == 5, ended.out + ended.err
    assert said_here(reason, digest) in ended.last_line, ended.last_line


@pytest.mark.parametrize("name", SERVER_CHANGES)
def test_on_such_a_server_a_run_repairs_nothing(attacked: Gate, digest: str, name: str) -> None:
    """Transferred, renamed or re-created repositories, unprotected branches, re-created users: 5 for an honest run."""
    change, back, reason = SERVER_CHANGES[name]
    run_id = attacked.dispatch(digest)
    attacked.world.execute(change.replace("{user}", '"user"'))
    try:
        with nothing_happens(attacked):
            ended = attacked.applied_by(run_id, digest)
    finally:
        attacked.world.execute(back.replace("{user}", '"user"'))
    assert ended.code == 5, ended.out + ended.err
    assert reason in ended.last_line
