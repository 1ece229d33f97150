"""The check as the commands of a repair run it: the host's database and contract, nothing from the command line."""

from __future__ import annotations

import time

from runner_scope_doctor.cli.host_side import HostSide
from runner_scope_doctor.contract.read import read_contract
from runner_scope_doctor.database.address import DatabaseAddress, described
from runner_scope_doctor.database.reader import Reader
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.errors import RepairRefused
from runner_scope_doctor.model.finding import Severity
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.server import ServerVersion
from runner_scope_doctor.model.snapshot import Coverage, Snapshot
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest


def contract_of(side: HostSide) -> Contract | None:
    """The contract the host's configuration names, None without one. Raises SettingsInvalid when it cannot be used."""
    path = side.configuration.contract
    return None if path is None else read_contract(path)


def looked_at(reader: Reader, address: DatabaseAddress, side: HostSide, contract: Contract | None) -> Snapshot:
    """One look at what could be sick. Raises SourceUnavailable when the runner table cannot be read."""
    request = LookRequest(
        address=described(address),
        instance=side.configuration.instance,
        now=int(time.time()),
        coverage=Coverage.CANDIDATES,
        names=() if contract is None else tuple(declared.name for declared in contract.runners),
    )
    return observe_database(reader, request)


def judged(snapshot: Snapshot, contract: Contract | None) -> Diagnosis:
    """What is wrong there."""
    return diagnosed(snapshot, contract=contract, fail_on=Severity.ERROR, target_major=None)


def version_of(snapshot: Snapshot) -> ServerVersion:
    """The server's version. Raises RepairRefused when the look could not tell."""
    version = snapshot.server.version
    if version is None:
        raise RepairRefused(
            "The server's version is not known, so neither is how its tables must look.",
            next_step="Let the check say what it could not see: runner-scope-doctor check",
        )
    return version


def repository_name(snapshot: Snapshot, repo_id: int) -> str:
    """`owner/name` of the repository as the look found it; its id where it did not."""
    for repository in snapshot.repositories:
        if isinstance(repository, ObservedRepository) and repository.id == repo_id:
            return f"{repository.owner_name or repository.owner_id}/{repository.name}"
    return str(repo_id)
