"""One GET: what is sent, what is tried again, what is never done."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import responses

from runner_scope_doctor.forgejo.address import PlainHttp, api_address
from runner_scope_doctor.forgejo.client import ask, ask_all, opened
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable
from support.forgejo_api import SECRET, TOKEN, TestClock, client_of
from support.loopback import Behaviour, CutOff, Endless, HangUp, Received, Reply, Silence, loopback
from support.processes import free_port

URL = "https://git.example.org"
PATH = "/api/v1/version"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def forgejo() -> Iterator[responses.RequestsMock]:
    """A network without network."""
    with responses.RequestsMock() as network:
        yield network


def said(url: str, *, read_seconds: float = 20, total_seconds: float = 20) -> str:
    """What the failure of asking that URL says, its pauses costing no time."""
    with (
        client_of(url, read_seconds=read_seconds, total_seconds=total_seconds) as client,
        pytest.raises(SourceUnavailable) as caught,
    ):
        ask(client, PATH)
    assert SECRET not in str(caught.value)
    assert caught.value.next_step
    return caught.value.problem


def test_token_wins_over_netrc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A ~/.netrc with a login for the host does not replace the token, as requests would let it."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login alice password hunter2\ndefault login bob password x\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with loopback(lambda _: Reply()) as server:
        requests.get(server.url, headers={"Authorization": "token by-hand"}, timeout=20)
        with client_of(server.url) as client:
            ask(client, PATH)
    by_hand, ours = server.received
    assert by_hand.headers["authorization"].startswith("Basic "), "this trap must be set for the test to mean anything"
    assert ours.headers["authorization"] == f"token {SECRET}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_never_followed(status: int) -> None:
    """The address a redirect names gets no request at all, so no token either."""
    with loopback(lambda _: Reply()) as elsewhere:
        reply = Reply(status=status, headers={"Location": f"{elsewhere.url}/stolen"})
        with loopback(lambda _: reply) as server, client_of(server.url) as client:
            answer = ask(client, PATH)
        assert (answer.status, answer.location) == (status, f"{elsewhere.url}/stolen")
        assert len(server.received) == 1
        assert elsewhere.received == []


def test_cookies_are_not_kept() -> None:
    """What one answer sets is not sent with the next request: each stands alone."""
    with loopback(lambda _: Reply(headers={"Set-Cookie": "i_like_gitea=1"})) as server, client_of(server.url) as client:
        ask(client, PATH)
        ask(client, PATH)
    assert "cookie" not in server.received[1].headers


def test_sub_path_is_kept() -> None:
    """A Forgejo below a path is asked below that path."""
    with loopback(lambda _: Reply()) as server, client_of(f"{server.url}/git/api/v1/") as client:
        ask(client, PATH, "?a=b")
    assert server.received[0].path == "/git/api/v1/version?a=b"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_passing_failure_is_tried_again(forgejo: responses.RequestsMock, status: int) -> None:
    """A busy or restarting server is asked again after growing pauses, and its good answer counts."""
    for _ in range(3):
        forgejo.get(URL + PATH, status=status)
    forgejo.get(URL + PATH, body="[]")
    clock = TestClock()
    with client_of(URL, clock=clock) as client:
        assert ask(client, PATH).status == 200
    assert clock.pauses == [0.5, 1.0, 2.0]


def test_tries_are_bounded(forgejo: responses.RequestsMock) -> None:
    """A server that stays busy is asked four times and then its last answer is what there is."""
    forgejo.get(URL + PATH, status=503)
    with client_of(URL) as client:
        assert ask(client, PATH).status == 503
    assert len(forgejo.calls) == 4


@pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
def test_lasting_failure_is_not_tried_again(forgejo: responses.RequestsMock, status: int) -> None:
    """What would be answered the same again is asked once."""
    forgejo.get(URL + PATH, status=status)
    clock = TestClock()
    with client_of(URL, clock=clock) as client:
        assert ask(client, PATH).status == status
    assert clock.pauses == []


def test_retry_after_is_respected(forgejo: responses.RequestsMock) -> None:
    """The pause is as long as the server asks for."""
    forgejo.get(URL + PATH, status=429, headers={"Retry-After": "7"})
    forgejo.get(URL + PATH, body="[]")
    clock = TestClock()
    with client_of(URL, clock=clock) as client:
        assert ask(client, PATH).status == 200
    assert clock.pauses == [7.0]


def test_retry_after_beyond_the_time_limit_is_not_waited_for(forgejo: responses.RequestsMock) -> None:
    """A server that asks for an hour is answered with a failure at once, not with an hour's wait."""
    forgejo.get(URL + PATH, status=429, headers={"Retry-After": "3600"})
    clock = TestClock()
    with client_of(URL, clock=clock) as client:
        assert ask(client, PATH).status == 429
    assert clock.pauses == []


def test_hung_up_connection_is_tried_again() -> None:
    """A connection closed without an answer, as at a restart, is opened again."""
    behaviours: list[Behaviour] = [HangUp(), Reply(body=b"[]")]
    with loopback(lambda _: behaviours.pop(0)) as server, client_of(server.url) as client:
        assert ask(client, PATH).body == b"[]"


def test_nothing_listening_is_named() -> None:
    """A refused connection says so and names the address."""
    url = f"http://127.0.0.1:{free_port()}"
    assert said(url) == f"Nothing listens at {url}{PATH} (connection refused)."


def test_unknown_host_is_named() -> None:
    """A name without an address says so: the reserved domain `invalid` never has one."""
    assert "has no address" in said("https://git.invalid")


def test_host_name_that_cannot_exist_is_named() -> None:
    """A name too long for any resolver ends in the same sentence, not in a traceback."""
    assert "has no address" in said(f"https://{'x' * 80}.example.org")


def test_silent_server_is_named() -> None:
    """A server that takes the request and never answers is given up after the read timeout."""
    with loopback(lambda _: Silence()) as server:
        assert "did not answer in time" in said(server.url, read_seconds=0.05)


def test_dripping_body_ends_at_the_time_limit() -> None:
    """A byte now and then, which no read timeout catches, does not outlast the limit over everything."""
    with (
        loopback(lambda _: Endless(piece=b" ", pause=0.02)) as server,
        opened(api_address(server.url, token=TOKEN, total_seconds=0.4)) as client,
        pytest.raises(SourceUnavailable, match=r"time limit of 0\.4 s"),
    ):
        ask(client, PATH)


def test_body_cut_off_is_named() -> None:
    """Fewer bytes than promised are no answer."""
    with loopback(lambda _: CutOff(body=b"[]", promised=4000)) as server:
        assert "broke off before its end" in said(server.url)


def test_huge_body_is_given_up_early() -> None:
    """A body without end is left after a few MiB."""
    with loopback(lambda _: Endless(piece=b"x" * (1 << 20), pause=0)) as server:
        assert "more than 8 MiB" in said(server.url)


def test_plain_http_behind_https_is_named() -> None:
    """https:// given for a port that speaks plain http says what to check."""
    with loopback(lambda _: Reply()) as server:
        assert "does not speak TLS" in said(server.url.replace("http:", "https:"))


def test_failing_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy from the environment that is not there is named as the proxy, without its password."""
    monkeypatch.setenv("https_proxy", f"http://alice:hunter2@127.0.0.1:{free_port()}")
    problem = said(URL)
    assert "The proxy set in this environment" in problem
    assert "hunter2" not in problem


def test_token_does_not_reach_a_proxy_over_plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy in the environment is passed by for this machine, and for plain http elsewhere it is refused."""
    with loopback(lambda _: Reply()) as proxy, loopback(lambda _: Reply()) as server:
        monkeypatch.setenv("http_proxy", proxy.url)
        with client_of(server.url) as client:
            ask(client, PATH)
        address = api_address("http://forgejo.lan", token=TOKEN, plain_http=PlainHttp.ALLOWED)
        with pytest.raises(SettingsInvalid, match="NO_PROXY"), opened(address):
            pass
        assert len(server.received) == 1
        assert proxy.received == []


def test_many_questions_share_connections_and_time() -> None:
    """Two hundred questions are all answered, each once."""

    def echo(request: Received) -> Behaviour:
        return Reply(body=request.path.encode())

    with loopback(echo) as server, client_of(server.url) as client:
        bodies = {answer.body for answer in ask_all(client, ((PATH, f"?page={number}") for number in range(200)))}
    assert bodies == {f"{PATH}?page={number}".encode() for number in range(200)}


def test_failure_among_many_questions_is_raised() -> None:
    """One question without an answer fails the whole: nothing is left out silently."""

    def once_cut_off(request: Received) -> Behaviour:
        return CutOff(body=b"", promised=9) if request.path.endswith("=7") else Reply()

    with (
        loopback(once_cut_off) as server,
        client_of(server.url) as client,
        pytest.raises(SourceUnavailable, match="broke off"),
    ):
        list(ask_all(client, ((PATH, f"?page={number}") for number in range(20))))
