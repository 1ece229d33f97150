"""SQL selects candidates, a superset; `diagnose` judges. On each engine both ways of reading end in one diagnosis."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runner_scope_doctor.database.reader import Patience, Reader, opened_for_reading
from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.contract import Contract, ContractLocation, DeclaredRunner, UndeclaredRule
from runner_scope_doctor.model.diagnosis import Diagnosis
from runner_scope_doctor.model.finding import FindingKind, Severity
from runner_scope_doctor.model.scope import InstanceScope, RepositoryScope
from runner_scope_doctor.model.server import Engine
from runner_scope_doctor.model.snapshot import Coverage
from runner_scope_doctor.observe.database import observe_database
from runner_scope_doctor.observe.request import LookRequest
from support.connection import Value
from support.empty_server import EmptyServer
from support.world import World

NOW = 1795459000
OWNERS, REPOSITORIES = (1, 2), (11, 12)
NAMES = ("deploy", "Deploy", "builder", "hostile\n::error::x", "")
LABELS = (
    None, "null", "[]", '[""]', '["docker"]', '["deploy:host"]', '["a","b:docker://x"]', '["",""]', "[ ]", '[ "" ]',
    "", "not json", '["a"', '{"a":1}', '["deploy\\u003ahost"]', '["deploy","linux"]',
)  # fmt: skip
IDS: st.SearchStrategy[Value] = st.sampled_from([None, 0, 0, 0, 1, 2, 3, 11, 12, 13, -1, -7])

ROW = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "owner_id": IDS,
        "repo_id": IDS,
        "agent_labels": st.sampled_from(LABELS),
        "last_online": st.sampled_from([None, 0, NOW - 1, NOW - 599, NOW - 601, NOW - 10**7]),
        "deleted": st.sampled_from([None, None, None, 0, NOW - 5]),
    }
)
JOB = st.fixed_dictionaries(
    {
        "repo_id": st.sampled_from(REPOSITORIES),
        "runs_on": st.sampled_from([("docker",), ("deploy", "linux"), ("deploy",), ()]),
        "updated": st.sampled_from([NOW - 10, NOW - 899, NOW - 901, NOW - 10**6]),
        "status": st.sampled_from([5, 5, 6, 1]),
    }
)


def contract(undeclared: UndeclaredRule) -> Contract:
    """Three declared runners, of which one has the name of another in other letters."""
    here = ContractLocation(file="runner-scope.yml", line=3)
    declared = tuple(
        DeclaredRunner(name=name, scope=scope, labels=("deploy",), online_within=600, max_wait=900, location=here)
        for name, scope in (
            ("deploy", RepositoryScope(name=None, id=11)),
            ("builder", InstanceScope()),
            ("missing", InstanceScope()),
        )
    )
    return Contract(
        instance=None, instance_location=None, runners=declared, undeclared=undeclared, file="runner-scope.yml"
    )


def judged(reader: Reader, coverage: Coverage, agreed: Contract | None) -> Diagnosis:
    """The diagnosis of one way to read."""
    ignoring = agreed is None or agreed.undeclared is UndeclaredRule.IGNORE
    request = LookRequest(
        address="server",
        instance=None,
        now=NOW,
        coverage=coverage,
        names=() if agreed is None else tuple(one.name for one in agreed.runners),
        undeclared_examples=0 if ignoring else 20,
        overdue_before=None if agreed is None else NOW - 900,
    )
    return diagnosed(observe_database(reader, request), contract=agreed, fail_on=Severity.ERROR)


def cleared(world: World) -> None:
    for table in ("action_runner", "action_run_job", "action_run"):
        world.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize("major", [11, 15])
def test_candidates_and_all_rows_end_in_the_same_diagnosis(any_engine_world: EmptyServer, major: int) -> None:
    """Whatever the rows are, reading only the candidates finds exactly what reading every row finds."""
    world = any_engine_world.create(major)
    for owner in OWNERS:
        world.user(f"owner{owner}", id=owner)
    for number in REPOSITORIES:
        world.repository(1, f"repo{number}", id=number)
    odd = [] if any_engine_world.engine is not Engine.SQLITE else ["abc", "7x", 1.5, b"\x00"]

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
        database=None,
    )
    @given(
        st.lists(ROW, max_size=9),
        st.lists(JOB, max_size=3),
        st.sampled_from([None, *UndeclaredRule]),
        st.lists(st.sampled_from(odd), max_size=2) if odd else st.just([]),
    )
    def holds(
        rows: list[dict[str, Value]],
        jobs: list[dict[str, Value]],
        undeclared: UndeclaredRule | None,
        odd_ids: list[Value],
    ) -> None:
        cleared(world)
        for row in rows:
            world.runner(**row)  # type: ignore[arg-type]  # a row's name is a text
        for value in odd_ids:
            world.runner("odd", owner_id=value)
        for job in jobs:
            world.job(**job)  # type: ignore[arg-type]  # a job's repository is a number
        agreed = None if undeclared is None else contract(undeclared)
        with opened_for_reading(any_engine_world.address, Patience(10)) as reader:
            some, every = (judged(reader, coverage, agreed) for coverage in (Coverage.CANDIDATES, Coverage.ALL))
        assert some.verdict is every.verdict
        assert some.findings == every.findings
        assert some.unobserved == every.unobserved

    holds()


def test_the_property_sees_every_kind_of_row_finding(any_engine_world: EmptyServer) -> None:
    """The rows the property is made of bring up each rule about rows at least once, so it cannot hold for nothing."""
    world = any_engine_world.create(15)
    world.user("owner1", id=1)
    world.repository(1, "repo11", id=11)
    world.runner("deploy", owner_id=1, repo_id=11, agent_labels='["deploy"]')
    world.runner("builder", repo_id=13, agent_labels='["deploy:host"]', last_online=NOW - 10**7)
    world.runner("builder", owner_id=3, agent_labels=None)
    world.runner("x", owner_id=-1)
    world.runner("y", owner_id=2, repo_id=11)
    world.job(11, runs_on=("deploy",), updated=NOW - 10**6)
    with opened_for_reading(any_engine_world.address, Patience(10)) as reader:
        found = {one.kind for one in judged(reader, Coverage.CANDIDATES, contract(UndeclaredRule.FAIL)).findings}
    assert found >= {
        FindingKind.COMBINED_SCOPE,
        FindingKind.RUNNER_MISSING,
        FindingKind.NAME_AMBIGUOUS,
        FindingKind.IMPOSSIBLE_ID,
        FindingKind.REPOSITORY_GONE,
        FindingKind.OWNER_GONE,
        FindingKind.REPOSITORY_MOVED,
        FindingKind.LABELS_RAW,
        FindingKind.NEVER_DECLARED,
        FindingKind.RUNNER_OFFLINE,
        FindingKind.JOB_OVERDUE,
        FindingKind.RUNNER_UNDECLARED,
    }
