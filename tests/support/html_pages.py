"""Pages of checks, as the program writes them."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.diagnose.picture import pictured
from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.runner import ObservedOwner, ObservedRepository
from runner_scope_doctor.model.scope import OwnerKind
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.snapshot import ActionsUnit, Need, OverdueJob, Snapshot, Source, Unobserved
from runner_scope_doctor.model.waiting_reason import WaitingAnswer
from runner_scope_doctor.report import html
from support.contracts import contract, declared
from support.snapshots import NOW, runner, snapshot
from support.waiting import look, waiting_job

TOOL = "0.1.0"


def page(seen: Snapshot, wanted: Contract | None = None, waiting: WaitingAnswer | Unobserved | None = None) -> str:
    """The page of one check."""
    diagnosis = diagnosed(seen, contract=wanted, fail_on=Severity.ERROR)
    return html.rendered(diagnosis, pictured(seen, diagnosis, wanted, waiting), TOOL)


def page_of_strangers(name: str, reason: str) -> str:
    """A page in which every text that strangers choose is one of these two."""
    label = f"x{reason.replace(':', '')}"  # one with a colon is a finding of its own
    place = ObservedRepository(id=35, owner_id=1, owner_name=name, name=reason)
    job = OverdueJob(
        id=71, name=name, runs_on=(label,), waiting_since=NOW - 7_500, repository=place, actions_unit=ActionsUnit.ON
    )
    gap = Unobserved(source=Source.DATABASE, what=name, reason=reason, next_step=name, need=Need.REQUIRED)
    seen = snapshot(
        runner(5, name=name, owner_id=1, repo_id=35, labels=(label,)),
        runner(6, name="other", owner_id=1, labels=(label, "docker")),
        owners=(ObservedOwner(id=1, name=name, kind=OwnerKind.USER),),
        repositories=(place,),
        unobserved=(gap,),
    )
    version = ServerVersion(major=15, text=reason, source=name)
    seen = replace(
        seen,
        server=replace(seen.server, version=version, address=name, instance=reason),
        overdue_before=NOW - 900,
        overdue_jobs=(job,),
    )
    wanted = contract(declared(name, max_wait=900), declared("missing", labels=(reason,)))
    answer = explained(look(replace(waiting_job(runs_on=(label,)), name=name, repository=place)))
    told = replace(answer.explanations[0], because=reason, next_step=name)
    gap = replace(gap, need=Need.OPTIONAL)
    return page(seen, replace(wanted, file=name), replace(answer, explanations=(told,), unobserved=(gap,)))
