"""Arbitrary observations and contracts, hostile texts and impossible values among them."""

from __future__ import annotations

from hypothesis import strategies as st

from runner_scope_doctor.model.contract import Contract, DeclaredRunner, UndeclaredRule
from runner_scope_doctor.model.direction import Direction
from runner_scope_doctor.model.runner import (
    Absent,
    NotANumber,
    ObservedId,
    ObservedOwner,
    ObservedRepository,
    ObservedRunner,
    RunnerStatus,
    UnreadableLabels,
)
from runner_scope_doctor.model.scope import InstanceScope, OwnerKind, OwnerScope, RepositoryScope, Scope
from runner_scope_doctor.model.server import Engine, ObservedServer, Product, ServerVersion
from runner_scope_doctor.model.snapshot import (
    ActionsUnit,
    CombinedValue,
    CounterSample,
    Coverage,
    Difference,
    GlassBreak,
    Need,
    OverdueJob,
    PastRepair,
    RiskyCredential,
    Snapshot,
    Source,
    StoredValueKind,
    Unobserved,
    WaitingJobs,
)
from support.contracts import contract, declared
from support.snapshots import NOW

HOSTILE = (
    "rs2000-deploy-host",
    "builder",
    "x\n::error::gone",
    "##[error]gone",
    "a\u202eb",
    "\x1b[31m",
    "",
    " ",
    "%s {name} \\",
    "\ud800",
    "ä" * 300,
)
"""Few names, so that runners, contracts and jobs meet."""

names = st.sampled_from(HOSTILE) | st.text(max_size=5)
small_ids = st.integers(-1, 4)
ids: st.SearchStrategy[ObservedId] = (
    st.none() | small_ids | st.integers(-(2**63), 2**63 - 1) | st.builds(NotANumber, text=names)
)
times = st.integers(NOW - 10**6, NOW + 100) | st.integers(0, 2**63 - 1)
majors = st.none() | st.integers(0, 20)
label_names = st.sampled_from(["deploy", "Deploy", "docker", "deploy:host", ""]) | names
label_lists = st.lists(label_names, max_size=3).map(tuple)
labels: st.SearchStrategy[tuple[str, ...] | UnreadableLabels | None] = (
    st.none() | label_lists | st.builds(UnreadableLabels, text=names)
)

runners: st.SearchStrategy[ObservedRunner] = st.builds(
    ObservedRunner,
    id=st.integers(-2, 2**63 - 1),
    uuid=st.none() | names,
    name=names,
    version=names,
    owner_id=ids,
    repo_id=ids,
    labels=labels,
    last_online=st.none() | times,
    deleted=st.none() | st.just(0) | times,
    ephemeral=st.none() | st.booleans(),
    status=st.none() | st.sampled_from(RunnerStatus),
)
repositories: st.SearchStrategy[ObservedRepository] = st.builds(
    ObservedRepository, id=small_ids, owner_id=small_ids, owner_name=st.none() | names, name=names
)
owners: st.SearchStrategy[ObservedOwner] = st.builds(
    ObservedOwner, id=small_ids, name=names, kind=st.sampled_from(OwnerKind)
)
absences = st.builds(Absent, id=small_ids)
servers = st.builds(
    ObservedServer,
    product=st.none() | st.sampled_from(Product),
    version=st.none()
    | st.builds(ServerVersion, major=st.integers(0, 20), text=names, source=st.just("forgejo_sem_ver")),
    engine=st.none() | st.sampled_from(Engine),
    address=names,
    instance=st.none() | st.sampled_from(["https://git.example.org/", "http://[::1]:80", "://", ""]) | names,
)
overdue_jobs = st.builds(
    OverdueJob,
    id=st.integers(),
    name=names,
    runs_on=labels,
    waiting_since=times,
    repository=repositories,
    actions_unit=st.none() | st.sampled_from(ActionsUnit),
)
gaps = st.builds(
    Unobserved,
    source=st.sampled_from(Source),
    what=names,
    reason=names,
    next_step=names,
    need=st.sampled_from(Need),
)
counters = st.builds(
    CounterSample,
    repo_id=small_ids,
    first=st.integers(),
    second=st.integers(),
    seconds=st.integers(0, 100),
    changed_jobs=st.integers(0, 5),
)
combined_values = st.builds(
    CombinedValue,
    kind=st.sampled_from(StoredValueKind),
    id=st.integers(),
    name=names,
    owner_id=st.integers(),
    repo_id=st.integers(),
)
waiting_jobs = st.builds(WaitingJobs, repo_id=small_ids, count=st.integers(0, 99), oldest=st.none() | times)
differences = st.builds(Difference, runner_id=st.integers(), what=names, database=names, api=names)
past_repairs = st.builds(
    PastRepair,
    plan=names,
    repaired_at=st.integers(),
    undone_at=st.none() | times,
    instance=names,
    runner_id=st.integers(-2, 5),
    runner_name=names,
    owner_id=st.integers(),
    repo_id=small_ids,
)
glass_breaks = st.builds(
    GlassBreak,
    plan=names,
    at=times | st.integers(),
    direction=st.sampled_from(Direction),
    login=names,
    reason=names,
    instance=names,
    runner_id=st.integers(-2, 5),
    runner_name=names,
)
credentials = st.builds(RiskyCredential, source=st.sampled_from(Source), what=names, power=names)

snapshots: st.SearchStrategy[Snapshot] = st.builds(
    Snapshot,
    taken_at=st.just(NOW),
    server=servers,
    coverage=st.sampled_from(Coverage),
    live_runners=st.none() | st.integers(0, 100),
    runners=st.lists(runners, max_size=6, unique_by=lambda runner: runner.id).map(tuple),
    owners=st.lists(owners | absences, max_size=3).map(tuple),
    repositories=st.lists(repositories | absences, max_size=3).map(tuple),
    waiting_jobs=st.lists(waiting_jobs, max_size=2).map(tuple),
    overdue_before=st.none() | times,
    overdue_jobs=st.lists(overdue_jobs, max_size=3).map(tuple),
    counters=st.lists(counters, max_size=2).map(tuple),
    combined_values=st.lists(combined_values, max_size=2).map(tuple),
    differences=st.lists(differences, max_size=2).map(tuple),
    risky_credentials=st.lists(credentials, max_size=2).map(tuple),
    past_repairs=st.lists(past_repairs, max_size=2).map(tuple),
    glass_breaks=st.lists(glass_breaks, max_size=2).map(tuple),
    unobserved=st.lists(gaps, max_size=2).map(tuple),
)

scopes: st.SearchStrategy[Scope] = (
    st.builds(InstanceScope)
    | st.builds(OwnerScope, kind=st.sampled_from(OwnerKind), name=names, id=st.none() | st.integers(1, 4))
    | st.builds(RepositoryScope, name=st.none() | names, id=st.integers(1, 4))
)
seconds = st.none() | st.integers(1, 10**6)
declarations: st.SearchStrategy[DeclaredRunner] = st.builds(
    declared, names, scopes, labels=label_lists, online_within=seconds, max_wait=seconds, line=st.integers(1, 99)
)


def _contract(entries: list[DeclaredRunner], instance: str | None, undeclared: UndeclaredRule) -> Contract:
    return contract(*entries, instance=instance, undeclared=undeclared)


contracts: st.SearchStrategy[Contract] = st.builds(
    _contract,
    st.lists(declarations, min_size=1, max_size=4, unique_by=lambda entry: entry.name),
    st.none() | st.sampled_from(["https://git.example.org/", "http://[::1]:8080/git"]),
    st.sampled_from(UndeclaredRule),
)
