"""A definite answer over the API against the database's: what hiding does to any look, and what it never does."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.runner import ONLINE_WINDOW, RunnerStatus, counted
from runner_scope_doctor.model.snapshot import ActionsUnit
from runner_scope_doctor.model.waiting import (
    DeletedRunner,
    FailingJob,
    JobStatus,
    NeededJob,
    NeedsNotShown,
    RunAhead,
    RunnerGroup,
    RunnersSeen,
    TasksSeen,
    WaitingJob,
    WaitingLook,
)
from runner_scope_doctor.model.waiting_reason import Explanation, Reason
from support.snapshots import NOW, server
from support.waiting import OWNER, REPOSITORY, Labels, group, listed, listed_job, waiting_job

CLOSER = {
    # The API hides a deleted runner, that labels were there once, what a job calls, and which failing job comes first: the plain
    # word for the same obstacle is told then.
    Reason.RUNNER_DELETED, Reason.EPHEMERAL_USED_UP, Reason.LABELS_WIPED, Reason.REUSABLE_NOT_EXPANDED,
    Reason.BEHIND_FAILING_JOB,
    # It also hides who is ahead of it in its concurrency group, which holds a job besides.
    Reason.CONCURRENCY_RUNNING, Reason.CONCURRENCY_APPROVAL, Reason.CONCURRENCY_WAITING,
}  # fmt: skip
"""What the database may say where the API says something definite that is not the same."""
OF_OTHERS = {Reason.SCOPE_OTHER_OWNER, Reason.SCOPE_OTHER_REPOSITORY, Reason.TRANSFERRED_FROM_OWNER}
"""What it may say besides where the API lists the runners of one repository."""

labels: st.SearchStrategy[Labels] = st.one_of(
    st.lists(st.sampled_from(["docker", "Docker", "docker ", "docker:host", "gpu", ""]), max_size=3).map(tuple),
    st.none(),
)
asked_for: st.SearchStrategy[Labels] = st.one_of(st.sampled_from([("docker",), ("docker",), ("docker", "gpu")]), labels)
runners = st.lists(
    st.tuples(
        st.sampled_from([0, OWNER, OWNER + 1]),
        st.sampled_from([0, REPOSITORY, REPOSITORY + 1]),
        st.one_of(st.just(("docker",)), labels),
        st.sampled_from([0, NOW - 900, NOW - 61, NOW - 60, NOW - 20, NOW - 2]),
        st.booleans(),  # ephemeral
        st.sampled_from(["free", "busy", "used"]),
        st.sampled_from([RunnerStatus.IDLE, RunnerStatus.ACTIVE]),
        st.sampled_from(["builder", "docker-3"]),
    ),
    max_size=4,
)
held = st.lists(
    st.builds(
        RunAhead,
        id=st.just(60),
        number=st.just(3),
        status=st.sampled_from([JobStatus.RUNNING, JobStatus.WAITING]),
        needs_approval=st.booleans(),
    ),
    max_size=1,
).map(tuple)
jobs = st.builds(
    lambda runs_on, queued_by, unit, ahead, assigned, waited, calls: waiting_job(
        runs_on=runs_on, owner_id=queued_by, unit=unit, ahead=ahead, assigned=assigned, waited=waited, calls_workflow=calls
    ),
    asked_for, st.sampled_from([OWNER, OWNER + 1]), st.sampled_from(ActionsUnit), held,
    st.sampled_from([False, False, False, True]), st.sampled_from([3, 30, 300]), st.booleans(),
)  # fmt: skip
deleted = st.lists(
    st.builds(
        DeletedRunner,
        id=st.just(90),
        name=st.just("gone"),
        owner_id=st.sampled_from([0, OWNER]),
        repo_id=st.just(0),
        labels=labels,
        ephemeral=st.booleans(),
    ),
    max_size=1,
).map(tuple)
others_failing = st.lists(
    st.builds(
        FailingJob,
        id=st.just(60),
        repo_id=st.just(REPOSITORY + 1),
        owner_id=st.just(OWNER),
        runs_on=labels,
        waiting_since=st.sampled_from([NOW - 900, NOW - 1]),
        priority=st.just(0),
    ),
    max_size=1,
)
Drawn = tuple[int, int, Labels, int, bool, str, RunnerStatus, str]


def of_database(
    job: WaitingJob, drawn: list[Drawn], gone: tuple[DeletedRunner, ...], failing: list[FailingJob], major: int
) -> WaitingLook:
    """The look as a database shows it."""
    groups: list[RunnerGroup] = []
    running: dict[int, tuple[int, ...]] = {}
    used_up: set[int] = set()
    for number, (owner, repository, has, contact, ephemeral, state, _, name) in enumerate(drawn, start=5):
        groups.append(
            group(
                number,
                name=name,
                owner_id=owner,
                repo_id=repository,
                labels=has,
                last_online=contact,
                ephemeral=ephemeral,
            )
        )
        if state == "busy":
            running[number] = (66,)
        if state != "free" and ephemeral:
            used_up.add(number)
    own = [of_job(job)] if job.actions_unit is ActionsUnit.OFF else []
    return WaitingLook(
        now=NOW, server=server(major), major=major, jobs=(job,), left_out=0, groups=tuple(groups), deleted=gone,
        failing=(*failing, *own) if major >= 16 else (),
        tasks=TasksSeen(running=running, used_up=frozenset(used_up)),
    )  # fmt: skip


def of_job(job: WaitingJob) -> FailingJob:
    """The job itself, as one that the server fails at."""
    return FailingJob(
        id=job.id,
        repo_id=job.repo_id,
        owner_id=job.owner_id,
        runs_on=job.runs_on,
        waiting_since=job.waiting_since,
        priority=0,
    )


def over_api(seen: WaitingLook, drawn: list[Drawn], coverage: RunnersSeen) -> WaitingLook:
    """The same moment as the API shows it, which is less."""
    (job,) = seen.jobs
    hidden = listed_job(replace(job, ahead=(), calls_workflow=None))
    return replace(
        seen,
        jobs=(hidden,),
        groups=tuple(
            listed(one, status_of(row))
            for one, row in zip(seen.groups, drawn, strict=True)
            if coverage is RunnersSeen.ALL or in_list(one)
        ),
        deleted=(),
        failing=tuple(replace(one, waiting_since=None, priority=None) for one in seen.failing),
        tasks=None,
        runners_seen=coverage,
    )


def status_of(row: Drawn) -> RunnerStatus:
    """`ActionRunner.Status`: offline after a minute, else what the last ten seconds brought."""
    return RunnerStatus.OFFLINE if NOW - row[3] > ONLINE_WINDOW else row[6]


def in_list(one: RunnerGroup) -> bool:
    """`FindRunnerOptions.ToConds` for a repository with `visible`: its own rows, those of its owner, and the instance's."""
    ids = counted(one.owner_id), counted(one.repo_id)
    return ids[1] == REPOSITORY or ids[0] == OWNER or ids == (0, 0)


def without_what_is_hidden(seen: WaitingLook) -> WaitingLook:
    """The database's look were the hidden obstacles not there: no run ahead, no deleted runner, no other failing job, no memory
    of a runner that is offline."""
    (job,) = seen.jobs
    groups = tuple(
        replace(
            one,
            members=tuple((*row[:2], row[2] if NOW - row[2] <= ONLINE_WINDOW else 0, *row[3:]) for row in one.members),
        )
        for one in seen.groups
    )
    return replace(
        seen,
        jobs=(replace(job, ahead=(), calls_workflow=None),),
        groups=groups,
        deleted=(),
        failing=tuple(one for one in seen.failing if one.id == job.id),
    )


def only(seen: WaitingLook) -> Explanation:
    (found,) = explained(seen).explanations
    return found


@given(jobs, runners, deleted, others_failing, st.sampled_from([15, 16]))
def test_a_definite_answer_is_the_databases(
    job: WaitingJob, drawn: list[Drawn], gone: tuple[DeletedRunner, ...], failing: list[FailingJob], major: int
) -> None:
    """For any world: what the API says for certain the database says too, or has a closer word that the API cannot know."""
    whole = of_database(job, drawn, gone, failing, major)
    told = only(over_api(whole, drawn, RunnersSeen.ALL))
    if told.reason.is_unseen:
        return
    assert told.reason is only(without_what_is_hidden(whole)).reason
    assert only(whole).reason in {told.reason, *CLOSER}


@given(jobs, runners, deleted, others_failing, st.sampled_from([15, 16]))
def test_a_definite_answer_by_the_list_of_a_repository_is_the_databases(
    job: WaitingJob, drawn: list[Drawn], gone: tuple[DeletedRunner, ...], failing: list[FailingJob], major: int
) -> None:
    """The list has all that could be given its jobs; that somebody else's runner has the labels is all that may be missed."""
    whole = of_database(job, drawn, gone, failing, major)
    told = only(over_api(whole, drawn, RunnersSeen.IN_SCOPE))
    if not told.reason.is_unseen:
        assert only(whole).reason in {told.reason, *CLOSER, *OF_OTHERS}


@given(jobs, runners, st.sampled_from([15, 16]))
def test_a_finding_of_the_database_is_never_called_explained_otherwise(
    job: WaitingJob, drawn: list[Drawn], major: int
) -> None:
    """A combined scope that is the reason is told over the API as well, or left open: no other reason takes its place."""
    whole = of_database(job, drawn, (), [], major)
    told = only(over_api(whole, drawn, RunnersSeen.ALL)).reason
    if only(whole).reason is Reason.COMBINED_SCOPE:
        assert told is Reason.COMBINED_SCOPE or told.is_unseen


def test_needs_that_are_not_shown_name_what_is_left_to_do() -> None:
    """Keys and names are foreign text and are not matched with each other; without another undone job that is said."""
    needs = NeedsNotShown(keys=("build",), unfinished=())
    job = listed_job(waiting_job(status=JobStatus.BLOCKED, needs=needs))
    seen = of_database(job, [], (), [], 16)
    assert "Of its run no other job is undone" in only(seen).because
    known = listed_job(
        waiting_job(status=JobStatus.BLOCKED, needs=(NeededJob(key="build", id=70, status=JobStatus.WAITING),))
    )
    assert only(replace(seen, jobs=(known,))).reason is Reason.NEEDS_UNFINISHED
