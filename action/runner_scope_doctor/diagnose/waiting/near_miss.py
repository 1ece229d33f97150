"""How stored labels just miss what a job asks for. The server compares whole strings, letter by letter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from runner_scope_doctor.diagnose.label_state import Labels
from runner_scope_doctor.model.runner import UnreadableLabels
from runner_scope_doctor.model.waiting_reason import Reason


class Spelling(Enum):
    """In what one label differs from another that means the same to a person; strongest first."""

    RAW = Reason.LABELS_RAW
    """The runner's label is stored with its `:host` or `:docker://…` part."""
    CASE = Reason.LABEL_CASE
    SUFFIX = Reason.LABEL_SUFFIX
    """The job asks with the part that belongs into the runner's configuration."""
    SPACE = Reason.LABEL_SPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """All labels would fit, were this one spelled alike."""

    spelling: Spelling
    wanted: str
    stored: str


def near_miss(labels: Labels, runs_on: Labels) -> NearMiss | None:
    """The strongest difference in spelling, when nothing but spelling keeps the labels from fitting."""
    if not isinstance(runs_on, tuple) or not isinstance(labels, tuple):
        return None
    found = []
    for wanted in dict.fromkeys(runs_on):
        if wanted in labels:
            continue
        alike = [miss for stored in labels if (miss := _alike(wanted, stored)) is not None]
        if not alike:
            return None
        found.append(min(alike, key=_strength))
    return min(found, key=_strength, default=None)


def missing(labels: Labels, runs_on: Labels) -> tuple[str, ...]:
    """The labels asked for that are not among the stored ones, each once, as the job names them."""
    wanted = runs_on if isinstance(runs_on, tuple) else ()
    has = () if labels is None or isinstance(labels, UnreadableLabels) else labels
    return tuple(label for label in dict.fromkeys(wanted) if label not in has)


def _strength(miss: NearMiss) -> int:
    return list(Spelling).index(miss.spelling)


_TESTS: tuple[tuple[Spelling, Callable[[str, str], bool]], ...] = (
    (Spelling.RAW, lambda wanted, stored: ":" in stored and stored.partition(":")[0] == wanted),
    (Spelling.CASE, lambda wanted, stored: wanted.casefold() == stored.casefold()),
    (Spelling.SUFFIX, lambda wanted, stored: ":" in wanted and wanted.partition(":")[0] == stored),
    (Spelling.SPACE, lambda wanted, stored: wanted.split() == stored.split()),
)


def _alike(wanted: str, stored: str) -> NearMiss | None:
    # An empty label is near to nothing: it is what was never declared.
    if not wanted.strip() or not stored.strip():
        return None
    for spelling, is_alike in _TESTS:
        if is_alike(wanted, stored):
            return NearMiss(spelling=spelling, wanted=wanted, stored=stored)
    return None
