"""Each reason from the values it rests on, its order before others, and what is told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.snapshot import ActionsUnit
from runner_scope_doctor.model.waiting import (
    JobStatus,
    RunnerGroup,
)
from runner_scope_doctor.model.waiting_reason import Reason, Standing
from support.snapshots import NOW
from support.waiting import OWNER, REPOSITORY, explanation, group, look, row, told_of, waiting_job
from support.waiting_cases import CASES, NOBODY, OLD_OWNER, failing, held


@pytest.mark.parametrize("reason", Reason, ids=lambda reason: reason.value)
def test_every_reason_has_a_look_that_has_it(reason: Reason) -> None:
    """No reason is only a name: each is told from the values it is about, with a sentence and a next step."""
    found = told_of(CASES[reason])
    assert found.reason is reason, found.because
    assert found.because.endswith(".")
    assert found.next_step


def test_names_are_kebab_case_and_told_once() -> None:
    """A reason's name is its member's, so that nobody has to look two up."""
    assert [reason.value for reason in Reason] == [reason.name.lower().replace("_", "-") for reason in Reason]
    assert len({reason.value for reason in Reason}) == len(Reason)


def test_only_what_is_wrong_with_a_row_is_a_finding() -> None:
    """Combined ids, raw labels and labels that are not there; a busy or an absent runner is none."""
    assert {reason: reason.finding for reason in Reason if reason.finding} == {
        Reason.COMBINED_SCOPE: FindingKind.COMBINED_SCOPE,
        Reason.LABELS_RAW: FindingKind.LABELS_RAW,
        Reason.LABELS_WIPED: FindingKind.NEVER_DECLARED,
        Reason.NEVER_DECLARED: FindingKind.NEVER_DECLARED,
    }


@pytest.mark.parametrize("major", range(7, 17))
def test_an_empty_runs_on_depends_on_the_version(major: int) -> None:
    """Up to 10 it matches every runner, since 11 none."""
    found = explanation(look(waiting_job(runs_on=()), group(), major=major))
    assert found.reason is (Reason.FITTING_RUNNER_IDLE if major <= 10 else Reason.EMPTY_RUNS_ON)


@pytest.mark.parametrize("major", [11, 15, 16])
@pytest.mark.parametrize("kind", ["instance", "owner", "repository"])
def test_actions_switched_off_depends_on_scope_and_version(major: int, kind: str) -> None:
    """Owner-level runners pass the job over; the others take it up to 15, and fail at it since 16."""
    ids = {"instance": (0, 0), "owner": (OWNER, 0), "repository": (0, REPOSITORY)}[kind]
    job = replace(waiting_job(unit=ActionsUnit.OFF), waiting_since=NOW - 900)
    fails = (failing(71, repo_id=REPOSITORY),) if major == 16 else ()
    found = explanation(look(job, group(owner_id=ids[0], repo_id=ids[1]), major=major, failing=fails))
    if kind == "owner":
        assert found.reason is Reason.ACTIONS_OFF
    else:
        assert found.reason is (Reason.ACTIONS_OFF_FAILS if major == 16 else Reason.FITTING_RUNNER_IDLE)


@pytest.mark.parametrize(("last_online", "reason"), [(60, Reason.FITTING_RUNNER_IDLE), (61, Reason.RUNNER_OFFLINE)])
def test_online_is_sixty_seconds(last_online: int, reason: Reason) -> None:
    """Forgejo's own window: 60 seconds ago is online, 61 is not."""
    assert explanation(look(waiting_job(), group(last_online=NOW - last_online))).reason is reason


def test_a_defect_is_told_before_what_passes_by_itself() -> None:
    """A combined runner that would fit is the reason even where another one is busy or offline; not where one is idle."""
    combined = group(7, owner_id=OWNER, repo_id=REPOSITORY)
    busy, offline = group(5), group(6, last_online=0)
    assert explanation(look(waiting_job(), combined, busy, offline, running={5: (66,)})).reason is Reason.COMBINED_SCOPE
    assert explanation(look(waiting_job(), combined, group(5))).reason is Reason.FITTING_RUNNER_IDLE


def test_a_combined_runner_of_another_repository_is_of_another_repository() -> None:
    """Its repository's id wins over its owner's, as in the server's rule."""
    found = explanation(look(waiting_job(), group(7, owner_id=OWNER, repo_id=36)))
    assert [one.standing for one in found.candidates] == [Standing.OTHER_REPOSITORY]


def test_a_transferred_job_whose_instance_runner_is_idle_is_no_matter_of_the_transfer() -> None:
    """The instance's counter was raised when the job was queued, whoever owned the repository."""
    found = explanation(look(waiting_job(owner_id=OLD_OWNER), group(5), group(6, owner_id=OWNER)))
    assert found.reason is Reason.FITTING_RUNNER_IDLE


def test_what_could_not_be_seen_is_no_reason_when_a_runner_is_idle() -> None:
    """An owner's runner may be passed over, and an idle one of the instance explains the job all the same."""
    assert explanation(look(waiting_job(unit=None), group(5), group(6, owner_id=OWNER))).reason is (
        Reason.FITTING_RUNNER_IDLE
    )
    seen = look(waiting_job(unit=None), group(5, last_online=0), group(6, owner_id=OWNER))
    assert explanation(seen).reason is Reason.ACTIONS_NOT_SEEN


def test_many_runners_are_counted_and_twenty_shown() -> None:
    """A thousand offline runners with the label and a hundred without are two numbers and twenty lines."""
    offline = tuple(row(number, f"r{number}", NOW - 100 - number) for number in range(1, 1001))
    others = tuple(row(number, f"o{number}", NOW) for number in range(2001, 2101))
    found = explanation(
        look(
            waiting_job(),
            RunnerGroup(owner_id=0, repo_id=0, labels=("docker",), members=offline),
            RunnerGroup(owner_id=0, repo_id=0, labels=("gpu",), members=others),
        )
    )
    assert [one.id for one in found.candidates] == list(range(1, 21)), "the last heard of first"
    assert {one.standing: one.count for one in found.more} == {Standing.OFFLINE: 980, Standing.LABEL_MISSING: 100}


@given(st.lists(st.tuples(st.integers(1, 120), st.sampled_from([("docker",), ("gpu",)])), min_size=2, max_size=6))
def test_many_jobs_are_told_as_each_alone(jobs: list[tuple[int, tuple[str, ...]]]) -> None:
    """What is worked out once for jobs that are alike is what each of them would be told by itself."""
    alone = [
        replace(waiting_job(runs_on=labels, waited=waited), id=number) for number, (waited, labels) in enumerate(jobs)
    ]
    runners = (group(5, last_online=NOW - 40), group(6, labels=("GPU",)), group(7, owner_id=OLD_OWNER, labels=("gpu",)))
    seen = look(alone[0], *runners)
    together = explained(replace(seen, jobs=tuple(alone))).explanations
    assert list(together) == [explanation(replace(seen, jobs=(job,))) for job in alone]


def test_many_runners_of_others_are_counted_too() -> None:
    """Fifty owners and sixty repositories with the label: the old owner's runner is found behind them all, the rest counted."""
    owners = [group(number, name=f"w{number}", owner_id=1000 + number) for number in range(100, 150)]
    repositories = [group(number, repo_id=1000 + number) for number in range(200, 260)]
    old = group(999, name="stayed", owner_id=OLD_OWNER)
    found = explanation(look(waiting_job(owner_id=OLD_OWNER), NOBODY, *owners, *repositories, old))
    assert found.reason is Reason.TRANSFERRED_FROM_OWNER
    assert "stayed" in found.because
    counted = {one.standing: one.count for one in found.more}
    shown = [one.standing for one in found.candidates]
    assert counted[Standing.OTHER_OWNER] + shown.count(Standing.OTHER_OWNER) == 51
    assert counted[Standing.OTHER_REPOSITORY] + shown.count(Standing.OTHER_REPOSITORY) == 60
    assert counted[Standing.LABEL_MISSING] == 1


def test_runners_of_ones_own_are_not_others() -> None:
    """Where Actions is off, the owner's runners have the labels and are told as passed over, never as another owner's."""
    mine = [group(number, owner_id=OWNER, labels=("docker", f"x{number}")) for number in range(100, 150)]
    theirs = group(7, name="theirs", owner_id=OLD_OWNER)
    found = explanation(look(waiting_job(unit=ActionsUnit.OFF), *mine, theirs))
    counted = {one.standing: one.count for one in found.more}
    shown = [one.standing for one in found.candidates]
    assert counted.get(Standing.OTHER_OWNER, 0) + shown.count(Standing.OTHER_OWNER) == 1
    assert counted[Standing.ACTIONS_OFF] + shown.count(Standing.ACTIONS_OFF) == 50


def test_no_command_is_made_of_a_name_that_a_shell_could_read() -> None:
    """The next step names a command only for a repository whose name is plain."""
    plain = explanation(look(held(JobStatus.WAITING)))
    assert plain.next_step.endswith("runner-scope-doctor why platform-team/platform 3")
    job = held(JobStatus.WAITING)
    assert job.repository is not None
    odd = replace(job, repository=replace(job.repository, name="x$(reboot)"))
    assert "runner-scope-doctor" not in explanation(look(odd)).next_step
