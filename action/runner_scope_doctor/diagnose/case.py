"""What every rule is given, and how a rule looks things up in it."""

from __future__ import annotations

from dataclasses import dataclass

from runner_scope_doctor.model.contract import Contract
from runner_scope_doctor.model.runner import Absent, ObservedId, ObservedOwner, ObservedRepository
from runner_scope_doctor.model.snapshot import Snapshot, WaitingJobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One snapshot to judge. `contract` None means: only the rules that hold for every server.

    `rules_of` is the Forgejo major whose rules hold; None when no source could tell.
    """

    snapshot: Snapshot
    contract: Contract | None
    rules_of: int | None
    repositories: dict[int, ObservedRepository | Absent]
    owners: dict[int, ObservedOwner | Absent]
    waiting: dict[int, WaitingJobs]

    def repository(self, repo_id: ObservedId) -> ObservedRepository | Absent | None:
        """What the id points at; None when nobody looked."""
        return self.repositories.get(repo_id) if isinstance(repo_id, int) else None

    def owner(self, owner_id: ObservedId) -> ObservedOwner | Absent | None:
        """What the id points at; None when nobody looked."""
        return self.owners.get(owner_id) if isinstance(owner_id, int) else None


def case_of(snapshot: Snapshot, contract: Contract | None) -> Case:
    """The snapshot with its look-ups made."""
    version = snapshot.server.version
    return Case(
        snapshot=snapshot,
        contract=contract,
        rules_of=version.major if version is not None else None,
        repositories={repository.id: repository for repository in snapshot.repositories},
        owners={owner.id: owner for owner in snapshot.owners},
        waiting={waiting.repo_id: waiting for waiting in snapshot.waiting_jobs},
    )
