"""What docs/waiting-jobs.md shows of the program's own words."""

from __future__ import annotations

from dataclasses import replace

from runner_scope_doctor.diagnose.waiting.explain import explained
from runner_scope_doctor.model.waiting_reason import Reason
from runner_scope_doctor.report import waiting_text
from support.snapshots import NOW
from support.waiting import OWNER, REPOSITORY, group, look, waiting_job
from support.waiting_api import ListedServer, job_item, runner, seen_over_api
from support.waiting_cases import CASES


def sample(reason: Reason) -> str:
    """What is told of the plainest look for that reason: why, and what to do."""
    lines = waiting_text.rendered(explained(CASES[reason])).splitlines()
    kept = [line for line in lines if line.startswith(("  because:", "  next:", "         | ", "      | "))]
    return "".join(f"{line}\n" for line in kept)


def api_sample() -> str:
    """A whole answer over the API: a finding that it shows, and what it hides."""
    listed = ListedServer(
        jobs=(job_item(71), job_item(72, name="test", runs_on=("linux",))),
        runners=(
            runner(5, name="rs2000-deploy-host", owner_id=OWNER, repo_id=REPOSITORY),
            runner(6, name="shared-1", status="offline"),
            runner(7, name="shared-2", labels=("linux",), status="active"),
        ),
    )
    seen = seen_over_api(listed)
    server = replace(seen.server, address="API https://git.example.org/")
    return waiting_text.rendered(explained(replace(seen, server=server)))


def whole_sample() -> str:
    """A whole answer: the case this product was made for, with the runners beside it."""
    seen = look(
        waiting_job(),
        group(5, name="rs2000-deploy-host", owner_id=OWNER, repo_id=REPOSITORY),
        group(6, name="shared-1", last_online=NOW - 7200),
        group(7, name="shared-2", labels=("Docker",)),
        group(8, name="team-gpu", owner_id=OWNER, labels=("gpu",)),
    )
    return waiting_text.rendered(explained(seen))
