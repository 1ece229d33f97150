"""What is judged is what was trusted: the host's files, one program, and nothing a job could have set."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runner_scope_doctor.approve import ssh_keygen
from runner_scope_doctor.approve.signature import signature_evidence
from runner_scope_doctor.model.errors import RepairRefused, SettingsInvalid
from runner_scope_doctor.model.host import HostConfiguration
from support.host_files import GIVES_AWAY, MYSELF, SOMEBODY
from support.signing import NEEDS_SSH_KEYGEN, PLAN, Desk, Key, approved, declined

pytestmark = NEEDS_SSH_KEYGEN
OPS = "ops-lead@example.org"


def refused(host: HostConfiguration, signature: bytes = b"") -> SettingsInvalid:
    """The refusal of a host that is not in order, whatever the signature is worth."""
    with pytest.raises(SettingsInvalid) as caught:
        signature_evidence(PLAN, signature, host, operator=MYSELF)
    assert caught.value.next_step
    return caught.value


def test_loose_files_of_the_host(desk: Desk, keys: dict[str, Key]) -> None:
    """Allowed signers or revoked keys that others may write, or that are links, missing or too large, stop everything."""
    host = desk.host(f"{OPS} {keys['anna'].line}", revoked=b"")
    assert host.revoked_keys is not None
    for file in (desk.allowed, host.revoked_keys):
        file.chmod(0o664)
        assert refused(host).problem == f"{file}: it may be written by its group (mode 0664)."
        file.chmod(0o644)
        moved = file.rename(desk.folder / "moved")
        assert f"{file}: it cannot be opened" in refused(host).problem
        file.symlink_to(moved)
        assert f"{file}: this is a symbolic link" in refused(host).problem
        file.unlink()
        moved.rename(file)
    desk.folder.chmod(0o775)
    assert refused(host).problem.startswith(f"{desk.folder}: it may be written by its group")
    desk.folder.chmod(0o755)
    desk.allowed.write_bytes(b"#" * 1_000_001)
    assert "larger than" in refused(host).problem


@pytest.mark.parametrize("content", [b"\0" * 100, b"# keys\n\0ssh-ed25519 AAAA\n"])
def test_revoked_keys_lost_in_a_crash(desk: Desk, keys: dict[str, Key], content: bytes) -> None:
    """A file of NULs, which ssh-keygen would take for an empty one, is refused instead of revoking nothing."""
    host = desk.host(f"{OPS} {keys['anna'].line}", revoked=content)
    assert refused(host).problem.startswith(f"{host.revoked_keys}: this is neither a list of public keys nor")


@GIVES_AWAY
def test_allowed_signers_of_somebody_else(desk: Desk, keys: dict[str, Key]) -> None:
    """A file of another user is not believed."""
    host = desk.host(f"{OPS} {keys['anna'].line}")
    os.chown(desk.allowed, SOMEBODY, -1)
    assert f"{desk.allowed}: it belongs to" in refused(host, keys["anna"].signs()).problem


def test_a_host_that_allows_no_signers(desk: Desk) -> None:
    """Without allowed signers the missing key of the configuration is named."""
    assert refused(replace(desk.host(), allowed_signers=None)).problem.startswith("host.yml: allowed_signers: ")


def test_the_callers_environment_is_not_used(
    desk: Desk, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted ssh-keygen, preloaded library, agent, askpass, temporary or home folder changes nothing and is not run."""
    planted, trace = tmp_path / "bin", tmp_path / "trace"
    planted.mkdir()
    for name in ("ssh-keygen", "ssh-sk-helper", "ssh-pkcs11-helper", "askpass"):
        (planted / name).write_text(f"#!/bin/sh\ntouch {trace}\necho 'Good'\nexit 0\n")
        (planted / name).chmod(0o755)
    host, strange, good = desk.host(f"{OPS} {keys['anna'].line}"), keys["stranger"].signs(), keys["anna"].signs()
    monkeypatch.setenv("PATH", str(planted))
    monkeypatch.setenv("LD_PRELOAD", str(planted / "askpass"))
    monkeypatch.setenv("LD_LIBRARY_PATH", str(planted))
    for name in ("SSH_ASKPASS", "SSH_SK_HELPER", "SSH_PKCS11_HELPER", "SSH_SK_PROVIDER", "SSH_AUTH_SOCK"):
        monkeypatch.setenv(name, str(planted / "askpass"))
    for name in ("TMPDIR", "HOME", "OPENSSL_CONF", "OPENSSL_MODULES"):
        monkeypatch.setenv(name, str(planted))
    monkeypatch.setenv("TZ", "UTC+23")
    monkeypatch.chdir(planted)
    before = sorted(os.listdir(planted))
    assert approved(good, host).login == "ops-lead"
    assert "does not allow now" in declined(strange, host)
    assert not trace.exists()
    assert sorted(os.listdir(planted)) == before


def test_the_program_sees_no_environment_but_its_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is started has one variable, whatever the caller has."""
    spy = tmp_path / "spy"
    spy.write_text("#!/usr/bin/python3\nimport os\nprint(sorted(os.environ.items()))\n")
    spy.chmod(0o755)
    monkeypatch.setattr(ssh_keygen, "PROGRAM", spy)
    monkeypatch.setenv("SECRET", "x")
    assert ssh_keygen.answer("verify", message=b"").said == "[('LC_ALL', 'C')]\n"


def test_no_file_is_shown_by_its_name(
    desk: Desk, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ssh-keygen is given descriptors of what was read, so that a file swapped meanwhile is not looked at."""
    spy, log = tmp_path / "spy", tmp_path / "log"
    spy.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {log}\nexec {ssh_keygen.PROGRAM} "$@"\n')
    spy.chmod(0o755)
    host, signature = desk.host(f"{OPS} {keys['anna'].line}", revoked=b""), keys["anna"].signs()
    monkeypatch.setattr(ssh_keygen, "PROGRAM", spy)
    approved(signature, host)
    words = log.read_text().splitlines()
    assert [word for word in words if word.startswith("/") and not word.startswith("/proc/self/fd/")] == []
    assert sum(word.startswith("/proc/self/fd/") for word in words) >= 6


def test_no_descriptor_is_left_open(desk: Desk, keys: dict[str, Key]) -> None:
    """Judging leaves nothing behind in the process, whatever it came to."""
    host = desk.host(f"{OPS} {keys['anna'].line}", revoked=b"")
    before = sorted(os.listdir("/proc/self/fd"))
    approved(keys["anna"].signs(), host)
    declined(keys["stranger"].signs(), host)
    declined(b"x", host)
    assert sorted(os.listdir("/proc/self/fd")) == before


def test_without_ssh_keygen(desk: Desk, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing program is a refusal with the next step, not an approval."""
    host, signature = desk.host(f"{OPS} {keys['anna'].line}"), keys["anna"].signs()
    monkeypatch.setattr(ssh_keygen, "PROGRAM", tmp_path / "ssh-keygen")
    with pytest.raises(RepairRefused) as caught:
        signature_evidence(PLAN, signature, host, operator=MYSELF)
    assert caught.value.problem.startswith(f"{tmp_path}/ssh-keygen cannot be started: No such file or directory.")
    assert "openssh-client" in caught.value.next_step


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sleep 60", "did not answer within 0.3 s"),
        ("echo Good; exit 0", "cannot be judged: ssh-keygen says Good"),
        ("kill -9 $$", "cannot be judged"),
        ("echo No user exists for uid 7 >&2; exit 255", 'ssh-keygen says "No user exists for uid 7"'),
    ],
)
def test_a_program_that_answers_otherwise(
    desk: Desk, keys: dict[str, Key], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, words: str
) -> None:
    """Silence, death and words of another form are no approval, and end in a sentence."""
    host, signature = desk.host(f"{OPS} {keys['anna'].line}"), keys["anna"].signs()
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\n{script}\n")
    spy.chmod(0o755)
    monkeypatch.setattr(ssh_keygen, "PROGRAM", spy)
    monkeypatch.setattr(ssh_keygen, "PATIENCE", 0.3)
    assert words in declined(signature, host)
