"""Single things the API knows."""

from __future__ import annotations

import json

import pytest

from runner_scope_doctor.forgejo.lookups import known_repositories, token_power
from runner_scope_doctor.model.runner import ObservedRepository
from runner_scope_doctor.model.token_power import TokenPower
from support.forgejo_api import client_of, refused
from support.loopback import Behaviour, Received, Reply, loopback

NO_SCOPE = Reply(status=403, body=refused("token does not have at least one of required scope(s): [read:repository]"))


def repository(request: Received) -> Behaviour:
    """Repositories 1 to 9 exist and belong to the organisation 1."""
    number = int(request.path.rsplit("/", 1)[1])
    if number > 9:
        return Reply(status=404, body=refused("The target couldn't be found."))
    owner = {"id": 1, "login": "platform-team"}
    return Reply(body=json.dumps({"id": number, "name": f"r{number}", "owner": owner}).encode())


def test_visible_repositories_are_named_and_others_left_out() -> None:
    """Ids that the token sees become repositories; a 404 is unknown, not gone; impossible ids are not asked."""
    with loopback(repository) as server, client_of(server.url) as client:
        found = known_repositories(client, [3, 12, 2, 3, 0, -5])
    assert found == tuple(
        ObservedRepository(id=number, owner_id=1, owner_name="platform-team", name=f"r{number}") for number in (2, 3)
    )
    assert sorted(request.path for request in server.received) == [
        "/api/v1/repositories/12", "/api/v1/repositories/2", "/api/v1/repositories/3",
    ]  # fmt: skip


def test_token_without_the_scope_asks_no_thousand_times() -> None:
    """A token that may not read repositories is refused a few times, not once an id."""
    with loopback(lambda _: NO_SCOPE) as server, client_of(server.url) as client:
        assert known_repositories(client, range(1, 1001)) == ()
    assert len(server.received) < 50


@pytest.mark.parametrize(
    ("reply", "power"),
    [
        (Reply(body=b"[]", headers={"X-Total-Count": "0"}), TokenPower.SITE_ADMIN),
        (NO_SCOPE, TokenPower.LESS),
        (Reply(status=403, body=refused("user should be the site admin")), TokenPower.LESS),
        (Reply(status=401, body=refused("token is required")), TokenPower.LESS),
        (Reply(status=404, body=b"404 page not found\n"), TokenPower.UNKNOWN),
        (Reply(status=500, body=refused("")), TokenPower.UNKNOWN),
    ],
)
def test_power_of_a_token_is_seen_without_using_it(reply: Reply, power: TokenPower) -> None:
    """One small read of the admin list tells; the endpoint that hands out registration tokens is never touched."""
    with loopback(lambda _: reply) as server, client_of(server.url) as client:
        assert token_power(client) is power
    assert [request.path.split("?")[0] for request in server.received] == ["/api/v1/admin/actions/runners"]
