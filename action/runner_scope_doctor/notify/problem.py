"""What a check found, put together by problem: what one issue is about."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.wording import masked_uuid

SUMMARY = "summary"
"""Stands where a code does: the issue about all problems that have none of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One disease of one runner row, or one disease with all its findings where they are about no single row.

    `identity` is what tells it from others and stays the same as long as it lasts, foreign text.
    """

    code: str
    name: str
    runner_id: int | None
    identity: str
    findings: tuple[Finding, ...]

    @property
    def label(self) -> str:
        """How a sentence calls it. Holds no foreign text."""
        about = "" if self.runner_id is None else f", runner {self.runner_id}"
        return f"{self.code} {self.name}{about}"

    @property
    def is_error(self) -> bool:
        """Whether an issue is opened for it."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def problems_of(diagnosis: Diagnosis) -> tuple[Problem, ...]:
    """All of them, in the order of their first findings."""
    found: dict[tuple[FindingKind, int | None, str | None], list[Finding]] = {}
    for finding in diagnosis.findings:
        row = finding.runner
        key = (finding.kind, None, None) if row is None else (finding.kind, row.id, masked_uuid(row.uuid))
        found.setdefault(key, []).append(finding)
    return tuple(
        Problem(
            code=kind.value,
            name=kind.title,
            runner_id=runner_id,
            identity=f"{kind.value} {runner_id} {uuid}",
            findings=tuple(findings),
        )
        for (kind, runner_id, uuid), findings in found.items()
    )


def summary_of(problems: tuple[Problem, ...]) -> Problem:
    """What stands for all of these, however many they are and become."""
    findings = tuple(finding for problem in problems for finding in problem.findings)
    return Problem(code=SUMMARY, name="of further problems", runner_id=None, identity=SUMMARY, findings=findings)


def server_mark(instance: str) -> str:
    """Tells the issues about one server from those about another in the same repository: 16 hex digits."""
    return sha256(instance.rstrip("/").encode()).hexdigest()[:16]


def problem_mark(instance: str, problem: Problem) -> str:
    """By which the problem's issue is found again: 32 hex digits. Of a uuid only what is shown anyway goes into them, because one
    can be part of a runner's secret."""
    return sha256(f"{instance.rstrip('/')}\0{problem.identity}".encode(errors="surrogatepass")).hexdigest()[:32]
