"""RSD019: inside a job, the database credential could write."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import Source


def find(case: Case) -> Iterator[Finding]:
    """One warning for each database credential of this job that can do more than look."""
    for credential in case.snapshot.risky_credentials:
        if credential.source is Source.DATABASE:
            yield Finding(
                kind=FindingKind.WRITABLE_CREDENTIAL,
                severity=Severity.WARNING,
                message=f"this job's {credential.what} could write: {credential.power}",
                meaning=(
                    "Anyone who may push a workflow to this repository can use it to change the server's database; a check "
                    "needs to read only."
                ),
                remedy="Give the job a credential that can only read, as docs/access.md says.",
            )
