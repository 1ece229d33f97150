"""RSD019 writable-credential: the job's database credential could write."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.snapshot import RiskyCredential, Source
from support.diagnosing import found
from support.snapshots import runner, snapshot

KIND = FindingKind.WRITABLE_CREDENTIAL


def risky(source: Source) -> RiskyCredential:
    return RiskyCredential(source=source, what="database credential", power="it is a superuser")


def test_each_database_credential_that_can_write_is_a_warning() -> None:
    """The finding names the credential and what it could do."""
    seen = replace(snapshot(runner(5)), risky_credentials=(risky(Source.DATABASE), risky(Source.DATABASE)))
    one, two = found(KIND, seen)
    assert one.severity is two.severity is Severity.WARNING
    assert one.message == "this job's database credential could write: it is a superuser"


@pytest.mark.parametrize("credentials", [(), (risky(Source.API),), (risky(Source.SNAPSHOT),)])
def test_only_database_credentials_are_meant(credentials: tuple[RiskyCredential, ...]) -> None:
    """A powerful token is RSD021's."""
    assert found(KIND, replace(snapshot(runner(5)), risky_credentials=credentials)) == []
