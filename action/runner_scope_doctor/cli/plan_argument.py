"""The plan a command is given: a digest, which names a file of the state directory, or a path."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runner_scope_doctor.files.beginning import beginning_of
from runner_scope_doctor.host.plans import is_digest, plan_file, read_stored
from runner_scope_doctor.host.state import State
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.plan import Plan
from runner_scope_doctor.plan.canonical import LARGEST_PLAN, digest_of, plan_from_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenPlan:
    """A plan, the bytes it was read from, and their digest."""

    plan: Plan
    content: bytes
    digest: str
    file: Path


def plan_of_state(digest: str, state: State, *, operator: int) -> GivenPlan:
    """The stored plan of that digest. Raises SettingsInvalid when there is none that can be trusted."""
    file = plan_file(state.plans, digest)
    return _given(read_stored(state.plans, digest, operator=operator), file)


def plan_of_file(file: Path) -> GivenPlan:
    """The plan in a file, whoever wrote it: its digest says which plan it is. Raises SettingsInvalid."""
    try:
        content = beginning_of(file, LARGEST_PLAN + 1)
    except OSError as error:
        digest = " A digest has 64 lower-case hex digits." if _looks_like_a_digest(str(file)) else ""
        raise SettingsInvalid(
            f"The plan {file} could not be read: {error.strerror}.{digest}",
            next_step="Give the plan's file, or the digest of one in the state directory.",
        ) from error
    return _given(content, file)


def _given(content: bytes, file: Path) -> GivenPlan:
    return GivenPlan(
        plan=plan_from_bytes(content, file=str(file)), content=content, digest=digest_of(content), file=file
    )


def _looks_like_a_digest(text: str) -> bool:
    return not is_digest(text) and "/" not in text and "." not in text
