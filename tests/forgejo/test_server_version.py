"""Which server answers."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from runner_scope_doctor.forgejo.server_version import AnsweringServer, read_server
from runner_scope_doctor.model.errors import AccessDenied, SourceUnavailable
from runner_scope_doctor.model.server import Product, ServerVersion
from support.forgejo_api import client_of, refused
from support.loopback import Behaviour, Received, Reply, loopback

FORGEJO, COMMON = "/api/forgejo/v1/version", "/api/v1/version"
MISSING = Reply(status=404, body=b"404 page not found\n")


def server_of(routes: Mapping[str, Reply]) -> AnsweringServer:
    """What a server with these two paths is taken for."""

    def answer(request: Received) -> Behaviour:
        return routes.get(request.path, MISSING)

    with loopback(answer) as server, client_of(server.url) as client:
        return read_server(client)


def saying(text: str) -> Reply:
    """A version answer."""
    return Reply(body=json.dumps({"version": text}).encode())


def test_forgejo_is_known_by_its_own_path() -> None:
    """Only Forgejo has /api/forgejo/v1, so what answers there is Forgejo, whatever it calls itself."""
    text = "16.0.0"
    server = server_of({FORGEJO: saying(text), COMMON: saying(text)})
    assert server.product is Product.FORGEJO
    assert server.version == ServerVersion(major=16, text="16.0.0", source=FORGEJO)


def test_forgejo_behind_a_narrow_proxy_is_known_by_its_version() -> None:
    """A proxy that passes only /api/v1 does not turn Forgejo into Gitea."""
    server = server_of({COMMON: saying("15.0.3+gitea-1.22.0")})
    assert server.product is Product.FORGEJO
    assert server.version == ServerVersion(major=15, text="15.0.3+gitea-1.22.0", source=COMMON)


@pytest.mark.parametrize("text", ["1.24.2", "1.26.0+dev-123-gabc"])
def test_gitea_is_not_taken_for_forgejo(text: str) -> None:
    """A Gitea is called Gitea and gets no Forgejo version."""
    server = server_of({COMMON: saying(text)})
    assert (server.product, server.version, server.text) == (Product.GITEA, None, text)


def test_address_without_any_api_is_named() -> None:
    """A wrong address is said to have no Forgejo API."""
    with pytest.raises(SourceUnavailable, match="no Forgejo API is there"):
        server_of({})


def test_wrong_token_is_named_at_once() -> None:
    """An invalid token is refused even where none is needed, and that is the failure."""
    denied = Reply(status=401, body=refused("access token does not exist"))
    with pytest.raises(AccessDenied, match="does not accept the token"):
        server_of({FORGEJO: denied, COMMON: denied})
