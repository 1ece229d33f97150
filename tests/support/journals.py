"""Events of a repair, one by one and as any journal may hold them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from hypothesis import strategies as st

from runner_scope_doctor.journal.chain import addition
from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.host import EvidenceKind
from runner_scope_doctor.model.journal import (
    ApprovalNoted,
    AttemptEvent,
    BackupProven,
    Committed,
    Done,
    Failed,
    OutcomeUnknown,
    Started,
    Updating,
)
from runner_scope_doctor.model.plan import Direction
from support.snapshots import NOW
from support.strategies import HOSTILE

NotedEvent = ApprovalNoted | AttemptEvent
"""What a caller may note; a torn line the journal notes itself."""
PLAN, OTHER_PLAN = "a" * 64, "b" * 64
FIRST, SECOND = "1" * 32, "2" * 32
"""Two attempts."""

APPROVAL = Approval(
    forgejo_id=7, login="opslead", kind=EvidenceKind.SIGNATURE, reference="c" * 64, facts=(("key", "SHA256:abc"),)
)


def noted(approval: Approval = APPROVAL, plan: str = PLAN) -> ApprovalNoted:
    """An approval for later."""
    return ApprovalNoted(plan=plan, approval=approval)


def started(attempt: str = FIRST, plan: str = PLAN) -> Started:
    """The user's own row is about to be repaired."""
    return Started(
        plan=plan, attempt=attempt, direction=Direction.REPAIR, instance="https://git.example.org/", runner_id=5,
        runner_name="rs2000-deploy-host", owner_id=1, repo_id=35, broken_glass=None,
        approvals=(APPROVAL,),
    )  # fmt: skip


def proven(attempt: str = FIRST, plan: str = PLAN) -> BackupProven:
    """Its backup is proven."""
    return BackupProven(plan=plan, attempt=attempt, backup="20260514.backup", sha256="d" * 64)


def updating(attempt: str = FIRST, plan: str = PLAN) -> Updating:
    """The transaction is about to begin."""
    return Updating(plan=plan, attempt=attempt)


def committed(attempt: str = FIRST, plan: str = PLAN) -> Committed:
    """The engine confirmed the commit."""
    return Committed(plan=plan, attempt=attempt)


def done(attempt: str = FIRST, plan: str = PLAN) -> Done:
    """The receipt is written."""
    return Done(plan=plan, attempt=attempt, receipt="e" * 64)


def failed(attempt: str = FIRST, plan: str = PLAN) -> Failed:
    """Nothing was changed."""
    return Failed(plan=plan, attempt=attempt, reason="the row was locked")


def unknown(attempt: str = FIRST, plan: str = PLAN) -> OutcomeUnknown:
    """Nobody can tell."""
    return OutcomeUnknown(plan=plan, attempt=attempt, reason="the process died")


WHOLE_REPAIR: tuple[NotedEvent, ...] = (noted(), started(), proven(), updating(), committed(), done())


def content_of(events: Sequence[NotedEvent], content: bytes = b"") -> bytes:
    """The content of a journal with these events noted behind what it held, a second apart."""
    for second, event in enumerate(events):
        content += addition(content, event, at=NOW + second, file="journal.jsonl").content
    return content


def sealed(document: dict[str, object]) -> bytes:
    """The document as a line whose hash is right, whatever else it says."""
    bare = {key: value for key, value in document.items() if key != "hash"}
    text = json.dumps(bare, sort_keys=True, separators=(",", ":"))
    document = {**bare, "hash": hashlib.sha256(text.encode("ascii")).hexdigest()}
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode("ascii") + b"\n"


def _one_character(text: str) -> str:
    """The same text, in which two halves that make one character are that character, as in every JSON text."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")


_lone = st.characters(categories=["Cs"])
texts = (st.sampled_from(HOSTILE) | st.text(max_size=8) | st.text(_lone, max_size=3)).map(_one_character)
integers = st.integers(-(2**63), 2**63 - 1)
_plans = st.sampled_from([PLAN, OTHER_PLAN]) | texts
_attempts = st.sampled_from([FIRST, SECOND]) | texts
approvals = st.builds(
    Approval,
    forgejo_id=integers,
    login=texts,
    kind=st.sampled_from(EvidenceKind),
    reference=texts,
    facts=st.lists(st.tuples(texts, texts), max_size=2).map(tuple),
)
events: st.SearchStrategy[NotedEvent] = st.one_of(
    st.builds(ApprovalNoted, plan=_plans, approval=approvals),
    st.builds(
        Started,
        plan=_plans,
        attempt=_attempts,
        direction=st.sampled_from(Direction),
        instance=texts,
        runner_id=integers,
        runner_name=texts,
        owner_id=integers,
        repo_id=integers,
        approvals=st.lists(approvals, max_size=2).map(tuple),
    ),
    st.builds(BackupProven, plan=_plans, attempt=_attempts, backup=texts, sha256=texts),
    st.builds(Updating, plan=_plans, attempt=_attempts),
    st.builds(Committed, plan=_plans, attempt=_attempts),
    st.builds(Done, plan=_plans, attempt=_attempts, receipt=texts),
    st.builds(Failed, plan=_plans, attempt=_attempts, reason=texts),
    st.builds(OutcomeUnknown, plan=_plans, attempt=_attempts, reason=texts),
)
