"""RSD001 combined-scope: the disease this product exists for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.diagnose.judge import diagnosed
from runner_scope_doctor.model.diagnosis import Diagnosis, Verdict
from runner_scope_doctor.model.finding import Finding, FindingKind, NotRepairable, Repairable, Severity
from runner_scope_doctor.model.runner import Absent, NotANumber, ObservedId, ObservedRunner
from runner_scope_doctor.model.server import Product
from runner_scope_doctor.model.snapshot import Snapshot, WaitingJobs
from support.snapshots import NOW, PLATFORM, TEAM, USERS_CASE, runner, snapshot, through_the_api


def judge(seen: Snapshot) -> Diagnosis:
    return diagnosed(seen, contract=None, fail_on=Severity.ERROR)


def only_finding(seen: Snapshot) -> Finding:
    (finding,) = [one for one in judge(seen).findings if one.kind is FindingKind.COMBINED_SCOPE]
    return finding


def test_the_users_case_is_found_and_repairable() -> None:
    """The live row with owner 1 and repository 35 is the finding; the deleted row of its name is only shown."""
    finding = only_finding(snapshot(*USERS_CASE))
    assert finding.runner == USERS_CASE[1]
    assert finding.rows == USERS_CASE
    assert finding.repair == Repairable(owner_id=0)
    assert finding.message == "active deploy runner rs2000-deploy-host has owner_id=1; expected 0"
    assert judge(snapshot(*USERS_CASE)).verdict is Verdict.UNHEALTHY


@pytest.mark.parametrize(("owner_id", "repo_id"), [(0, 0), (1, 0), (0, 35), (None, 35), (1, None), (None, None)])
def test_each_of_the_three_scopes_is_healthy(owner_id: ObservedId, repo_id: ObservedId) -> None:
    """Instance, owner and repository rows are what Forgejo counts work for; NULL counts as 0."""
    diagnosis = judge(snapshot(runner(5, owner_id=owner_id, repo_id=repo_id)))
    assert FindingKind.COMBINED_SCOPE not in {finding.kind for finding in diagnosis.findings}
    assert diagnosis.verdict is Verdict.HEALTHY


@given(st.integers(-5, 5), st.integers(-5, 5), st.sampled_from([None, 0, 1778752131]))
def test_combined_is_exactly_both_ids_set_on_a_live_row(owner_id: int, repo_id: int, deleted: int | None) -> None:
    """A plain restatement of the rule: live, and neither id is 0."""
    diagnosis = judge(snapshot(runner(5, owner_id=owner_id, repo_id=repo_id, deleted=deleted)))
    found = any(finding.kind is FindingKind.COMBINED_SCOPE for finding in diagnosis.findings)
    assert found == (owner_id != 0 and repo_id != 0 and deleted in (None, 0))


@pytest.mark.parametrize("major", range(7, 16))
def test_up_to_15_the_runner_is_said_to_be_idle_and_never_told(major: int) -> None:
    """Up to 15 the meaning is an online runner that picks nothing, armed by the next restart, and no restart helps."""
    meaning = only_finding(snapshot(*USERS_CASE, major=major)).meaning
    assert f"On Forgejo {major} the runner shows as online and idle" in meaning
    assert "still picks jobs stops doing so at its next restart" in meaning


def test_from_16_a_restart_is_warned_against() -> None:
    """From 16 the runner exits at start, and registering again also repairs the row (facts 13)."""
    finding = only_finding(snapshot(*USERS_CASE, major=16))
    assert "exits at its start or shows as offline" in finding.meaning
    assert "Do not restart it" in finding.meaning
    assert "registering again with the same secret and scope" in finding.remedy
    assert "Start the runner's service afterwards if it has exited" in finding.remedy
    assert "nothing needs a restart" not in finding.remedy


def test_an_unknown_version_tells_both_and_repairs_nothing() -> None:
    """Where no source tells the version, both symptoms are named and the row is not called repairable."""
    finding = only_finding(snapshot(*USERS_CASE, major=None))
    assert "Up to Forgejo 15" in finding.meaning
    assert "From 16 on" in finding.meaning
    assert isinstance(finding.repair, NotRepairable)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (runner(5, owner_id=-1, repo_id=35), "not a positive number"),
        (runner(5, owner_id=NotANumber(text="x"), repo_id=35), "not a positive number"),
        (runner(5, owner_id=1, repo_id=99), "repository 99 does not exist"),
    ],
)
def test_any_other_shape_is_refused_with_its_reason(row: ObservedRunner, reason: str) -> None:
    """Only the one known shape is repairable: both ids positive and the repository there."""
    repair = only_finding(snapshot(row, repositories=(PLATFORM, Absent(id=99)))).repair
    assert isinstance(repair, NotRepairable)
    assert reason in repair.reason


@pytest.mark.parametrize("major", [6, 17])
def test_unknown_tables_are_not_repairable(major: int) -> None:
    """Outside Forgejo 7 to 16 the tables are not known well enough to change a row."""
    assert isinstance(only_finding(snapshot(*USERS_CASE, major=major)).repair, NotRepairable)


def test_a_gitea_row_is_not_repairable() -> None:
    """Gitea heals such rows itself at its upgrade to 1.24 (migration v314)."""
    repair = only_finding(snapshot(*USERS_CASE, major=None, product=Product.GITEA)).repair
    assert isinstance(repair, NotRepairable)
    assert "Gitea" in repair.reason


def test_what_waits_for_the_runner_is_told() -> None:
    """The jobs of its repository, and since when, stand beside the finding: 3 h 12 min is 11520 seconds."""
    waiting = WaitingJobs(repo_id=35, count=2, oldest=NOW - 11520)
    evidence = only_finding(snapshot(*USERS_CASE, waiting_jobs=(waiting,))).evidence
    assert "2 jobs of repository 35 waiting, the oldest for 3 h 12 min" in evidence
    assert "repository 35 is platform-team/platform" in evidence


def test_a_runner_that_is_no_deploy_runner_is_not_called_one() -> None:
    """The word comes from the runner's own name or labels."""
    row = runner(5, name="builder", labels=("docker",), owner_id=1, repo_id=35)
    assert only_finding(snapshot(row, owners=(TEAM,))).message == "active runner builder has owner_id=1; expected 0"


def test_only_deleted_rows_of_the_same_name_and_repository_are_shown_beside_it() -> None:
    """A soft-deleted row is shown when it may be the same host's earlier registration, and not otherwise."""
    twin = runner(4, repo_id=35, deleted=NOW - 9)
    elsewhere = runner(3, repo_id=36, deleted=NOW - 9)
    stranger = runner(2, name="builder", repo_id=35, deleted=NOW - 9)
    sick = runner(5, owner_id=1, repo_id=35)
    assert only_finding(snapshot(sick, stranger, elsewhere, twin)).rows == (twin, sick)


def test_the_api_does_not_tell_that_a_runner_was_never_online() -> None:
    """Only a database tells `last_online`: from it NULL or 0 means never, from the API it means nothing."""
    seen = snapshot(runner(5, owner_id=1, repo_id=35, last_online=None))
    assert "never been online" in only_finding(seen).evidence
    assert "never been online" not in only_finding(through_the_api(seen)).evidence
