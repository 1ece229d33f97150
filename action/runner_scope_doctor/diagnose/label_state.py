"""What the stored labels of a runner are worth, shared by the three rules about them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runner_scope_doctor.diagnose.case import SHOWN, Case, more_than_shown
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.runner import ObservedRunner, UnreadableLabels
from runner_scope_doctor.model.server import FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON
from runner_scope_doctor.model.wording import counted_noun, named

Labels = tuple[str, ...] | UnreadableLabels | None
"""Labels as stored, of a runner or of a job's `runs-on`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelRule:
    """A rule about stored labels. `says` completes "runner x …", `say` "2 undeclared runners …"."""

    kind: FindingKind
    applies: Callable[[ObservedRunner], bool]
    says: str
    say: str
    meaning: str
    remedy: str


def label_names(runner: ObservedRunner) -> tuple[str, ...]:
    """The labels a job's `runs-on` is compared with; none when they cannot be read."""
    return () if runner.labels is None or isinstance(runner.labels, UnreadableLabels) else runner.labels


def labels_fit(runner: ObservedRunner, runs_on: Labels, rules_of: int | None) -> bool:
    """Forgejo's rule: every `runs-on` label was declared, letter by letter."""
    return labels_cover(runner.labels, runs_on, rules_of)


def labels_cover(labels: Labels, runs_on: Labels, rules_of: int | None) -> bool:
    """The same of stored labels alone."""
    if isinstance(runs_on, UnreadableLabels):
        return False
    if not runs_on:
        return rules_of is not None and rules_of < FIRST_MAJOR_MATCHING_NO_EMPTY_RUNS_ON
    return isinstance(labels, tuple) and set(runs_on) <= set(labels)


def found_by(rule: LabelRule, case: Case) -> Iterator[Finding]:
    """An error for each declared runner, and one warning with a count for all others."""
    sick = [runner for runner in case.live if rule.applies(runner)]
    others = []
    for runner in sick:
        declared = case.declared_by_name.get(runner.name)
        if declared is None:
            others.append(runner)
            continue
        yield Finding(
            kind=rule.kind,
            severity=Severity.ERROR,
            message=f"runner {named(runner.name)} {rule.says}",
            meaning=rule.meaning,
            remedy=rule.remedy,
            runner=runner,
            rows=(runner,),
            evidence=(f"labels as stored: {stored_labels(runner)}",),
            location=declared.location,
        )
    if others:
        yield _summary(rule, others)


def _summary(rule: LabelRule, others: Sequence[ObservedRunner]) -> Finding:
    count = len(others)
    return Finding(
        kind=rule.kind,
        severity=Severity.WARNING,
        message=f"{counted_noun(count, 'undeclared runner')} {rule.says if count == 1 else rule.say}",
        meaning=rule.meaning,
        remedy=rule.remedy,
        rows=tuple(others[:SHOWN]),
        runner_ids=tuple(runner.id for runner in others),
        evidence=more_than_shown(count),
    )


def stored_labels(runner: ObservedRunner) -> str:
    """The labels in a line of evidence."""
    match runner.labels:
        case None:
            return "none"
        case UnreadableLabels(text=text):
            return f"not readable: {named(text)}"
        case labels:
            return ", ".join(named(label) for label in labels) or "an empty list"
