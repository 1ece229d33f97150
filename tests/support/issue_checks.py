"""Checks that are told to a server's issues."""

from __future__ import annotations

from runner_scope_doctor.forgejo.target import repository_list
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.notify.decision import Check, Sight
from runner_scope_doctor.notify.issues import Told, told_by_issues
from runner_scope_doctor.notify.problem import problems_of
from runner_scope_doctor.notify.recovery import Repair
from support.forgejo_api import client_of
from support.issue_server import REPOSITORY, IssueServer
from support.loopback import loopback
from support.outcomes import judge
from support.snapshots import NOW, USERS_CASE, runner, snapshot

INSTANCE = "https://git.example.org/"
HOUR = 3_600
RECEIPT, PLAN = "c" * 64, "d" * 64
CURED = judge(snapshot(USERS_CASE[0], runner(5, repo_id=35)))


def check_of(
    diagnosis: Diagnosis, *, at: int = NOW, repairs: tuple[Repair, ...] = (), instance: str = INSTANCE
) -> Check:
    """What that diagnosis comes to, at that second."""
    sight = Sight.PARTIAL if diagnosis.unobserved else Sight.WHOLE
    return Check(instance=instance, problems=problems_of(diagnosis), sight=sight, repairs=repairs, now=at)


def repaired(*, at: int, runner_id: int = 5) -> Repair:
    """A repair of that row."""
    return Repair(plan=PLAN, receipt=RECEIPT, runner_id=runner_id, at=at)


def told(server: IssueServer, check: Check, *, read_seconds: float = 20.0, total_seconds: float = 20.0) -> Told:
    """Tells that check to the server, with pauses that cost no time."""
    with (
        loopback(server.answer) as running,
        client_of(running.url, read_seconds=read_seconds, total_seconds=total_seconds) as client,
    ):
        return told_by_issues(client, repository_list(REPOSITORY), check)


def quietly(server: IssueServer, check: Check) -> tuple[str, ...]:
    """The same, and nothing went wrong."""
    ended = told(server, check)
    assert ended.failures == ()
    return ended.lines
