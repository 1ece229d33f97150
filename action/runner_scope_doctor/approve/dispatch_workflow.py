"""Which inputs the workflow that the server stored with a job declares, and for which it has a default."""

from __future__ import annotations

from runner_scope_doctor.approve.dispatch_record import (
    LARGEST_WORKFLOW,
    DispatchInputs,
    StoredWorkflow,
    TooLarge,
    UnreadableWorkflow,
)
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.yaml_tree.tree import Mapping, Node, YamlFile, read_tree

_FILE = YamlFile(name="workflow", kind="workflow", checked_by=None)


def stored_workflow(content: bytes | TooLarge | None) -> StoredWorkflow:
    """What `action_run_job.workflow_payload` says. Whatever YAML allows and a repair's workflow has no use for, such as
    aliases, which could bring a default in from elsewhere, makes it unreadable."""
    if content is None:
        return UnreadableWorkflow(problem="is missing")
    if isinstance(content, TooLarge):
        return UnreadableWorkflow(problem=f"has {content.size} bytes; more than {LARGEST_WORKFLOW} are not read")
    try:
        root = read_tree(content.decode("utf-8"), file=_FILE)
    except UnicodeDecodeError:
        return UnreadableWorkflow(problem="is not UTF-8")
    except SettingsInvalid as error:
        return UnreadableWorkflow(problem=f"cannot be read: {error.problem.removesuffix('.')}")
    inputs = _value(_value(_value(root, "on"), "workflow_dispatch"), "inputs")
    entries = inputs.entries if isinstance(inputs, Mapping) else ()
    return DispatchInputs(
        declared=frozenset(name.text for name, _ in entries),
        with_default=frozenset(name.text for name, value in entries if _value(value, "default") is not None),
    )


def _value(node: Node | None, key: str) -> Node | None:
    """The value of the key; None where the node is no mapping or has no such key."""
    if not isinstance(node, Mapping):
        return None
    return next((value for name, value in node.entries if name.text == key), None)
