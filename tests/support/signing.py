"""Real keys, certificates and signatures of `ssh-keygen`, and a host that allows some of them."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from runner_scope_doctor.approve.namespace import NAMESPACE
from runner_scope_doctor.approve.signature import signature_evidence
from runner_scope_doctor.approve.ssh_keygen import PROGRAM
from runner_scope_doctor.model.approval import Approval, Declined
from runner_scope_doctor.model.host import HostConfiguration, Person
from support.approval_case import ANNA, BERT, CARL, configuration
from support.host_files import MYSELF

NEEDS_SSH_KEYGEN = pytest.mark.skipif(not PROGRAM.exists(), reason=f"no {PROGRAM}: OpenSSH's client is not installed")
PLAN = b'{"plan":"one"}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key pair without a passphrase. `file` is the private half, or the certificate in the key's place."""

    file: Path

    @property
    def line(self) -> str:
        """Type and base64, as in a public key file."""
        public = self.file if self.file.suffix == ".pub" else Path(f"{self.file}.pub")
        return " ".join(public.read_text().split()[:2])

    def signs(self, content: bytes = PLAN, *, namespace: str = NAMESPACE) -> bytes:
        """A signature file's content."""
        return ssh_keygen("-Y", "sign", "-q", "-f", str(self.file), "-n", namespace, message=content)


def ssh_keygen(*arguments: str, message: bytes = b"") -> bytes:
    """What `ssh-keygen` prints; it must succeed."""
    done = subprocess.run([PROGRAM, *arguments], input=message, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def new_key(folder: Path, name: str, *kind: str) -> Key:
    """A key of that kind, such as `-t rsa -b 2048`; ed25519 when none is named."""
    file = folder / name
    ssh_keygen("-q", *(kind or ("-t", "ed25519")), "-N", "", "-C", name, "-f", str(file))
    return Key(file=file)


def certified(key: Key, authority: Key, *options: str) -> Key:
    """The key with a certificate, by options such as `-n principal`. The authority's former one for it is gone."""
    ssh_keygen("-q", "-s", str(authority.file), "-I", "test", *options, f"{key.file}.pub")
    return Key(file=Path(f"{key.file}-cert.pub"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder only this user and root can change, with the host's two files in it."""

    folder: Path

    @property
    def allowed(self) -> Path:
        """The allowed signers."""
        return self.folder / "allowed_signers"

    def host(
        self, *lines: str, revoked: bytes | None = None, people: tuple[Person, ...] = (ANNA, BERT, CARL)
    ) -> HostConfiguration:
        """A host with these allowed signers, and a file of revoked keys unless it is None."""
        self.allowed.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self.allowed.chmod(0o644)
        file = None
        if revoked is not None:
            file = self.folder / "revoked_keys"
            file.write_bytes(revoked)
            file.chmod(0o644)
        return replace(configuration(people=people), allowed_signers=self.allowed, revoked_keys=file)


def approved(signature: bytes | Path, host: HostConfiguration, *, plan: bytes = PLAN) -> Approval:
    """The approval that the signature is."""
    evidence = signature_evidence(plan, signature, host, operator=MYSELF)
    assert isinstance(evidence, Approval), evidence
    return evidence


def declined(signature: bytes | Path, host: HostConfiguration, *, plan: bytes = PLAN) -> str:
    """Why the signature is none."""
    evidence = signature_evidence(plan, signature, host, operator=MYSELF)
    assert isinstance(evidence, Declined), evidence
    assert evidence.reason.startswith("The signature ")
    assert evidence.reason.endswith(".")
    assert "/proc/" not in evidence.reason
    return evidence.reason
