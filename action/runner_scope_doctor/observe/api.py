"""Reads a Forgejo API into a Snapshot: every runner the token may list."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from runner_scope_doctor.forgejo.client import ApiClient
from runner_scope_doctor.forgejo.failures import failure
from runner_scope_doctor.forgejo.lookups import known_repositories, read_subject
from runner_scope_doctor.forgejo.paging import list_runners
from runner_scope_doctor.forgejo.server_version import AnsweringServer, read_server
from runner_scope_doctor.forgejo.situation import Facts, Situation
from runner_scope_doctor.forgejo.target import AdminList, ListTarget
from runner_scope_doctor.model.errors import SourceUnavailable
from runner_scope_doctor.model.runner import ObservedOwner, ObservedRepository, ObservedRunner
from runner_scope_doctor.model.server import (
    NEWEST_KNOWN_MAJOR,
    OLDEST_KNOWN_MAJOR,
    ObservedServer,
    Product,
    is_known_major,
)
from runner_scope_doctor.model.snapshot import Coverage, Need, Snapshot, Source, Unobserved
from runner_scope_doctor.model.wording import named
from runner_scope_doctor.observe.request import LookRequest


def observe_api(client: ApiClient, target: ListTarget, *, now: int) -> Snapshot:
    """One look at an API. `now` is the Unix second of the look.

    The admin list covers all live rows; any other list covers what its token may list, and `live_runners` is None then.
    `repositories` or `owners` hold what the list belongs to. Raises SourceUnavailable, AccessDenied where the token is
    at fault, when the list cannot be read whole.
    """
    server = read_server(client)
    if server.product is Product.GITEA:
        raise failure(Situation.GITEA, Facts(where=client.address.base_url, detail=named(server.text)))
    subject = None if isinstance(target, AdminList) else read_subject(client, target)
    runners = list_runners(client, target, version=server.version)
    covers_all = isinstance(target, AdminList)
    return Snapshot(
        taken_at=now,
        server=observed_server(client, server),
        coverage=Coverage.ALL if covers_all else Coverage.LISTED,
        live_runners=len(runners) if covers_all else None,
        runners=runners,
        owners=(subject,) if isinstance(subject, ObservedOwner) else (),
        repositories=(subject,) if isinstance(subject, ObservedRepository) else (),
        unobserved=tuple(_gaps(server, runners)),
    )


def with_repositories(client: ApiClient, snapshot: Snapshot, names: Collection[str]) -> Snapshot:
    """The snapshot with the repositories that runners of these names serve, as far as the token may see them.

    Contracts name repositories, and the list has only ids. One that is not found is unknown, not gone.
    """
    known = {repository.id for repository in snapshot.repositories}
    wanted = {one.repo_id for one in snapshot.runners if one.name in names and isinstance(one.repo_id, int)} - known
    try:
        found = known_repositories(client, wanted)
    except SourceUnavailable:
        return snapshot  # the runners were seen; a name that was not is told where it is needed
    return replace(snapshot, repositories=(*snapshot.repositories, *found))


def gaps_without_database(request: LookRequest) -> Iterable[Unobserved]:
    """What only a database shows, said so that a good report of the API alone does not promise it."""
    next_step = "Let the check see the database too."
    yield Unobserved(
        source=Source.API,
        what="whether all that the runners point at exists, and secrets and variables with both ids",
        reason="The API does not show it.",
        next_step=next_step,
        need=Need.OPTIONAL,
    )
    if request.sampling is not None:
        yield _required("the counters asked for with --sample", "The API does not show them.", next_step)


def observed_server(client: ApiClient, server: AnsweringServer) -> ObservedServer:
    """The server by its own words, and the address it was asked at."""
    base_url = client.address.base_url
    return ObservedServer(
        product=server.product,
        version=server.version,
        engine=None,
        address=f"API {base_url}/",
        instance=f"{base_url}/",
    )


def _gaps(server: AnsweringServer, runners: tuple[ObservedRunner, ...]) -> Iterable[Unobserved]:
    known = f"{OLDEST_KNOWN_MAJOR} to {NEWEST_KNOWN_MAJOR}"
    if server.version is None or not is_known_major(server.version.major):
        yield _required(
            "the rules of this version",
            f"The server calls itself {named(server.text)}, which is no version of Forgejo this tool knows ({known}).",
            "Use a release of this tool that knows it.",
        )
    if not runners:
        yield _required(
            "any live runner",
            "The API lists no runner.",
            "Check that this is the right server and list; if it is, register a runner first.",
        )


def _required(what: str, reason: str, next_step: str) -> Unobserved:
    return Unobserved(source=Source.API, what=what, reason=reason, next_step=next_step, need=Need.REQUIRED)
