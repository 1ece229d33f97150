"""A signature file to its one canonical form. The format is OpenSSH's `PROTOCOL.sshsig`, version 1."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

_BEGIN, _END = b"-----BEGIN SSH SIGNATURE-----", b"-----END SSH SIGNATURE-----"
_ARMOR = re.compile(_BEGIN + rb"([A-Za-z0-9+/=\s]+)" + _END)
_MAGIC = b"SSHSIG"
_VERSION = (1).to_bytes(4, "big")
_CERTIFICATE = b"-cert-v"
_LINE = 70


class NotASignature(Exception):
    """The text completes "The signature x …"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SshSignature:
    """A signature as it says of itself; nothing of it is verified. `blob` is what stood between the armor's lines.

    `public_key` is the key or the whole certificate, as it stands base64-encoded in a public key file.
    """

    blob: bytes
    public_key: bytes
    namespace: str

    @property
    def is_certified(self) -> bool:
        """Whether a certificate stands in the place of the key."""
        kind, _ = _string(self.public_key)
        return _CERTIFICATE in kind

    @property
    def armored(self) -> bytes:
        """The one form in which `ssh-keygen` is shown this signature, however its file was wrapped."""
        text = base64.b64encode(self.blob)
        lines = [text[start : start + _LINE] for start in range(0, len(text), _LINE)]
        return b"\n".join((_BEGIN, *lines, _END, b""))


def ssh_signature(content: bytes) -> SshSignature:
    """The one signature in a file's content. White space around and inside the armor is of no account.

    Raises NotASignature for anything else, also for bytes left over or a reserved field in use, which the signature
    would not cover.
    """
    armor = _ARMOR.fullmatch(content.strip())
    if armor is None:
        raise NotASignature(f"is not a file of `ssh-keygen -Y sign`, which begins with {_BEGIN.decode()}")
    try:
        blob = base64.b64decode(b"".join(armor[1].split()), validate=True)
    except binascii.Error as error:
        raise NotASignature("is damaged: what stands between its first and last line is not base64") from error
    if not blob.startswith(_MAGIC + _VERSION):
        raise NotASignature("is not of the form SSHSIG, version 1")
    public_key, rest = _string(blob[len(_MAGIC + _VERSION) :])
    namespace, rest = _string(rest)
    reserved, rest = _string(rest)
    _hash_name, rest = _string(rest)
    _signature, rest = _string(rest)
    _string(public_key)
    if reserved or rest:
        raise NotASignature("holds more than a signature")
    return SshSignature(blob=blob, public_key=public_key, namespace=namespace.decode("utf-8", "replace"))


def _string(content: bytes) -> tuple[bytes, bytes]:
    """An SSH string (RFC 4251) and what follows it."""
    end = 4 + int.from_bytes(content[:4], "big")
    if len(content) < 4 or len(content) < end:
        raise NotASignature("is cut short")
    return content[4:end], content[end:]
