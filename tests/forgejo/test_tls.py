"""Certificates: verified always, against the authority one names."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import pytest

from runner_scope_doctor.forgejo.address import api_address
from runner_scope_doctor.forgejo.client import ask, opened
from runner_scope_doctor.model.errors import SettingsInvalid, SourceUnavailable
from support.authority import Authority, made_authority, server_context
from support.forgejo_api import TOKEN
from support.loopback import Reply, loopback

LOCAL = "IP:127.0.0.1"
pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not on this machine")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where keys and certificates lie."""
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def authority(folder: Path) -> Authority:
    """An authority that no system knows."""
    return made_authority(folder)


def problem_with(context: ssl.SSLContext, ca_file: Path | None) -> str:
    """What asking a server with that certificate says, and that it never saw a request."""
    with loopback(lambda _: Reply(), tls=context) as server:
        address = api_address(server.url, token=TOKEN, ca_file=ca_file, total_seconds=20)
        with opened(address) as client, pytest.raises(SourceUnavailable) as caught:
            ask(client, "/api/v1/version")
        assert server.received == []
    return str(caught.value)


def test_private_authority_is_trusted_when_named(authority: Authority, folder: Path) -> None:
    """With the authority's certificate given, its servers are asked."""
    with loopback(lambda _: Reply(body=b"[]"), tls=server_context(authority, folder, subject=LOCAL)) as server:
        address = api_address(server.url, token=TOKEN, ca_file=authority.certificate, total_seconds=20)
        with opened(address) as client:
            assert ask(client, "/api/v1/version").body == b"[]"


def test_named_authority_wins_over_the_environment(
    authority: Authority, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A REQUESTS_CA_BUNDLE in the environment does not replace the authority that was named."""
    other = made_authority(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(other.certificate))
    with loopback(lambda _: Reply(body=b"[]"), tls=server_context(authority, folder, subject=LOCAL)) as server:
        address = api_address(server.url, token=TOKEN, ca_file=authority.certificate, total_seconds=20)
        with opened(address) as client:
            assert ask(client, "/api/v1/version").status == 200


def test_unknown_authority_is_refused(authority: Authority, folder: Path) -> None:
    """A certificate from nobody known gets no token, and the option for a private authority is named."""
    problem = problem_with(server_context(authority, folder, subject=LOCAL), None)
    assert "comes from no authority known here" in problem
    assert "--api-ca-file" in problem


def test_expired_certificate_is_refused(authority: Authority, folder: Path) -> None:
    """An expired certificate gets no token and is called expired."""
    context = server_context(authority, folder, subject=LOCAL, days=-1)
    assert "has expired" in problem_with(context, authority.certificate)


def test_certificate_of_another_host_is_refused(authority: Authority, folder: Path) -> None:
    """A certificate for another name gets no token."""
    context = server_context(authority, folder, subject="DNS:git.example.org")
    assert "is for another host name" in problem_with(context, authority.certificate)


def test_ca_file_without_certificate_is_a_setting_to_correct(tmp_path: Path) -> None:
    """A file that is no certificate is refused before anything is asked."""
    no_certificate = tmp_path / "ca.pem"
    no_certificate.write_text("hello\n")
    address = api_address("https://git.example.org", token=TOKEN, ca_file=no_certificate)
    with pytest.raises(SettingsInvalid, match="holds no certificate"), opened(address):
        pass
