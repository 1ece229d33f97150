"""A signature file comes from anybody: whatever it is, the answer is a sentence, and soon."""

from __future__ import annotations

import base64
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runner_scope_doctor.approve.armor import NotASignature, ssh_signature
from runner_scope_doctor.approve.signature import LARGEST_SIGNATURE
from support.signing import NEEDS_SSH_KEYGEN, Desk, Key, approved, declined

pytestmark = NEEDS_SSH_KEYGEN
OPS = "ops-lead@example.org"
BEGIN, END = b"-----BEGIN SSH SIGNATURE-----\n", b"\n-----END SSH SIGNATURE-----\n"


def armored(blob: bytes) -> bytes:
    """The blob as a signature file."""
    return BEGIN + base64.b64encode(blob) + END


def blob_of(signature: bytes) -> bytes:
    """What the armor of a signature holds."""
    return base64.b64decode(b"".join(signature.split(b"\n")[1:-2]))


def test_a_file_and_a_link_to_it(desk: Desk, keys: dict[str, Key], tmp_path: Path) -> None:
    """A signature proves itself, so that anybody's file will do, of any mode, also through a link."""
    host = desk.host(f"{OPS} {keys['anna'].line}")
    file, link = tmp_path / "plan.json.sig", tmp_path / "link"
    file.write_bytes(keys["anna"].signs())
    file.chmod(0o666)
    link.symlink_to(file)
    assert approved(file, host) == approved(link, host)


def test_what_is_no_readable_file(desk: Desk, keys: dict[str, Key], tmp_path: Path) -> None:
    """Nothing, a folder, a pipe nobody writes to, a device, an endless one, a link to itself: refused at once, by name."""
    host = desk.host(f"{OPS} {keys['anna'].line}")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "to-pipe").symlink_to("pipe")
    (tmp_path / "empty").touch()
    start = time.monotonic()
    for name in ("missing", "pipe", "to-pipe", "loop", "zero", "empty", ".", "nul\0"):
        said = declined(tmp_path / name, host)
        assert str(tmp_path) in said
        assert " cannot be read: " in said or " is empty." in said
    assert time.monotonic() - start < 5


def test_a_huge_file(desk: Desk, keys: dict[str, Key], tmp_path: Path) -> None:
    """Only the beginning of a file is read; what is too large is refused for that."""
    host = desk.host(f"{OPS} {keys['anna'].line}")
    file = tmp_path / "huge"
    with file.open("wb") as stream:
        stream.write(keys["anna"].signs())
        stream.truncate(1 << 40)
    assert f"is larger than {LARGEST_SIGNATURE} bytes" in declined(file, host)
    assert f"is larger than {LARGEST_SIGNATURE} bytes" in declined(b"\n" * (LARGEST_SIGNATURE + 1), host)


@pytest.mark.parametrize(
    "content",
    [
        b"\x00\xff" * 100, b" ", b"x", BEGIN, BEGIN + END, BEGIN + b"*" + END, BEGIN + b"U1NI=U0lH" + END,
        BEGIN + b"\n" * 60_000, armored(b""), armored(b"SSHSIG"), armored(b"SSHSIG\0\0\0\2"),
        armored(b"SSHSIG\0\0\0\1\xff\xff\xff\xff"), b"-----BEGIN PGP SIGNATURE-----\n", b"ssh-ed25519 AAAA",
        armored(b"SSHSIG\0\0\0\1" + b"\0\0\0\0" * 5),
    ],
)  # fmt: skip
def test_what_is_no_signature(desk: Desk, keys: dict[str, Key], content: bytes) -> None:
    """Binary, empty, cut or other armor is said to be that, and nothing of it is repeated."""
    start = time.monotonic()
    assert len(declined(content, desk.host(f"{OPS} {keys['anna'].line}"))) < 200
    assert time.monotonic() - start < 2


def test_more_than_one_signature_in_a_file(desk: Desk, keys: dict[str, Key]) -> None:
    """Two signatures, or words before and after one, are refused: it must be plain which one is judged."""
    host, signature = desk.host(f"{OPS} {keys['anna'].line}"), keys["anna"].signs()
    for content in (signature * 2, b"x\n" + signature, signature + b"x"):
        assert "is not a file of `ssh-keygen -Y sign`" in declined(content, host)


def test_armor_is_read_strictly(desk: Desk, keys: dict[str, Key]) -> None:
    """A stray `=` that lenient readers skip makes the file damaged."""
    host, signature = desk.host(f"{OPS} {keys['anna'].line}"), keys["anna"].signs()
    for group in (b"=U1NI", b"U1NI=", b"U1=NI"):
        assert "is damaged" in declined(signature.replace(b"U1NI", group), host)


def test_bytes_the_signature_does_not_cover(desk: Desk, keys: dict[str, Key]) -> None:
    """Bytes behind it, or in the reserved field, would make another reference of the same signature."""
    host, blob = desk.host(f"{OPS} {keys['anna'].line}"), blob_of(keys["anna"].signs())
    assert "holds more than a signature" in declined(armored(blob + b"\0"), host)
    reserved = b"\0\0\0\0\0\0\0\x06sha512"
    assert blob.count(reserved) == 1
    used = blob.replace(reserved, b"\0\0\0\x01x\0\0\0\x06sha512")
    assert "holds more than a signature" in declined(armored(used), host)


@pytest.mark.parametrize("part", range(8))
def test_no_changed_byte_passes(desk: Desk, keys: dict[str, Key], part: int) -> None:
    """With any one byte of it changed, a signature approves nothing, and says so in a sentence."""
    host, blob = desk.host(f"{OPS} {keys['anna'].line}"), blob_of(keys["anna"].signs())
    for place in range(part, len(blob), 8):
        declined(armored(blob[:place] + bytes([blob[place] ^ 0x20]) + blob[place + 1 :]), host)


@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda rest: armored(b"SSHSIG\0\0\0\1" + rest))))
def test_any_bytes_end_in_a_signature_or_a_sentence(content: bytes) -> None:
    """Nothing else than NotASignature comes out of foreign bytes, and what is read is written as the same blob."""
    with suppress(NotASignature):
        signature = ssh_signature(content)
        assert ssh_signature(signature.armored) == signature
