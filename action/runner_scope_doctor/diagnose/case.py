"""What every rule is given, and how a rule looks things up in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from runner_scope_doctor.model.contract import Contract, DeclaredRunner
from runner_scope_doctor.model.finding import Finding
from runner_scope_doctor.model.runner import (
    Absent,
    ObservedId,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    is_live,
)
from runner_scope_doctor.model.snapshot import Need, Snapshot, Source, Unobserved, WaitingJobs

SHOWN = 20
"""How many rows, jobs or values one finding shows; its message has the full count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One snapshot to judge. `contract` None means: only the rules that hold for every server.

    `rules_of` is the Forgejo major whose rules hold; None when no source could tell. `target_major` is the major an
    upgrade is planned to; None when none is. `live` and every group of rows are ordered by id.
    """

    snapshot: Snapshot
    contract: Contract | None
    rules_of: int | None
    target_major: int | None
    repositories: dict[int, ObservedRepository | Absent]
    owners: dict[int, ObservedOwner | Absent]
    waiting: dict[int, WaitingJobs]
    live: tuple[ObservedRunner, ...]
    live_by_name: dict[str, list[ObservedRunner]]
    deleted_by_name: dict[str, list[ObservedRunner]]
    declared_by_name: dict[str, DeclaredRunner]

    @property
    def declared(self) -> tuple[DeclaredRunner, ...]:
        """The contract's runners in its order; none without a contract."""
        return () if self.contract is None else self.contract.runners

    def repository(self, repo_id: ObservedId) -> ObservedRepository | Absent | None:
        """What the id points at; None when nobody looked."""
        return self.repositories.get(repo_id) if isinstance(repo_id, int) else None

    def owner(self, owner_id: ObservedId) -> ObservedOwner | Absent | None:
        """What the id points at; None when nobody looked."""
        return self.owners.get(owner_id) if isinstance(owner_id, int) else None

    def live_named(self, name: str) -> tuple[ObservedRunner, ...]:
        """Live rows of exactly that name."""
        return tuple(self.live_by_name.get(name, ()))

    def deleted_named(self, name: str) -> tuple[ObservedRunner, ...]:
        """Soft-deleted rows of exactly that name: to be shown, never judged."""
        return tuple(self.deleted_by_name.get(name, ()))

    @property
    def need_of_database(self) -> Need:
        """Whether what only a database can tell may be missing: it may when the database was declared optional."""
        gaps = (gap.need for gap in self.snapshot.unobserved if gap.source is Source.DATABASE)
        return Need.OPTIONAL if self.snapshot.server.engine is None and Need.OPTIONAL in gaps else Need.REQUIRED


Rule = Callable[[Case], Iterator[Finding | Unobserved]]
"""A rule yields what is wrong, and what it could not judge although it should."""


def case_of(snapshot: Snapshot, contract: Contract | None, *, target_major: int | None) -> Case:
    """The snapshot with its look-ups made."""
    version = snapshot.server.version
    rows = sorted(snapshot.runners, key=lambda runner: runner.id)
    live = tuple(runner for runner in rows if is_live(runner))
    return Case(
        snapshot=snapshot,
        contract=contract,
        rules_of=version.major if version is not None else None,
        target_major=target_major,
        repositories={repository.id: repository for repository in snapshot.repositories},
        owners={owner.id: owner for owner in snapshot.owners},
        waiting={waiting.repo_id: waiting for waiting in snapshot.waiting_jobs},
        live=live,
        live_by_name=_by_name(live),
        deleted_by_name=_by_name(runner for runner in rows if not is_live(runner)),
        declared_by_name={} if contract is None else {declared.name: declared for declared in contract.runners},
    )


def _by_name(rows: Iterable[ObservedRunner]) -> dict[str, list[ObservedRunner]]:
    found: dict[str, list[ObservedRunner]] = {}
    for runner in rows:
        found.setdefault(runner.name, []).append(runner)
    return found


def more_than_shown(count: int) -> tuple[str, ...]:
    """The evidence that says that not everything is shown; empty when it is."""
    return () if count <= SHOWN else (f"the first {SHOWN} of {count} are shown",)
