"""The ping: one GET of a secret address, to nobody else, and whatever goes wrong is said without the secret."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable
from runner_scope_doctor.notify.ping import PingAddress, ping, ping_address
from support.authority import made_authority, server_context
from support.forgejo_api import TestClock
from support.loopback import Behaviour, CutOff, Endless, HangUp, Received, Reply, Silence, loopback
from support.tcp import closed_port

SECRET = "/ping/5ad0b8c1-e3f2-4d67"


def address(url: str, *, ca_file: Path | None = None, seconds: float = 10) -> PingAddress:
    return ping_address(f"{url}{SECRET}?status=up\n", source="/etc/ping.url", ca_file=ca_file, seconds=seconds)


def pinged(behave: Callable[[int], Behaviour], *, seconds: float = 10) -> tuple[list[Received], str]:
    """What the service received, answering so at each try, and what is said of it."""
    received: list[Received] = []

    def answer(request: Received) -> Behaviour:
        received.append(request)
        return behave(len(received))

    said = ""
    with loopback(answer) as running:
        try:
            ping(address(running.url, seconds=seconds), TestClock().as_clock())
        except SourceUnavailable as error:
            said = str(error)
    assert SECRET not in said
    return received, said


def test_the_address_is_asked_once_and_nothing_is_sent() -> None:
    """A GET of exactly that address, without a body, a credential, or a word about what was found."""
    (request,), said = pinged(lambda _: Reply(body=b"OK"))
    assert said == ""
    assert (request.method, request.path, request.body) == ("GET", f"{SECRET}?status=up", b"")
    assert not {"authorization", "cookie", "referer"} & set(request.headers)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_every_answer_of_success_is_success(status: int) -> None:
    """healthchecks.io answers 200, others 201 or 204."""
    assert pinged(lambda _: Reply(status=status))[1] == ""


@pytest.mark.parametrize("behaviour", [Endless(piece=b"x" * 999, pause=0.01), CutOff(body=b"O", promised=99)])
def test_what_is_answered_is_of_no_interest(behaviour: Behaviour) -> None:
    """The status is enough: an answer without an end is not waited for."""
    assert pinged(lambda _: behaviour)[1] == ""


@pytest.mark.parametrize("trouble", [Reply(status=500), Reply(status=503), Reply(status=429), HangUp()])
def test_a_passing_trouble_is_no_alarm(trouble: Behaviour) -> None:
    """A service that is restarted just then is asked again, twice at most."""
    received, said = pinged(lambda number: Reply() if number == 3 else trouble)
    assert (len(received), said) == (3, "")
    received, said = pinged(lambda _: trouble)
    assert len(received) == 3
    assert said


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_an_address_that_is_not_taken_is_told_and_not_tried_again(status: int) -> None:
    """A check that was deleted there answers 404 each time."""
    received, said = pinged(lambda _: Reply(status=status))
    assert len(received) == 1
    assert f"did not take the ping ({status})" in said


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(status: int) -> None:
    """Whoever can answer in its place must not send this host elsewhere."""
    with loopback(lambda _: Reply()) as elsewhere:
        to = {"Location": f"{elsewhere.url}/"}
        received, said = pinged(lambda _: Reply(status=status, headers=to))
        assert elsewhere.received == []
    assert len(received) == 1
    assert f"redirects the ping ({status}), which is not followed" in said


def test_a_service_that_does_not_answer_costs_a_bounded_time() -> None:
    """Silence ends with the patience that was given."""
    said = pinged(lambda _: Silence(), seconds=0.2)[1]
    assert "did not answer in time" in said


def test_a_service_that_is_not_there_is_told() -> None:
    """The port is named, the path is not."""
    with closed_port() as port, pytest.raises(SourceUnavailable) as caught:
        ping(address(f"http://127.0.0.1:{port}"), TestClock().as_clock())
    assert caught.value.problem == f"Nothing listens at http://127.0.0.1:{port} (connection refused)."


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not on this machine")
def test_tls_is_verified(tmp_path: Path) -> None:
    """A certificate of an unknown authority gets no request; with the authority named it does."""
    authority = made_authority(tmp_path)
    with loopback(lambda _: Reply(), tls=server_context(authority, tmp_path, subject="IP:127.0.0.1")) as running:
        with pytest.raises(SourceUnavailable) as caught:
            ping(address(running.url), TestClock().as_clock())
        assert "comes from no authority known here" in caught.value.problem
        assert running.received == []
        ping(address(running.url, ca_file=authority.certificate), TestClock().as_clock())
        assert len(running.received) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hc-ping.com/secret",
        "ftp://hc-ping.com/secret",
        "http://hc-ping.com/secret",
        "https://user:pw@hc-ping.com/secret",
        "https://hc-ping.com/secret#x",
        "https://hc-ping.com/secret\nhttps://hc-ping.com/secret2",
        "https://hc-ping.com/sec ret",
        "https://hc-ping.com:port/secret",
        "https:///secret",
        "https://hc-ping.com/" + "secret" * 400,
        "file:///etc/secret",
    ],
)
def test_what_is_no_https_address_is_refused_without_being_shown(text: str) -> None:
    """A file that holds something else, or an address that everyone on the way could read, is never asked."""
    with pytest.raises(SettingsInvalid) as caught:
        ping_address(text, source="/etc/ping.url", ca_file=None, seconds=1)
    assert caught.value.problem.startswith("/etc/ping.url: the address in it cannot be asked: ")
    assert "secret" not in str(caught.value)


def test_the_secret_is_in_no_text_form() -> None:
    """A value that finds its way into a log shows the service and not the address."""
    assert SECRET not in repr(address("https://hc-ping.com"))
