"""An API into a Snapshot."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from runner_scope_doctor.forgejo.target import AdminList, ListTarget, UserList, organization_list, repository_list
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable
from runner_scope_doctor.model.runner import ObservedOwner, ObservedRepository
from runner_scope_doctor.model.scope import OwnerKind
from runner_scope_doctor.model.server import ObservedServer, Product, ServerVersion
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source
from runner_scope_doctor.observe.api import observe_api
from support.api_recordings import RECORDED, needs_recordings
from support.forgejo_api import client_of, refused, runner_item
from support.loopback import Behaviour, Received, Reply, loopback

NOW = 1795459000
VERSION = "/api/forgejo/v1/version"
ADMIN_LIST = "/api/v1/admin/actions/runners"
USER_LIST = "/api/v1/user/actions/runners"
REPOSITORY = {"id": 35, "name": "platform", "owner": {"id": 1, "login": "platform-team"}}


def reply(value: object, *, total: int | None = None) -> Reply:
    """A good answer."""
    headers = {"Content-Type": "application/json;charset=utf-8"}
    return Reply(
        body=json.dumps(value).encode(), headers=headers | ({} if total is None else {"X-Total-Count": str(total)})
    )


def runners(*items: dict[str, object]) -> Reply:
    """A runner list of one page."""
    return reply(list(items), total=len(items))


FIFTEEN = reply({"version": "15.0.3+gitea-1.22.0"})


def observed(routes: Mapping[str, Reply], target: ListTarget) -> tuple[Snapshot, str]:
    """The snapshot of a server with these paths, and the server's URL."""

    def answer(request: Received) -> Behaviour:
        return routes.get(request.path.split("?")[0], Reply(status=404, body=refused("The target couldn't be found.")))

    with loopback(answer) as server, client_of(server.url) as client:
        return observe_api(client, target, now=NOW), server.url


def test_admin_list_covers_all_live_rows() -> None:
    """The admin list is the whole table of live rows: coverage, count, server and both ids as sent."""
    routes = {VERSION: FIFTEEN, ADMIN_LIST: runners(runner_item(4, owner_id=1, repo_id=35), runner_item(5))}
    snapshot, url = observed(routes, AdminList())
    assert (snapshot.taken_at, snapshot.coverage, snapshot.live_runners) == (NOW, Coverage.ALL, 2)
    assert [(runner.id, runner.owner_id, runner.repo_id) for runner in snapshot.runners] == [(4, 1, 35), (5, 0, 0)]
    assert snapshot.server == ObservedServer(
        product=Product.FORGEJO,
        version=ServerVersion(major=15, text="15.0.3+gitea-1.22.0", source=VERSION),
        engine=None,
        address=f"API {url}/",
        instance=f"{url}/",
    )
    assert snapshot.unobserved == ()


def test_repository_list_covers_what_it_lists() -> None:
    """The list of a repository does not count the table, and brings the repository itself with its id."""
    routes = {
        VERSION: FIFTEEN,
        "/api/v1/repos/platform-team/platform": reply(REPOSITORY),
        "/api/v1/repos/platform-team/platform/actions/runners": runners(runner_item(4, owner_id=1, repo_id=35)),
    }
    snapshot, _ = observed(routes, repository_list("platform-team/platform"))
    assert (snapshot.coverage, snapshot.live_runners, len(snapshot.runners)) == (Coverage.LISTED, None, 1)
    platform = ObservedRepository(id=35, owner_id=1, owner_name="platform-team", name="platform")
    assert (snapshot.repositories, snapshot.owners) == ((platform,), ())


def test_organization_list_brings_the_organization() -> None:
    """The list of an organisation brings the organisation itself with its id and kind."""
    routes = {
        VERSION: FIFTEEN,
        "/api/v1/orgs/platform-team": reply({"id": 1, "name": "platform-team", "username": "platform-team"}),
        "/api/v1/orgs/platform-team/actions/runners": runners(runner_item(4, owner_id=1)),
    }
    snapshot, _ = observed(routes, organization_list("platform-team"))
    assert snapshot.owners == (ObservedOwner(id=1, name="platform-team", kind=OwnerKind.ORGANIZATION),)


def test_user_list_brings_the_user() -> None:
    """The list of the token's own user brings that user, whom the address does not name."""
    routes = {VERSION: FIFTEEN, "/api/v1/user": reply({"id": 7, "login": "alice"}), USER_LIST: runners(runner_item(4))}
    snapshot, _ = observed(routes, UserList())
    assert snapshot.owners == (ObservedOwner(id=7, name="alice", kind=OwnerKind.USER),)


def test_token_of_a_job_has_no_user_list() -> None:
    """As a user a job's own token does get a list, of instance-wide runners only, which is no observation."""
    account = reply({"id": -2, "login": "forgejo-actions"})
    with pytest.raises(AccessDenied, match="FORGEJO_TOKEN"):
        observed({VERSION: FIFTEEN, "/api/v1/user": account, USER_LIST: runners(runner_item(1))}, UserList())


def test_no_runner_at_all_is_nothing_observed() -> None:
    """An empty list never counts as healthy: it is a required observation that is missing."""
    snapshot, _ = observed({VERSION: FIFTEEN, ADMIN_LIST: runners()}, AdminList())
    assert [(gap.source, gap.what, gap.need) for gap in snapshot.unobserved] == [
        (Source.API, "any live runner", Need.REQUIRED)
    ]


@pytest.mark.parametrize("text", ["17.0.0+gitea-1.22.0", "development"])
def test_unknown_version_is_a_gap(text: str) -> None:
    """Runners of a version whose rules are not known are listed, and the gap is named with the version."""
    snapshot, _ = observed({VERSION: reply({"version": text}), ADMIN_LIST: runners(runner_item(1))}, AdminList())
    (gap,) = snapshot.unobserved
    assert gap.need is Need.REQUIRED
    assert text in gap.reason


def test_gitea_is_refused() -> None:
    """Gitea's runner list shows no owner and repository ids, so nothing could be judged from it."""
    with pytest.raises(SourceUnavailable, match=r"Gitea server \(1\.24\.2\)"):
        observed({"/api/v1/version": reply({"version": "1.24.2"}), ADMIN_LIST: runners()}, AdminList())


def test_repository_out_of_sight_is_named() -> None:
    """A repository that the token does not see is a failure with its address, not an empty list."""
    with pytest.raises(AccessDenied, match="repos/platform-team/secret is not there for this token"):
        observed({VERSION: FIFTEEN}, repository_list("platform-team/secret"))


@needs_recordings
@pytest.mark.parametrize("folder", ["v15-sqlite", "v15-pg", "v15-mariadb", "v16-sqlite"])
@pytest.mark.parametrize("stage", ["bad", "repaired"])
def test_recorded_server_is_seen_as_it_was(folder: str, stage: str) -> None:
    """Played back, a running server's admin list shows runner 4 combined before the repair and not after it."""
    names = {f"{stage}-version": "/api/v1/version", f"{stage}-admin-runners-visible": ADMIN_LIST}
    routes = {
        names[answer.name]: Reply(status=answer.status, body=answer.body, headers=counted(answer.headers))
        for answer in RECORDED
        if answer.folder == folder and answer.name in names
    }
    snapshot, _ = observed(routes, AdminList())
    (deploy,) = [runner for runner in snapshot.runners if runner.id == 4]
    assert (deploy.owner_id, deploy.repo_id) == ((2, 3) if stage == "bad" else (0, 3))
    assert snapshot.server.version is not None
    assert snapshot.server.version.major == int(folder[1:3])


@needs_recordings
def test_recorded_server_before_15_has_no_list() -> None:
    """Played back, Forgejo 11 is said to have no runner list."""
    names = {"bad-version": "/api/v1/version", "bad-admin-runners-visible": ADMIN_LIST}
    routes = {
        names[answer.name]: Reply(status=answer.status, body=answer.body)
        for answer in RECORDED
        if answer.folder == "v11-sqlite" and answer.name in names
    }
    with pytest.raises(SourceUnavailable, match=r"Forgejo 11\.0\.15\+gitea-1\.22\.0 has no runner list"):
        observed(routes, AdminList())


def counted(headers: Mapping[str, str]) -> dict[str, str]:
    """The one header of a recorded list that matters."""
    return {"X-Total-Count": headers["x-total-count"]} if "x-total-count" in headers else {}


def test_values_of_the_api_room_need_no_requests() -> None:
    """Reading settings costs no HTTP library: only the client does, where it is used."""
    package = Path(sys.modules["runner_scope_doctor"].__file__ or "").parents[1]
    code = (
        f"import sys; sys.path.insert(0, {str(package)!r}); import runner_scope_doctor.forgejo.address, "
        "runner_scope_doctor.forgejo.target, runner_scope_doctor.model.version_text; print('requests' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"
