"""RSD021 powerful-token: the job's API token has a site admin's power."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.snapshot import RiskyCredential, Source
from support.diagnosing import found
from support.snapshots import runner, snapshot

KIND = FindingKind.POWERFUL_TOKEN


def risky(source: Source) -> RiskyCredential:
    return RiskyCredential(source=source, what="API token", power="register a runner for the whole instance")


def test_an_admin_token_inside_a_job_is_a_warning() -> None:
    """`read:admin` may call GET /admin/runners/registration-token (facts 13)."""
    (finding,) = found(KIND, replace(snapshot(runner(5)), risky_credentials=(risky(Source.API),)))
    assert finding.severity is Severity.WARNING
    assert finding.message == "this job's API token could register a runner for the whole instance"


@pytest.mark.parametrize("credentials", [(), (risky(Source.DATABASE),), (risky(Source.SNAPSHOT),)])
def test_only_api_tokens_are_meant(credentials: tuple[RiskyCredential, ...]) -> None:
    """A database credential that can write is RSD019's."""
    assert found(KIND, replace(snapshot(runner(5)), risky_credentials=credentials)) == []
