"""The host's own token opens the API, and only from files that nobody else could have written."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.approve.review import review_evidence
from runner_scope_doctor.approve.review_access import review_client
from runner_scope_doctor.model.approval import Approval
from runner_scope_doctor.model.errors import SettingsInvalid
from runner_scope_doctor.model.host import ApiAccess, HostConfiguration
from support.approval_case import a_plan
from support.authority import made_authority, server_context
from support.forgejo_api import SECRET
from support.host_files import GIVES_AWAY, MYSELF, SOMEBODY, written
from support.loopback import loopback
from support.review_server import DIGEST, HOST, ReviewServer
from support.signing import Desk

NEEDS_OPENSSL = pytest.mark.skipif(shutil.which("openssl") is None, reason="the openssl command is not on this machine")


def host_of(
    folder: Path, instance: str = "https://git.example.org/", *, ca_file: Path | None = None
) -> HostConfiguration:
    """A host whose token lies in that folder."""
    return replace(HOST, instance=instance, api=ApiAccess(token_file=folder / "api.token", ca_file=ca_file))


def refused(host: HostConfiguration) -> SettingsInvalid:
    """The refusal of a host that is not in order, without the token in it."""
    with pytest.raises(SettingsInvalid) as caught, review_client(host, operator=MYSELF):
        pass
    assert caught.value.next_step
    assert SECRET not in str(caught.value)
    return caught.value


def test_the_token_of_the_file_is_used(desk: Desk) -> None:
    """The token goes to the instance of the configuration, and what that says is judged."""
    written(desk.folder / "api.token", f"{SECRET}\n", 0o640)
    with loopback(ReviewServer().answer) as running:
        host = host_of(desk.folder, running.url + "/")
        with review_client(host, operator=MYSELF) as client:
            (one,) = review_evidence(client, a_plan(), DIGEST, host)
    assert isinstance(one, Approval)
    assert {request.headers["authorization"] for request in running.received} == {f"token {SECRET}"}


@NEEDS_OPENSSL
def test_the_authority_of_the_file_is_trusted(desk: Desk) -> None:
    """With `ca_file` a server with a certificate of that authority is asked."""
    written(desk.folder / "api.token", SECRET, 0o600)
    authority = made_authority(desk.folder)
    authority.certificate.chmod(0o644)
    context = server_context(authority, desk.folder, subject="IP:127.0.0.1")
    with loopback(ReviewServer().answer, tls=context) as running:
        host = host_of(desk.folder, running.url, ca_file=authority.certificate)
        with review_client(host, operator=MYSELF) as client:
            (one,) = review_evidence(client, a_plan(), DIGEST, host)
    assert isinstance(one, Approval)
    authority.certificate.chmod(0o664)
    assert refused(host).problem == f"{authority.certificate}: it may be written by its group (mode 0664)."


def test_loose_files_of_the_host(desk: Desk) -> None:
    """A token that others may write or read, that is a link, missing, empty or no token, stops everything."""
    file, host = desk.folder / "api.token", host_of(desk.folder)
    assert refused(host).problem.startswith(f"{file}: it cannot be opened")
    written(file, SECRET, 0o660)
    assert refused(host).problem == f"{file}: it may be written by its group (mode 0660)."
    file.chmod(0o644)
    assert refused(host).problem == f"{file}: everyone may read the token in it."
    for text in ("", "\n", f"token {SECRET}", "x" * 20_000):
        refused_text = written(file, text, 0o600)
        assert str(refused_text) in refused(host).problem
    file.write_bytes(b"\xff")
    assert refused(host).problem == f"{file}: this is not UTF-8 text."
    moved = file.rename(desk.folder / "moved")
    file.symlink_to(moved)
    assert f"{file}: this is a symbolic link" in refused(host).problem


@GIVES_AWAY
def test_a_token_of_somebody_else(desk: Desk) -> None:
    """A token file of another user is not believed: they would choose whose eyes we see with."""
    file = written(desk.folder / "api.token", SECRET, 0o600)
    os.chown(file, SOMEBODY, -1)
    assert f"{file}: it belongs to" in refused(host_of(desk.folder)).problem


def test_a_host_without_an_api() -> None:
    """The missing key of the configuration is named."""
    assert refused(replace(HOST, api=None)).problem == "host.yml: api: this key is missing, and reviews are read by it."


@pytest.mark.parametrize("instance", ["http://git.example.org/", "http://10.0.0.1:3000/"])
def test_the_token_never_crosses_a_network_in_the_clear(desk: Desk, instance: str) -> None:
    """Plain http is for this very machine."""
    written(desk.folder / "api.token", SECRET, 0o600)
    assert refused(host_of(desk.folder, instance)).problem.startswith("host.yml: instance: it begins with http://")


def test_nothing_is_asked_by_opening(desk: Desk) -> None:
    """Opening the client reads files and sends nothing."""
    written(desk.folder / "api.token", SECRET, 0o600)
    with loopback(ReviewServer().answer) as running:
        with review_client(host_of(desk.folder, running.url), operator=MYSELF):
            pass
        assert running.received == []
