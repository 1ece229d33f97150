"""`apply-approved`: the sick runner is the only one, so the job that would ask never starts; a timer asks for it."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runner_scope_doctor.cli import apply_approved
from runner_scope_doctor.cli.applying import Manner
from runner_scope_doctor.cli.arguments import parser
from runner_scope_doctor.cli.evidence import Case
from runner_scope_doctor.cli.exit_codes import ExitCode
from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.model.errors import RepairUncertain
from runner_scope_doctor.repair import change
from runner_scope_doctor.repair.checkpoints import Announce
from support.deploy_host import MAKER, SECOND_REVIEWER, one_login
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate
from support.plan_runs import PLAN_WORKFLOW

Make = Callable[[Terms], Gate]


@pytest.fixture
def make(any_engine_world: EmptyServer, over_tcp: DatabaseAddress, private: Path) -> Make:
    """Makes the gate on each engine."""
    return lambda terms: gate(any_engine_world, one_login(over_tcp), private, terms)


def test_the_dead_runners_job_is_answered_when_it_starts(make: Make) -> None:
    """A run waits, the timer repairs; the runner then picks up that very job, which gets the receipt and ends with 0."""
    there = make(Terms())
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    ended = there.host.doctor("apply-approved")
    assert ended.code == 0, ended.out + ended.err
    assert there.scope() == (0, 35)
    there.server.picked(run_id)
    asked = there.applied_by(run_id, digest)
    assert (asked.code, asked.last_line.split(":")[0]) == (0, "ALREADY DONE")
    assert there.host.journal().count("started") == 1


def test_nothing_approved_is_said_and_nothing_is_touched(make: Make) -> None:
    """No plan, a plan without a run, a run of its maker, a run that somebody cancelled: 0, and one line that says so."""
    there = make(Terms())
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    digest = there.host.planned()
    there.dispatch(digest, MAKER)
    there.server.cancelled(there.dispatch(digest))
    ended = there.host.doctor("apply-approved")
    assert (ended.code, ended.last_line.split(":")[0]) == (0, "NOTHING APPROVED")
    assert there.scope() == (1, 35)
    assert there.host.journal() == []


def test_a_second_run_of_one_person_waits_in_silence(make: Make) -> None:
    """One of two is noted; the same person's other run adds nothing, and the timer does not fail each minute because of it."""
    there = make(Terms(required=2))
    digest = there.host.planned()
    there.dispatch(digest)
    there.dispatch(digest)
    first = there.host.doctor("apply-approved")
    assert (first.code, first.last_line.split(":")[0]) == (0, "NOTED")
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    assert there.host.journal() == ["approval-noted"]


def test_two_waiting_approvals_are_enough_for_two(make: Make) -> None:
    """Both runs wait: the first is noted, the second repairs, in one look of the timer; the next look has nothing to do."""
    there = make(Terms(required=2))
    digest = there.host.planned()
    first, second = there.dispatch(digest), there.dispatch(digest, SECOND_REVIEWER)
    assert there.host.doctor("apply-approved").code == 0
    assert there.scope() == (0, 35)
    assert there.host.journal()[:2] == ["approval-noted", "started"]
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    for run_id in (first, second):
        there.server.picked(run_id)
        assert there.applied_by(run_id, digest).last_line.startswith("ALREADY DONE: ")


def test_a_run_that_waits_for_a_plan_gets_none_by_the_timer(make: Make) -> None:
    """As docs/repair.md says: with the sick runner as the only one, a plan is made on the host."""
    there = make(Terms())
    there.dispatch("", inputs={"operation": "plan"}, workflow=PLAN_WORKFLOW)
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    assert list((there.host.state / "plans").iterdir()) == []
    digest = there.host.planned()
    there.dispatch(digest)
    assert there.host.doctor("apply-approved").code == 0
    assert there.scope() == (0, 35)


def test_an_expired_plan_is_left_alone(make: Make) -> None:
    """A run that waits for longer than the plan is good for repairs nothing."""
    there = make(Terms())
    there.host.configuration.write_text(there.host.configuration.read_text() + "plan_valid_for: 1s\n")
    digest = there.host.planned()
    there.dispatch(digest)
    time.sleep(1.1)
    assert there.host.doctor("apply-approved").last_line.startswith("NOTHING APPROVED: ")
    assert there.scope() == (1, 35)


@pytest.mark.parametrize("table", ["action_run", "action_run_job", "protected_branch", "repository"])
def test_a_database_that_cannot_be_asked_is_no_nothing(make: Make, table: str) -> None:
    """Where any part of what a run is judged by cannot be looked at the timer fails, so that nobody believes that nothing
    waits."""
    there = make(Terms())
    there.dispatch(there.host.planned())
    there.world.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
    ended = there.host.doctor("apply-approved")
    assert ended.code == 4, ended.out + ended.err
    assert table in ended.last_line
    assert there.scope() == (1, 35)


def test_why_a_waiting_run_does_not_approve_is_told(make: Make) -> None:
    """Its own job may never start, so nobody else would say it: a branch that others may change, and the maker's own run."""
    there = make(Terms())
    digest = there.host.planned()
    there.dispatch(digest, MAKER)
    told = there.host.doctor("apply-approved")
    assert "ops-lead made the plan, and self-review is prevented" in told.out
    there.world.execute("UPDATE protected_branch SET enable_merge_whitelist = FALSE")
    run_id = there.dispatch(digest)
    told = there.host.doctor("apply-approved")
    assert (told.code, told.last_line.split(":")[0]) == (0, "NOTHING APPROVED")
    assert f"The dispatch run {run_id} was made on main, which is not protected against others" in told.out
    assert (there.scope(), there.host.journal()) == ((1, 35), [])


def test_the_worst_end_of_several_plans_is_the_last_line(make: Make) -> None:
    """One of two approved plans is refused and the other carried out, in whatever order: code and last line agree."""
    there = make(Terms())
    there.world.runner("second-host", id=7, owner_id=1, repo_id=35)
    digests = there.host.planned("--runner", "5"), there.host.planned("--runner", "7")
    for digest in digests:
        there.dispatch(digest)
    there.world.execute("UPDATE action_runner SET name = 'renamed' WHERE id = 7")
    ended = there.host.doctor("apply-approved")
    assert ended.code == 5
    assert ended.last_line.startswith("REFUSED: ")
    assert "is renamed" in ended.last_line
    assert there.scope() == (0, 35)


def test_a_plan_that_fails_each_minute_piles_up_no_backups(make: Make) -> None:
    """The plan's own counter is gone, so every attempt fails between its proven backup and the commit: 6 each time, nothing
    changed, noted, and no backup left; with the counter back the same plan is carried out, and its one backup stays."""
    there = make(Terms())
    there.dispatch(there.host.planned("--with-counter-fence"))
    there.world.execute("DELETE FROM action_tasks_version WHERE repo_id = 35")
    backups = there.host.state / "backups"
    for _ in range(3):
        ended = there.host.doctor("apply-approved")
        assert (ended.code, ended.last_line.split(":")[0]) == (6, "FAILED"), ended
        assert list(backups.iterdir()) == []
    assert there.host.journal() == 3 * ["started", "backup-proven", "updating", "failed"]
    assert there.scope() == (1, 35)
    assert there.host.doctor("receipts", "verify").code == 0
    there.world.counter(0, 35, 7)
    assert there.host.doctor("apply-approved").code == 0
    assert there.scope() == (0, 35)
    assert len(list(backups.iterdir())) == 1
    assert there.host.doctor("receipts", "verify").code == 0


@pytest.mark.parametrize("broken", [KeyboardInterrupt(), KeyError("planted")], ids=["interrupted", "a bug"])
def test_an_attempt_that_was_broken_off_keeps_its_backup(
    monkeypatch: pytest.MonkeyPatch, make: Make, broken: BaseException
) -> None:
    """Interrupted, or ended by a fault of ours, before its update: nothing was changed, and what it saved stays for a person."""
    there = make(Terms())
    there.dispatch(there.host.planned())

    def breaking(*_: object) -> None:
        raise broken

    monkeypatch.setattr(change, "identities", breaking)
    chosen = parser().parse_args(["apply-approved", "--host", str(there.host.configuration)])
    with signals_kept():
        assert apply_approved.run(chosen) is ExitCode.FAILED
    assert there.host.journal() == ["started", "backup-proven", "failed"]
    assert len(list((there.host.state / "backups").iterdir())) == 1


def test_who_stops_an_attempt_that_has_failed_is_told_that_it_failed(
    monkeypatch: pytest.MonkeyPatch, make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    """SIGTERM while a failed attempt takes its backup away: nothing was changed and that is noted, so it is 6 and never 7, the
    backup stays, and no other plan is begun."""
    there = make(Terms())
    there.world.runner("second-host", id=7, owner_id=1, repo_id=35)
    for runner in ("5", "7"):
        there.dispatch(there.host.planned("--runner", runner, "--with-counter-fence"))
    there.world.execute("DELETE FROM action_tasks_version WHERE repo_id = 35")

    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(change, "withdraw", stopped)
    chosen = parser().parse_args(["apply-approved", "--host", str(there.host.configuration)])
    with signals_kept():
        assert apply_approved.run(chosen) is ExitCode.FAILED
    assert there.host.journal() == ["started", "backup-proven", "updating", "failed"]
    assert len(list((there.host.state / "backups").iterdir())) == 1
    assert "may have been" not in "".join(capsys.readouterr())


def test_who_stops_the_timer_begins_no_other_plan(monkeypatch: pytest.MonkeyPatch, make: Make) -> None:
    """SIGTERM in the middle of one plan ends that plan as it can be ended, and the next one is left for the next time."""
    there = make(Terms())
    there.world.runner("second-host", id=7, owner_id=1, repo_id=35)
    for runner in ("5", "7"):
        there.dispatch(there.host.planned("--runner", runner))
    begun: list[str] = []

    def stopped(case: Case, manner: Manner, announce: Announce) -> ExitCode:
        begun.append(case.given.digest)
        raise RepairUncertain("It was interrupted.", next_step="Look.") from KeyboardInterrupt()

    monkeypatch.setattr(apply_approved, "carried_out", stopped)
    chosen = parser().parse_args(["apply-approved", "--host", str(there.host.configuration)])
    with signals_kept():
        assert apply_approved.run(chosen) is ExitCode.UNCERTAIN
    assert len(begun) == 1


@contextmanager
def signals_kept() -> Iterator[None]:
    """The command sets its own handlers in our process."""
    kept = {one: signal.getsignal(one) for one in (signal.SIGHUP, signal.SIGTERM)}
    try:
        yield
    finally:
        for one, handler in kept.items():
            signal.signal(one, handler)
