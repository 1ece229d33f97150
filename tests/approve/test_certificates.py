"""Certificates: an authority's word for exactly one person, within its time, until it is revoked."""

from __future__ import annotations

from pathlib import Path

import pytest

from support.approval_case import ANNA
from support.signing import NEEDS_SSH_KEYGEN, Desk, Key, approved, certified, declined, new_key, ssh_keygen

pytestmark = NEEDS_SSH_KEYGEN
OPS, LAPTOP, SECOND = "ops-lead@example.org", "ops-lead@laptop", "second@example.org"
Keys = dict[str, Key]


@pytest.fixture
def signer(tmp_path: Path) -> Key:
    """A key of the test's own, because a certificate is written beside it."""
    return new_key(tmp_path, "signer")


def allowing(keys: Keys, principals: str = "*@example.org") -> str:
    """The line that trusts the authority for these principals."""
    return f"{principals} cert-authority {keys['authority'].line}"


def test_a_certificate_for_one_person(desk: Desk, keys: Keys, signer: Key) -> None:
    """The principal comes from the certificate, and the key that is named is the certified one."""
    approval = approved(certified(signer, keys["authority"], "-n", OPS).signs(), desk.host(allowing(keys)))
    assert approval.forgejo_id == ANNA.forgejo_id
    key = ssh_keygen("-l", "-f", f"{signer.file}.pub").decode().split()[1]
    assert approval.facts == (("principal", OPS), ("key", key))


def test_a_certificate_for_two_people_or_for_nobody(desk: Desk, keys: Keys, signer: Key) -> None:
    """Two people's principals, a stranger's, a pattern as a name, or none at all: no person, no approval."""
    host = desk.host(allowing(keys))
    both = certified(signer, keys["authority"], "-n", f"{OPS},{SECOND}").signs()
    assert "may sign for more than one person: ops-lead and second-operator" in declined(both, host)
    for options in (("-n", "ghost@example.org"), ("-n", "*@example.org"), ("-n", "*"), ()):
        declined(certified(signer, keys["authority"], *options).signs(), host)


def test_a_principal_the_authority_is_not_trusted_for(desk: Desk, keys: Keys, signer: Key) -> None:
    """An authority of one domain cannot speak for a principal of another."""
    assert "does not allow now" in declined(
        certified(signer, keys["authority"], "-n", LAPTOP).signs(), desk.host(allowing(keys))
    )


def test_a_certificate_out_of_its_time(desk: Desk, keys: Keys, signer: Key) -> None:
    """An expired certificate approves nothing."""
    expired = certified(signer, keys["authority"], "-n", OPS, "-V", "20200101:20210101").signs()
    assert "does not allow now" in declined(expired, desk.host(allowing(keys)))


def test_a_host_certificate(desk: Desk, keys: Keys, signer: Key) -> None:
    """A certificate for a machine is no person's."""
    declined(certified(signer, keys["authority"], "-h", "-n", OPS).signs(), desk.host(allowing(keys)))


def test_an_authority_of_somebody_else(desk: Desk, keys: Keys, signer: Key) -> None:
    """A certificate by a stranger's authority, and one by an allowed key that is no authority, approve nothing."""
    host = desk.host(allowing(keys), f"{SECOND} {keys['bert'].line}")
    declined(certified(signer, keys["stranger"], "-n", OPS).signs(), host)
    declined(certified(signer, keys["bert"], "-n", SECOND).signs(), host)


def test_an_authority_signs_nothing_itself(desk: Desk, keys: Keys) -> None:
    """Its key is trusted for certificates only."""
    declined(keys["authority"].signs(), desk.host(allowing(keys, OPS)))


@pytest.mark.parametrize("revoked", ["authority", "signer", "number"])
def test_what_is_revoked(desk: Desk, keys: Keys, signer: Key, revoked: str) -> None:
    """Revoking the authority, the certified key or the certificate's number ends it."""
    certificate = certified(signer, keys["authority"], "-n", OPS, "-z", "7")
    content = {"authority": keys["authority"], "signer": signer}.get(revoked, signer).line.encode()
    if revoked == "number":
        specification = desk.folder / "specification"
        specification.write_text("serial: 7\n")
        ssh_keygen(
            "-q", "-k", "-f", str(desk.folder / "krl"), "-s", f"{keys['authority'].file}.pub", str(specification)
        )
        content = (desk.folder / "krl").read_bytes()
    assert "revokes, itself or by its authority" in declined(
        certificate.signs(), desk.host(allowing(keys), revoked=content)
    )
    approved(certificate.signs(), desk.host(allowing(keys), revoked=f"{keys['stranger'].line}\n".encode()))
