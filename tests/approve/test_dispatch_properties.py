"""Whatever bytes stand in a payload, a workflow or a list: nothing but the one exact form approves, and nothing crashes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.approve.branch_protection import protection_problem
from runner_scope_doctor.approve.dispatch_payload import WrongPayload, dispatch_payload
from runner_scope_doctor.approve.dispatch_record import (
    BranchRule,
    DispatchInputs,
    DispatchRecord,
    RecordedJob,
    RecordedRun,
)
from runner_scope_doctor.approve.dispatch_rules import DispatchCase, dispatch_judged
from runner_scope_doctor.approve.dispatch_workflow import stored_workflow
from runner_scope_doctor.model.approval import Approval, Declined
from support.approval_case import ANNA, BERT, a_plan, configuration, environment
from support.dispatches import DIGEST, NOW, WORKFLOW, payload

ENVIRONMENT = environment(ANNA, BERT)
HONEST = payload()
RULE = BranchRule(
    name="main", allows_push=False, limits_pushers=False, pushers=(), pusher_teams=(), allows_keys=False,
    limits_mergers=True, mergers=(7, 9), merger_teams=(), open_files="",
)  # fmt: skip
RUN = RecordedRun(
    id=3, repo_id=12, repository="ops/forgejo", is_mirror=False, workflow_directory=".forgejo/workflows",
    workflow_file="scope-repair.yml", ref="refs/heads/main", commit="b" * 40, event="workflow_dispatch",
    trigger_event="workflow_dispatch", trigger_user_id=7, trigger_login="ops-lead", status=5, version=1, created=NOW,
    payload=json.dumps(HONEST),
)  # fmt: skip
JOB = RecordedJob(
    id=1, status=5, attempt=1, task_id=0, created=NOW, updated=NOW, workflow=stored_workflow(WORKFLOW.encode())
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["apply", DIGEST]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def case(**changes: Any) -> DispatchCase:
    """The honest case with another run."""
    return DispatchCase(
        record=DispatchRecord(run=replace(RUN, **changes), jobs=(JOB,), rules=(RULE,)),
        environment=ENVIRONMENT,
        configuration=configuration(ENVIRONMENT),
        plan=a_plan(),
        digest=DIGEST,
        major=15,
        now=NOW,
    )


def test_the_unchanged_case_approves() -> None:
    """The values below are changed one at a time from a case that approves."""
    assert isinstance(dispatch_judged(case()), Approval)


@given(st.text(max_size=300) | json_values.map(json.dumps))
def test_any_text_for_a_payload(text: str) -> None:
    """It is understood or refused, and never taken for this plan's approval."""
    assert isinstance(dispatch_judged(case(payload=text)), Declined)


@given(st.sampled_from(["inputs", "ref", "repository", "sender", "workflow"]), json_values)
def test_any_value_in_the_honest_payload(name: str, value: object) -> None:
    """One part changed to anything else is refused; changed to what it was, it counts."""
    changed = {**HONEST, name: value}
    verdict = dispatch_judged(case(payload=json.dumps(changed)))
    assert isinstance(verdict, Approval) == (changed == HONEST)


@given(st.sampled_from(["operation", "digest"]), st.text(max_size=70))
def test_any_text_for_an_input(name: str, text: str) -> None:
    """Only the exact characters count, none before, between or behind."""
    changed = {**HONEST, "inputs": {**HONEST["inputs"], name: text}}
    verdict = dispatch_judged(case(payload=json.dumps(changed)))
    assert isinstance(verdict, Approval) == (changed == HONEST)


@given(st.sampled_from(["ref", "workflow_file", "workflow_directory", "event", "trigger_event"]), st.text(max_size=40))
def test_any_text_in_the_row(name: str, text: str) -> None:
    """A column changed to any other text is refused."""
    assert isinstance(dispatch_judged(case(**{name: text})), Approval) == (text == getattr(RUN, name))


@given(st.integers() | st.none())
def test_any_number_for_the_starter(number: int | None) -> None:
    """Of all numbers only the one in the payload and among the people is an approval, and it is that person's."""
    verdict = dispatch_judged(case(trigger_user_id=number))
    assert isinstance(verdict, Approval) == (number == ANNA.forgejo_id)


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_for_a_workflow(content: bytes) -> None:
    """They are read or refused in a sentence; a default is never missed for being written in another way."""
    found = stored_workflow(content)
    if isinstance(found, DispatchInputs):
        assert found.with_default <= found.declared


@given(st.sampled_from(["operation", "digest"]), st.text(st.characters(codec="ascii", min_codepoint=32), max_size=20))
def test_any_default_is_seen(name: str, value: str) -> None:
    """Whatever the default is, empty ones included: the form then need not be filled in."""
    inputs = {"operation": {"required": True}, "digest": {"required": True}}
    inputs[name] = {"default": value}  # type: ignore[dict-item]  # a default is text, the rest is not
    text = json.dumps({"on": {"workflow_dispatch": {"inputs": inputs}}})
    assert stored_workflow(text.encode()) == DispatchInputs(
        declared=frozenset({"operation", "digest"}), with_default=frozenset({name})
    )


@given(
    st.builds(
        BranchRule,
        name=st.sampled_from(["main", "Main", "m*", "other"]),
        allows_push=st.none() | st.booleans(),
        limits_pushers=st.none() | st.booleans(),
        pushers=st.none() | st.lists(st.sampled_from([7, 9, 99]), max_size=2).map(tuple),
        pusher_teams=st.sampled_from([None, (), (1,)]),
        allows_keys=st.none() | st.booleans(),
        limits_mergers=st.none() | st.booleans(),
        mergers=st.none() | st.lists(st.sampled_from([7, 9, 99]), max_size=2).map(tuple),
        merger_teams=st.sampled_from([None, (), (1,)]),
        open_files=st.sampled_from(["", ";", "*.md"]),
    )
)
def test_a_protected_branch_lets_nobody_else_in(rule: BranchRule) -> None:
    """Forgejo's own decision, for a writer who is no reviewer, for a team and for a key, is no in each way."""
    if protection_problem("refs/heads/main", (rule,), (ANNA, BERT)) is not None:
        return
    pushes = bool(rule.allows_push) and (
        not rule.limits_pushers or 99 in (rule.pushers or ()) or bool(rule.pusher_teams) or bool(rule.allows_keys)
    )
    merges = not rule.limits_mergers or 99 in (rule.mergers or ()) or bool(rule.merger_teams)
    assert (rule.name, pushes, merges, rule.open_files.strip(";")) == ("main", False, False, "")


def test_more_rules_than_are_read_protect_nothing() -> None:
    """The one that holds may be among those that were left out."""
    others = tuple(replace(RULE, name=f"other{number}") for number in range(1000))
    assert protection_problem("refs/heads/main", (RULE, *others[1:]), (ANNA, BERT)) is None
    problem = protection_problem("refs/heads/main", (RULE, *others), (ANNA, BERT))
    assert problem == "belongs to a repository with more than 1000 rules for branches; not all were read"


@given(st.text(max_size=50))
def test_a_payload_is_refused_in_words_of_its_own(text: str) -> None:
    """Nothing but the one error comes out of the reading, whatever the text."""
    with pytest.raises(WrongPayload, match=r"^has (an|no) event payload"):
        dispatch_payload(text)
