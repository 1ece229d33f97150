"""The recorded zoo as its API showed it: every waiting job, with what the API hides written down by hand."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.waiting_reason import Explanation, Reason, WaitingAnswer
from runner_scope_doctor.observe.waiting import JobWanted
from support.api_recordings import RECORDED, needs_recordings
from support.recordings import or_skipped
from support.waiting_api import ListedServer, repository_item, seen_over_api
from support.waiting_recordings import ZOO, ZOO_NOW, RecordedJob, looked_at, recorded_jobs

HOLDER = Reason.HOLDER_NOT_SEEN
HIDDEN = {
    # A runner that fits is online: what holds the job are a counter, a task or a concurrency group, which no list shows.
    5: HOLDER,  # transferred, and its new owner's counter did not move
    12: HOLDER,  # the ephemeral runner has its one job
    23: HOLDER, 46: HOLDER,  # the runner is busy
    51: HOLDER, 52: HOLDER,  # behind a running run
    55: HOLDER,  # behind a waiting run
    62: HOLDER,  # behind a run that waits for approval
    64: HOLDER,  # stopped polling less than a minute ago
    # Deleted runners are not listed: nobody has the label, which is as true, and nothing is said of whoever had it.
    11: Reason.NO_RUNNER_WITH_LABEL, 24: Reason.NO_RUNNER_WITH_LABEL,
    # The text of the job is not shown, so that it calls another workflow is not known; its runs-on is empty all the same.
    45: Reason.EMPTY_RUNS_ON,
}  # fmt: skip
"""By job, what the API leaves to say where that is not the recorded reason."""
NOT_LISTED = {34, 40, 42, 44, 53, 60, 61}
"""Blocked jobs."""


def body(name: str) -> Any:  # JSON of another program
    return json.loads((ZOO.parent / "api" / f"waiting-{name}.json").read_text(encoding="utf-8"))["body"]


@cache
def zoo() -> ListedServer:
    """The recorded lists, and repositories as the recorded database has them."""
    repositories = {
        job.entry["repo_id"]: repository_item(
            job.entry["repo_id"],
            owner_id=job.entry["repo_owner_id"],
            name=job.entry["repo"],
            has_actions=bool(job.entry["actions_unit_on"]),
        )
        for job in recorded_jobs()
    }
    return ListedServer(
        jobs=tuple(body("admin-actions-runners-jobs")),
        runners=tuple(body("admin-actions-runners-visible")),
        repositories=tuple(repositories.values()),
    )


@cache
def over_api() -> WaitingAnswer:
    return explained(seen_over_api(zoo()))


@pytest.fixture(scope="module")
def by_database(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Explanation]:
    """What the database of the same moment tells."""
    seen = looked_at(ZOO.with_name("waiting.sqlite3"), tmp_path_factory.mktemp("zoo"), now=ZOO_NOW)
    return {one.job.id: one for one in explained(seen).explanations}


WAITING = tuple(job for job in recorded_jobs() if job.status == "waiting")
recorded = pytest.mark.parametrize("zoo_file", or_skipped([ZOO] if ZOO.exists() else [], name=lambda path: path.name))


@pytest.mark.parametrize("job", or_skipped(WAITING, name=lambda job: f"{job.id}-{job.code}"))
def test_a_waiting_job_of_the_zoo_has_its_reason_or_says_what_is_hidden(
    job: RecordedJob, by_database: dict[int, Explanation]
) -> None:
    """Of each waiting job the API tells the recorded reason, which is the database's, or what the table above has for it."""
    (found,) = (one for one in over_api().explanations if one.job.id == job.id)
    expected = HIDDEN.get(job.id, by_database[job.id].reason)
    assert found.reason is expected, found.because
    if job.id not in HIDDEN:
        assert not found.reason.is_unseen
        assert found.next_step == by_database[job.id].next_step


@recorded
def test_all_that_waits_in_the_zoo_is_listed_and_nothing_else(
    zoo_file: Path, by_database: dict[int, Explanation]
) -> None:
    """The API lists every waiting job, whatever holds it, and none of the blocked ones, which the answer says."""
    answer = over_api()
    assert {one.job.id for one in answer.explanations} == {job.id for job in WAITING}
    assert set(by_database) - {job.id for job in WAITING} == NOT_LISTED
    assert next(gap.what for gap in answer.unobserved) == "blocked jobs"
    assert sum(one.reason.is_unseen for one in answer.explanations) == 9


@recorded
def test_a_running_job_of_the_zoo_runs(zoo_file: Path) -> None:
    """Running jobs are listed; asked for by id they are told as what they are."""
    (found,) = explained(seen_over_api(zoo(), JobWanted(job_id=8))).explanations
    assert found.reason is Reason.RUNNING


@needs_recordings
@pytest.mark.parametrize("folder", ["v15-sqlite", "v15-pg", "v15-mariadb", "v16-sqlite"])
def test_the_recorded_jobs_of_a_combined_runner_have_it_for_a_reason(folder: str) -> None:
    """Played back, the jobs that waited beside the idle runner with both ids: the reason is that row, which the check finds."""
    bodies = {
        one.name: json.loads(one.body) for one in RECORDED if one.folder == folder and one.name.startswith("bad-")
    }
    listed = ListedServer(
        major=int(folder[1:3]),
        jobs=tuple(bodies["bad-admin-jobs"]),
        runners=tuple(bodies["bad-admin-runners-visible"]),
        repositories=(bodies["bad-repositories-3"],),
    )
    answer = explained(seen_over_api(listed))
    assert [one.reason for one in answer.explanations] == [Reason.COMBINED_SCOPE] * 2
    assert "deploy-host would fit" in answer.explanations[0].because
    assert "plan --runner 4`" in answer.explanations[0].next_step
