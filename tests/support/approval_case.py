"""People, environments and a plan for tests of approvals, as values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.host import (
    ApiAccess,
    AppIniFile,
    Connections,
    Environment,
    EvidenceKind,
    EvidenceRule,
    HostConfiguration,
    Person,
    SelfReview,
    WorkflowRepository,
)
from runner_scope_doctor.model.plan import Maker, Plan, PlannedTarget, RowImage, Surroundings
from runner_scope_doctor.model.server import Engine

MADE = 1_790_000_000
DAY = 86_400
ANNA = Person(
    forgejo_id=7, forgejo_login="ops-lead", principals=("ops-lead@example.org", "ops-lead@laptop"), login="opslead"
)
BERT = Person(forgejo_id=9, forgejo_login="second-operator", principals=("second@example.org",), login="second")
CARL = Person(forgejo_id=11, forgejo_login="third", principals=(), login="third")
NOBODY = Maker(forgejo_id=None, login="timer")
CARL_MADE_IT = Maker(forgejo_id=CARL.forgejo_id, login="third")


def environment(
    *reviewers: Person,
    required: int = 1,
    self_review: SelfReview = SelfReview.PREVENTED,
    kinds: tuple[EvidenceKind, ...] = (EvidenceKind.SIGNATURE,),
    rule: EvidenceRule = EvidenceRule.ANY_KIND,
) -> Environment:
    """The environment `deploy`, with Anna and Bert as reviewers when none are named."""
    return Environment(
        name="deploy",
        repository=WorkflowRepository(id=12, name="ops/forgejo"),
        workflow=".forgejo/workflows/scope-repair.yml",
        deployment_refs=("refs/heads/main",),
        reviewers=reviewers or (ANNA, BERT),
        required_approvals=required,
        self_review=self_review,
        plan_valid_for=DAY,
        evidence=kinds,
        evidence_rule=rule,
    )


def configuration(*environments: Environment, people: tuple[Person, ...] = (ANNA, BERT, CARL)) -> HostConfiguration:
    """A host with these environments and people, self-review prevented, and no allowed signers yet."""
    check = AppIniFile(path=Path("/etc/forgejo/app.ini"))
    return HostConfiguration(
        file="host.yml",
        instance="https://git.example.org/",
        state=Path("/var/lib/runner-scope-doctor"),
        connections=Connections(check=check, approval=check, backup=None, repair=None),
        api=ApiAccess(token_file=Path("/etc/runner-scope-doctor/api.token"), ca_file=None),
        contract=None,
        people=people,
        allowed_signers=None,
        revoked_keys=None,
        self_review=SelfReview.PREVENTED,
        plan_valid_for=DAY,
        environments=environments,
        callers=(),
        break_glass=None,
    )


def a_plan(*, environment: str | None = "deploy", maker: Maker = CARL_MADE_IT) -> Plan:
    """A plan of that maker for that environment, made at MADE and good for a day."""
    before = RowImage(
        id=5, uuid="37633331-3539-3165-3862-363732323561", name="rs2000-deploy-host", owner_id=1, repo_id=35,
        description=None, created=None, ephemeral=False, token_hash=None, token_salt=None,
    )  # fmt: skip
    target = PlannedTarget(
        instance="https://git.example.org/", engine=Engine.SQLITE, database="forgejo.db", identity="device 1 inode 2",
        forgejo="15.0.3", major=15, table_fingerprint="f" * 64,
    )  # fmt: skip
    return Plan(
        plan_id="a" * 32, tool_version="0.1.0", target=target, environment=environment, finding="RSD001", undoes=None,
        repository="platform-team/platform", before=before, after=replace(before, owner_id=0), statements=(),
        surroundings=Surroundings(others=2, fingerprint="e" * 64), maker=maker, created=MADE, expires=MADE + DAY,
    )  # fmt: skip


def approval(person: Person, kind: EvidenceKind = EvidenceKind.SIGNATURE, reference: str = "1") -> Approval:
    """That person's approval by one piece of evidence."""
    return Approval(forgejo_id=person.forgejo_id, login=person.forgejo_login, kind=kind, reference=reference, facts=())
