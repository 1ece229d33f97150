"""What stands in host.yml arrives as values; what the file leaves out is what the reference says."""

from __future__ import annotations

from pathlib import Path

import pytest

from runner_scope_doctor.cli.formats import Format
from runner_scope_doctor.host.grammar import REPORT_FORMATS
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import (
    ApiAccess,
    AppIniFile,
    ConnectionPurpose,
    Connections,
    DatabaseUrlFile,
    Environment,
    EvidenceKind,
    EvidenceRule,
    HostConfiguration,
    IssueAccess,
    Person,
    PingAccess,
    ReportFile,
    SelfReview,
    WorkflowRepository,
    connection_for,
    environment_named,
    person_of_forgejo_id,
    person_of_login,
    person_of_principal,
)
from support.host_texts import ENVIRONMENT, FILE, PEOPLE, SMALLEST, WHOLE, parsed

LEAD = Person(
    forgejo_id=7, forgejo_login="ops-lead", principals=("ops-lead@example.org", "ops-lead@laptop"), login="opslead"
)
SECOND = Person(forgejo_id=9, forgejo_login="second-operator", principals=(), login=None)


def test_every_key_arrives() -> None:
    """A file with every key becomes the value with every field."""
    folder = Path("/etc/runner-scope-doctor")
    assert parsed(WHOLE) == HostConfiguration(
        file=FILE,
        instance="https://git.example.org/",
        state=Path("/var/lib/runner-scope-doctor"),
        connections=Connections(
            check=AppIniFile(path=Path("/etc/forgejo/app.ini")),
            approval=DatabaseUrlFile(path=folder / "approval.url"),
            backup=DatabaseUrlFile(path=folder / "backup.url"),
            repair=DatabaseUrlFile(path=folder / "repair.url"),
        ),
        api=ApiAccess(token_file=folder / "api.token", ca_file=folder / "ca.pem"),
        contract=folder / "runner-scope.yml",
        people=(LEAD, SECOND),
        allowed_signers=folder / "allowed_signers",
        revoked_keys=folder / "revoked_keys",
        self_review=SelfReview.ALLOWED,
        plan_valid_for=7_200,
        environments=(
            Environment(
                name="deploy-runner-repair",
                repository=WorkflowRepository(id=12, name="ops/forgejo"),
                workflow=".forgejo/workflows/scope-repair.yml",
                deployment_refs=("refs/heads/main", "refs/heads/release/v2"),
                reviewers=(SECOND, LEAD),
                required_approvals=2,
                self_review=SelfReview.PREVENTED,
                plan_valid_for=1_800,
                evidence=(EvidenceKind.DISPATCH, EvidenceKind.REVIEW, EvidenceKind.SIGNATURE),
                evidence_rule=EvidenceRule.EVERY_KIND,
            ),
        ),
        callers=("forgejo-runner", "second-runner"),
        break_glass="opslead",
        reports=(
            ReportFile(format="json", path=Path("/var/lib/node/scope.json")),
            ReportFile(format="prometheus", path=Path("/var/lib/node/scope.prom")),
        ),
        ping=PingAccess(
            url_file=folder / "ping.url", failure_url_file=folder / "failure.url", ca_file=folder / "ca.pem"
        ),
        issues=IssueAccess(repository="ops/forgejo", token_file=folder / "issues.token", ca_file=folder / "ca.pem"),
    )


def test_the_smallest_file_is_the_strict_one() -> None:
    """Without further keys nobody is known, nothing can be written, self-review is prevented, a plan lives a day."""
    configuration = parsed(SMALLEST)
    assert configuration.people == ()
    assert configuration.environments == ()
    assert configuration.contract is configuration.allowed_signers is configuration.revoked_keys is None
    assert configuration.api is None
    assert configuration.callers == ()
    assert configuration.break_glass is None
    assert (configuration.reports, configuration.ping, configuration.issues) == ((), None, None)
    assert configuration.self_review is SelfReview.PREVENTED
    assert configuration.plan_valid_for == 24 * 60 * 60
    assert configuration.connections.backup is configuration.connections.repair is None


def test_approvals_are_read_with_the_checks_login_unless_another_is_named() -> None:
    """`approval` falls back on `check`; nothing falls back on it."""
    configuration = parsed(SMALLEST)
    check = AppIniFile(path=Path("/etc/forgejo/app.ini"))
    assert connection_for(configuration, ConnectionPurpose.CHECK) == check
    assert connection_for(configuration, ConnectionPurpose.APPROVAL) == check


@pytest.mark.parametrize("purpose", [ConnectionPurpose.BACKUP, ConnectionPurpose.REPAIR])
def test_a_repair_without_its_login_is_told_which(purpose: ConnectionPurpose) -> None:
    """Write access comes from the key of that name alone: a missing one is named, not replaced by another login."""
    with pytest.raises(SettingsInvalid) as caught:
        connection_for(parsed(SMALLEST), purpose)
    assert caught.value.problem == (
        f"host.yml: connections.{purpose.value}: this key is missing, and a repair needs it."
    )
    assert "docs/host.md" in caught.value.next_step


@pytest.mark.parametrize("purpose", list(ConnectionPurpose))
def test_each_purpose_has_its_own_login(purpose: ConnectionPurpose) -> None:
    """A file that names four logins gives each purpose its own."""
    text = SMALLEST.replace(
        "{check: {app_ini: /etc/forgejo/app.ini}}",
        "{"
        + ", ".join(f"{each.value}: {{database_url_file: /etc/{each.value}.url}}" for each in ConnectionPurpose)
        + "}",
    )
    assert connection_for(parsed(text), purpose) == DatabaseUrlFile(path=Path(f"/etc/{purpose.value}.url"))


def test_an_environment_takes_over_what_it_does_not_say() -> None:
    """Self-review and validity hold from the top of the file; one approval of any one kind is enough."""
    text = SMALLEST + PEOPLE + ENVIRONMENT + "prevent_self_review: false\nplan_valid_for: 90s\n"
    environment = parsed(text).environments[0]
    assert environment.self_review is SelfReview.ALLOWED
    assert environment.plan_valid_for == 90
    assert environment.required_approvals == 1
    assert environment.evidence_rule is EvidenceRule.ANY_KIND


def test_the_formats_of_reports_are_those_of_the_check() -> None:
    """What `check --format` knows, `reports` knows, in the same order."""
    assert tuple(form.value for form in Format) == REPORT_FORMATS


def test_a_ping_of_success_alone_and_issues_without_an_authority() -> None:
    """Failures are not pinged and no authority is named unless the file says so."""
    configuration = parsed(SMALLEST + "ping: {url_file: /p}\nissues: {repository: a/b, token_file: /t}\n")
    assert configuration.ping == PingAccess(url_file=Path("/p"), failure_url_file=None, ca_file=None)
    assert configuration.issues == IssueAccess(repository="a/b", token_file=Path("/t"), ca_file=None)


def test_an_api_takes_a_private_authority_or_the_usual_ones() -> None:
    """The token's file is enough; without `ca_file` no authority is named."""
    token_file = Path("/etc/runner-scope-doctor/api.token")
    assert parsed(SMALLEST + PEOPLE + ENVIRONMENT).api == ApiAccess(token_file=token_file, ca_file=None)


def test_a_person_is_found_however_they_are_met() -> None:
    """Account, Forgejo id and each principal lead to the same person."""
    configuration = parsed(WHOLE)
    assert person_of_login(configuration, "opslead") == LEAD
    assert person_of_forgejo_id(configuration, 7) == LEAD
    assert [person_of_principal(configuration, name) for name in LEAD.principals] == [LEAD, LEAD]
    assert person_of_forgejo_id(configuration, 9) == SECOND


def test_nobody_is_found_by_something_like_their_name() -> None:
    """A Forgejo login is no account, an account no principal, and upper case is not lower case."""
    configuration = parsed(WHOLE)
    assert person_of_login(configuration, "ops-lead") is None
    assert person_of_login(configuration, "Opslead") is None
    assert person_of_principal(configuration, "opslead") is None
    assert person_of_principal(configuration, "Ops-Lead@example.org") is None
    assert person_of_forgejo_id(configuration, 8) is None


def test_an_environment_is_found_by_its_name() -> None:
    """The name is the key in the file, and another name finds nothing."""
    configuration = parsed(WHOLE)
    assert environment_named(configuration, "deploy-runner-repair") == configuration.environments[0]
    assert environment_named(configuration, "production") is None


@pytest.mark.parametrize(
    ("branch", "ref"),
    [
        ("main", "refs/heads/main"),
        ("refs/heads/main", "refs/heads/main"),
        ("heads/main", "refs/heads/heads/main"),
        ("release/v2.0", "refs/heads/release/v2.0"),
        ("refs/heads/refs/heads/main", "refs/heads/refs/heads/main"),
        ("größe", "refs/heads/größe"),
    ],
)
def test_a_branch_is_compared_by_its_full_ref(branch: str, ref: str) -> None:
    """Both ways of writing a branch become what `action_run.ref` holds."""
    text = SMALLEST + PEOPLE + ENVIRONMENT.replace("[main]", f"[{branch}]")
    assert parsed(text).environments[0].deployment_refs == (ref,)
