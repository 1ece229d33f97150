"""A Forgejo that answers what `why` asks over the API: bodies as Forgejo writes them, and one look at it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from runner_scope_doctor.forgejo.target import AdminList, ListTarget
from runner_scope_doctor.model.waiting import WaitingLook
from runner_scope_doctor.observe.waiting import AllWaiting, Wanted
from runner_scope_doctor.observe.waiting_api import observe_waiting_api
from runner_scope_doctor.observe.waiting_api_jobs import ApiWaitingRequest
from support.forgejo_api import client_of, refused
from support.loopback import Behaviour, Loopback, Received, Reply, loopback
from support.snapshots import NOW
from support.waiting import OWNER, REPOSITORY

Item = dict[str, object]
NAME = "platform-team/platform"
ADMIN_RUNNERS = "/api/v1/admin/actions/runners"
REPOSITORY_RUNNERS = f"/api/v1/repos/{NAME}/actions/runners"
ORGANIZATION_RUNNERS = "/api/v1/orgs/platform-team/actions/runners"
USER_RUNNERS = "/api/v1/user/actions/runners"
ALL = AllWaiting(longer_than=60)
VERSIONS = {
    11: "11.0.15+gitea-1.22.0",
    12: "12.0.4+gitea-1.22.0",
    13: "13.0.5+gitea-1.22.0",
    14: "14.0.5+gitea-1.22.0",
    15: "15.0.3+gitea-1.22.0",
    16: "16.0.0+gitea-1.22.0",
}


def reply(value: object, *, total: int | None = None, status: int = 200) -> Reply:
    """An answer in JSON."""
    headers = {"Content-Type": "application/json;charset=utf-8"}
    counted = {} if total is None else {"X-Total-Count": str(total)}
    return Reply(status=status, body=json.dumps(value).encode(), headers=headers | counted)


def job_item(
    number: int = 71,
    *,
    name: str = "deploy",
    runs_on: tuple[str, ...] | None = ("docker",),
    repo_id: int = REPOSITORY,
    owner_id: int = OWNER,
    task_id: int = 0,
    status: str = "waiting",
    needs: tuple[str, ...] = (),
    run_id: int | None = None,
) -> Item:
    """One item of a job list as 15 writes it; with `run_id` as 16 does."""
    labels = None if runs_on is None else list(runs_on)
    item: Item = {
        "id": number, "attempt": 1, "handle": "h", "repo_id": repo_id, "owner_id": owner_id, "name": name,
        "needs": list(needs) or None, "runs_on": labels, "task_id": task_id, "status": status,
    }  # fmt: skip
    return item if run_id is None else {**item, "run_id": run_id}


def runner(
    number: int = 5,
    *,
    name: str = "builder",
    owner_id: int = 0,
    repo_id: int = 0,
    labels: tuple[str, ...] | None = ("docker",),
    status: str = "idle",
    ephemeral: bool = False,
) -> Item:
    """One item of a runner list."""
    return {
        "id": number, "uuid": f"8f0f6a3c-41b6-4a84-9c53-{number:012d}", "owner_id": owner_id, "repo_id": repo_id,
        "name": name, "status": status, "version": "v12.3.0", "labels": None if labels is None else list(labels),
        "description": "", "ephemeral": ephemeral,
    }  # fmt: skip


def repository_item(
    number: int = REPOSITORY, *, owner_id: int = OWNER, name: str = NAME, has_actions: bool = True
) -> Item:
    """A repository, with what of it is read."""
    owner, _, own = name.partition("/")
    return {"id": number, "name": own, "owner": {"id": owner_id, "login": owner}, "has_actions": has_actions}


def run_item(number: int = 7, *, status: str = "waiting", need_approval: bool = False, from_fork: bool = False) -> Item:
    """One run of a list; its id is ten times its number."""
    return {
        "id": 10 * number, "index_in_repo": number, "workflow_id": "deploy.yml", "need_approval": need_approval,
        "is_fork_pull_request": from_fork, "status": status,
    }  # fmt: skip


@dataclass(slots=True)
class ListedServer:
    """What the server has. `hidden` are paths it answers 404; `instead` are answers in place of its own."""

    major: int = 15
    jobs: tuple[Item, ...] | None = ()
    runners: tuple[Item, ...] = ()
    repositories: tuple[Item, ...] = field(default_factory=lambda: (repository_item(),))
    runs: tuple[Item, ...] = ()
    jobs_of_runs: Mapping[int, tuple[Item, ...]] = field(default_factory=dict)
    instead: Mapping[str, Behaviour] = field(default_factory=dict)

    def answer(self, request: Received) -> Behaviour:
        """As Forgejo of that version, whoever asks."""
        path, _, query = request.path.partition("?")
        if path in self.instead:
            return self.instead[path]
        found = self._routes(query).get(path)
        return found if found is not None else Reply(status=404, body=refused("The target couldn't be found."))

    def _routes(self, query: str) -> dict[str, Behaviour]:
        routes: dict[str, Behaviour] = {
            "/api/forgejo/v1/version": reply({"version": VERSIONS[self.major]}),
            "/api/v1/user": reply({"id": OWNER, "login": "platform-team"}),
            "/api/v1/orgs/platform-team": reply({"id": OWNER, "name": "platform-team"}),
        }
        jobs = reply(None if self.jobs is None else list(self.jobs))
        for base in (ADMIN_RUNNERS, REPOSITORY_RUNNERS, ORGANIZATION_RUNNERS, USER_RUNNERS):
            if self.major >= 15:
                routes[base] = reply(list(self.runners), total=len(self.runners))
            if self.major >= 15 or base is not ADMIN_RUNNERS:
                routes[f"{base}/jobs"] = jobs
        routes["/api/v1/admin/runners/jobs"] = jobs
        for one in self.repositories:
            owner = one["owner"]
            assert isinstance(owner, dict)
            routes[f"/api/v1/repositories/{one['id']}"] = reply(one)
            routes[f"/api/v1/repos/{owner['login']}/{one['name']}"] = reply(one)
        if self.major >= 12:
            asked = [one for one in self.runs if f"run_number={one['index_in_repo']}&" in f"{query}&"]
            routes[f"/api/v1/repos/{NAME}/actions/runs"] = reply({"workflow_runs": asked, "total_count": len(asked)})
        if self.major >= 16:
            for run_id, items in self.jobs_of_runs.items():
                routes[f"/api/v1/repos/{NAME}/actions/runs/{run_id}/jobs"] = reply(list(items))
        return routes


@contextmanager
def serving(listed: ListedServer) -> Iterator[Loopback]:
    """The server on a loopback address."""
    with loopback(listed.answer) as running:
        yield running


def seen_over_api(
    listed: ListedServer,
    wanted: Wanted = ALL,
    target: ListTarget | None = None,
    *,
    assumed_major: int | None = None,
    read_seconds: float = 20,
) -> WaitingLook:
    """One look at it."""
    request = ApiWaitingRequest(wanted=wanted, target=target or AdminList(), now=NOW, assumed_major=assumed_major)
    with serving(listed) as running, client_of(running.url, read_seconds=read_seconds) as client:
        return observe_waiting_api(client, request)
