"""A server on which a reviewer can approve the plan of `approval_case` by a dispatch, row by row as Forgejo writes it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from runner_scope_doctor.approve.dispatch import dispatch_evidence, waiting_dispatches
from runner_scope_doctor.approve.evidence import Evidence
from runner_scope_doctor.database.address import DatabaseAddress
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.host import EvidenceKind, HostConfiguration, Person
from runner_scope_doctor.model.plan import Plan
from support.approval_case import ANNA, BERT, CARL, MADE, a_plan, configuration, environment
from support.empty_server import EmptyServer
from support.world import Status, World

DIGEST = "0123456789abcdef" * 4
NOW = MADE + 120
"""The clock of the host, and the time at which the world's rows are made, is a little after the plan."""
REF = "refs/heads/main"
WORKFLOW = """\
"on":
    workflow_dispatch:
        inputs:
            operation:
                description: what to do
                required: true
                type: choice
                options:
                    - plan
                    - apply
            digest:
                required: true
                type: string
jobs:
    repair:
        name: repair
        runs-on: deploy
        steps:
            - run: runner-scope-doctor request repair
              env:
                DIGEST: ${{ inputs.digest }}
"""
"""As the server stores it for a job (go-yaml's form: four spaces, "on" in quotes)."""
FIRST_MAJOR_WITH_DIRECTORY = 14
MALLORY_ID = 99


@dataclass(frozen=True, slots=True, kw_only=True)
class DispatchServer:
    """The repository `ops/forgejo` (id 12) with a protected `main`; Anna, Bert and Carl have the ids of the host's people."""

    world: World
    address: DatabaseAddress
    host: HostConfiguration
    plan: Plan

    def dispatch(self, inputs: object = None, *, by: int = ANNA.forgejo_id, **more: Any) -> int:
        """A dispatch that waits, and its one job. `more` are columns of the run; `job` those of the job, `payload` what
        differs in the payload, `workflow` the workflow stored with the job."""
        job = more.pop("job", {})
        changes = more.pop("payload", {})
        workflow = more.pop("workflow", WORKFLOW)
        repository = more.pop("repo_id", 12)
        event = payload(inputs, by=by, ref=more.get("ref", REF)) | changes
        values: dict[str, Any] = {
            "title": "scope repair",
            "workflow_id": "scope-repair.yml",
            "trigger_user_id": by,
            "ref": REF,
            "commit_sha": "b" * 40,
            "event_payload": json.dumps(event, separators=(",", ":")),
            **more,
        }
        run_id = self.world.workflow_run(repository, **values)
        stored = workflow.encode() if isinstance(workflow, str) else workflow
        self.world.job(
            repository, run_id=run_id, **{"name": "repair", "job_id": "repair", "workflow_payload": stored, **job}
        )
        return run_id

    def judged(self, run_id: int, *, digest: str = DIGEST, now: int = NOW) -> Evidence:
        """What the run comes to, asked through a connection of its own."""
        with opened_for_reading(self.address, Patience(20)) as reader:
            return dispatch_evidence(
                reader, run_id, self.plan, digest, self.host, major=self.world.major, now=now
            )  # fmt: skip

    def reason(self, run_id: int, *, digest: str = DIGEST, now: int = NOW) -> str:
        """Why the run approves nothing: a whole sentence that names it."""
        evidence = self.judged(run_id, digest=digest, now=now)
        assert isinstance(evidence, Declined), evidence
        assert evidence.kind is EvidenceKind.DISPATCH
        assert evidence.reason.startswith(f"The dispatch run {run_id} ")
        assert evidence.reason.endswith(".")
        assert not evidence.reason.endswith("..")
        return evidence.reason

    def waiting(self) -> tuple[int, ...]:
        """The runs by which the timer finds the plan approved."""
        with opened_for_reading(self.address, Patience(20)) as reader:
            found = waiting_dispatches(reader, self.plan, DIGEST, self.host, major=self.world.major, now=NOW)
        return tuple(one.run_id for one in found if isinstance(one.evidence, Approval))

    def picked(self, run_id: int) -> None:
        """A runner takes the run's job: what the server writes then (`models/actions/task.go`, `run_job.go`)."""
        counts = "attempt + 1" if self.world.major < 15 else "attempt"
        self.world.execute(
            f"UPDATE action_run_job SET task_id = 1, status = 6, attempt = {counts}, started = {NOW}, updated = {NOW + 1}"
            f" WHERE run_id = {run_id}"
        )
        self._written(run_id, status=Status.RUNNING)

    def cancelled(self, run_id: int) -> None:
        """Somebody cancels it."""
        self.world.execute(
            f"UPDATE action_run_job SET status = 3, stopped = {NOW}, updated = {NOW + 2} WHERE run_id = {run_id}"
        )
        self._written(run_id, status=Status.CANCELLED)

    def run_again(self, run_id: int) -> None:
        """Somebody presses re-run: the run is reset, then its job (`routers/web/repo/actions/view.go`, `rerun.go`)."""
        counts = "attempt + 1" if self.world.major >= 15 else "attempt"
        self.world.execute(
            f"UPDATE action_run_job SET status = 5, task_id = 0, stopped = 0, attempt = {counts}, updated = {NOW + 3}"
            f" WHERE run_id = {run_id}"
        )
        self._written(run_id, status=Status.WAITING)
        self._written(run_id, status=Status.WAITING)

    def _written(self, run_id: int, *, status: Status) -> None:
        self.world.execute(
            f"UPDATE action_run SET status = {int(status)}, version = version + 1, updated = {NOW + 4} WHERE id = {run_id}"
        )


def payload(inputs: object = None, *, by: int = ANNA.forgejo_id, ref: object = REF) -> dict[str, Any]:
    """What Forgejo stores of the event, as far as it is looked at, with what stands beside it."""
    return {
        "inputs": {"digest": DIGEST, "operation": "apply"} if inputs is None else inputs,
        "ref": ref,
        "repository": {"id": 12, "owner": {"id": 3, "login": "ops"}, "name": "forgejo", "full_name": "ops/forgejo"},
        "sender": {"id": by, "login": "somebody"},
        "workflow": ".forgejo/workflows/scope-repair.yml",
    }


def dispatch_server(server: EmptyServer, major: int, *reviewers: Person, now: int = NOW) -> DispatchServer:
    """The server in an empty database. Its reviewers, Anna and Bert by default, alone may merge into main."""
    world = server.create(major, now=now)
    for person in (ANNA, BERT, CARL):
        world.user(person.forgejo_login, id=person.forgejo_id)
    world.user("mallory", id=MALLORY_ID)
    world.organization("ops", id=3)
    world.repository(3, "forgejo", id=12)
    people = reviewers or (ANNA, BERT)
    ids = json.dumps([person.forgejo_id for person in people])
    world.branch_rule(12, "main", enable_merge_whitelist=True, merge_whitelist_user_i_ds=ids)
    return DispatchServer(
        world=world,
        address=server.address,
        host=configuration(environment(*people, kinds=(EvidenceKind.DISPATCH,))),
        plan=a_plan(),
    )


Attack = Callable[[DispatchServer], int]
"""Makes a run that must not approve, and returns its id."""
