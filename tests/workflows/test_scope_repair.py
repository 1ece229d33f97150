"""`scope-repair.yml` as it stands, run by `act` against the host's real service and a real database."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.act import ActRun, run_workflow
from support.command import ACTION, ROOT
from support.connection import FreshDatabase
from support.deploy_host import MAKER, one_login
from support.empty_server import EmptyServer
from support.gate import Gate, Terms, gate
from support.plan_runs import PLAN_WORKFLOW
from support.socket_service import NEEDS_ACTIVATE, Service, service

pytestmark = NEEDS_ACTIVATE
WORKFLOW = (ROOT / ".forgejo" / "workflows" / "scope-repair.yml").read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deploy:
    """The host with its service, and a folder for the repository whose workflow runs."""

    gate: Gate
    served: Service
    folder: Path

    def job(
        self,
        run_id: int,
        *,
        event: str = "workflow_dispatch",
        branch: str = "main",
        workflow: str = WORKFLOW,
        **more: str,
    ) -> ActRun:
        """The run's job starts. Inputs are told by name, and `GITHUB_…` of what the runner says."""
        inputs = {name.replace("_", "-"): value for name, value in more.items() if name.islower()}
        told = {name: value for name, value in more.items() if name.isupper()}
        number = len(list(self.folder.iterdir()))
        return run_workflow(
            workflow,
            self.folder / str(number),
            checkout=ROOT,
            variables={"RSD_COMMAND": str(self._client())},
            inputs=inputs,
            event=event,
            branch=branch,
            environment={"RSD_SOCKET": str(self.served.path)},
            told={"GITHUB_RUN_ID": str(run_id), **told},
        )

    def _client(self) -> Path:
        """What install-host puts onto the host."""
        file = self.gate.host.folder / "runner-scope-doctor"
        command = f"{shlex.quote(sys.executable)} -m runner_scope_doctor"
        file.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ACTION))} exec {command} "$@"\n')
        file.chmod(0o755)
        return file


@pytest.fixture
def deploy(sqlite_database: FreshDatabase, private: Path, tmp_path: Path) -> Iterator[Deploy]:
    """The user's sick runner, the host's service, and one reviewer's run that approves."""
    empty = EmptyServer(engine=sqlite_database.engine, address=sqlite_database.address, database=sqlite_database)
    there = gate(empty, one_login(sqlite_database.address), private, Terms())
    (tmp_path / "runs").mkdir()
    with service("-m", "runner_scope_doctor", "serve", "--host", there.host.configuration) as served:
        yield Deploy(gate=there, served=served, folder=tmp_path / "runs")


def printed(run: ActRun, step: str = "1") -> list[str]:
    """What the step that asks the host printed."""
    return run.log(step, job="repair")


def test_plan_then_apply(deploy: Deploy) -> None:
    """One dispatch plans and prints the digest; another person's dispatch with it repairs; both jobs end green."""
    there = deploy.gate
    asking = there.dispatch("", MAKER, inputs={"operation": "plan"}, workflow=PLAN_WORKFLOW)
    planned = deploy.job(asking, operation="plan")
    assert planned.succeeded, planned.everything
    digest = next(line for line in printed(planned) if line.startswith("plan ")).removeprefix("plan ")
    assert there.scope() == (1, 35)
    approving = there.dispatch(digest)
    there.server.picked(approving)
    applied = deploy.job(approving, operation="apply", digest=digest)
    assert applied.succeeded, applied.everything
    assert printed(applied)[-1].startswith("DONE: runner 5 belongs to repository 35 alone.")
    assert there.scope() == (0, 35)


def test_the_dead_runners_own_job_reports_the_receipt(deploy: Deploy) -> None:
    """The timer repaired while the job waited; once the runner picks the job up, it reports the receipt and ends green."""
    there = deploy.gate
    digest = there.host.planned()
    run_id = there.dispatch(digest)
    assert there.host.doctor("apply-approved").code == 0
    there.server.picked(run_id)
    run = deploy.job(run_id, operation="apply", digest=digest)
    assert run.succeeded, run.everything
    assert f"receipt of plan {digest}" in printed(run)
    assert printed(run)[-1].startswith("ALREADY DONE: runner 5 ")


def test_a_refusal_fails_the_job_and_is_its_last_word(deploy: Deploy) -> None:
    """The maker's own dispatch: the job fails, the reason is the host's, nothing was changed."""
    there = deploy.gate
    digest = there.host.planned()
    run = deploy.job(there.dispatch(digest, MAKER), operation="apply", digest=digest)
    assert not run.succeeded
    assert "ops-lead made the plan, and self-review is prevented" in printed(run)[-1]
    assert there.scope() == (1, 35)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"branch": "evil"}, "REFUSED: this runs on 'refs/heads/evil'."),
        ({"branch": "refs/heads/main"}, "REFUSED: this runs on 'refs/heads/refs/heads/main'."),
        ({"GITHUB_RUN_ATTEMPT": "2"}, "REFUSED: this is attempt '2'"),
        ({"event": "schedule"}, "REFUSED: this was started by 'schedule'."),
    ],
    ids=["another branch", "a branch with the whole ref in its name", "a second attempt", "a schedule"],
)
def test_what_the_host_would_refuse_is_refused_early(deploy: Deploy, told: dict[str, str], reason: str) -> None:
    """Convenience: the host is not even asked, and the log says what to do instead."""
    there = deploy.gate
    digest = there.host.planned()
    workflow = WORKFLOW
    if "event" in told:
        workflow = WORKFLOW.replace("on:\n", 'on:\n  schedule:\n    - cron: "0 0 * * *"\n', 1)
    run = deploy.job(there.dispatch(digest), workflow=workflow, operation="apply", digest=digest, **told)
    assert not run.succeeded
    assert printed(run, "0")[-1].startswith(reason)
    assert printed(run) == []
    assert there.scope() == (1, 35)


def test_what_the_job_says_of_itself_changes_nothing(deploy: Deploy) -> None:
    """A job that calls itself a reviewer's, on main and in its first attempt, with the run of a stranger."""
    there = deploy.gate
    digest = there.host.planned()
    forged = {
        "GITHUB_ACTOR": "second-operator",
        "FORGEJO_ACTOR": "second-operator",
        "GITHUB_TRIGGERING_ACTOR": "second-operator",
    }
    run = deploy.job(there.dispatch(digest, "mallory"), operation="apply", digest=digest, **forged)
    assert not run.succeeded
    assert "was started by mallory (Forgejo id 99)" in printed(run)[-1]
    assert there.scope() == (1, 35)


def test_hostile_inputs_are_words_and_no_commands(deploy: Deploy) -> None:
    """Whatever stands in the form: no shell runs it, no option of ours is made of it."""
    there = deploy.gate
    run_id = there.dispatch("x")
    for digest in ("$(touch /tmp/owned)", "--socket=/dev/null", "--help", "x; exit 0", "`id`"):
        run = deploy.job(run_id, operation="apply", digest=digest)
        assert not run.succeeded, digest
    assert there.scope() == (1, 35)
