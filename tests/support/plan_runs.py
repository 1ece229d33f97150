"""A server with the user's sick row, on which somebody asks for a plan by a dispatch; attacks on that; the deploy host's part."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runner_scope_doctor.approve.plan_dispatch import plan_request
from runner_scope_doctor.approve.plan_request import NoPlanRequest, PlanRequest
from runner_scope_doctor.database.reader import Patience, opened_for_reading
from support.approval_case import ANNA
from support.command import Ended
from support.deploy_host import DeployHost
from support.dispatch_attacks import RUN_ATTACKS
from support.dispatch_surroundings import SERVER_CHANGES, Change
from support.dispatches import DIGEST, NOW, WORKFLOW, Attack, DispatchServer, dispatch_server
from support.empty_server import EmptyServer
from support.world import Status, users_case

ENVIRONMENT = """\
environments:
  deploy-runner-repair:
    repository: {id: 12, name: ops/forgejo}
    workflow: .forgejo/workflows/scope-repair.yml
    deployment_branches: [main]
    reviewers: [ops-lead, second-operator]
    evidence: [dispatch, signature]
"""
"""Lines of host.yml."""
PLAN_WORKFLOW = WORKFLOW.replace(
    "jobs:\n",
    "            runner:\n                type: string\n            counter-fence:\n                type: boolean\njobs:\n",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskingServer(DispatchServer):
    """As `DispatchServer`, but what is dispatched asks for a plan when nothing else is said."""

    def dispatch(self, inputs: object = None, *, by: int = ANNA.forgejo_id, **more: Any) -> int:
        """As there, with the inputs `runner` and `counter-fence` in the workflow."""
        asked = {"operation": "plan"} if inputs is None else inputs
        return DispatchServer.dispatch(self, asked, by=by, **{"workflow": PLAN_WORKFLOW, **more})

    def asked(self, run_id: int, *, now: int = NOW) -> PlanRequest | NoPlanRequest:
        """What the run asks for, looked up through a connection of its own."""
        with opened_for_reading(self.address, Patience(20)) as reader:
            return plan_request(reader, run_id, self.host, major=self.world.major, now=now)

    def refusal(self, run_id: int, *, now: int = NOW) -> str:
        """Why the run gets no plan: a whole sentence that names it."""
        found = self.asked(run_id, now=now)
        assert isinstance(found, NoPlanRequest), found
        assert found.reason.startswith(f"The workflow run {run_id} ")
        assert found.reason.endswith(".")
        assert not found.reason.endswith("..")
        return found.reason


def asking_server(server: EmptyServer, major: int, *, now: int = NOW) -> AskingServer:
    """The server in an empty database, with runner 5 combined, as on the user's."""
    made = dispatch_server(server, major, now=now)
    users_case(made.world)
    return AskingServer(world=made.world, address=made.address, host=made.host, plan=made.plan)


def typed(**inputs: object) -> Attack:
    """A dispatch for a plan with these inputs beside or instead of the honest one."""
    return lambda server: server.dispatch(
        {"operation": "plan", **{name.replace("_", "-"): text for name, text in inputs.items()}}
    )


def with_default(name: str, value: str, **inputs: str) -> Attack:
    """A dispatch of a workflow with that default, by which these inputs were recorded."""
    changed = PLAN_WORKFLOW.replace(
        f"            {name}:\n", f"            {name}:\n                default: {value}\n"
    )
    assert changed != PLAN_WORKFLOW
    return lambda server: server.dispatch(
        {"operation": "plan", **{name.replace("_", "-"): text for name, text in inputs.items()}}, workflow=changed
    )


_OF_APPROVALS = (
    "in its third attempt", "from before the plan", "to make a plan", "with APPLY and a space", "with apply and a line end",
    "of another plan", "with the digest in upper case", "with the digest cut short", "with a line end behind the digest",
    "with a space before the digest", "without a digest", "with a default for the operation",
    "with a default for the digest", "of a workflow with one of the inputs",
)  # fmt: skip
"""What says something else, or nothing, of a run that asks for a plan."""
_OWN: dict[str, tuple[Attack, str]] = {
    "in its third attempt": (
        lambda server: server.dispatch(job={"attempt": 3, "task_id": 1, "status": Status.RUNNING}),
        "has a job in attempt 3; a request for a plan does not survive a re-run.",
    ),
    "that ended before": (
        lambda server: server.dispatch(status=Status.FAILURE),
        "is failed; only a run that waits or runs gets a plan.",
    ),
    "from the future": (
        lambda server: server.dispatch(created=server.world.now + 7200),
        "in the future, by the clock of this host.",
    ),
    "to apply": (
        lambda server: server.dispatch({"operation": "apply", "digest": DIGEST}),
        "asks for the operation apply, not for plan.",
    ),
    "with APPLY and a space": (typed(operation="APPLY "), 'asks for the operation "APPLY ", not for plan.'),
    "with Plan": (typed(operation="Plan"), "asks for the operation Plan, not for plan."),
    "with plan and a line end": (typed(operation="plan\n"), "asks for the operation"),
    "with an empty operation": (typed(operation=""), 'asks for the operation "", not for plan.'),
    "with a null for the operation": (typed(operation=None), "whose inputs.operation is no text."),
    "with a digest": (typed(digest=DIGEST), f"names the digest {DIGEST}, which has no place beside the operation plan."),
    "for the runner 0": (typed(runner="0"), "names the runner 0, which is no id; the check shows the id of each."),
    "for the runner -5": (typed(runner="-5"), "names the runner -5, which is no id"),
    "for a runner with a space": (typed(runner="5 "), 'names the runner "5 ", which is no id'),
    "for a runner with a line end": (typed(runner="5\n"), "which is no id"),
    "for a runner in other digits": (typed(runner="\uff15"), "which is no id"),
    "for a runner by name": (typed(runner="rs2000-deploy-host"), "names the runner rs2000-deploy-host, which is no id"),
    "for a runner that no table can hold": (typed(runner="9" * 19), "which is no id"),
    "for a runner of a thousand digits": (typed(runner="1" * 1000), "which is no id"),
    "for a runner as a number": (typed(runner=5), "has an event payload whose inputs.runner is no text."),
    "with on for the fence": (typed(counter_fence="on"), "has on for counter-fence, which is neither true nor false."),
    "with TRUE for the fence": (typed(counter_fence="TRUE"), "has TRUE for counter-fence, which is neither"),
    "with 1 for the fence": (typed(counter_fence="1"), "has 1 for counter-fence, which is neither true nor false."),
    "with a truth for the fence": (typed(counter_fence=True), "has an event payload whose inputs.counter-fence is no text."),
    "with a default for the operation": (
        with_default("operation", "plan"),
        "ran a workflow with a default for the input operation, which nobody needs to have typed.",
    ),
    "with a default for the runner": (
        with_default("runner", '"5"', runner="5"),
        "ran a workflow with a default for the input runner, which nobody needs to have typed.",
    ),
    "with a default for the fence": (
        with_default("counter-fence", "true", counter_fence="true"),
        "ran a workflow with a default for the input counter-fence, which nobody needs to have typed.",
    ),
    "of a workflow without the input runner": (
        lambda server: server.dispatch({"operation": "plan", "runner": "5"}, workflow=WORKFLOW),
        "ran a workflow that, as the server stored it, has no input runner.",
    ),
    "whose payload has ten megabytes": (
        lambda server: server.dispatch(payload={"more": "x" * 10_000_000}),
        "bytes; more than 100000 are not read.",
    ),
}  # fmt: skip
ASKING_ATTACKS: MappingProxyType[str, tuple[Attack, str]] = MappingProxyType(
    {name: attack for name, attack in RUN_ATTACKS.items() if name not in _OF_APPROVALS} | _OWN
)
"""Runs that get no plan, each with the reason."""
REPOSITORY_CHANGES: MappingProxyType[str, Change] = MappingProxyType(
    {name: change for name, change in SERVER_CHANGES.items() if name.startswith(("owner", "repository"))}
)
BRANCH_CHANGES: MappingProxyType[str, Change] = MappingProxyType(
    {name: change for name, change in SERVER_CHANGES.items() if name not in REPOSITORY_CHANGES}
)
"""What leaves a branch open to others."""


def asked_by(host: DeployHost, run_id: object) -> Ended:
    """The command."""
    return host.doctor("plan", "--run", str(run_id))


def plans_of(host: DeployHost) -> list[Path]:
    """What lies among the plans."""
    folder = host.state / "plans"
    return sorted(folder.iterdir()) if folder.exists() else []


def refused(host: DeployHost, run_id: object, reason: str) -> None:
    """5, the reason in the last line, and no plan more than before."""
    before = plans_of(host)
    ended = asked_by(host, run_id)
    assert ended.code == 5, ended.out + ended.err
    assert ended.out == ""
    assert ended.last_line.startswith("REFUSED: ")
    assert reason in ended.last_line
    assert " Next: " in ended.last_line
    assert plans_of(host) == before


def with_approval(host: DeployHost, url: str) -> None:
    """Gives the host a login for approvals that leads there."""
    file = host.folder / "approval.url"
    file.write_text(f"{url.strip()}\n")
    file.chmod(0o600)
    text = host.configuration.read_text()
    if "approval:" not in text:
        line = f"connections:\n  approval: {{database_url_file: {file}}}\n"
        host.configuration.write_text(text.replace("connections:\n", line))
