"""RSD021: inside a job, the API token could take over the instance's runners."""

from __future__ import annotations

from collections.abc import Iterator

from runner_scope_doctor.diagnose.case import Case
from runner_scope_doctor.model.finding import Finding, FindingKind, Severity
from runner_scope_doctor.model.snapshot import Source


def find(case: Case) -> Iterator[Finding]:
    """One warning for an API token of this job that has a site admin's power."""
    for credential in case.snapshot.risky_credentials:
        if credential.source is Source.API:
            yield Finding(
                kind=FindingKind.POWERFUL_TOKEN,
                severity=Severity.WARNING,
                message=f"this job's {credential.what} could {credential.power}",
                meaning=(
                    "A read:admin token may fetch a registration token for the whole instance. Whoever can push a workflow "
                    "to this repository can read it, and with such a runner take every job and every secret."
                ),
                remedy=(
                    "Use the list of the one repository with a token of its owner (read:repository), or the database; keep "
                    "admin tokens where no job can read them."
                ),
            )
