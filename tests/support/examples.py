"""One pair for each finding: a server that has it, and the nearest one that is healthy."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runner_scope_doctor.model.contract import Contract, UndeclaredRule
from runner_scope_doctor.model.direction import Direction
from runner_scope_doctor.model.finding import FindingKind
from runner_scope_doctor.model.runner import Absent, ObservedOwner
from runner_scope_doctor.model.scope import OwnerKind
from runner_scope_doctor.model.snapshot import (
    ActionsUnit,
    CombinedValue,
    CounterSample,
    Difference,
    GlassBreak,
    OverdueJob,
    PastRepair,
    RiskyCredential,
    Snapshot,
    Source,
    StoredValueKind,
)
from support.contracts import contract, declared
from support.snapshots import NOW, PLATFORM, TEAM, USERS_CASE, runner, server, snapshot

INSTANCE = "https://git.example.org/"
ALICE = ObservedOwner(id=2, name="alice", kind=OwnerKind.USER)
DEPLOY_HOST = runner(5, repo_id=35)
BUILDER = runner(6, name="builder", labels=("docker",))
COMBINED = runner(5, owner_id=1, repo_id=35)
REPAIR = PastRepair(
    plan="a" * 64, repaired_at=NOW - 86400, undone_at=None, instance=INSTANCE, runner_id=5,
    runner_name="rs2000-deploy-host", owner_id=1, repo_id=35,
)  # fmt: skip

BREAK = GlassBreak(
    plan="a" * 64, at=NOW - 86400, direction=Direction.REPAIR, login="opslead",
    reason="alone on duty, deploys are down", instance=INSTANCE, runner_id=5, runner_name="rs2000-deploy-host",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplePair:
    """`contract` and `target_major` hold for both; None where the finding needs none."""

    sick: Snapshot
    healthy: Snapshot
    contract: Contract | None = None
    target_major: int | None = None


def _job(waited: int) -> OverdueJob:
    return OverdueJob(
        id=71, name="deploy", runs_on=("deploy",), waiting_since=NOW - waited, repository=PLATFORM,
        actions_unit=ActionsUnit.ON,
    )  # fmt: skip


def _counter(second: int) -> CounterSample:
    return CounterSample(repo_id=35, first=40, second=second, seconds=10, changed_jobs=0)


def _seen_at(instance: str) -> Snapshot:
    return replace(snapshot(DEPLOY_HOST), server=replace(server(), instance=instance))


EXAMPLES: dict[FindingKind, ExamplePair] = {
    FindingKind.COMBINED_SCOPE: ExamplePair(
        sick=snapshot(*USERS_CASE), healthy=snapshot(USERS_CASE[0], DEPLOY_HOST), contract=contract()
    ),
    FindingKind.SCOPE_DIFFERS: ExamplePair(
        sick=snapshot(runner(5)), healthy=snapshot(DEPLOY_HOST), contract=contract()
    ),
    FindingKind.RUNNER_MISSING: ExamplePair(
        sick=snapshot(USERS_CASE[0], BUILDER), healthy=snapshot(DEPLOY_HOST, BUILDER), contract=contract()
    ),
    FindingKind.NAME_AMBIGUOUS: ExamplePair(
        sick=snapshot(DEPLOY_HOST, runner(6)), healthy=snapshot(DEPLOY_HOST, BUILDER), contract=contract()
    ),
    FindingKind.RUNNER_UNDECLARED: ExamplePair(
        sick=snapshot(DEPLOY_HOST, BUILDER),
        healthy=snapshot(DEPLOY_HOST),
        contract=contract(undeclared=UndeclaredRule.WARN),
    ),
    FindingKind.IMPOSSIBLE_ID: ExamplePair(sick=snapshot(runner(5, owner_id=-1)), healthy=snapshot(runner(5))),
    FindingKind.REPOSITORY_GONE: ExamplePair(
        sick=snapshot(runner(5, repo_id=99), repositories=(Absent(id=99),)), healthy=snapshot(DEPLOY_HOST)
    ),
    FindingKind.OWNER_GONE: ExamplePair(
        sick=snapshot(runner(5, owner_id=9, repo_id=35), owners=(Absent(id=9),)), healthy=snapshot(DEPLOY_HOST)
    ),
    FindingKind.REPOSITORY_MOVED: ExamplePair(
        sick=snapshot(runner(5, owner_id=2, repo_id=35), owners=(TEAM, ALICE)), healthy=snapshot(DEPLOY_HOST)
    ),
    FindingKind.LABELS_MISSING: ExamplePair(
        sick=snapshot(runner(5, repo_id=35, labels=("docker",))),
        healthy=snapshot(runner(5, repo_id=35, labels=("docker", "deploy"))),
        contract=contract(declared(labels=("deploy",))),
    ),
    FindingKind.NEVER_DECLARED: ExamplePair(
        sick=snapshot(runner(5, repo_id=35, labels=("",))), healthy=snapshot(DEPLOY_HOST), contract=contract()
    ),
    FindingKind.LABELS_RAW: ExamplePair(
        sick=snapshot(runner(5, repo_id=35, labels=("deploy:host",))),
        healthy=snapshot(DEPLOY_HOST),
        contract=contract(),
    ),
    FindingKind.RUNNER_OFFLINE: ExamplePair(
        sick=snapshot(runner(5, repo_id=35, last_online=NOW - 601)),
        healthy=snapshot(runner(5, repo_id=35, last_online=NOW - 600)),
        contract=contract(declared(online_within=600)),
    ),
    FindingKind.JOB_OVERDUE: ExamplePair(
        sick=replace(snapshot(DEPLOY_HOST), overdue_before=NOW - 900, overdue_jobs=(_job(901),)),
        healthy=replace(snapshot(DEPLOY_HOST), overdue_before=NOW - 900, overdue_jobs=(_job(900),)),
        contract=contract(declared(max_wait=900)),
    ),
    FindingKind.COUNTER_CLIMBS: ExamplePair(
        sick=replace(snapshot(COMBINED), counters=(_counter(45),)),
        healthy=replace(snapshot(DEPLOY_HOST), counters=(_counter(40),)),
    ),
    FindingKind.COMBINED_VALUE: ExamplePair(
        sick=replace(
            snapshot(DEPLOY_HOST),
            combined_values=(
                CombinedValue(kind=StoredValueKind.SECRET, id=3, name="DEPLOY_KEY", owner_id=1, repo_id=35),
            ),
        ),
        healthy=snapshot(DEPLOY_HOST),
    ),
    FindingKind.WITNESSES_DISAGREE: ExamplePair(
        sick=replace(
            snapshot(DEPLOY_HOST), differences=(Difference(runner_id=5, what="repo_id", database="35", api="36"),)
        ),
        healthy=snapshot(DEPLOY_HOST),
    ),
    FindingKind.WRONG_INSTANCE: ExamplePair(
        sick=_seen_at("https://test.example.org/"), healthy=_seen_at(INSTANCE), contract=contract(instance=INSTANCE)
    ),
    FindingKind.WRITABLE_CREDENTIAL: ExamplePair(
        sick=replace(
            snapshot(DEPLOY_HOST),
            risky_credentials=(
                RiskyCredential(
                    source=Source.DATABASE, what="database credential", power="the file /srv/forgejo.db is writable"
                ),
            ),
        ),
        healthy=snapshot(DEPLOY_HOST),
    ),
    FindingKind.UPGRADE_HAZARD: ExamplePair(sick=snapshot(COMBINED), healthy=snapshot(DEPLOY_HOST), target_major=16),
    FindingKind.POWERFUL_TOKEN: ExamplePair(
        sick=replace(
            snapshot(DEPLOY_HOST),
            risky_credentials=(
                RiskyCredential(source=Source.API, what="API token", power="register a runner for the whole instance"),
            ),
        ),
        healthy=snapshot(DEPLOY_HOST),
    ),
    FindingKind.SCOPE_RECURRED: ExamplePair(
        sick=replace(snapshot(COMBINED), past_repairs=(REPAIR,)),
        healthy=replace(snapshot(DEPLOY_HOST), past_repairs=(REPAIR,)),
    ),
    FindingKind.GLASS_BROKEN: ExamplePair(
        sick=replace(snapshot(DEPLOY_HOST), glass_breaks=(BREAK,)),
        healthy=replace(snapshot(DEPLOY_HOST), glass_breaks=(replace(BREAK, at=NOW - 30 * 86400),)),
    ),
}
"""One pair for every kind; `tests/diagnose/test_examples.py` holds that."""
