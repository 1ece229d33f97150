"""What the host that owns the write credential is told by its operator: who is who, where the databases are, who approves.

Read from `host.yml` only; nothing a job or a command line says changes any of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import assert_never

from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.wording import named


class ConnectionPurpose(Enum):
    """What a database login is for. The value is its key in the file."""

    CHECK = "check"
    APPROVAL = "approval"
    BACKUP = "backup"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppIniFile:
    """The database of a Forgejo `app.ini`, with the login Forgejo itself uses."""

    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseUrlFile:
    """The database whose URL, password included, is the content of a file."""

    path: Path


Connection = AppIniFile | DatabaseUrlFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """One login for each purpose. `approval` is `check` when the file names none; only a repair needs the others."""

    check: Connection
    approval: Connection
    backup: Connection | None
    repair: Connection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAccess:
    """The host's own access to the API of `instance`, for approvals alone. `ca_file` None means the usual authorities."""

    token_file: Path
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A report that `host check` writes. `format` is a word of `check --format`."""

    format: str
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class PingAccess:
    """Who is told that a check ran and found all well: `url_file` holds the address, a secret. `failure_url_file` holds the one
    for every other outcome, None when those are not told. `ca_file` None means the usual authorities."""

    url_file: Path
    failure_url_file: Path | None
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueAccess:
    """Where issues are kept, `owner/name` on `instance`, and the token of the account that posts them. `ca_file` as above."""

    repository: str
    token_file: Path
    ca_file: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One human being, who counts once however they are met.

    `forgejo_id` is `user.id` of the server and decides; `forgejo_login` is for reading. `principals` are those of the
    allowed signers file, compared character by character; empty when the person signs nothing. `login` is the
    account on this host; None when there is none.
    """

    forgejo_id: int
    forgejo_login: str
    principals: tuple[str, ...]
    login: str | None


class SelfReview(Enum):
    """Whether the person who made a plan may approve it."""

    PREVENTED = "prevented"
    ALLOWED = "allowed"


class EvidenceKind(Enum):
    """How a person can approve. The value is its word in the file."""

    DISPATCH = "dispatch"
    REVIEW = "review"
    SIGNATURE = "signature"


class EvidenceRule(Enum):
    """How many of an environment's kinds of evidence make one person's approval."""

    ANY_KIND = "any kind"
    EVERY_KIND = "every kind"


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRepository:
    """The repository the workflow lives in. Both must match the server's row; `name` is `owner/name`."""

    id: int
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An approval environment. What a word means is GitHub's; what is believed is only what the server recorded.

    `workflow` is the path in the repository, directory and file. `deployment_refs` are full refs, `refs/heads/main`,
    compared character by character with `action_run.ref`. `evidence` holds each kind at most once.
    `plan_valid_for` is in seconds.
    """

    name: str
    repository: WorkflowRepository
    workflow: str
    deployment_refs: tuple[str, ...]
    reviewers: tuple[Person, ...]
    required_approvals: int
    self_review: SelfReview
    plan_valid_for: int
    evidence: tuple[EvidenceKind, ...]
    evidence_rule: EvidenceRule


@dataclass(frozen=True, slots=True, kw_only=True)
class HostConfiguration:
    """A whole `host.yml`. All paths are absolute.

    `instance` is the server's public URL. `state` is the folder of plans, journal, backups and receipts. `contract`,
    `allowed_signers`, `revoked_keys`, `api`, `ping` and `issues` are None when the file names none; `reports` holds each format
    at most once. `plan_valid_for` is in seconds. `callers` are the accounts of this host that beside root may use the service's
    socket; `break_glass` is the one that beside root may repair without an approval, None when none may.
    """

    file: str
    instance: str
    state: Path
    connections: Connections
    api: ApiAccess | None
    contract: Path | None
    people: tuple[Person, ...]
    allowed_signers: Path | None
    revoked_keys: Path | None
    self_review: SelfReview
    plan_valid_for: int
    environments: tuple[Environment, ...]
    callers: tuple[str, ...]
    break_glass: str | None
    reports: tuple[ReportFile, ...] = ()
    ping: PingAccess | None = None
    issues: IssueAccess | None = None


def person_of_login(configuration: HostConfiguration, login: str) -> Person | None:
    """The person with this account on the host; None when the file maps it to nobody."""
    return next((person for person in configuration.people if person.login == login), None)


def person_of_forgejo_id(configuration: HostConfiguration, forgejo_id: int) -> Person | None:
    """The person with this `user.id`, such as an `action_run.trigger_user_id`; None when the file names nobody."""
    return next((person for person in configuration.people if person.forgejo_id == forgejo_id), None)


def person_of_principal(configuration: HostConfiguration, principal: str) -> Person | None:
    """The person with this SSH principal, upper and lower case being different; None when the file names nobody."""
    return next((person for person in configuration.people if principal in person.principals), None)


def environment_named(configuration: HostConfiguration, name: str) -> Environment | None:
    """The environment with this name; None when the file has none."""
    return next((environment for environment in configuration.environments if environment.name == name), None)


def connection_for(configuration: HostConfiguration, purpose: ConnectionPurpose) -> Connection:
    """The login for the purpose. Raises SettingsInvalid when the file names none for backup or repair."""
    connections = configuration.connections
    match purpose:
        case ConnectionPurpose.CHECK:
            connection: Connection | None = connections.check
        case ConnectionPurpose.APPROVAL:
            connection = connections.approval
        case ConnectionPurpose.BACKUP:
            connection = connections.backup
        case ConnectionPurpose.REPAIR:
            connection = connections.repair
        case _:
            assert_never(purpose)
    if connection is None:
        raise SettingsInvalid(
            f"{named(configuration.file)}: connections.{purpose.value}: this key is missing, and a repair needs it.",
            next_step="Add it with an app_ini or a database_url_file; docs/host.md says what the login must be able to do.",
        )
    return connection
