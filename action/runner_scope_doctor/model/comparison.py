"""One snapshot judged by two contracts."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.snapshot import Unobserved


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFinding:
    """The same disease of the same runner, told in other words by the new contract."""

    before: Finding
    after: Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What a changed contract makes of the same snapshot.

    Every finding of the new diagnosis is in one of `new`, `changed` and `same`; `gone` are those of the old one alone.
    `unseen` are required things that the new contract asks for and the snapshot does not tell. `worse` are those of
    `new` that are severe enough to fail.
    """

    before: Diagnosis
    after: Diagnosis
    gone: tuple[Finding, ...]
    new: tuple[Finding, ...]
    changed: tuple[ChangedFinding, ...]
    same: tuple[Finding, ...]
    unseen: tuple[Unobserved, ...]
    worse: tuple[Finding, ...]
