"""Runs that must not approve, each with the reason it is refused for."""

from __future__ import annotations

from types import MappingProxyType

from support.approval_case import MADE
from support.dispatches import DIGEST, MALLORY_ID, WORKFLOW, Attack
from support.world import Status


def inputs(**changes: object) -> object:
    """The honest inputs, changed."""
    return {"operation": "apply", "digest": DIGEST, **changes}


RUN_ATTACKS: MappingProxyType[str, tuple[Attack, str]] = MappingProxyType({
    "by somebody who is nobody here": (
        lambda server: server.dispatch(by=MALLORY_ID),
        "was started by mallory (Forgejo id 99), whom host.yml gives to none of the people.",
    ),
    "by the Actions user": (
        lambda server: server.dispatch(by=-2),
        "was started by the user id -2, which is the server itself and no person.",
    ),
    "by nobody": (lambda server: server.dispatch(trigger_user_id=0), "was started by the user id 0, which is the server"),
    "by a user who is gone": (lambda server: server.dispatch(by=1234), "was started by a user who is gone (Forgejo id 1234)"),
    "of another repository": (
        lambda server: server.dispatch(repo_id=13),
        "belongs to the repository with the id 13, not to ops/forgejo with the id 12.",
    ),
    "of another workflow": (
        lambda server: server.dispatch(workflow_id="scope-check.yml"),
        "scope-check.yml, not of .forgejo/workflows/scope-repair.yml.",
    ),
    "of a workflow spelled otherwise": (
        lambda server: server.dispatch(workflow_id="Scope-repair.yml"),
        "Scope-repair.yml, not of .forgejo/workflows/scope-repair.yml.",
    ),
    "of a changed workflow on another branch": (
        lambda server: server.dispatch(ref="refs/heads/evil"),
        "was made on refs/heads/evil, not on refs/heads/main.",
    ),
    "of a tag named like the branch": (
        lambda server: server.dispatch(ref="refs/tags/main"),
        "was made on refs/tags/main, not on refs/heads/main.",
    ),
    "of a tag with the whole ref in its name": (
        lambda server: server.dispatch(ref="refs/tags/refs/heads/main"),
        "was made on refs/tags/refs/heads/main, not on",
    ),
    "of a branch with the whole ref in its name": (
        lambda server: server.dispatch(ref="refs/heads/refs/heads/main"),
        "was made on refs/heads/refs/heads/main, not on",
    ),
    "of main~0": (lambda server: server.dispatch(ref="refs/heads/main~0"), 'was made on "refs/heads/main~0", not on'),
    "of main^0": (lambda server: server.dispatch(ref="refs/heads/main^0"), 'was made on "refs/heads/main^0", not on'),
    "of main@{0}": (lambda server: server.dispatch(ref="main@{0}"), 'was made on "main@{0}", not on'),
    "of a bare commit": (lambda server: server.dispatch(ref="b" * 40), f"was made on {'b' * 40}, not on"),
    "of a short ref": (lambda server: server.dispatch(ref="main"), "was made on main, not on refs/heads/main."),
    "of a ref in other letters": (
        lambda server: server.dispatch(ref="refs/heads/Main"),
        "was made on refs/heads/Main, not on refs/heads/main.",
    ),
    "of a ref with a line end": (
        lambda server: server.dispatch(ref="refs/heads/main\n"),
        'was made on "refs/heads/main\n", not on',
    ),
    "by a push": (lambda server: server.dispatch(event="push"), "was started by the event push, not by workflow_dispatch."),
    "by a schedule": (
        lambda server: server.dispatch(trigger_event="schedule"),
        "was started by the event schedule, not by workflow_dispatch.",
    ),
    "that was cancelled": (lambda server: server.dispatch(status=Status.CANCELLED), "is cancelled; only a run that waits"),
    "that ended": (lambda server: server.dispatch(status=Status.SUCCESS), "is successful; only a run that waits or runs"),
    "that is blocked": (lambda server: server.dispatch(status=Status.BLOCKED), "is blocked; only a run that waits or runs"),
    "of no known status": (lambda server: server.dispatch(status=77), "is in the status 77; only a run that waits"),
    "in its third attempt": (
        lambda server: server.dispatch(job={"attempt": 3, "task_id": 1, "status": Status.RUNNING}),
        "has a job in attempt 3; an approval does not survive a re-run.",
    ),
    "from before the plan": (lambda server: server.dispatch(created=MADE - 3600), "was made 1 h before the plan, at 2026"),
    "without a time": (lambda server: server.dispatch(created=None), "was recorded without a time."),
    "to make a plan": (
        lambda server: server.dispatch(inputs(operation="plan")),
        "asks for the operation plan, not for apply.",
    ),
    "with APPLY and a space": (
        lambda server: server.dispatch(inputs(operation="APPLY ")),
        'asks for the operation "APPLY ", not for apply.',
    ),
    "with apply and a line end": (
        lambda server: server.dispatch(inputs(operation="apply\n")),
        'asks for the operation "apply\n", not for apply.',
    ),
    "of another plan": (
        lambda server: server.dispatch(inputs(digest="f" * 64)),
        f"names the digest {'f' * 64}, not that of this plan.",
    ),
    "with the digest in upper case": (
        lambda server: server.dispatch(inputs(digest=DIGEST.upper())),
        f"names the digest {DIGEST.upper()}, not that of this plan.",
    ),
    "with the digest cut short": (
        lambda server: server.dispatch(inputs(digest=DIGEST[:12])),
        f"names the digest {DIGEST[:12]}, not that of this plan.",
    ),
    "with a line end behind the digest": (
        lambda server: server.dispatch(inputs(digest=f"{DIGEST}\n")),
        "not that of this plan.",
    ),
    "with a space before the digest": (lambda server: server.dispatch(inputs(digest=f" {DIGEST}")), "not that of this plan."),
    "without inputs": (lambda server: server.dispatch({}), "has an event payload without inputs.operation."),
    "without a digest": (
        lambda server: server.dispatch({"operation": "apply"}),
        "has an event payload without inputs.digest.",
    ),
    "with inputs in a list": (
        lambda server: server.dispatch([DIGEST, "apply"]),
        "has an event payload without inputs.operation.",
    ),
    "with a list for the operation": (
        lambda server: server.dispatch(inputs(operation=["apply"])),
        "has an event payload whose inputs.operation is no text.",
    ),
    "with a number for the digest": (
        lambda server: server.dispatch(inputs(digest=int(DIGEST[:16], 16))),
        "has an event payload ",
    ),
    "with yes for an id": (
        lambda server: server.dispatch(payload={"sender": {"id": True}}),
        "has an event payload whose sender.id is no whole number.",
    ),
    "whose payload is of another ref": (
        lambda server: server.dispatch(payload={"ref": "refs/heads/evil"}),
        "has an event payload with the ref refs/heads/evil, which is not refs/heads/main.",
    ),
    "whose payload is of another folder": (
        lambda server: server.dispatch(payload={"workflow": ".github/workflows/scope-repair.yml"}),
        "has an event payload with the workflow .github/workflows/scope-repair.yml, which is not",
    ),
    "whose payload is of another repository": (
        lambda server: server.dispatch(payload={"repository": {"id": 13, "full_name": "ops/forgejo"}}),
        "has an event payload with the repository id 13, which is not 12.",
    ),
    "whose payload has another repository's name": (
        lambda server: server.dispatch(payload={"repository": {"id": 12, "full_name": "ops/old"}}),
        "has an event payload with the repository ops/old, which is not ops/forgejo.",
    ),
    "whose payload is of another person": (
        lambda server: server.dispatch(payload={"sender": {"id": MALLORY_ID}}),
        "has an event payload with the sender 99, which is not 7.",
    ),
    "whose payload is no JSON": (
        lambda server: server.dispatch(event_payload="{'inputs': {}}"),
        "has an event payload that is not valid JSON.",
    ),
    "whose payload says everything twice": (
        lambda server: server.dispatch(event_payload='{"inputs":{},"inputs":{"operation":"apply"}}'),
        "has an event payload that is not valid JSON.",
    ),
    "whose payload is a list": (
        lambda server: server.dispatch(event_payload="[]"),
        "has an event payload that is no JSON object.",
    ),
    "whose payload is empty": (
        lambda server: server.dispatch(event_payload=""),
        "has an event payload that is not valid JSON.",
    ),
    "without a payload": (lambda server: server.dispatch(event_payload=None), "has no event payload."),
    "whose payload is nested without end": (
        lambda server: server.dispatch(event_payload="[" * 90_000),
        "has an event payload that is not valid JSON.",
    ),
    "whose payload is a number without end": (
        lambda server: server.dispatch(event_payload="9" * 90_000),
        "has an event payload that is not valid JSON.",
    ),
    "with a default for the operation": (
        lambda server: server.dispatch(workflow=WORKFLOW.replace("type: choice", "type: choice\n                default: apply")),
        "ran a workflow with a default for the input operation, which nobody needs to have typed.",
    ),
    "with a default for the digest": (
        lambda server: server.dispatch(workflow=WORKFLOW.replace("type: string", f"default: {DIGEST}")),
        "ran a workflow with a default for the input digest, which nobody needs to have typed.",
    ),
    "with a default from elsewhere": (
        lambda server: server.dispatch(
            workflow='x: &x {default: apply}\n"on": {workflow_dispatch: {inputs: {operation: *x, digest: }}}'
        ),
        "cannot be read: workflow:1: x: the anchor x is not allowed",
    ),
    "of a workflow without such inputs": (
        lambda server: server.dispatch(workflow='"on": workflow_dispatch\njobs: {}\n'),
        "ran a workflow that, as the server stored it, has no input operation.",
    ),
    "of a workflow with one of the inputs": (
        lambda server: server.dispatch(workflow='"on": {workflow_dispatch: {inputs: {operation: {required: true}}}}'),
        "ran a workflow that, as the server stored it, has no input digest.",
    ),
    "of a workflow that is no YAML": (lambda server: server.dispatch(workflow="{"), "this is not valid YAML"),
    "of a workflow that is no text": (lambda server: server.dispatch(workflow=b"\xff\xfe"), "is not UTF-8."),
    "of an empty workflow": (lambda server: server.dispatch(workflow=""), "has no input operation."),
    "of a workflow that is missing": (lambda server: server.dispatch(workflow=None), "is missing."),
    "of a workflow nested without end": (
        lambda server: server.dispatch(workflow="[" * 60_000),
        "cannot be read: workflow:1: nested too deep",
    ),
})  # fmt: skip
"""Rows that somebody may bring about, or that somebody who can write to the database leaves behind."""
