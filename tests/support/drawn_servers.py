"""Servers worth drawing: one with every kind of trouble, and big ones."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.runner import Absent, ObservedOwner, ObservedRepository
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope
from runner_scope_doctor.model.snapshot import ActionsUnit, Need, OverdueJob, Snapshot, Source, Unobserved, WaitingJobs
from runner_scope_doctor.model.waiting import JobStatus, TasksSeen, WaitingJob, WaitingLook
from runner_scope_doctor.model.waiting_reason import WaitingAnswer
from support.contracts import contract, declared
from support.snapshots import NOW, PLATFORM, TEAM, runner, server, snapshot
from support.waiting import group, run_of_job

ALICE = ObservedOwner(id=2, name="alice", kind=OwnerKind.USER)
BLOG = ObservedRepository(id=41, owner_id=2, owner_name="alice", name="blog")
INFRASTRUCTURE = ObservedRepository(id=36, owner_id=1, owner_name="platform-team", name="infrastructure")


def _job(number: int, name: str, waited: int, repository: ObservedRepository) -> OverdueJob:
    return OverdueJob(
        id=number, name=name, runs_on=("deploy",), waiting_since=NOW - waited, repository=repository,
        actions_unit=ActionsUnit.ON,
    )  # fmt: skip


def troubled() -> tuple[Snapshot, Contract]:
    """A combined runner with waiting jobs, one that serves too much, one that is missing, one whose repository is gone, one
    that serves nothing, and healthy ones."""
    seen = snapshot(
        runner(1, name="shared-builder", labels=("docker", "ubuntu-22.04")),
        runner(4, repo_id=35, deleted=1778752131),
        runner(5, owner_id=1, repo_id=35),
        runner(6, name="team-builder", owner_id=1, labels=("docker",)),
        runner(7, name="night-tests", owner_id=1, labels=("docker", "kvm"), last_online=NOW - 90_000),
        runner(8, name="blog-publisher", repo_id=41, labels=("blog",)),
        runner(9, name="provisioner", labels=("provision",)),
        runner(10, name="old-site", repo_id=77, labels=("docker",), last_online=NOW - 4_000_000),
        runner(11, name="half-written", owner_id=-1, labels=("docker",), last_online=None),
        owners=(TEAM, ALICE),
        repositories=(PLATFORM, INFRASTRUCTURE, BLOG, Absent(id=77)),
        waiting_jobs=(WaitingJobs(repo_id=35, count=3, oldest=NOW - 7_500),),
        unobserved=(
            Unobserved(
                source=Source.DATABASE,
                what="rows of action_variable with both ids",
                reason="The login may not read the table action_variable.",
                next_step="Grant what docs/access.md lists, where you want them to be looked at.",
                need=Need.OPTIONAL,
            ),
        ),
    )
    seen = replace(
        seen,
        server=replace(server(), instance="https://git.example.org/"),
        overdue_before=NOW - 900,
        overdue_jobs=(
            _job(71, "deploy to production", 7_500, PLATFORM),
            _job(72, "deploy to staging", 3_700, PLATFORM),
        ),
    )
    wanted = contract(
        declared(max_wait=900),
        declared("shared-builder", InstanceScope(), labels=("docker",), line=9),
        declared("provisioner", RepositoryScope(name="platform-team/infrastructure", id=36), line=13),
        declared("release-signer", OwnerScope(kind=OwnerKind.ORGANIZATION, name="platform-team", id=1), line=17),
        undeclared=UndeclaredRule.IGNORE,
    )
    return seen, wanted


def reasons() -> WaitingAnswer:
    """Why the jobs of that server wait: a combined runner, one that is offline, a label that differs in case."""
    seen, _ = troubled()
    jobs = (
        _waiting(71, "deploy to production", 7_500, PLATFORM, "deploy"),
        _waiting(72, "deploy to staging", 3_700, PLATFORM, "deploy"),
        _waiting(73, "nightly", 86_400, INFRASTRUCTURE, "kvm"),
        _waiting(74, "publish", 600, BLOG, "Blog"),
    )
    groups = tuple(
        group(
            one.id,
            name=one.name,
            owner_id=one.owner_id,
            repo_id=one.repo_id,
            labels=one.labels,
            last_online=one.last_online or 0,
        )
        for one in seen.runners
        if not one.deleted
    )
    tasks = TasksSeen(running={}, used_up=frozenset())
    return explained(
        WaitingLook(
            now=NOW,
            server=seen.server,
            major=15,
            jobs=jobs,
            left_out=0,
            groups=groups,
            deleted=(),
            failing=(),
            tasks=tasks,
        )
    )


def _waiting(number: int, name: str, waited: int, repository: ObservedRepository, label: str) -> WaitingJob:
    return WaitingJob(
        id=number, name=name, run_id=70, run=run_of_job(), repo_id=repository.id, repository=repository,
        owner_id=repository.owner_id, runs_on=(label,), needs=(), status=JobStatus.WAITING, assigned=False,
        waiting_since=NOW - waited, actions_unit=ActionsUnit.ON,
    )  # fmt: skip


def crowd(count: int) -> Snapshot:
    """That many live runners: one combined, the others healthy, ten to an owner with a repository each."""
    rows = [runner(1, owner_id=1, repo_id=35)]
    owners, repositories = [TEAM], [PLATFORM]
    for number in range(2, count + 1):
        whose = 100 + (number - 2) // 10
        if owners[-1].id != whose:
            owners.append(ObservedOwner(id=whose, name=f"team-{whose}", kind=OwnerKind.ORGANIZATION))
        repositories.append(
            ObservedRepository(id=1000 + number, owner_id=whose, owner_name=f"team-{whose}", name=f"service-{number}")
        )
        rows.append(runner(number, name=f"runner-{number}", repo_id=1000 + number, labels=("docker", "ubuntu-22.04")))
    return snapshot(*rows, owners=tuple(owners), repositories=tuple(repositories))


def sick_crowd(count: int) -> Snapshot:
    """The same, and every runner is combined."""
    seen = crowd(count)
    owners = {one.id: one.owner_id for one in seen.repositories if isinstance(one, ObservedRepository)}
    rows = [replace(one, owner_id=owners[one.repo_id]) if isinstance(one.repo_id, int) else one for one in seen.runners]
    return replace(seen, runners=tuple(rows))
