"""What each login that host.yml names is for: what it must be able to do on that engine and version, and what it may."""

from __future__ import annotations

from enum import Enum

from runner_scope_doctor.model.grants import Part, TableGrant, grants_of
from runner_scope_doctor.model.host import ConnectionPurpose, EvidenceKind, HostConfiguration
from runner_scope_doctor.model.self_test import LoginTerms
from runner_scope_doctor.model.server import Engine

_OF_WAITING_JOBS = frozenset({"action_run_job", "action_run"})


class WaitingJobs(Enum):
    """Whether the host's contract limits how long a job may wait, which makes their tables necessary."""

    LIMITED = "limited"
    UNLIMITED = "unlimited"


def purposes_of(configuration: HostConfiguration) -> tuple[ConnectionPurpose, ...]:
    """The purposes with a login of their own; approval has none where the login of the check does that too."""
    connections = configuration.connections
    found = [ConnectionPurpose.CHECK]
    if connections.approval != connections.check:
        found.append(ConnectionPurpose.APPROVAL)
    if connections.backup is not None:
        found.append(ConnectionPurpose.BACKUP)
    if connections.repair is not None:
        found.append(ConnectionPurpose.REPAIR)
    return tuple(found)


def terms_of(
    configuration: HostConfiguration, purpose: ConnectionPurpose, engine: Engine, major: int, waiting: WaitingJobs
) -> LoginTerms:
    """The terms of the purpose's login. The rights of the counter fence are never allowed: they are taken away behind it."""
    asks_for_runs = any(EvidenceKind.DISPATCH in environment.evidence for environment in configuration.environments)

    # A SQLite file knows no rights; the columns are the same as elsewhere.
    rules = Engine.POSTGRES if engine is Engine.SQLITE else engine

    def of(*parts: Part) -> tuple[TableGrant, ...]:
        return grants_of(rules, major, *parts)

    match purpose:
        case ConnectionPurpose.CHECK:
            needed, optional = of(Part.REQUIRED), of(Part.OPTIONAL)
            allowed = (*optional, *of(Part.WAITING))
            if waiting is WaitingJobs.LIMITED:
                needed += tuple(grant for grant in optional if grant.table in _OF_WAITING_JOBS)
            if configuration.connections.approval == configuration.connections.check:
                needed += of(Part.APPROVAL) if asks_for_runs else ()
                allowed += of(Part.APPROVAL, Part.ADMINS)
        case ConnectionPurpose.APPROVAL:
            needed, allowed = of(Part.APPROVAL), of(Part.ADMINS)
        case ConnectionPurpose.BACKUP:
            needed, allowed = of(Part.BACKUP), of(Part.ALL_ACTIONS)
        case ConnectionPurpose.REPAIR:
            needed, allowed = of(Part.REPAIR, *((Part.LIVE_RUN,) if asks_for_runs else ())), ()
    return LoginTerms(purpose=purpose, needed=needed, allowed=allowed)
